"""Values to show: the contract's examples, and where it gives none, one made from the schema."""

import re

from .direction import READ_ONLY, WRITE_ONLY, is_marked
from .document import resolve, schema_at
from .model import Json

NONE = object()
"""What stands for an example where there is none: every value of JSON may be one."""
_FORMATS = {
    "date": "2026-09-01",
    "date-time": "2026-09-01T09:00:00Z",
    "time": "09:00:00Z",
    "duration": "P1D",
    "email": "name@example.com",
    "hostname": "www.example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://www.example.com/",
    "url": "https://www.example.com/",
    "uuid": "00000000-0000-4000-8000-000000000001",
    "byte": "ZXhhbXBsZQ==",
    "password": "a long passphrase",
}
_TRIED = ("example", "Example", "EXAMPLE", "a", "A", "1", "12", "123", "1234", "12345", "1.0")
_MOST, _LONGEST = 20, 400
_ROOM = 2_000
"""How many lists and objects a made value may have in it: schemas may have no end."""
_NESTING = frozenset({"oneOf", "anyOf", "allOf", "properties", "items"})
_GROUPS = re.compile(r"\)[*+{]")
_BRIEF = 10


def example_of(document: Json, declared: Json) -> Json:
    """The first example of a parameter or media type, or of its schema; NONE where it has none."""
    if "example" in declared:
        return declared["example"]
    named = declared.get("examples")
    for one in named.values() if isinstance(named, dict) else ():
        example = resolve(document, one)
        if isinstance(example, dict) and "value" in example:
            return example["value"]
    schema = schema_at(document, declared.get("schema", {}))
    if "example" in schema:
        return schema["example"]
    examples = schema.get("examples")
    return examples[0] if isinstance(examples, list) and examples else NONE


def shown(document: Json, declared: Json) -> Json:
    """The first value of a parameter or media type: its example, or one made from its schema."""
    example = example_of(document, declared)
    return made(document, declared.get("schema", {})) if example is NONE else example


def made(document: Json, schema: Json, room: int = _ROOM, *, answer: bool = False) -> Json:
    """A value of a schema, as short as can be: what is not required is left out.

    It is one of a request, which has nothing that is readOnly, or of an `answer`. `room` is how
    many lists and objects may be in it: its parts share that, and null stands for what finds none.
    """
    declared = schema_at(document, schema)
    for key in ("example", "const", "default"):
        if key in declared:
            return declared[key]
    for key in ("examples", "enum"):
        if isinstance(declared.get(key), list) and declared[key]:
            return declared[key][0]
    if room < 1 and not _NESTING.isdisjoint(declared):
        return None
    choices = declared.get("oneOf") or declared.get("anyOf")
    if choices:
        chosen = made(document, _first(document, choices), room // 2, answer=answer)
        # What stands beside the choice belongs to it.
        if isinstance(chosen, dict):
            return {**_object(document, declared, room // 2, answer=answer), **chosen}
        return chosen
    return _plain(document, declared, room, answer=answer)


def _first(document: Json, choices: list[Json]) -> Json:
    """The first branch that is not null."""
    return next((c for c in choices if schema_at(document, c).get("type") != "null"), choices[0])


def _plain(document: Json, declared: Json, room: int, *, answer: bool) -> Json:
    kind = _kind(declared)
    if kind == "object":
        return _object(document, declared, room, answer=answer)
    if kind == "array":
        count = min(max(1, declared.get("minItems", 0)), _MOST, max(1, room))
        item = made(document, declared.get("items", {}), room // (count + 1), answer=answer)
        return [item] * count
    if kind in ("integer", "number"):
        return _number(declared)
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    together = declared.get("allOf", [])
    each = room // (len(together) + 1)
    parts = [made(document, part, each, answer=answer) for part in together]
    return parts[0] if parts else _string(declared)


def _kind(declared: Json) -> str:
    kinds = declared.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    for kind in kinds:
        if isinstance(kind, str) and kind != "null":
            return kind
    if "properties" in declared or any(
        "properties" in p or "$ref" in p for p in declared.get("allOf", [])
    ):
        return "object"
    return "array" if "items" in declared else "" if kinds == [None] else "null"


def _object(document: Json, declared: Json, room: int, *, answer: bool) -> dict[str, Json]:
    other = WRITE_ONLY if answer else READ_ONLY
    found: dict[str, Json] = {}
    together, required = declared.get("allOf", []), declared.get("required", [])
    each = room // (len(together) + len(required) + 1)
    for part in together:
        value = made(document, part, each, answer=answer)
        found |= value if isinstance(value, dict) else {}
    properties = declared.get("properties", {})
    for name in required:
        if name not in found and not is_marked(document, properties.get(name, {}), other):
            found[name] = made(document, properties.get(name, {}), each, answer=answer)
    least = declared.get("minProperties", 0)
    for name in properties if least and isinstance(least, int) else ():
        if len(found) >= min(least, _MOST):
            break
        if name not in found and not is_marked(document, properties[name], other):
            found[name] = made(document, properties[name], each // least, answer=answer)
    return found


def _number(declared: Json) -> int | float:
    step = declared.get("multipleOf", 1)
    low = declared.get("minimum", declared.get("exclusiveMinimum", 1))
    if not isinstance(low, int | float) or isinstance(low, bool):
        low = 1
    if "maximum" in declared and "minimum" not in declared:
        low = min(low, declared["maximum"])
    value: int | float = -(-low // step) * step
    if value == declared.get("exclusiveMinimum"):
        value += step
    whole = declared.get("type") == "integer" or value == int(value)
    return int(value) if whole else value


def _string(declared: Json) -> str:
    text = _FORMATS.get(declared.get("format", ""))
    if text is None:
        text = _matching(str(declared["pattern"])) if "pattern" in declared else "example"
    text = text.ljust(min(declared.get("minLength", 0), _LONGEST), "x")
    return text[: declared.get("maxLength", len(text))]


def _matching(pattern: str) -> str:
    """A text of a pattern, as far as one can be guessed."""
    prefix = re.match(r"\^?((?:[\w/-]|\\/)*)", pattern)
    begins = prefix[1].replace("\\", "") if prefix else ""
    tried = [begins] if "/" in begins else []  # a path is whole as it stands
    tried += [begins + text for text in ("1", *_TRIED, "")] + list(_TRIED) + list(_FORMATS.values())
    tried += [digit * count for count in range(1, 21) for digit in "1aA"]
    return next((text for text in tried if matches(pattern, text)), begins + "1")


def matches(pattern: str, text: str) -> bool:
    """Whether a text has a pattern; none has a pattern that only ECMA-262 knows.

    A group that is repeated may be tried in as many ways as a text is long, to the power of its
    branches: longer texts are not tried then.
    """
    if _GROUPS.search(pattern) and len(text) > _BRIEF:
        return False
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False
