"""The schema of an answer as a template: where its payload stands, and what is written beside it.

The payload is the record, the list of records, or whatever else an operation answers with. Beside
it stand slots, which the server fills: instants, ids of requests, the place of a page. A property
says so itself (extension x-fills), or its name and type do. Nothing else knows of envelopes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .document import ContractError
from .facts import Write, bounded, writer_of
from .model import Json, JsonObject
from .names import plain
from .schema import SchemaView, schema_view, told_name
from .shape import Sought, inside, places
from .slots import BESIDE, REFUSALS
from .values import NONE, example_of, made
from .wire import dumps, to_json

Path = tuple[str, ...]
PAYLOAD = "payload"
"""What a property says under x-fills when it is no slot, but what the operation answers with."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """A member that the server fills. `convert` writes the fact where its schema wants it so."""

    name: str
    convert: Callable[[Any], Json] | None = None


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A member that says the same always, for the schema requires it."""

    value: Json


@dataclass(frozen=True, slots=True)
class _Object:
    """Members by name in the schema's order, each with what is written when nobody fills it."""

    members: Mapping[str, "_Node"]
    required: frozenset[str]
    empty: Mapping[str, Json]


_Node = _Slot | _Fixed | _Object | None
"""None is the payload."""


@dataclass(frozen=True, slots=True)
class _Text:
    """JSON with places for values: which of them, and how each is written where not as it is."""

    text: bytes
    wants: tuple[tuple[int, Callable[[Any], Json] | None], ...]

    def filled(self, values: list[Json]) -> bytes:
        return self.text % tuple(
            [dumps(values[at] if write is None else write(values[at])) for at, write in self.wants]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """One documented answer, ready to be written and read.

    `payload` leads to what the operation answers with; it is empty where that is the whole answer,
    and None where there is nothing of the kind. `slots` are the names of what the server fills, by
    place.
    """

    payload: Path | None
    slots: Mapping[Path, str]
    _root: _Node
    _names: tuple[str, ...]
    _known: dict[tuple[bool, ...], tuple[_Text, ...]] = field(default_factory=dict)
    """What stands before the payload and behind it, by the slots without a fact."""

    def render(self, facts: Mapping[str, Json], payload: bytes = b"null") -> tuple[bytes, ...]:
        """The JSON of the answer: what stands before the payload, the payload, what is behind.

        `facts` are values of slots by name; a slot without one is left out, or is null or what its
        schema allows where it is required.
        """
        if self.payload == ():
            return (payload,)
        fact = facts.get
        values = [fact(name) for name in self._names]
        absent = tuple([value is None for value in values]) if None in values else ()
        texts = self._known.get(absent)
        if texts is None:
            missing = {n for n, is_absent in zip(self._names, absent, strict=False) if is_absent}
            written = _written(self._root, frozenset(missing))
            texts = self._known[absent] = tuple(_texts(written, self._names))
        if len(texts) == 1:
            return (texts[0].filled(values),)
        return (texts[0].filled(values), payload, texts[1].filled(values))

    def fixed(self, facts: Mapping[str, Json], open_: frozenset[str]) -> "Template":
        """The same with facts filled in for good; of the other slots, those that are `open_`."""
        slots = {place: name for place, name in self.slots.items() if name in open_}
        root = _fixed(self._root, facts, open_)
        return Template(self.payload, slots, root, tuple(dict.fromkeys(slots.values())))

    def read(self, body: Json) -> Json:
        """The payload of an answer; None where it has none."""
        return inside(body, self.payload)

    def refilled(self, body: Json, facts: Mapping[str, Json]) -> Json:
        """An answer with other facts in those of its slots that it has."""
        return _refilled(self._root, body, facts)


_PLACE = _Slot(PAYLOAD)


def template_of(
    document: JsonObject, schema: str, sought: Sought = "either", *, refuses: bool = False
) -> Template:
    """The template of the answer whose schema is at a pointer into the document.

    `sought` is what the payload is; of an answer that `refuses` there is none.

    Raises ContractError with the pointer when several members may be the payload.
    """
    whole = schema_view(document, schema).whole
    stated = dict(_stated(whole))
    payload: Path | None = None
    if not refuses:
        try:
            payload = _payload(whole, stated, sought)
        except ContractError as error:
            raise ContractError(str(error), schema) from None
        if payload is None and not whole.members:
            payload = ()
    slots: dict[Path, str] = {}
    if payload == ():
        return Template(payload, slots, None, ())
    root = _object(_Making(stated, payload, refuses, slots), whole, ())
    return Template(payload, slots, root, tuple(dict.fromkeys(slots.values())))


def _stated(schema: SchemaView, at: Path = ()) -> Iterator[tuple[Path, str]]:
    """What properties say under x-fills, by place."""
    for name, member in schema.members.items() if schema.is_object else ():
        if "x-fills" in member:
            yield (*at, name), member["x-fills"]
        elif len(at) < _DEEPEST:
            yield from _stated(member, (*at, name))


_DEEPEST = 4
"""No envelope is deeper; schemas of payloads may have no end."""


def _payload(whole: SchemaView, stated: Mapping[Path, str], sought: Sought) -> Path | None:
    """Where the payload stands: where the schema says so, or the shallowest member without slots.

    A schema that says nothing is read as those of others are.
    """
    said = [place for place, name in stated.items() if name == PAYLOAD]
    if said:
        return said[0]
    if not stated:
        found = places(whole, sought)
        return found.items if found.record is None else found.record
    above = {place[:depth] for place in stated for depth in range(len(place) + 1)}
    level: list[Path] = [()]
    while level:
        below = [(*place, name) for place in level for name in _names(whole, place)]
        free = [place for place in below if place not in above]
        if len(free) > 1:
            told = " and ".join("/".join(place) for place in free)
            raise ContractError(f"{told} may both be the payload; say x-fills: payload at one")
        if free:
            return free[0]
        level = [place for place in below if place not in stated]
    return None


def _names(schema: SchemaView, place: Path) -> list[str]:
    for name in place:
        schema = schema.members[name]
    return list(schema.members)


@dataclass(frozen=True, slots=True)
class _Making:
    """What is known while the members of a template are made; `slots` are those found so far."""

    stated: Mapping[Path, str]
    payload: Path | None
    refuses: bool
    slots: dict[Path, str]

    def slot(self, name: str, member: SchemaView) -> str:
        """The slot that a member is by name and type; empty for none.

        Where the schema says what its slots are, all others are none.
        """
        if self.stated:
            return ""
        found, taken = set(member.kinds), set(self.slots.values())
        for slot, (names, kind) in (REFUSALS if self.refuses else BESIDE).items():
            if plain(name) in names and found & set(kind.split()) and slot not in taken:
                return slot
        return ""

    def writer(self, slot: str, member: SchemaView) -> Write | None:
        """How the fact of a slot is written; None for as it is."""
        write = writer_of(slot, member)
        return bounded(member, write) if self.refuses else write


def _object(making: _Making, schema: SchemaView, at: Path) -> _Object:
    required = frozenset(schema.required)
    members: dict[str, _Node] = {}
    empty: dict[str, Json] = {}
    kind = _kind_told(schema)
    for name, member in schema.members.items():
        place = (*at, name)
        if place == making.payload:
            members[name] = None
            continue
        if name == kind[0]:
            members[name] = _Fixed(_empty(member) if kind[1] is None else kind[1])
            continue
        on_the_way = making.payload is not None and making.payload[: len(place)] == place
        slot = "" if on_the_way else making.stated.get(place) or making.slot(name, member)
        if slot:
            making.slots[place] = slot
            members[name] = _Slot(slot, making.writer(slot, member))
            empty[name] = _empty(member)
        elif on_the_way or (member.is_object and len(at) < _DEEPEST):
            members[name] = _object(making, member, place)
        elif making.refuses and not member.choices:
            # What a refusal tells beside: the rules that are broken, the states that are allowed.
            # A choice has no room for it.
            making.slots[place] = name
            members[name] = _Slot(name, making.writer(name, member))
            empty[name] = _empty(member)
        elif name in required:
            members[name] = _Fixed(_empty(member))
    return _Object(members, required, empty)


def _kind_told(schema: SchemaView) -> tuple[str, str | None]:
    """The member that tells which of several schemas this is, and what it says; empty for none."""
    told = schema.get("discriminator")
    name = told.get("propertyName") if isinstance(told, dict) else None
    if not isinstance(name, str):
        return "", None
    own = told_name(told, {"$ref": "#" + schema.pointer}) if schema.pointer else None
    listed = schema.members[name].get("enum") if name in schema.members else None
    return name, own if listed is None or own in listed else None


def _empty(schema: SchemaView) -> Json:
    """What a member says that nobody fills."""
    if "null" in schema.kinds:
        return None
    example = example_of(schema.document, {"schema": schema.keywords})
    return made(schema.document, schema.schema) if example is NONE else example


def _written(node: _Node, missing: frozenset[str]) -> Iterator[bytes | _Slot]:
    """The text of a member, slots in their places."""
    if node is None:
        yield _PLACE
    elif isinstance(node, _Slot):
        yield node
    elif isinstance(node, _Fixed):
        yield to_json(node.value)
    else:
        sign = b"{"
        for name, member in node.members.items():
            if name in node.required or _is_there(member, missing):
                yield sign + to_json(name) + b":"
                if isinstance(member, _Slot) and member.name in missing:
                    yield to_json(node.empty[name])
                else:
                    yield from _written(member, missing)
                sign = b","
        yield b"{}" if sign == b"{" else b"}"


def _is_there(node: _Node, missing: frozenset[str]) -> bool:
    """Whether a member that need not be there has something to say."""
    if isinstance(node, _Slot):
        return node.name not in missing
    if isinstance(node, _Object):
        return any(_is_there(member, missing) for member in node.members.values())
    return node is None


def _fixed(node: _Node, facts: Mapping[str, Json], open_: frozenset[str]) -> _Node:
    if isinstance(node, _Slot) and node.name not in open_:
        fact = facts[node.name]
        return _Fixed(node.convert(fact) if node.convert else fact)
    if not isinstance(node, _Object):
        return node
    members: dict[str, _Node] = {}
    for name, member in node.members.items():
        is_required = name in node.required
        if (
            isinstance(member, _Slot)
            and member.name not in open_
            and facts.get(member.name) is None
        ):
            if is_required:
                members[name] = _Fixed(node.empty[name])
            continue
        made = _fixed(member, facts, open_)
        if is_required or not isinstance(made, _Object) or made.members:
            members[name] = made
    return _Object(members, node.required | members.keys(), node.empty)


def _refilled(node: _Node, value: Json, facts: Mapping[str, Json]) -> Json:
    if isinstance(node, _Slot):
        fact = facts.get(node.name)
        return value if fact is None else node.convert(fact) if node.convert else fact
    if not isinstance(node, _Object) or not isinstance(value, dict):
        return value
    own = {n: _refilled(m, value[n], facts) for n, m in node.members.items() if n in value}
    return value | own


def _texts(parts: Iterator[bytes | _Slot], names: tuple[str, ...]) -> Iterator[_Text]:
    """The text before the payload, and that behind it where there is one."""
    text = b""
    wants: list[tuple[int, Callable[[Any], Json] | None]] = []
    for part in parts:
        if isinstance(part, bytes):
            text += part.replace(b"%", b"%%")
        elif part is _PLACE:
            yield _Text(text, tuple(wants))
            text, wants = b"", []
        else:
            text += b"%b"
            wants.append((names.index(part.name), part.convert))
    yield _Text(text, tuple(wants))
