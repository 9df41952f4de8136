"""What is no JSON, or JSON that parsers choke on, must be refused and never be a server error."""

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract import Operation
from ...contract.model import Json
from ...contract.wire import to_json
from ..bench import UNSENT, Bench
from ..model import Exchange, Fault
from . import Check
from ._input import REFUSALS, Trial, documented, json_body, not_refused, says_nothing

_DEEP = 100_000
_FEW, _CHOSEN = 12, (0, 4, 6, 7, 12)
"""A run that tries fewer samples than that sends these alone: one of each kind."""
_REFUSED = (400, 413, 415, 422)
"""Each of these says what is wrong, documented or not; another check looks after that."""


@dataclass(frozen=True, slots=True)
class _Raw:
    """A body as bytes, none for no body. `refused`: it must be refused, not only break nothing."""

    says: str
    content: bytes | None
    refused: bool = True
    media_type: str | None = ""
    statuses: tuple[int, ...] = REFUSALS


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None or operation.body is None:
        return
    trial = Trial(bench, bench.maker.arranged(operation, fresh=False))
    few = bench.subject.options.profile.samples < _FEW
    for number in _CHOSEN if few else range(len(_raws(operation, trial.body))):
        raw = _raws(operation, trial.body)[number]
        yield from _judged(operation, _sent(trial, raw), raw)


def _raws(operation: Operation, body: Json) -> list[_Raw]:
    """All that is tried; the same things in the same order for every body."""
    return [*_broken(operation, body), *_extreme(body), *_media(operation, body)]


def _sent(trial: Trial, raw: _Raw) -> Exchange:
    if raw.content is None:
        return trial.send(body=UNSENT, intent="invalid")
    headers = {} if raw.media_type == "" else {"Content-Type": raw.media_type}
    intent = "invalid" if raw.refused else "any"
    return trial.send(raw=raw.content, headers=headers, intent=intent)


def _judged(operation: Operation, exchange: Exchange, raw: _Raw) -> Iterator[Fault]:
    if says_nothing(exchange) or (not raw.refused and exchange.status < 500):
        return
    statuses = documented(operation, raw.statuses)
    if exchange.status in _REFUSED:
        return
    yield from not_refused(
        exchange,
        statuses,
        what=f"a body that is {raw.says}",
        place=operation.body.pointer.removesuffix("/schema") if operation.body else "",
        cause=raw.says,
    )


def _broken(operation: Operation, body: Json) -> Iterator[_Raw]:
    """Bytes that are no JSON."""
    text = to_json(body)
    yield _Raw("JSON cut short", text[:-1])
    yield _Raw("JSON with something behind it", text + b" x")
    yield _Raw("JSON in single quotes", b"{'a': 1}")
    yield _Raw("empty", b"", refused=operation.body is not None and operation.body.required)
    yield _Raw("not UTF-8", _with_text(body, b"caf\xe9 \xff\xfe"))
    yield _Raw("JSON with the number NaN", _with_member(body, b"NaN"))


def _extreme(body: Json) -> Iterator[_Raw]:
    """JSON, but of kinds that many parsers or databases do not survive."""
    # Grammatical, but no text of Unicode: it may be refused, and may be taken.
    yield _Raw("JSON with half a surrogate pair", _with_text(body, rb"a\ud800b"), refused=False)
    yield _Raw("JSON nested a hundred thousand deep", b"[" * _DEEP + b"]" * _DEEP)
    yield _Raw("JSON nested without end", b'{"a":' * _DEEP)
    yield _Raw("JSON with the number 1e400", _with_number(body, b"1e400"), refused=False)
    yield _Raw(
        "JSON with a number of five thousand digits", _with_number(body, b"9" * 5000), refused=False
    )
    yield _Raw("JSON with the character NUL", _with_text(body, rb"a\u0000b"), refused=False)


def _media(operation: Operation, body: Json) -> Iterator[_Raw]:
    """JSON under a false name."""
    text = to_json(body)
    wrong = documented(operation, (415,)) or REFUSALS
    for media_type in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        yield _Raw(f"JSON sent as {media_type}", text, media_type=media_type, statuses=wrong)
    if operation.body and operation.body.required:
        yield _Raw("missing", None)


def _with_text(body: Json, text: bytes) -> bytes:
    """The body with a text in place of its first one; as a member of its own where it has none."""
    return _put(body, str, b'"' + text + b'"')


def _with_number(body: Json, number: bytes) -> bytes:
    return _put(body, int, number)


def _with_member(body: Json, value: bytes) -> bytes:
    return _put(body, int, value)


def _put(body: Json, kind: type, content: bytes) -> bytes:
    """The body with bytes in place of its first member of a kind."""
    members = body if isinstance(body, dict) else {"value": body}
    fitting = [n for n, v in members.items() if isinstance(v, kind) and not isinstance(v, bool)]
    name = next(iter(fitting or members), "value")
    mark = "\u0001here\u0001"
    text = to_json({**members, name: mark})
    return text.replace(to_json(mark), content)


CHECK = Check(
    id="malformed-body",
    enforces="A body that is no JSON, or of another media type, is refused and breaks nothing.",
    stands="RFC 8259, and the media type of the request body.",
    severity="error",
    repair="Let the parser's errors become 400, bound the depth, and look at the Content-Type.",
    kind="operation",
    applies=json_body,
    probe=_probe,
)
