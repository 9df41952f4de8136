"""Values of schemas that read like those of somebody's: compiled once, drawn for each record.

What is made fits its schema nearly always. Whoever stores it checks it, and asks for plain values
(`contract/values.py`) of the members that do not fit.
"""

from collections.abc import Callable, Iterable

from ...contract.complete import fresh
from ...contract.model import Json, JsonObject
from ...contract.schema import ANYTHING, SchemaView, told_name, whole
from ...contract.values import made
from ...contract.wire import to_json
from .numbers import number_maker
from .strings import Make, string_maker
from .texts import PERSON, SURNAMED, Draw, Texts, kind_of

_OPTIONAL, _DEEPEST = 3, 12
"""Deeper than the first only what is required is made; deeper than the second nothing is."""
_ITEMS, _TRIES, _MOST = 3, 8, 200
_NULLS = 8
"""One of so many members that may be null is null."""


class Writer:
    """Makes values of the schemas of one document.

    `embedded` are the schemas, by reference, that are those of a resource: where one stands within
    a record, a record of that resource is shown.
    """

    def __init__(self, document: JsonObject, texts: Texts, embedded: Iterable[str] = ()) -> None:
        self._document, self._texts = document, texts
        self._embedded = {f"#/components/schemas/{name}": name for name in embedded}
        self._makers: dict[tuple[int, str, str, int], tuple[Json, Make]] = {}

    def maker(self, schema: Json, name: str = "", noun: str = "", depth: int = 0) -> Make:
        """What makes values of a schema, of a member of this name in a thing of this noun.

        It is compiled when it is called first: schemas may have no end.
        """
        key = (id(schema), name, noun, depth)
        known = self._makers.get(key)
        if known is not None:
            return known[1]
        compiled: Make | None = None

        def make(draw: Draw) -> Json:
            nonlocal compiled
            if compiled is None:
                compiled = self._related(schema, name, noun, depth)
            return compiled(draw)

        self._makers[key] = (schema, make)  # with the schema, whose identity is the key
        return make

    def _related(self, schema: Json, name: str, noun: str, depth: int) -> Make:
        """A record of another resource, where the schema is that of one; else a value of it."""
        plain = self._compiled(schema, name, noun, depth)
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        resource = self._embedded.get(reference) if depth and isinstance(reference, str) else None
        if resource is None:
            return plain

        def make(draw: Draw) -> Json:
            found = draw.related(resource)
            return plain(draw) if found is None else found

        return make

    def _compiled(self, schema: Json, name: str, noun: str, depth: int) -> Make:
        declared = whole(self._document, schema)
        if depth > _DEEPEST:
            last = made(self._document, schema)
            return lambda _: fresh(last)
        if "const" in declared:
            const = declared["const"]
            return lambda _: fresh(const)
        if isinstance(declared.get("enum"), list) and declared["enum"]:
            values = [one for one in declared["enum"] if one is not None] or [None]
            return lambda draw: fresh(draw.random.choice(values))
        if declared.choices:
            return self._choice(declared, name, noun, depth)
        found = [kind for kind in declared.kinds if kind != "null"]
        kind = found[0] if found else "null" if declared.kinds else _kind(declared)
        make = self._of_kind(kind, declared, name, noun, depth)
        if "null" in declared.kinds and found:
            return lambda draw: None if draw.random.randrange(_NULLS) == 0 else make(draw)
        return make

    def _of_kind(self, kind: str, declared: SchemaView, name: str, noun: str, depth: int) -> Make:
        match kind:
            case "object":
                return self._object(declared, name, noun, depth)
            case "array":
                return self._array(declared, name, noun, depth)
            case "integer" | "number":
                return number_maker(self._texts, declared.keywords, name, whole=kind == "integer")
            case "boolean":
                return lambda draw: draw.random.randrange(2) == 1
            case "null":
                return lambda _: None
        return string_maker(self._texts, declared.keywords, name, noun)

    def _choice(self, declared: SchemaView, name: str, noun: str, depth: int) -> Make:
        """One of the branches, with what stands beside the choice, under the name it goes by."""
        first, *others = declared.choices
        beside = ("discriminator", "example")
        rest = {key: value for key, value in declared.keywords.items() if key not in beside}
        more = [{"anyOf": [one.schema for one in branches]} for branches in others]
        told = declared.get("discriminator")
        told = told if isinstance(told, dict) else {}
        makers: list[tuple[Make, str | None]] = []
        for branch in (one.schema for one in first):
            both = {**rest, "allOf": [branch, *more]} if rest or more else branch
            called = told_name(told, branch) if told else None
            makers.append((self.maker(both, name, noun, depth + 1), called))
        member = told.get("propertyName")

        def make(draw: Draw) -> Json:
            one, called = draw.random.choice(makers) if makers else (lambda _: None, None)
            value = one(draw)
            if called is not None and isinstance(value, dict):
                value = {**value, member: called}
            return value

        return make

    def _object(self, declared: SchemaView, name: str, noun: str, depth: int) -> Make:
        properties, required = declared.members, set(declared.required)
        inner = noun if depth == 0 or not name else name
        known = {kind_of(one) for one in properties}
        if {"first_name", "last_name"} & known:
            # Beside a first name alone, as in French, the name is the last one.
            inner = PERSON if "last_name" in known else SURNAMED
        members: list[tuple[str, Make, bool]] = []
        for called in dict.fromkeys([*properties, *declared.required]):
            member = properties.get(called) or whole(self._document, ANYTHING)
            if called in required or member.get("writeOnly") is not True:
                make = self.maker(member.schema, called, inner, depth + 1)
                members.append((called, make, called in required))
        shown_all = depth < _OPTIONAL
        entries = self._entries(declared, name, depth)

        def make_object(draw: Draw) -> Json:
            draw.room -= 1
            every = shown_all and draw.room > 0
            outer, value = draw.person, {}
            draw.person = outer if depth == 0 else None
            for called, make, needed in members:
                if needed or every:
                    value[called] = make(draw)
            draw.person = outer
            entries(draw, value)
            return value

        return make_object

    def _entries(
        self, declared: SchemaView, name: str, depth: int
    ) -> Callable[[Draw, JsonObject], None]:
        """What adds entries of a map, where an object is one, or must have more members."""
        others, least = declared.get("additionalProperties"), declared.get("minProperties", 0)
        is_map = isinstance(others, dict) and others and not declared.members
        if not is_map and not least:
            return lambda _, __: None
        make = self.maker(others if isinstance(others, dict) else True, name, "", depth + 1)

        def add(draw: Draw, value: JsonObject) -> None:
            wanted = max(1 if is_map and draw.room > 0 else 0, min(least, _MOST))
            number = 0
            while len(value) < wanted and others is not False:
                number += 1
                value.setdefault(f"key{number}", make(draw))

        return add

    def _array(self, declared: SchemaView, name: str, noun: str, depth: int) -> Make:
        first = declared.get("prefixItems")
        begin = [self.maker(one, name, noun, depth + 1) for one in first] if first else []
        make = self.maker(declared.items.schema, name, noun, depth + 1)
        least = min(max(declared.get("minItems", 0), len(begin)), _MOST)
        most = max(least, min(declared.get("maxItems", _MOST), _MOST))
        is_short = declared.get("items") is False or depth >= _OPTIONAL
        usual = least if is_short else min(most, max(least, _ITEMS))
        plain = self.maker(declared.items.schema, "", "", depth + 1)
        is_set = declared.get("uniqueItems") is True
        unique = is_set or depth < _OPTIONAL
        shown = min(most, max(least, 1)) if depth < _OPTIONAL else least

        def make_array(draw: Draw) -> Json:
            draw.room -= 1
            count = least if draw.room <= 0 else draw.random.randint(min(shown, usual), usual)
            values = [one(draw) for one in begin]
            if not unique:
                return values + [make(draw) for _ in range(count - len(values))]
            seen = {to_json(one) for one in values}
            # Where there are too few of a name, the rest is called nothing.
            for wanted, one in ((count, make), (least, plain)):
                tries = wanted * _TRIES
                while len(values) < wanted and tries > 0:
                    tries -= 1
                    value = one(draw)
                    text = to_json(value)
                    if text not in seen:
                        seen.add(text)
                        values.append(value)
            return values if is_set else values + [make(draw) for _ in range(least - len(values))]

        return make_array


def _kind(declared: SchemaView) -> str:
    """The type of values of a schema that names none."""
    keywords = declared.keywords.keys()
    if {"properties", "additionalProperties", "required"} & keywords:
        return "object"
    if {"items", "prefixItems"} & keywords:
        return "array"
    if {"minimum", "maximum", "multipleOf"} & keywords:
        return "number"
    return "string"
