"""Telling: an exchange as JSON (schema Exchange of the controls), with secrets masked.

It takes some milliseconds at most, whatever was sent: what would take longer is not told.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from time import perf_counter
from urllib.parse import unquote_plus
from weakref import ref

from ..contract import Contract
from ..contract.model import Json, JsonObject
from ..contract.request import format_instant
from ..contract.wire import from_json, to_json
from .exchanges import Exchange
from .masking import MOST_ESCAPES, MOST_PARTS, Cover, Names

REMEMBERED = 16 * 1024 * 1024
"""Bytes of exchanges that were told, kept for whoever reads them next."""
SLICE = 0.002
"""Seconds of telling, for whomever, until others have their turn."""
_MOST_PAIRS = 500
"""Pairs of a query, and headers, that are looked through."""
_LEVELS = 8
"""Levels of lists and objects around a body, in all that is made of it; so many, or fewer."""
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Teller:
    """Tells exchanges of a contract. The first time it looks for secrets in the whole document.

    What it told is remembered, up to so many bytes.
    """

    def __init__(self, contract: Contract, remembered: int = REMEMBERED) -> None:
        self._contract = contract
        self._most, self._size = remembered, 0
        self._remembered: deque[tuple[ref[Exchange], int]] = deque()
        self._turn, self._began = asyncio.Lock(), 0.0

    @cached_property
    def _names(self) -> Names:
        return Names(self._contract)

    async def in_turn(self, exchange: Exchange) -> bytes | None:
        """The exchange as JSON, told when all who read have had their turn, and all who call.

        None when it was forgotten before.
        """
        if exchange.told is None:
            async with self._turn:
                await self.rest()
                return None if exchange.forgotten else self.json(exchange)
        await self.rest()
        return None if exchange.forgotten else self.json(exchange)

    async def rest(self) -> None:
        """Let others have their turn, if nobody had one for a while."""
        if perf_counter() - self._began > SLICE:
            await asyncio.sleep(0)
            self._began = perf_counter()

    def json(self, exchange: Exchange) -> bytes:
        """The exchange as JSON, as it was told before if it was."""
        if exchange.told is None:
            exchange.told = told = to_json(self.tell(exchange))
            self._remembered.append((ref(exchange), len(told)))
            self._size += len(told)
            while self._size > self._most:
                oldest, size = self._remembered.popleft()
                self._size -= size
                gone = oldest()
                if gone is not None:
                    gone.told = None
            return told
        return exchange.told

    def tell(self, exchange: Exchange) -> JsonObject:
        """The exchange as schema Exchange has it."""
        cover = Cover(self._names, self._names.taken.get(exchange.operation or ""))
        cover.crowded = exchange.cut
        sent, got = _request_headers(exchange), _response_headers(exchange)
        asked = _Body(exchange.body or b"", self._names)
        answered = _Body(exchange.reply.whole if exchange.reply else b"", self._names)
        query = exchange.query.decode("latin-1")
        said = [text for v in exchange.violations for text in (v.pointer, v.detail)]
        loose = [exchange.tenant, exchange.path, *said]
        _learn(cover, [*sent.items(), *got.items()], query, [asked, answered])
        texts = [*loose, query * 3, *sent.values(), *got.values()]
        cover.look_through(asked.size + answered.size + sum(map(len, texts)))
        tenant, path, *said = cover.texts(loose)
        return {
            "id": exchange.id,
            "at": instant(exchange),
            "tenant": tenant or None,
            "operation": exchange.operation,
            "method": exchange.method,
            "path": path,
            "query": cover.query(query),
            "actor": exchange.actor,
            "status": exchange.status,
            "durationMs": round(exchange.seconds * 1000, 3),
            "code": _code(exchange, answered.value),
            "violations": [
                {"pointer": pointer, "detail": detail}
                for pointer, detail in zip(said[::2], said[1::2], strict=True)
            ],
            "faults": list(exchange.faults),
            "request": {"headers": cover.headers(sent), **_request(cover, exchange, asked)},
            "response": {"headers": cover.headers(got), **_response(cover, exchange, answered)},
        }


def instant(exchange: Exchange) -> str:
    """When an exchange began, by the machine's clock."""
    return format_instant(datetime.fromtimestamp(exchange.at, UTC))


class _Body:
    """A body that is held. `text` is None when it is JSON, and when it is no text.

    `harmless` JSON has no secret by name or form. Other JSON has `parts` to look through.
    """

    def __init__(self, raw: bytes, names: Names) -> None:
        self.raw, self.size, self.is_json = raw, len(raw), False
        self.value: Json = None
        self.text: str | None = None
        try:
            value = from_json(raw)
            # JSON that is nested too deeply could not be written again.
            self.is_json = raw.count(b"{") + raw.count(b"[") < 100 or _is_writable(value)
        except ValueError:
            pass
        if self.is_json:
            self.value = value
        else:
            self.text = _text(raw)
        self.harmless = self.is_json and names.harmless(raw)
        sought = self.is_json and not self.harmless
        self.parts = sum(map(raw.count, (b",", b"[", b"{"))) if sought else 0


def _is_writable(value: Json) -> bool:
    for _ in range(_LEVELS):
        value = [value]
    try:
        to_json(value)
    except TypeError:
        return False
    return True


def _text(raw: bytes) -> str | None:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return None if _UNREADABLE.search(text) else text


def _learn(cover: Cover, headers: list[tuple[str, str]], query: str, bodies: list[_Body]) -> None:
    pairs = query.split("&")
    many = len(pairs) > _MOST_PAIRS or query.count("%") > MOST_ESCAPES
    if many or len(headers) > _MOST_PAIRS or sum(body.parts for body in bodies) > MOST_PARTS:
        cover.crowded = True
        return
    for name, text in headers:
        cover.learn_header(name, text)
    for pair in pairs:
        name, _, text = pair.partition("=")
        cover.learn(unquote_plus(name), unquote_plus(text))
    for body in bodies:
        if not body.harmless:
            cover.learn_all(body.value)


def _request(cover: Cover, exchange: Exchange, body: _Body) -> JsonObject:
    if exchange.request_bytes and exchange.body is None:
        return _omitted(exchange.request_bytes, "LARGE")
    announced = dict(exchange.headers)
    length = announced.get(b"content-length", b"0")[:15]
    unread = not exchange.body and (length.strip(b"0") or b"transfer-encoding" in announced)
    if exchange.body is None or unread:
        return _omitted(int(length) if length.isdigit() else 0, "UNREAD")
    return _shown(cover, body, cover.request)


def _response(cover: Cover, exchange: Exchange, body: _Body) -> JsonObject:
    if exchange.method == "HEAD":
        return {"body": None, "bytes": 0, "omitted": None}
    if exchange.response_bytes and not body.size:
        return _omitted(exchange.response_bytes, "LARGE")
    return _shown(cover, body, cover.answer)


def _shown(cover: Cover, body: _Body, covered: Callable[[Json], Json]) -> JsonObject:
    if cover.crowded:
        return _omitted(body.size, "UNSAFE" if body.size else None)
    if body.is_json:
        # A request that takes a secret is looked through by its members, whatever is in it.
        by_members = covered == cover.request and cover.strict
        plain = body.harmless and not by_members and cover.harmless(body.raw)
        value = body.value if plain else covered(body.value)
        return {"body": value, "bytes": body.size, "omitted": None}
    if body.text is not None and cover.safe(body.text):
        return {"body": body.text, "bytes": body.size, "omitted": None}
    return _omitted(body.size, "UNSAFE")


def _omitted(size: int, reason: str | None) -> JsonObject:
    return {"body": None, "bytes": size, "omitted": reason}


def _request_headers(exchange: Exchange) -> dict[str, str]:
    """Headers by lower-case name; those that came several times in one."""
    found: dict[str, list[str]] = {}
    for raw_name, raw in exchange.headers:
        name, text = raw_name.decode("latin-1").lower(), raw.decode("latin-1")
        found.setdefault(name, []).append(text)
    return {name: ", ".join(texts) for name, texts in found.items()}


def _response_headers(exchange: Exchange) -> dict[str, str]:
    """The headers of the answer that say something about it, not those for browsers."""
    reply = exchange.reply
    found = {"x-request-id": exchange.id}
    if reply is None or not reply.status:
        return {}
    if exchange.response_bytes:
        found["content-type"] = reply.media_type or "application/json"
    if reply.status not in {204, 304}:
        found["content-length"] = str(exchange.response_bytes)
    return found | {name.lower(): text for name, text in reply.headers.items()}


def _code(exchange: Exchange, body: Json) -> str | None:
    code = body.get("code") if exchange.status >= 400 and isinstance(body, dict) else None
    return code if isinstance(code, str) else None
