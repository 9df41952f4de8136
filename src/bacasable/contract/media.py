"""Media types: what a Content-Type names, which documented type it is, what an Accept admits.

RFC 9110, 8.3 and 12.5.1. A document may name ranges (`image/*`): the most specific one counts.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_JSON = re.compile(r"(?:application|text)/json|[^/]+/[\w.+-]+\+json")
_XML = re.compile(r"(?:application|text)/(?:xml|[\w.+-]+\+xml)")
_TEXTS = frozenset({"application/javascript", "application/yaml"})
_LINES = frozenset(
    {"application/jsonl", "application/x-jsonl", "application/jsonlines"}
    | {"application/x-ndjson", "application/ndjson"}
)
EVENTS = "text/event-stream"
RECORDS = "application/json-seq"


def essence(header: str) -> str:
    """A media type without its parameters, in lower case."""
    return header.partition(";")[0].strip().lower()


def parameter_of(header: str, name: str) -> str:
    """The value of a parameter of a media type; empty for none."""
    return _parameters(header).get(name, "")


def is_json(header: str) -> bool:
    """Whether a media type is JSON: that itself, or what ends with +json."""
    return _JSON.fullmatch(essence(header)) is not None


def may_be_json(header: str) -> bool:
    """Whether answers of a media type, or range, are JSON: some documents name no other (`*/*`)."""
    return is_json(header) or essence(header) in {"*/*", "application/*"}


def is_xml(header: str) -> bool:
    """Whether a media type is XML."""
    return _XML.fullmatch(essence(header)) is not None


def is_sequence(header: str) -> bool:
    """Whether bodies of a media type are values one after the other: lines, records, events."""
    name = essence(header)
    return name in _LINES or name == EVENTS or is_records(name)


def is_records(header: str) -> bool:
    """Whether a media type is that of JSON text sequences (RFC 7464)."""
    name = essence(header)
    return name == RECORDS or name.endswith("+json-seq")


def is_text(header: str) -> bool:
    """Whether a media type is one of text that is no JSON."""
    name = essence(header)
    plain = (name.startswith("text/") and not is_json(name)) or name in _TEXTS
    return plain or is_xml(name) or is_sequence(name)


def is_range(header: str) -> bool:
    """Whether a document stands with this for several media types."""
    return essence(header).endswith("/*")


def is_file_type(header: str) -> bool:
    """Whether bodies of a media type, or range, are files, or may have some in them."""
    return not (is_json(header) or is_text(header) or essence(header) == FORM)


def covers(documented: str, sent: str) -> bool:
    """Whether a documented media type, or range, is that of what was sent."""
    return _rank(documented, sent)[0] > 0


def best_match(documented: Iterable[str], sent: str) -> str | None:
    """The documented media type that is most specific for what was sent; None when none is."""
    found = max(documented, key=lambda one: _rank(one, sent), default=None)
    return found if found is not None and covers(found, sent) else None


def accepts_json(header: str) -> bool:
    """Whether an Accept header admits application/json."""
    return accepts(header, JSON)


def accepts(header: str, media_type: str) -> bool:
    """Whether an Accept header admits a media type, or one of a range (RFC 9110, 12.5.1)."""
    return quality(header, media_type) > 0


@lru_cache(maxsize=256)
def quality(header: str, media_type: str) -> float:
    """How much an Accept header wants a media type, or the best of a range: from 0 to 1."""
    said: dict[str, float] = {}
    for item in header.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            said[name] = float(weight)
        except ValueError:
            said[name] = 1.0
    name = essence(media_type)
    kind = name.partition("/")[0]
    if is_range(name):
        inside = [q for one, q in said.items() if kind == "*" or one.startswith(kind + "/")]
        return max([*inside, said.get("*/*", 0.0)])
    for one in (name, kind + "/*", "*/*"):
        if one in said:
            return said[one]
    return 0.0


def _rank(documented: str, sent: str) -> tuple[int, int]:
    """How specific a documented media type is for one that was sent; not at all is 0."""
    one, other = essence(documented), essence(sent)
    if one == other:
        theirs = _parameters(sent)
        same = sum(theirs.get(k) == v for k, v in _parameters(documented).items())
        return 3, same
    if one == other.partition("/")[0] + "/*":
        return 2, 0
    return int(one == "*/*"), 0


def _parameters(header: str) -> dict[str, str]:
    found = {}
    for part in header.split(";")[1:]:
        name, _, value = part.partition("=")
        found[name.strip().lower()] = value.strip().strip('"')
    return found
