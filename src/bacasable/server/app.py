"""The application: Connexion's stack around the engine, each part named once, in order."""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

with warnings.catch_warnings():
    # Connexion imports Starlette's test client, which warns about a package we do not use.
    warnings.simplefilter("ignore")
    from connexion.middleware.main import API, ConnexionMiddleware
    from connexion.operations.openapi import OpenAPIOperation
    from connexion.resolver import Resolver
    from connexion.spec import OpenAPISpecification

from starlette.types import ASGIApp

from ..contract import Contract
from ..core import Access, Engine
from ..sandbox.hub import Hub
from .bridge import Bridge, BridgeMiddleware
from .controls import Controls
from .entrance import Entrance
from .errors import ErrorMiddleware
from .forwarded import Fronts
from .pages import pages
from .routing import RoutingMiddleware


class _Specification(OpenAPISpecification):
    """The contract as Connexion wants it, without its 3.0 checks and its copies of references."""

    operation_cls = OpenAPIOperation

    def __init__(self, document: dict[str, Any]) -> None:
        self._raw_spec = self._spec = document
        self._base_uri = ""


def build_app(
    engine: Engine,
    access: Access,
    base_url: Callable[[], str],
    *,
    hub: Hub | None = None,
    key: str | None = None,
    fronts: Fronts | None = None,
) -> ASGIApp:
    """The ASGI application that serves an engine; with a hub, its controls and request log too.

    A request passes, in this order: errors → routing → bridge (admission, engine) → controls →
    pages. `base_url` gives the address that it is reached at, `key` is what the controls ask for,
    `fronts` say which proxies stand in front.
    """
    contract: Contract = engine.contract
    bridge = Bridge(engine, access, hub)
    middlewares: list[Any] = [
        partial(
            ErrorMiddleware,
            engine=engine,
            exchanges=hub.exchanges if hub else None,
            entrance=Entrance(contract, fronts or Fronts()),
        ),
        partial(RoutingMiddleware, contract=contract),
        BridgeMiddleware,
    ]
    beside = pages(contract, base_url, controls=hub is not None)
    connexion = ConnexionMiddleware(
        Controls(beside, hub, key) if hub else beside,
        middlewares=middlewares,
        resolver=Resolver(bridge.handler),
    )
    specification = _Specification(contract.document)
    connexion.apis.append(API(specification, base_path=None, **connexion.options.__dict__))
    # Built now and not at the first request, which should not be the slow one.
    app, _ = connexion._build_middleware_stack()  # noqa: SLF001
    return app
