"""Valid values at a boundary of a schema: what a server that is one too strict would refuse."""

from collections.abc import Iterator

from ..contract.model import Json
from ..contract.schema import SchemaView, Steps
from .places import ABSENT, Places, Site
from .wrong import lengthened, stretched

Change = tuple[str, Steps, str, Json]
"""The keyword, the steps below the site, a few words, the value that is put there."""
_LONGEST = 10_000
_MOST_ITEMS = 60

_FORMATS = {
    "date-time": {
        "an instant with another zone": "2031-05-17T11:30:00+02:00",
        "an instant with a fraction": "2031-05-17T09:30:00.123Z",
    },
    "date": {"a leap day": "2032-02-29"},
    "email": {"an address with a tag": "some.one+tag@mail.example"},
    "uri": {"a query and a fragment": "https://www.example/page?a=1&b=%C3%A9#part"},
    "uuid": {"capital letters": "6F1D2B3C-4A5E-4F60-8B7A-9C8D7E6F5A4B"},
}


def boundaries_at(places: Places, site: Site) -> Iterator[Change]:
    """Values that may stand at a site; the caller leaves out those that do not fit the whole.

    A place that names a record, or that only the server writes, takes no other value than null.
    """
    schema, value = site.schema, site.value
    stated = SchemaView(places.document, schema)
    if stated.get("readOnly") is True:
        return
    if isinstance(value, dict):
        yield from _optional(places, site)
    if site.steps and not isinstance(site.steps[-1], int):
        yield "type", (), "null", None
    if "x-references" in stated or value is ABSENT:
        return
    for says, text in _FORMATS.get(str(schema.get("format")), {}).items():
        yield "format", (), says, text
    for listed in schema.get("enum", ()):
        yield "enum", (), f"the listed value {listed}", listed
    yield from _of_kind(site)


def _of_kind(site: Site) -> Iterator[Change]:
    value = site.value
    if isinstance(value, bool):
        yield "type", (), "the other boolean", not value
    elif isinstance(value, int | float):
        yield from _bounds(site)
    elif isinstance(value, str) and "format" not in site.schema:
        yield from _lengths(site)
    elif isinstance(value, list):
        yield from _numbers_of_items(site)


def _optional(places: Places, site: Site) -> Iterator[Change]:
    """Each optional member left out; of those that are not given, each put in."""
    required = site.schema.get("required", ())
    for name, member in site.schema.get("properties", {}).items():
        stated = SchemaView(places.document, member)
        if name in required or "x-references" in stated or stated.get("readOnly") is True:
            continue
        if name in site.value:
            yield "required", (name,), "an optional member left out", ABSENT
        else:
            sample = places.sample(member)
            if sample is not ABSENT:
                yield "properties", (name,), "an optional member given", sample


def _lengths(site: Site) -> Iterator[Change]:
    schema, text = site.schema, site.value
    if "minLength" in schema:
        short = text[: schema["minLength"]]
        yield "minLength", (), "the shortest text", short if short.strip() else "a" * len(short)
    if schema.get("maxLength", _LONGEST) < _LONGEST:
        for long in stretched(text, schema["maxLength"]):
            yield "maxLength", (), "the longest text", long


def _bounds(site: Site) -> Iterator[Change]:
    schema = site.schema
    step = schema.get("multipleOf", 1)
    if "minimum" in schema:
        yield "minimum", (), "the least number", schema["minimum"]
    if "maximum" in schema:
        yield "maximum", (), "the greatest number", schema["maximum"]
        yield "maximum", (), "one less than the greatest number", schema["maximum"] - step
    if "exclusiveMinimum" in schema:
        yield "exclusiveMinimum", (), "the least number", schema["exclusiveMinimum"] + step
    if "exclusiveMaximum" in schema:
        yield "exclusiveMaximum", (), "the greatest number", schema["exclusiveMaximum"] - step


def _numbers_of_items(site: Site) -> Iterator[Change]:
    schema, items = site.schema, site.value
    if len(items) > schema.get("minItems", 0):
        yield "minItems", (), "the fewest items", items[: schema.get("minItems", 0)]
    if len(items) < schema.get("maxItems", _MOST_ITEMS + 1) <= _MOST_ITEMS and items:
        for many in lengthened(items, schema["maxItems"]):
            yield "maxItems", (), "the most items", many
