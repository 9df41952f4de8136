"""The application: Connexion's stack around the engine, each part named once, in order."""

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ..startup import without_module

with warnings.catch_warnings(), without_module("httpx._main"):
    # Connexion imports Starlette's test client, which warns about a package we do not use, and
    # httpx, whose command line brings Rich and Pygments: seventy modules, a twelfth of the start.
    warnings.simplefilter("ignore")
    from connexion.middleware.main import API, ConnexionMiddleware
    from connexion.operations.openapi import OpenAPIOperation
    from connexion.resolver import Resolver
    from connexion.spec import OpenAPISpecification

from starlette.types import ASGIApp

from ..bounds import Bounds
from ..contract import Contract
from ..core import Admission, Engine
from ..sandbox.authorization import AuthorizationServer
from ..sandbox.controls import controls_contract
from ..sandbox.hub import Hub
from ..sandbox.keeping import Keeper
from .bridge import Bridge, BridgeMiddleware
from .control_bridge import ControlBridge
from .control_guard import ControlGuard
from .entrance import Entrance
from .errors import ErrorMiddleware
from .forwarded import Fronts
from .oauth import OAuth
from .pages import pages
from .replies import BodyMemory
from .routing import RoutingMiddleware


class _Specification(OpenAPISpecification):
    """The operations of a contract as Connexion wants them, without its checks of OpenAPI 3.0.

    It is told no more than it uses: the engine reads requests, whatever a document says of them.
    """

    operation_cls = OpenAPIOperation

    def __init__(self, contract: Contract) -> None:
        # They are found by their ids: RoutingMiddleware knows methods that Connexion does not.
        paths = {
            f"/{name}": {"get": {"operationId": name, "responses": {}}}
            for name in contract.operations
        }
        self._raw_spec = self._spec = {
            "openapi": "3.1.0",
            "info": {"title": contract.title, "version": contract.version},
            "servers": [{"url": contract.base_path or "/"}],
            "paths": paths,
            "components": {},
        }
        self._base_uri = ""


def build_app(
    engine: Engine,
    access: Admission,
    base_url: Callable[[], str],
    *,
    hub: Hub | None = None,
    key: str | None = None,
    fronts: Fronts | None = None,
    keeper: Callable[[], Keeper | None] = lambda: None,
    bounds: Bounds | None = None,
    authorization: AuthorizationServer | None = None,
    guides: Path | None = None,
) -> ASGIApp:
    """The ASGI application that serves an engine; with a hub, its controls and request log too.

    A request passes, in this order: errors → authorization, if there is any → routing → bridge
    (admission, engine) → pages. One of a control leaves the routing by way of its guard, which has
    a routing of its own, and meets the others at the bridge. `base_url` gives the address that it
    is reached at, `key` is what the controls ask for, `fronts` say which proxies stand in front,
    `bounds` what is taken of a body. `keeper` gives what every answer waits for, `guides` is a
    folder of pages.
    """
    contract: Contract = engine.contract
    bounds = bounds or Bounds()
    memory = BodyMemory(bounds.max_body_memory)
    handlers = [(contract, Bridge(engine, access, memory, hub).handler)]
    if hub is not None:
        handlers.append((controls_contract(), ControlBridge(hub, bounds, memory).handler))
    middlewares: list[Any] = [
        partial(
            ErrorMiddleware,
            engine=engine,
            exchanges=hub.exchanges if hub else None,
            entrance=Entrance(contract, fronts or Fronts()),
            keeper=keeper,
        ),
        *_oauth(authorization, memory, base_url, local=key is None),
        partial(
            RoutingMiddleware,
            contract=contract,
            beside=partial(ControlGuard, key=key) if hub else None,
        ),
        BridgeMiddleware,
    ]
    endpoints = authorization.endpoints if authorization else None
    connexion = ConnexionMiddleware(
        pages(contract, base_url, endpoints, guides), middlewares=middlewares
    )
    options = connexion.options.__dict__
    for served, handler in handlers:
        own = {**options, "resolver": Resolver(handler)}
        connexion.apis.append(API(_Specification(served), base_path=None, **own))
    # Built now and not at the first request, which should not be the slow one.
    app, _ = connexion._build_middleware_stack()  # noqa: SLF001
    return app


def _oauth(
    authorization: AuthorizationServer | None,
    memory: BodyMemory,
    base_url: Callable[[], str],
    *,
    local: bool,
) -> list[Any]:
    if authorization is None:
        return []
    given: dict[str, Any] = {"authorization": authorization, "memory": memory, "base_url": base_url}
    return [partial(OAuth, local=local, **given)]
