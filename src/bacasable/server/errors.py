"""Errors: whatever is raised below becomes a problem document, and never anything else."""

import logging

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from ..contract import Refusal
from ..contract.problems import render
from ..contract.wire import to_json
from ..core import Engine, Reply
from .bridge import REQUEST_ID, send_reply

logger = logging.getLogger("bacasable")


class ErrorMiddleware:
    """Gives each request its id, and turns exceptions into problems (RFC 9457).

    Failures of ours are logged with the request id; bodies, tokens and passwords never are.
    """

    def __init__(self, app: ASGIApp, *, engine: Engine) -> None:
        self.app = app
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope[REQUEST_ID] = self._engine.platform.request_id()
        try:
            await self.app(scope, receive, send)
        except Refusal as refusal:
            if refusal.code == "CONTRACT_VIOLATION":
                places = ", ".join(f"{v.pointer}: {v.detail}" for v in refusal.violations)
                logger.error(  # noqa: TRY400 - the place in the contract says more than our stack
                    "%s %s %s", scope[REQUEST_ID], scope["path"], places
                )
            await self._refuse(scope, send, refusal)
        except HTTPException as error:
            await self._refuse(scope, send, _refusal_of(error))
        except Exception:
            logger.exception("%s %s %s", scope[REQUEST_ID], scope["method"], scope["path"])
            await self._refuse(scope, send, Refusal("INTERNAL_ERROR"))

    async def _refuse(self, scope: Scope, send: Send, refusal: Refusal) -> None:
        problem = render(
            self._engine.contract, refusal, instance=scope["path"], request_id=scope[REQUEST_ID]
        )
        headers = dict(refusal.headers)
        if problem["status"] == 401:
            headers["WWW-Authenticate"] = "Bearer"
        reply = Reply(problem["status"], to_json(problem), headers)
        await send_reply(scope, send, reply, is_problem=True)


def _refusal_of(error: HTTPException) -> Refusal:
    """What Starlette refuses for the pages beside the API."""
    if error.status_code == 405:
        return Refusal("METHOD_NOT_ALLOWED", headers=dict(error.headers or {"Allow": "GET, HEAD"}))
    return Refusal("UNKNOWN_PATH")
