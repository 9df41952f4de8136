"""Errors: whatever is raised below becomes a problem document, and never anything else."""

import logging
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..contract import Refusal
from ..core import Engine
from ..sandbox.exchanges import EXCHANGE, Exchange, Exchanges
from ..sandbox.keeping import Keeper
from .detour import was_cut
from .entrance import CONTRACT, TARGET, Entrance, aside
from .guards import CONTROLS, guarded
from .replies import ClientGone, problem_reply, send_reply

REFUSED = "bacasable.refused"
"""Where the server puts, in the scope of a request that it does not take, the refusal of it."""
logger = logging.getLogger("bacasable")


class ErrorMiddleware:
    """Gives each request its id, and turns exceptions into problems (RFC 9457).

    Failures of ours are logged with the request id; bodies, tokens and passwords never are.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        engine: Engine,
        exchanges: Exchanges | None,
        entrance: Entrance,
        keeper: Callable[[], Keeper | None],
    ) -> None:
        self.app, self._keeper = app, keeper
        self._engine, self._exchanges, self._entrance = engine, exchanges, entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(self._engine.platform.request_id())
        scope[EXCHANGE] = exchange
        self._entrance.enter(scope)
        if REFUSED in scope:
            await self._refuse(scope, send, scope[REFUSED])
            return
        keeper = self._keeper()
        kept = send if keeper is None else _when_kept(keeper, send)
        try:
            await self._answer(scope, receive, kept)
        except ClientGone:
            # Nothing was done, and there is nobody to be told.
            return
        except _NotKept as error:
            # Whatever looks after the state tells its log, once.
            await self._refuse(scope, send, Refusal("STATE_NOT_SAVED", f"{error}."))
        except Exception:
            # Broken off in the middle, as a fault demands.
            self._keep(exchange, scope)
            raise
        self._keep(exchange, scope)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        try:
            await self.app(scope, receive, send)
        except (_NotKept, ClientGone):
            raise
        except Refusal as refusal:
            await self._refuse(scope, send, refusal)
        except HTTPException as error:
            await self._refuse(scope, send, _refusal_of(error))
        except Exception:
            if was_cut(exchange):
                raise
            logger.exception("%s %s %s", exchange.id, scope["method"], scope[TARGET])
            await self._refuse(scope, send, Refusal("INTERNAL_ERROR"))

    def _keep(self, exchange: Exchange, scope: Scope) -> None:
        # Pages and controls note no reply here: they are no exchanges of the API.
        if self._exchanges is not None and exchange.reply is not None:
            exchange.note(scope, scope[TARGET])
            self._exchanges.keep(exchange)

    async def _refuse(self, scope: Scope, send: Send, refusal: Refusal) -> None:
        contract = scope.get(CONTRACT)
        if contract is None:
            contract = self._engine.contract
        else:
            scope, send = aside(scope), guarded(send, CONTROLS)
        await send_reply(scope, send, problem_reply(scope, contract, refusal))


class _NotKept(Exception):
    """What an answer tells of could not be written. One line says why."""


def _when_kept(keeper: Keeper, send: Send) -> Send:
    """A `send` that tells nothing before all of it is written: a crash would make it untrue."""

    async def send_kept(message: Message) -> None:
        if message["type"] == "http.response.start":
            try:
                await keeper.kept()
            except OSError as error:
                why = error.strerror or str(error)
                raise _NotKept(f"What the answer tells of cannot be written ({why})") from error
        await send(message)

    return send_kept


def _refusal_of(error: HTTPException) -> Refusal:
    """What Starlette refuses for the pages beside the API."""
    if error.status_code == 405:
        return Refusal("METHOD_NOT_ALLOWED", headers=dict(error.headers or {"Allow": "GET, HEAD"}))
    return Refusal("UNKNOWN_PATH")
