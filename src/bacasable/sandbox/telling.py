"""Telling: an exchange as JSON (schema Exchange of the controls), with secrets masked."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import unquote_plus

from ..contract import Contract
from ..contract.model import Json, JsonObject
from ..contract.request import MAX_DEPTH, format_instant
from ..contract.wire import from_json
from .exchanges import Exchange
from .masking import Cover, Names, is_deep

_READABLE = (9, 10, 13)


class Teller:
    """Tells exchanges of a contract. The first time it looks for secrets in the whole document."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    @cached_property
    def _names(self) -> Names:
        return Names(self._contract)

    def tell(self, exchange: Exchange) -> JsonObject:
        """The exchange as schema Exchange has it."""
        cover = Cover(self._names, self._names.taken.get(exchange.operation or ""))
        sent, got = _request_headers(exchange), _response_headers(exchange)
        asked = _Body(exchange.body or b"", self._names)
        answered = _Body(exchange.reply.whole if exchange.reply else b"", self._names)
        query = exchange.query.decode("latin-1")
        _learn(cover, [*sent.items(), *got.items()], query, [asked, answered])
        return {
            "id": exchange.id,
            "at": instant(exchange),
            "tenant": cover.text(exchange.tenant) or None,
            "operation": exchange.operation,
            "method": exchange.method,
            "path": cover.text(exchange.path),
            "query": cover.query(query),
            "actor": exchange.actor,
            "status": exchange.status,
            "durationMs": round(exchange.seconds * 1000, 3),
            "code": _code(exchange, answered.value),
            "violations": [
                {"pointer": cover.text(v.pointer), "detail": cover.text(v.detail)}
                for v in exchange.violations
            ],
            "faults": list(exchange.faults),
            "request": {"headers": _covered(cover, sent), **_request(cover, exchange, asked)},
            "response": {"headers": _covered(cover, got), **_response(cover, exchange, answered)},
        }


def instant(exchange: Exchange) -> str:
    """When an exchange began, by the machine's clock."""
    return format_instant(datetime.fromtimestamp(exchange.at, UTC))


class _Body:
    """A body that is held. `text` is None when it is JSON, and when it is no text.

    `harmless` JSON has no secret by name or form.
    """

    def __init__(self, raw: bytes, names: Names) -> None:
        self.raw, self.size, self.is_json = raw, len(raw), False
        self.value: Json = None
        self.text: str | None = None
        try:
            value = from_json(raw)
            # JSON that is nested too deeply could not be written again.
            deep = raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and is_deep(value)
            self.is_json = not deep
        except ValueError:
            pass
        if self.is_json:
            self.value = value
        else:
            self.text = _text(raw)
        self.harmless = self.is_json and names.harmless(raw)


def _text(raw: bytes) -> str | None:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    readable = all(ord(character) >= 32 or ord(character) in _READABLE for character in text)
    return text if readable else None


def _learn(cover: Cover, headers: list[tuple[str, str]], query: str, bodies: list[_Body]) -> None:
    for name, text in headers:
        cover.learn_header(name, text)
    for pair in query.split("&"):
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
    if body.is_json:
        # A request that takes a secret is looked through by its members, whatever is in it.
        by_members = covered == cover.request and cover.strict
        plain = body.harmless and not by_members and cover.harmless(body.raw)
        value = body.value if plain else covered(body.value)
        return {"body": value, "bytes": body.size, "omitted": None}
    if body.text is not None and cover.safe(body.text):
        return {"body": body.text, "bytes": body.size, "omitted": None}
    return _omitted(body.size, "UNSAFE")


def _omitted(size: int, reason: str) -> JsonObject:
    return {"body": None, "bytes": size, "omitted": reason}


def _covered(cover: Cover, headers: dict[str, str]) -> dict[str, str]:
    return {name: cover.named(name, text) for name, text in headers.items()}


def _request_headers(exchange: Exchange) -> dict[str, str]:
    """Headers by lower-case name; those that came several times in one."""
    found: dict[str, str] = {}
    for raw_name, raw in exchange.headers:
        name, text = raw_name.decode("latin-1").lower(), raw.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def _response_headers(exchange: Exchange) -> dict[str, str]:
    """The headers of the answer that say something about it, not those for browsers."""
    reply = exchange.reply
    found = {"x-request-id": exchange.id}
    if reply is None or not reply.status:
        return {}
    if exchange.response_bytes:
        kind = "application/problem+json" if reply.status >= 400 else "application/json"
        found["content-type"] = kind
    if reply.status not in {204, 304}:
        found["content-length"] = str(exchange.response_bytes)
    return found | {name.lower(): text for name, text in reply.headers.items()}


def _code(exchange: Exchange, body: Json) -> str | None:
    code = body.get("code") if exchange.status >= 400 and isinstance(body, dict) else None
    return code if isinstance(code, str) else None
