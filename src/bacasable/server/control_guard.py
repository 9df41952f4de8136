"""The guard of the controls: who sees that there are any, and from where they may be called.

All else about them is what serves any contract: routing, reading, media types, refusals. Special is
that whoever lacks the key meets an unknown path, that links of messages are open to whoever has
one, and that without a key calls must come from this machine, and from no page of another origin.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from ..contract import Refusal
from ..contract.security import requirements_of, schemes_of
from ..core.access import Sent
from ..core.authenticators import Authenticator, ByForm, Shared, meets
from ..sandbox.controls import controls_contract
from .entrance import CONTRACT, HEADERS, TARGET, aside, front_of
from .guards import CONTROLS, guarded, is_loaded_elsewhere
from .pages import documents
from .replies import text_of
from .routing import RoutingMiddleware

_LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}
_DOCUMENTS = (["openapi.json"], ["openapi.yaml"])
_HEALTH = ["health"]


class ControlGuard:
    """Lets calls of the controls in, and everything else on to `app`.

    With a `key` each call must bring it; to all others nothing lies here, as in a sandbox without
    controls. Without a key a web page may not reset somebody's sandbox: see `_refuse_foreign`.
    """

    def __init__(self, app: ASGIApp, *, key: str | None) -> None:
        contract = controls_contract()
        self._app, self._key, self._contract = app, key, contract
        schemes = schemes_of(contract.document)
        self._usual = requirements_of(contract.document, {}, schemes)
        judge: Authenticator = ByForm() if key is None else Shared(key)
        self._authenticators = dict.fromkeys(schemes, judge)
        routing = RoutingMiddleware(app, contract=contract)
        self._routing, self._routes = routing, routing.routes
        self._documents = Router(documents(contract, below=contract.base_path))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request. Raises Refusal of the controls, which the scope then says."""
        inside = self._routes.below(scope[TARGET]) if scope["type"] == "http" else None
        # Health is open to everybody, and tells nothing of controls.
        if inside is None or inside == _HEALTH:
            await self._app(scope, receive, send)
            return
        operation = self._routes.operation(inside, scope["method"])
        is_open = operation is not None and not operation.security
        is_trusted = meets(self._usual, self._authenticators, _sent(scope))
        if not is_trusted and not is_open:
            await self._app(scope, receive, send)
            return
        scope[CONTRACT] = self._contract
        # A copy, so that nothing of it is left when it goes on. With an app Starlette raises.
        own = {**aside(scope), "app": self, "extensions": {**scope["extensions"]}}
        answer = guarded(send, CONTROLS)
        try:
            # As any contract, theirs may be read by pages of any origin.
            if inside in _DOCUMENTS:
                await self._documents(own, receive, answer)
                return
            self._refuse_foreign(scope, is_open=is_open)
            await self._routing(own, receive, answer)
        except Refusal as refusal:
            if is_trusted or refusal.code == "LINK_CLOSED":  # who holds a link may know that
                raise
            del scope[CONTRACT]
            await self._app(scope, receive, send)

    def _refuse_foreign(self, scope: Scope, *, is_open: bool) -> None:
        """Raise Refusal FOREIGN_ORIGIN for whom a browser, or the name that was called, gives away.

        Where there is a key that says enough, but for what is open without it.
        """
        headers = {n.decode(): value.decode("latin-1") for n, value in scope[HEADERS].items()}
        if self._key is None and _is_foreign(headers, front_of(scope).address):
            raise Refusal("FOREIGN_ORIGIN")
        if (self._key is None or is_open) and is_loaded_elsewhere(headers):
            raise Refusal("FOREIGN_ORIGIN")


def _is_foreign(headers: Mapping[str, str], address: str) -> bool:
    """Whether a call names another machine, or comes from a page of another origin.

    Raises Refusal FOREIGN_ORIGIN for what cannot be read.
    """
    # A name that was made to resolve to this machine (DNS rebinding) is no name of it.
    try:
        hosts = [urlsplit("//" + headers.get("host", "localhost"))]
        hosts += [urlsplit(address)] if address else []
        origin = headers.get("origin")
        own = {host.netloc for host in hosts}
        foreign = origin is not None and urlsplit(origin).netloc not in own
        # Whoever calls through a proxy is as far away as the address that he called.
        return foreign or any(host.hostname not in _LOCAL_HOSTS for host in hosts)
    except ValueError as error:
        raise Refusal("FOREIGN_ORIGIN", "Host or Origin is no address.") from error


def _sent(scope: Scope) -> Sent:
    """What a request brings. Their document asks for a header, and for nothing else."""
    return lambda _location, name: text_of(scope[HEADERS], name.lower().encode())
