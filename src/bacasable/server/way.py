"""The way of one operation: from the parts of an HTTP request to an admitted Call."""

from starlette.types import Scope

from ..contract import Operation, RawRequest, Refusal
from ..core import Access, Actor, Call, Engine, Space
from ..sandbox.exchanges import EXCHANGE, Exchange
from .coding import unpacked
from .replies import text_of


class Way:
    """What is known of an operation before any call of it. `limit` is of its body, in bytes."""

    __slots__ = ("_access", "_declared", "has_body", "limit", "operation")

    def __init__(self, operation: Operation, engine: Engine, access: Access) -> None:
        self.operation, self._access = operation, access
        self._declared = [
            (p.name.lower(), p.name.lower().encode())
            for p in operation.parameters
            if p.location == "header" and p.name != "X-Tenant-ID"
        ]
        self.has_body = operation.method != "get"
        self.limit = engine.limits.max_body_bytes

    def admit(self, exchange: Exchange, headers: dict[bytes, bytes]) -> tuple[Space, Actor | None]:
        """The space a call works in, and who calls; noted in the exchange.

        Raises Refusal as Access.admit does.
        """
        authorization = text_of(headers, b"authorization")
        admitted = self._access.admit(self.operation, authorization, exchange.tenant)
        if admitted[1] is not None:
            exchange.actor = admitted[1].id
        return admitted

    def call(
        self,
        scope: Scope,
        headers: dict[bytes, bytes],
        space: Space,
        actor: Actor | None,
        body: bytes | None,
    ) -> Call:
        """The call that a request makes. `body` is None when it was longer than the limit.

        One that came packed is unpacked, in the exchange too.
        """
        unread = None
        if b"content-encoding" in headers:
            try:
                body = unpacked(text_of(headers, b"content-encoding"), body, self.limit)
                scope[EXCHANGE].body = body
            except Refusal as refusal:
                body, unread = None, refusal
        request = RawRequest(
            path=scope["path_params"],
            query=scope["query_string"].decode("latin-1"),
            headers={n: text_of(headers, key) for n, key in self._declared if key in headers},
            body=body,
            content_type=text_of(headers, b"content-type"),
            accept=text_of(headers, b"accept"),
            unread=unread,
        )
        return Call(
            self.operation,
            space,
            actor,
            request,
            scope[EXCHANGE].id,
            text_of(headers, b"if-match"),
            text_of(headers, b"if-none-match"),
        )
