"""Text must come back as it was sent: every script, every length the contract allows."""

import unicodedata
from collections.abc import Iterator, Sequence

from ...contract import Operation
from ...contract.model import Json, JsonObject
from ...contract.renaming import unique_taken
from ...contract.schema import whole
from ..bench import Bench, Subject
from ..maker import Arranged
from ..making.bodies import example_body
from ..model import Exchange, Fault
from ..mutations import Mutation, joined, together
from ..places import ABSENT, Places, Site, put
from . import Check
from ._input import body_of, record_in, reread, says_nothing, send, writes_record

_LONGEST = 20_000
_SPOKEN = "Été à Çanakkale, œuvre n° 1 – "
TEXTS = {
    "accents": "Éléonore à Çanakkale – œuvre n° 1",
    "emoji": "Bravo 🎉 👩🏽‍🚀 🇫🇷",
    "right-to-left text and its marks": "\u200fשלום\u200e \u2067مرحبا\u2069",
    "markup and quotes": '<b>O\'Neil & "Söhne"</b> &amp; 100% \\ `x`',
    "spaces at both ends": "  two  spaces  ",
    "decomposed accents": unicodedata.normalize("NFD", "Éléonore à Çanakkale"),
    "line breaks and tabs": "first\nsecond\r\nthird\tfourth",
    "rare scripts": "日本語 ไทย हिन्दी 𠜎 𝔘",
    "what programs read": "'; -- {{7*7}} ${x} %s %00 null",
    "invisible characters": "a\u00a0b\u200bc\u2060d\u00ad",
}
"""What is written, by the words for it."""


def _applies(subject: Subject, operation: Operation | None) -> str:
    reason = writes_record(subject, operation)
    if reason or operation is None or operation.body is None:
        return reason
    body, places = operation.body, subject.places
    walked = places.walk(body.schema, body.pointer, example_body(subject.contract, operation))
    if not any(_is_free(places, site) for site in walked):
        return "no member of its body takes free text"
    return ""


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None or operation.body is None:
        return
    arranged = bench.maker.arranged(operation)
    places, value = bench.subject.places, body_of(arranged)
    walked = places.walk(operation.body.schema, operation.body.pointer, value)
    sites = [s for s in walked if _is_free(places, s) and _is_shown(bench, arranged, s)]
    samples = bench.subject.options.profile.samples
    kinds_of_text = ["as long as allowed", "as long as allowed, of emoji", *TEXTS]
    plain = False
    for kind in kinds_of_text[: max(6, samples)]:
        written = [m for site in sites for m in _written(places, operation, site, kind)]
        for one in together(value, written, 1 if samples < 100 else 4):
            parts = [p for p in one.parts if not plain or len(p.steps) == 1]
            if not parts:
                continue
            exchange = _sent(bench, arranged, parts)
            if exchange.status == 409 and not plain:
                # A rule about what lies deeper, perhaps: then members of the body alone are tried.
                plain, parts = True, [p for p in parts if len(p.steps) == 1]
                exchange = _sent(bench, arranged, parts)
            yield from _judged(bench, arranged, parts, exchange)
            if exchange.ok and operation.action.kind == "create":
                arranged = bench.maker.arranged(operation)


def _is_free(places: Places, site: Site) -> bool:
    """Whether a place takes free text that may be read again."""
    schema = whole(places.document, site.schema)
    if "string" not in schema.kinds or not site.steps or site.schema.get("$ref"):
        return False
    if {"enum", "const", "format", "x-references"} & schema.keywords.keys():
        return False
    return not schema.get("writeOnly") and not schema.get("readOnly")


def _is_shown(bench: Bench, arranged: Arranged, site: Site) -> bool:
    """Whether a caller sees a member unmasked, and several records may have the same there."""
    resource = bench.contract.resources.get(arranged.operation.action.resource or "")
    top = str(site.steps[0])
    if resource is None:
        return True
    unique = unique_taken(bench.contract, arranged.operation)
    return top not in unique and arranged.identity.role not in resource.masked.get(top, ())


def _written(places: Places, operation: Operation, site: Site, kind: str) -> Iterator[Mutation]:
    """The text of a kind at a place, if the contract allows it there."""
    most = whole(places.document, site.schema).get("maxLength", 1000)
    if kind in TEXTS:
        text = TEXTS[kind]
    elif most > _LONGEST:
        return
    else:
        of = "🎉" if "emoji" in kind else _SPOKEN
        text = (of * (most // len(of) + 1))[:most]
        text = text[:-1] + "." if text.endswith(" ") else text
    value = put(site.root, site.steps, text)
    if operation.body and places.test(operation.body.schema)(value):
        yield Mutation("text", site.steps, site.place, kind, value)


def _sent(bench: Bench, arranged: Arranged, parts: Sequence[Mutation]) -> Exchange:
    return send(bench, arranged, body=joined(arranged.body, parts), intent="valid")


def _judged(
    bench: Bench, arranged: Arranged, parts: Sequence[Mutation], written: Exchange
) -> Iterator[Fault]:
    if says_nothing(written) or not parts:
        return
    kind, body = parts[0].says, joined(arranged.body, parts)
    if written.status in (400, 422) or written.status >= 500:
        yield Fault(
            cause=f"{kind}: refused with {written.status}",
            title=f"Text is refused: {kind}",
            expected=str(arranged.operation.success),
            received=str(written.status),
            place=parts[0].place,
            exchanges=(written,),
            wfc=100 if written.status >= 500 else 101,
        )
    if not written.ok:
        return  # a rule of the operation
    found = list(_lost(bench, body, parts, (written,)))
    if not found:
        again = reread(bench, arranged, written)
        found = list(_lost(bench, body, parts, (written, again))) if again else []
    yield from found


def _lost(
    bench: Bench, body: JsonObject, parts: Sequence[Mutation], exchanges: tuple[Exchange, ...]
) -> Iterator[Fault]:
    """The first text that is not in the last answer as it was sent."""
    record = record_in(bench, exchanges[-1])
    for part in parts:
        sent, got = _at(body, part), _at(record, part)
        if got is ABSENT or got == sent:
            continue
        yield Fault(
            cause=f"{part.says}: {_how(sent, got)}",
            title=f"Text does not come back unchanged: {part.says}",
            expected=f"{part.pointer}: {_brief(sent)}",
            received=f"{part.pointer}: {_brief(got)}",
            place=part.place,
            exchanges=exchanges,
        )
        return


def _at(value: Json, part: Mutation) -> Json:
    """What lies at the place of a mutation; ABSENT where nothing does."""
    for step in part.steps:
        if isinstance(value, dict) and step in value:
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return ABSENT
    return value


def _how(sent: str, got: Json) -> str:
    """What became of a text, in a word or two."""
    if not isinstance(got, str):
        return "gone"
    if got == sent.strip() or got == " ".join(sent.split()):
        return "spaces are cut"
    if unicodedata.normalize("NFC", got) == unicodedata.normalize("NFC", sent):
        return "normalized"
    if "&lt;" in got or "&#" in got or "&amp;amp;" in got:
        return "escaped for HTML"
    return "cut" if sent.startswith(got) else "changed"


def _brief(value: Json) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:59]}… ({len(str(value))} characters)"


CHECK = Check(
    id="text-round-trip",
    enforces="Text comes back as it was sent: emoji, right-to-left, long, with markup or spaces.",
    stands="Texts without format or listed values in the schemas of request bodies.",
    severity="error",
    repair="Store text as it is, in UTF-8; escape it where it is shown, not where it is kept.",
    kind="operation",
    applies=_applies,
    probe=_probe,
    wfc=101,
)
