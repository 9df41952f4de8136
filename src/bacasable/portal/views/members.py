"""From JSON Schema (3.1) to the rows of tables: the members of bodies, answers and models.

A schema is flattened first: references followed, allOf put together, a choice between something and
null taken as that something. What contains itself is told once and then named.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Any

from ...contract.document import at_pointer, schema_at
from ...contract.model import JsonObject
from ..edition import Edition
from ..markdown import html
from ..model import Link, Member
from .limits import either, is_only_null, kinds_of, limits, takes_null, value_text
from .places import places, schema_name, spaced

REQUEST, ANSWER, RECORD = "request", "answer", "record"
_DEPTHS = (16, 6, 4, 3, 2, 1)
_TOLD_DEEP = 3
_MOST = 400
"""More rows than this make no table that one would read: it is then told less deep."""

described = lru_cache(maxsize=8192)(html)
"""A description as HTML. The same ones stand in many places."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A schema, flattened. `refs` are the references it came by, `branches` its alternatives."""

    schema: JsonObject
    refs: frozenset[str]
    null: bool
    branches: tuple[Any, ...]


@dataclass(slots=True)
class _Walk:
    """One telling of a schema: which way it travels, how deep it may go, what it has passed."""

    way: str
    depth: int
    rows: int = 0
    path: list[frozenset[str]] = field(default_factory=list)


class Members:
    """Tells the members of schemas in the language of an edition; each schema once."""

    def __init__(self, edition: Edition) -> None:
        self._edition, self._document = edition, edition.contract.document
        self._told: dict[tuple[int, str], tuple[Any, tuple[Member, ...]]] = {}

    def of(self, schema: Any, way: str) -> tuple[Member, ...]:
        """The members of a value of a schema (of its elements, for a list); none for scalars.

        `way` is REQUEST, which leaves out what is only read, ANSWER, which leaves out what is
        only written, or RECORD. `schema` must be part of the document.
        """
        key = (id(schema), way)
        if key not in self._told:
            # The schema is kept beside its rows, so that no other ever has its id.
            self._told[key] = (schema, self._within_bounds(schema, way))
        return self._told[key][1]

    def row(self, name: str, schema: Any, *, required: bool, way: str) -> Member:
        """One member by itself, with everything in it."""
        for depth in _DEPTHS:
            walk = _Walk(way, depth)
            found = self._member(name, schema, walk, required=required)
            if walk.rows <= _MOST:
                break
        return found

    def said(self, schema: Any) -> str:
        """The type of a value as a phrase: "array of object", "string or null"."""
        return self._type(flat(self._document, schema))

    def _within_bounds(self, schema: Any, way: str) -> tuple[Member, ...]:
        for depth in _DEPTHS:
            walk = _Walk(way, depth)
            shape, _ = self._innermost(flat(self._document, schema))
            walk.path.append(shape.refs)
            found = tuple(self._below(shape, walk))
            if walk.rows <= _MOST:
                break
        return found

    # --- one member

    def _member(self, name: str, schema: Any, walk: _Walk, *, required: bool = False) -> Member:
        walk.rows += 1
        shape = flat(self._document, schema)
        inner, lists = self._innermost(shape)
        own = shape.schema
        phrases = list(limits(self._edition, own))
        if lists:
            each = limits(self._edition, inner.schema)
            phrases += [self._edition.say("reference.each", limit=limit) for limit in each]
        below: tuple[Member, ...] = ()
        again = self._repeated(inner, walk)
        if again:
            phrases.append(self._edition.say("reference.again", name=again))
        elif walk.rows <= _MOST and len(walk.path) < walk.depth:
            walk.path.append(inner.refs)
            below = tuple(self._below(inner, walk))
            walk.path.pop()
        elif inner.schema.get("properties"):
            phrases.append(self._edition.say("reference.deeper"))
        borrowed = isinstance(schema, dict) and "/properties/" in str(schema.get("$ref", ""))
        choice = len(below) == 1 and below[0].choice and not below[0].name
        return Member(
            name=name,
            type=self._type(shape),
            format=str(inner.schema.get("format", "")),
            required=required,
            read_only=own.get("readOnly") is True and not (borrowed and walk.way == REQUEST),
            write_only=own.get("writeOnly") is True,
            default=value_text(own["default"]) if "default" in own else None,
            limits=tuple(phrases),
            values=_values(self._document, inner),
            html=described(str(own.get("description", ""))) + self._explained(inner),
            names=self._named(inner.schema) or self._named(own),
            members=below[0].members if choice else below,
            choice=choice,
        )

    def _below(self, shape: Shape, walk: _Walk) -> Iterator[Member]:
        """The members within a value that is no list."""
        schema = shape.schema
        required = schema.get("required", ())
        for name, member in schema.get("properties", {}).items():
            if self._travels(member, walk.way):
                yield self._member(name, member, walk, required=name in required)
        for number, item in enumerate(schema.get("prefixItems", ())):
            yield self._member(f"[{number}]", item, walk)
        others = schema.get("additionalProperties")
        if isinstance(others, dict) and others:
            yield self._member("*", others, walk)
        for pattern, member in schema.get("patternProperties", {}).items():
            yield self._member(f"/{pattern}/", member, walk)
        if len(shape.branches) > 1 and not _enumerated(self._document, shape):
            yield from self._choice(shape, walk)

    def _choice(self, shape: Shape, walk: _Walk) -> Iterator[Member]:
        """The alternatives of a schema as one row without a name; simple ones as a phrase."""
        parts = [flat(self._document, branch) for branch in shape.branches]
        if all(not kinds_of(p.schema) or set(p.schema) <= {"required"} for p in parts):
            sets = [" + ".join(p.schema.get("required", ())) for p in parts]
            if all(sets):
                one = self._edition.say("reference.one_member", names=either(self._edition, sets))
                yield _nameless(one, (), choice=False)
                return
        if all(_is_simple(p) for p in parts) and kinds_of(parts[0].schema):
            return
        alternatives = tuple(
            self._member(self._branch_name(branch, part, number), branch, walk)
            for number, (branch, part) in enumerate(zip(shape.branches, parts, strict=True), 1)
        )
        yield _nameless(self._edition.say("reference.one_of"), alternatives, choice=True)

    def _branch_name(self, branch: Any, shape: Shape, number: int) -> str:
        title = shape.schema.get("title") or spaced(schema_name(branch))
        return str(title) or self._edition.say("reference.choice", n=number)

    # --- phrases

    def _type(self, shape: Shape, level: int = 0) -> str:
        phrases = [self._kind(shape, kind, level) for kind in self._kinds(shape, level)]
        if not phrases:
            phrases = [self._edition.say("reference.type_any")]
        null = shape.null and (bool(shape.branches) or not is_only_null(shape.schema))
        return either(self._edition, [*phrases, "null"] if null else phrases)

    def _kind(self, shape: Shape, kind: str, level: int) -> str:
        """One of the types of a schema as a phrase, with what a list or map holds."""
        say, schema = self._edition.say, shape.schema
        if kind == "object" and _is_map(schema) and level < _TOLD_DEEP:
            of = self._type(flat(self._document, schema["additionalProperties"]), level + 1)
            return say("reference.map_of", type=of)
        if kind != "array" or not schema.get("items"):
            return say(f"reference.type_{kind}")
        item = flat(self._document, schema["items"])
        kinds = self._kinds(item, level + 1)
        if len(kinds) == 1 and not item.null and not _is_map(item.schema):
            return say(f"reference.many_{kinds[0]}")
        if level < _TOLD_DEEP:
            return say("reference.many_other", type=self._type(item, level + 1))
        return say("reference.type_array")

    def _kinds(self, shape: Shape, level: int) -> list[str]:
        """The types of a value: those of its schema, or of the alternatives, without null."""
        kinds = kinds_of(shape.schema)
        if not kinds and level < _TOLD_DEEP:
            parts = [flat(self._document, branch) for branch in shape.branches]
            kinds = [kind for part in parts for kind in self._kinds(part, level + 1)]
        return list(dict.fromkeys(kinds or (["null"] if is_only_null(shape.schema) else [])))

    def _repeated(self, shape: Shape, walk: _Walk) -> str:
        """The name of a schema that is told already, further up."""
        known = frozenset[str]().union(*walk.path)
        found = next((r for r in sorted(shape.refs) if r in known and "/properties/" not in r), "")
        return spaced(found.rpartition("/")[2]) if found else ""

    def _explained(self, shape: Shape) -> str:
        """What each of the values means, where the schema says so."""
        if not _enumerated(self._document, shape):
            return ""
        items = ""
        for branch in shape.branches:
            schema = schema_at(self._document, branch)
            said = str(schema.get("title") or schema.get("description") or "")
            if said and "const" in schema:
                items += (
                    f"<li><code>{escape(value_text(schema['const']))}</code> {escape(said)}</li>"
                )
        return f"<ul>{items}</ul>" if items else ""

    def _named(self, schema: JsonObject) -> Link | None:
        return places(self._edition).models.get(str(schema.get("x-references", "")))

    # --- the schema

    def _travels(self, schema: Any, way: str) -> bool:
        """Whether a member is sent this way. What is borrowed of another schema is."""
        found = schema_at(self._document, schema)
        if way == REQUEST:
            return found.get("readOnly") is not True or "$ref" in schema
        return way == RECORD or found.get("writeOnly") is not True

    def _innermost(self, shape: Shape) -> tuple[Shape, bool]:
        """The shape of what a list holds, through lists of lists; and whether it is a list."""
        lists = False
        while "array" in kinds_of(shape.schema) and isinstance(shape.schema.get("items"), dict):
            inner = flat(self._document, shape.schema["items"])
            if inner.refs and inner.refs <= shape.refs:
                break
            lists = True
            shape = Shape(inner.schema, inner.refs | shape.refs, inner.null, inner.branches)
        return shape, lists


@lru_cache(maxsize=16)
def members(edition: Edition) -> Members:
    """The teller of members of an edition."""
    return Members(edition)


def flat(document: JsonObject, schema: Any) -> Shape:
    """A schema with its references followed, allOf put together, and null told apart."""
    refs: set[str] = set()
    whole = _together(document, schema, refs)
    branches = [b for key in ("oneOf", "anyOf") for b in whole.get(key, ())]
    shapes = [schema_at(document, branch) for branch in branches]
    kept = [b for b, found in zip(branches, shapes, strict=True) if not is_only_null(found)]
    null = takes_null(whole) or len(kept) < len(branches)
    if (
        len(kept) == 1
        and len(branches) > len(kept)
        and _refs_of(document, kept[0]).isdisjoint(refs)
    ):
        inner = flat(document, kept[0])
        own = {k: v for k, v in whole.items() if k not in ("oneOf", "anyOf")}
        merged = _merged([own, inner.schema])
        return Shape(merged, inner.refs | refs, null or inner.null, inner.branches)
    return Shape(whole, frozenset(refs), null, tuple(kept))


def _together(document: JsonObject, schema: Any, refs: set[str]) -> JsonObject:
    """A schema and the parts of its allOf as one; the references passed are added to `refs`."""
    refs |= _refs_of(document, schema)
    own = schema_at(document, schema)
    if "allOf" not in own:
        return own
    parts = (p for p in own["allOf"] if _refs_of(document, p).isdisjoint(refs))
    rest = {key: value for key, value in own.items() if key != "allOf"}
    return _merged([rest, *(_together(document, part, refs) for part in parts)])


def _refs_of(document: JsonObject, schema: Any) -> set[str]:
    """The references that lead from a schema to what it stands for."""
    found: set[str] = set()
    while isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        if schema["$ref"] in found:
            break
        found.add(schema["$ref"])
        schema = at_pointer(document, schema["$ref"])
    return found


def _merged(parts: list[JsonObject]) -> JsonObject:
    """Schemas that hold together. The first says what each has once; members are everybody's."""
    whole: JsonObject = {}
    properties: JsonObject = {}
    required: list[str] = []
    # The members of what is built upon come before one's own.
    for part in [*parts[1:], parts[0]]:
        for name, member in part.get("properties", {}).items():
            known = properties.get(name)
            properties[name] = member if known is None else {"allOf": [member, known]}
        required += part.get("required", ())
    for part in parts:
        for key, value in part.items():
            whole.setdefault(key, value)
    if properties:
        whole["properties"] = properties
    if required:
        whole["required"] = list(dict.fromkeys(required))
    return whole


def _nameless(phrase: str, alternatives: tuple[Member, ...], *, choice: bool) -> Member:
    return Member(
        name="",
        type=phrase,
        format="",
        required=False,
        read_only=False,
        write_only=False,
        default=None,
        limits=(),
        values=(),
        html="",
        names=None,
        members=alternatives,
        choice=choice,
    )


def _is_map(schema: JsonObject) -> bool:
    others = schema.get("additionalProperties")
    return isinstance(others, dict) and bool(others) and not schema.get("properties")


def _is_simple(shape: Shape) -> bool:
    """Whether the phrase of its type says everything about a schema."""
    return set(shape.schema) <= {"type", "format"} and "object" not in kinds_of(shape.schema)


def _enumerated(document: JsonObject, shape: Shape) -> bool:
    """Whether the alternatives of a schema are values, not shapes."""
    found = [schema_at(document, branch) for branch in shape.branches]
    return bool(found) and all("const" in f or "enum" in f for f in found)


def _values(document: JsonObject, shape: Shape) -> tuple[str, ...]:
    schema = shape.schema
    if "const" in schema:
        return (value_text(schema["const"]),)
    if _enumerated(document, shape):
        parts = [schema_at(document, branch) for branch in shape.branches]
        listed = [v for p in parts for v in ([p["const"]] if "const" in p else p["enum"])]
    else:
        listed = schema.get("enum", [])
    return tuple(value_text(value) for value in listed if value is not None or not shape.null)
