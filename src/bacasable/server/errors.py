"""Errors: whatever is raised below becomes a problem document, and never anything else."""

import logging

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from ..contract import Refusal
from ..core import Engine
from ..sandbox.exchanges import EXCHANGE, Exchange, Exchanges
from .detour import was_cut
from .entrance import TARGET, Entrance
from .replies import problem_reply, send_reply

logger = logging.getLogger("bacasable")


class ErrorMiddleware:
    """Gives each request its id, and turns exceptions into problems (RFC 9457).

    Failures of ours are logged with the request id; bodies, tokens and passwords never are.
    """

    def __init__(
        self, app: ASGIApp, *, engine: Engine, exchanges: Exchanges | None, entrance: Entrance
    ) -> None:
        self.app = app
        self._engine, self._exchanges, self._entrance = engine, exchanges, entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(self._engine.platform.request_id())
        scope[EXCHANGE] = exchange
        self._entrance.enter(scope)
        try:
            await self.app(scope, receive, send)
        except Refusal as refusal:
            await self._refuse(scope, send, refusal)
        except HTTPException as error:
            await self._refuse(scope, send, _refusal_of(error))
        except Exception:
            if was_cut(exchange):
                self._keep(exchange, scope)
                raise
            logger.exception("%s %s %s", exchange.id, scope["method"], scope[TARGET])
            await self._refuse(scope, send, Refusal("INTERNAL_ERROR"))
        self._keep(exchange, scope)

    def _keep(self, exchange: Exchange, scope: Scope) -> None:
        # Pages and controls are answered without a reply: they are no exchanges of the API.
        if self._exchanges is not None and exchange.reply is not None:
            exchange.note(scope, scope[TARGET])
            self._exchanges.keep(exchange)

    async def _refuse(self, scope: Scope, send: Send, refusal: Refusal) -> None:
        reply = problem_reply(scope, self._engine.contract, refusal)
        await send_reply(scope, send, reply, is_problem=True)


def _refusal_of(error: HTTPException) -> Refusal:
    """What Starlette refuses for the pages beside the API."""
    if error.status_code == 405:
        return Refusal("METHOD_NOT_ALLOWED", headers=dict(error.headers or {"Allow": "GET, HEAD"}))
    return Refusal("UNKNOWN_PATH")
