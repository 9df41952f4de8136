"""The way of one operation: from the parts of an HTTP request to an admitted Call."""

import asyncio
from urllib.parse import parse_qs

from starlette.types import Scope

from ..contract import Contract, Operation, RawRequest, Refusal
from ..core import Actor, Admission, Call, Engine, Space
from ..sandbox.exchanges import EXCHANGE, Exchange
from .coding import unpacked
from .driving import driven
from .entrance import TARGET
from .replies import BodyMemory, text_of
from .routing import sent_texts

LARGE = 64 * 1024
"""Bytes of a body that takes some milliseconds to read."""
TURNS = 3
"""Lists that are put in order at once: fewer than a collection has room for while it keeps each."""


class Incoming:
    """What of the requests of an operation is handed to its reader.

    `limit` is of a body, in bytes.
    """

    __slots__ = ("_cookies", "_declared", "_sent", "limit", "operation")

    def __init__(self, operation: Operation, contract: Contract, limit: int) -> None:
        self.operation, self.limit = operation, limit
        self._declared = [
            (p.name.lower(), p.name.lower().encode())
            for p in operation.parameters
            if p.location == "header" and not p.is_tenant
        ]
        # What few operations have costs the others nothing but to know that.
        self._cookies = any(p.location == "cookie" for p in operation.parameters)
        self._sent = sent_texts(contract, operation)

    def request(self, scope: Scope, headers: dict[bytes, bytes], body: bytes | None) -> RawRequest:
        """What a reader takes. `body` is None when it was longer than the limit.

        One that came packed is unpacked, in the exchange too.
        """
        unread = None
        if b"content-encoding" in headers:
            try:
                body = unpacked(text_of(headers, b"content-encoding"), body, self.limit)
                scope[EXCHANGE].body = body
            except Refusal as refusal:
                body, unread = None, refusal
        return RawRequest(
            path=scope["path_params"] if self._sent is None else self._sent(scope[TARGET]),
            query=scope["query_string"].decode("latin-1"),
            headers={n: text_of(headers, key) for n, key in self._declared if key in headers},
            body=body,
            content_type=text_of(headers, b"content-type"),
            accept=text_of(headers, b"accept"),
            unread=unread,
            cookies=text_of(headers, b"cookie") if self._cookies else "",
        )


class Way(Incoming):
    """What is known of an operation of the API before any call of it.

    The ways of all operations share `memory`, which bodies take, and `turns`, which long lists
    take.
    """

    __slots__ = ("_access", "_engine", "_turns", "has_body", "memory")

    def __init__(
        self,
        operation: Operation,
        engine: Engine,
        access: Admission,
        memory: BodyMemory,
        turns: asyncio.Semaphore,
    ) -> None:
        super().__init__(operation, engine.contract, engine.limits.max_body_bytes)
        self._engine, self._access, self._turns = engine, access, turns
        self.has_body = operation.method not in {"get", "head"} or operation.body is not None
        self.memory = memory

    def admit(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[Space, Actor | None]:
        """The space a call works in, and who calls; noted in the exchange.

        Raises Refusal as the admission does.
        """

        def sent(location: str, name: str) -> str:
            if location == "header":
                return text_of(headers, name.lower().encode())
            if location == "cookie":
                return _cookie(text_of(headers, b"cookie"), name)
            given: str = scope["query_string"].decode("latin-1")
            return parse_qs(given).get(name, [""])[0]

        exchange: Exchange = scope[EXCHANGE]
        admitted = self._access.admit(self.operation, sent, exchange.tenant)
        if admitted[1] is not None:
            exchange.actor = admitted[1].id
        return admitted

    async def call(self, scope: Scope, headers: dict[bytes, bytes], body: bytes | None) -> Call:
        """The admitted call that a request makes, ready to act. Raises Refusal.

        Who may call is asked when all else is done: much can be taken away while a body comes, or
        while a long list is put in order.
        """
        space, actor = self.admit(scope, headers)
        call = Call(
            self.operation,
            space,
            actor,
            self.request(scope, headers, body),
            scope[EXCHANGE].id,
            text_of(headers, b"if-match"),
            text_of(headers, b"if-none-match"),
        )
        is_large, is_long = body is not None and len(body) > LARGE, self._engine.takes_long(call)
        if is_large:
            # Not in the loop: others need not wait until it is read.
            await asyncio.to_thread(self._engine.read, call)
        if is_long:
            await self._put_in_order(call)
        if is_large or is_long:
            call.space, call.actor = self.admit(scope, headers)
        return call

    async def _put_in_order(self, call: Call) -> None:
        """Put a long list in order while others act, but not while very many others do the same.

        They would push each other out of the orders that are kept, and none would come to an end.
        """
        portions = self._engine.portions(call)
        # What is in order waits for nothing that is not.
        if next(portions, True):
            return
        async with self._turns:
            await driven(portions)


def _cookie(header: str, name: str) -> str:
    """The value of a cookie (RFC 6265, 5.4); empty for none."""
    for pair in header.split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name:
            return value.strip('"')
    return ""
