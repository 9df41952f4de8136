"""The bridge: an HTTP request becomes a Call, a Reply becomes an HTTP answer.

Connexion's resolver gives each operation one of these functions, and its routed middleware calls
it. Admission happens here too: Connexion's security middleware builds a request object and a
context for every call, which costs as much as all the rest of the way (see bench/).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
from connexion.operations.abstract import AbstractOperation
from starlette.types import ASGIApp, Receive, Scope, Send

from ..core import Admission, Engine
from ..sandbox.exchanges import EXCHANGE, Exchange
from ..sandbox.hub import OWN_TENANT_HEADER, Hub
from .detour import Detour
from .entrance import HEADERS, refuse_contradiction
from .replies import BodyMemory, read_body, send_reply, text_of
from .way import TURNS, Way

Handler = Callable[[Scope, Receive, Send], Awaitable[None]]


class Bridge:
    """Makes the function of each operation that Connexion's resolver is given.

    With a hub, calls that a fault may strike or that state a preference take the detour.
    """

    def __init__(
        self, engine: Engine, access: Admission, memory: BodyMemory, hub: Hub | None = None
    ) -> None:
        self._engine, self._access, self._hub, self._memory = engine, access, hub, memory
        self._turns = asyncio.Semaphore(TURNS)
        self._only = access.only

    def handler(self, operation_id: str) -> Handler:
        """The ASGI function of an operation. Raises ValueError for an unknown one."""
        engine = self._engine
        operation = engine.contract.operations.get(operation_id)
        if operation is None:
            raise ValueError(f"{operation_id} is no operation of the contract")
        memory, only = self._memory, self._only
        header = OWN_TENANT_HEADER if only else engine.contract.tenant_header
        named = header.lower().encode()
        way = Way(operation, engine, self._access, memory, self._turns)
        admit, call_of, has_body, limit = way.admit, way.call, way.has_body, way.limit
        detour = Detour(engine, self._hub.faults) if self._hub else None
        exchanges = self._hub.exchanges if self._hub else None

        async def handle(scope: Scope, receive: Receive, send: Send) -> None:
            headers: dict[bytes, bytes] = scope[HEADERS]
            exchange: Exchange = scope[EXCHANGE]
            exchange.operation = operation_id
            refuse_contradiction(scope)
            exchange.tenant = text_of(headers, named) or only
            if exchanges is not None:
                exchanges.begin(exchange)
            if detour is not None and (detour.faults.active or b"prefer" in headers):
                await detour.run(way, scope, receive, send, headers)
                return
            body: bytes | None = b""
            if has_body:
                # Who may not call need not send a body.
                admit(scope, headers)
                exchange.body = body = await read_body(receive, limit, memory)
            call = await call_of(scope, headers, body)
            await send_reply(scope, send, engine.handle(call))

        return handle


class _BridgeOperation:
    """An operation as Connexion's routed middleware calls it."""

    def __init__(self, operation: AbstractOperation) -> None:
        self._handle: Handler = operation.function
        self.operation_id = operation.operation_id

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._handle(scope, receive, send)


class _BridgeAPI(RoutedAPI[_BridgeOperation]):
    """The operations of the contract, each with the function its operationId resolved to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_paths()

    def make_operation(self, operation: AbstractOperation) -> _BridgeOperation:
        """Wrap the resolved function."""
        return _BridgeOperation(operation)


class BridgeMiddleware(RoutedMiddleware[_BridgeAPI]):
    """The end of the stack for requests that have an operation; others go on to the pages."""

    api_cls = _BridgeAPI

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
