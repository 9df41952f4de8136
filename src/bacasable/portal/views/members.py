"""From JSON Schema (3.1) to the rows of tables: the members of bodies, answers and models.

A schema is told as a whole (`contract/schema.py`): a choice between something and null is taken as
that something. What contains itself is told once and then named.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Any

from ...contract.schema import SchemaView, Whole, whole
from ..edition import Edition
from ..markdown import html
from ..model import Link, Member
from .limits import either, kinds_of, limits, value_text
from .places import places, schema_name, spaced

REQUEST, ANSWER, RECORD = "request", "answer", "record"
_DEPTHS = (16, 6, 4, 3, 2, 1)
_TOLD_DEEP = 3
_MOST = 400
"""More rows than this make no table that one would read: it is then told less deep."""

described = lru_cache(maxsize=8192)(html)
"""A description as HTML. The same ones stand in many places."""


@dataclass(slots=True)
class _Walk:
    """One telling of a schema: which way it travels, how deep it may go, what it has passed."""

    way: str
    depth: int
    rows: int = 0
    path: list[set[str]] = field(default_factory=list)


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
        return self._type(whole(self._document, schema))

    def _within_bounds(self, schema: Any, way: str) -> tuple[Member, ...]:
        for depth in _DEPTHS:
            walk = _Walk(way, depth)
            inner, refs, _ = _innermost(whole(self._document, schema))
            walk.path.append(refs)
            found = tuple(self._below(inner, walk))
            if walk.rows <= _MOST:
                break
        return found

    # --- one member

    def _member(self, name: str, schema: Any, walk: _Walk, *, required: bool = False) -> Member:
        walk.rows += 1
        own = whole(self._document, schema)
        inner, refs, lists = _innermost(own)
        phrases = list(limits(self._edition, own.keywords))
        if lists:
            each = limits(self._edition, inner.keywords)
            phrases += [self._edition.say("reference.each", limit=limit) for limit in each]
        below: tuple[Member, ...] = ()
        again = _repeated(refs, walk)
        if again:
            phrases.append(self._edition.say("reference.again", name=again))
        elif walk.rows <= _MOST and len(walk.path) < walk.depth:
            walk.path.append(refs)
            below = tuple(self._below(inner, walk))
            walk.path.pop()
        elif inner.members:
            phrases.append(self._edition.say("reference.deeper"))
        borrowed = isinstance(schema, dict) and "/properties/" in str(schema.get("$ref", ""))
        choice = len(below) == 1 and below[0].choice and not below[0].name
        return Member(
            name=name,
            type=self._type(own),
            format=str(inner.get("format", "")),
            required=required,
            read_only=own.get("readOnly") is True and not (borrowed and walk.way == REQUEST),
            write_only=own.get("writeOnly") is True,
            default=value_text(own["default"]) if "default" in own else None,
            limits=tuple(phrases),
            values=_values(inner),
            html=described(str(own.get("description", ""))) + _explained(inner),
            names=self._named(inner) or self._named(own),
            members=below[0].members if choice else below,
            choice=choice,
        )

    def _below(self, schema: SchemaView, walk: _Walk) -> Iterator[Member]:
        """The members within a value that is no list."""
        for name, member in schema.members.items():
            if _travels(member, walk.way):
                required = name in schema.required
                yield self._member(name, member.schema, walk, required=required)
        for number, item in enumerate(schema.get("prefixItems", ())):
            yield self._member(f"[{number}]", item, walk)
        others = schema.get("additionalProperties")
        if isinstance(others, dict) and others:
            yield self._member("*", others, walk)
        for pattern, member in schema.get("patternProperties", {}).items():
            yield self._member(f"/{pattern}/", member, walk)
        if len(schema.branches) > 1 and not _enumerated(schema):
            yield from self._choice(schema.branches, walk)

    def _choice(self, parts: list[SchemaView], walk: _Walk) -> Iterator[Member]:
        """The alternatives of a schema as one row without a name; simple ones as a phrase."""
        said = [part.keywords for part in parts]
        if all(not kinds_of(one) or set(one) <= {"required"} for one in said):
            sets = [" + ".join(part.required) for part in parts]
            if all(sets):
                one = self._edition.say("reference.one_member", names=either(self._edition, sets))
                yield _nameless(one, (), choice=False)
                return
        if all(_is_simple(part) for part in parts) and kinds_of(said[0]):
            return
        alternatives = tuple(
            self._member(self._branch_name(part, number), part.schema, walk)
            for number, part in enumerate(parts, 1)
        )
        yield _nameless(self._edition.say("reference.one_of"), alternatives, choice=True)

    def _branch_name(self, branch: SchemaView, number: int) -> str:
        title = branch.get("title") or spaced(schema_name(branch.schema))
        return str(title) or self._edition.say("reference.choice", n=number)

    # --- phrases

    def _type(self, schema: SchemaView, level: int = 0) -> str:
        phrases = [self._kind(schema, kind, level) for kind in _kinds(schema, level)]
        if not phrases:
            phrases = [self._edition.say("reference.type_any")]
        null = schema.nullable and (bool(schema.branches) or not schema.is_null)
        return either(self._edition, [*phrases, "null"] if null else phrases)

    def _kind(self, schema: SchemaView, kind: str, level: int) -> str:
        """One of the types of a schema as a phrase, with what a list or map holds."""
        say = self._edition.say
        if kind == "object" and schema.others and _is_map(schema) and level < _TOLD_DEEP:
            return say("reference.map_of", type=self._type(schema.others, level + 1))
        if kind != "array" or not schema.get("items"):
            return say(f"reference.type_{kind}")
        item = schema.items
        kinds = _kinds(item, level + 1)
        if len(kinds) == 1 and not item.nullable and not _is_map(item):
            return say(f"reference.many_{kinds[0]}")
        if level < _TOLD_DEEP:
            return say("reference.many_other", type=self._type(item, level + 1))
        return say("reference.type_array")

    def _named(self, schema: SchemaView) -> Link | None:
        return places(self._edition).models.get(str(schema.get("x-references", "")))


@lru_cache(maxsize=16)
def members(edition: Edition) -> Members:
    """The teller of members of an edition."""
    return Members(edition)


def _kinds(schema: SchemaView, level: int) -> list[str]:
    """The types of a value: those of its schema, or of the alternatives, without null."""
    kinds = kinds_of(schema.keywords)
    if not kinds and level < _TOLD_DEEP:
        kinds = [kind for part in schema.branches for kind in _kinds(part, level + 1)]
    return list(dict.fromkeys(kinds or (["null"] if schema.is_null else [])))


def _repeated(refs: set[str], walk: _Walk) -> str:
    """The name of a schema that is told already, further up."""
    known = set[str]().union(*walk.path)
    found = next((r for r in sorted(refs) if r in known and "/properties/" not in r), "")
    return spaced(found.rpartition("/")[2]) if found else ""


def _explained(schema: SchemaView) -> str:
    """What each of the values means, where the schema says so."""
    if not _enumerated(schema):
        return ""
    items = ""
    for branch in schema.branches:
        said = str(branch.get("title") or branch.get("description") or "")
        if said and "const" in branch:
            items += f"<li><code>{escape(value_text(branch['const']))}</code> {escape(said)}</li>"
    return f"<ul>{items}</ul>" if items else ""


def _travels(member: SchemaView, way: str) -> bool:
    """Whether a member is sent this way. What is borrowed of another schema is."""
    if way == REQUEST:
        return member.get("readOnly") is not True or "$ref" in member.schema
    return way == RECORD or member.get("writeOnly") is not True


def _innermost(schema: Whole) -> tuple[Whole, set[str], bool]:
    """What a list holds, through lists of lists, the references to it, and whether it is a list."""
    lists, refs = False, schema.refs
    while "array" in kinds_of(schema.keywords) and isinstance(schema.get("items"), dict):
        inner = schema.items.whole
        if inner.refs and inner.refs <= refs:
            break
        lists, schema, refs = True, inner, inner.refs | refs
    return schema, refs, lists


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


def _is_map(schema: SchemaView) -> bool:
    return bool(schema.get("additionalProperties")) and not schema.members and bool(schema.others)


def _is_simple(schema: SchemaView) -> bool:
    """Whether the phrase of its type says everything about a schema."""
    keywords = schema.keywords
    return set(keywords) <= {"type", "format"} and "object" not in kinds_of(keywords)


def _enumerated(schema: SchemaView) -> bool:
    """Whether the alternatives of a schema are values, not shapes."""
    found = schema.branches
    return bool(found) and all("const" in one or "enum" in one for one in found)


def _values(schema: SchemaView) -> tuple[str, ...]:
    if "const" in schema:
        return (value_text(schema["const"]),)
    parts = schema.branches if _enumerated(schema) else [schema]
    listed = [v for p in parts for v in ([p["const"]] if "const" in p else p.get("enum", []))]
    return tuple(value_text(v) for v in listed if v is not None or not schema.nullable)
