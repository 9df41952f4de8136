"""Putting the first records into a tenant: the document's examples, then as many made ones.

Collections are filled in turn, one record of each at a time, parents before children. So whatever
a record refers to is there before it, and record k is the same however many follow.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from random import Random

from ...contract.complete import fresh
from ...contract.document import pointer
from ...contract.model import Json, JsonObject, Reference, ResourceType, Violation
from ...contract.schema import whole
from ...core import Engine, Record, Space
from ...core.places import key_of, known_below, named_within
from ...core.references import values_at
from ...core.situation import in_order
from ...core.space import id_counter
from .beginning import FirstRecords
from .examples import Example, as_example, as_id, examples_of, is_too_large, places_shown, shows
from .given import Given, GivenRecord
from .identifiers import Identifiers
from .judge import Judge
from .mending import Mender
from .texts import DEFAULT_LOCALE, Draw, Texts
from .writer import Writer

_HOPELESS = 3
"""A resource none of whose first records fits is given up after so many."""
_EMBEDDED = 20
"""A record with more members is not shown within another."""
_DEEP = 16


def seed_first(
    engine: Engine,
    space: Space,
    records: int = 0,
    locale: str = "",
    given: Given | None = None,
) -> FirstRecords:
    """Fill the tenant of a document that knows of none: its examples, and so many made records.

    The records that are `given` come first, and win where an example shows the same one. Raises
    UnknownLocale, and ContractError for a given record that does not fit.
    """
    seeder = _Seeder(engine, space, Texts(locale or DEFAULT_LOCALE, space.seed))
    return seeder.fill(records, given or {})


class _Seeder:
    """Fills one tenant."""

    def __init__(self, engine: Engine, space: Space, texts: Texts) -> None:
        contract = engine.contract
        self._contract, self._space, self._limits = contract, space, engine.limits
        self._document, self._kinds = contract.document, contract.resources
        # Of what there is one of each, it is there as it begins.
        self._order = [kind for kind in _in_turn(self._kinds) if not kind.is_single]
        self._writer = Writer(self._document, texts, self._kinds)
        self._ids = Identifiers(engine, space, self._writer)
        self._now = space.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        self._judges: dict[str, Judge] = {}
        self._mender = Mender(self._document, self._judge)
        self._made: dict[str, list[Record]] = {name: [] for name in self._kinds}
        self._numbers = dict.fromkeys(self._kinds, 0)
        self._failures = dict.fromkeys(self._kinds, 0)
        self._shown = dict.fromkeys(self._kinds, 0)
        self._waiting: dict[str, dict[str, Example]] = {name: {} for name in self._kinds}
        self._making: dict[tuple[str, str], Json] = {}
        self._refused: list[str] = []
        actions = [operation.action for operation in contract.operations.values()]
        self._creatable = {a.resource for a in actions if a.kind == "create" or a.creates}
        self._places = {kind.name: places_shown(contract, kind) for kind in self._order}

    def fill(self, count: int, given: Given) -> FirstRecords:
        """Store what is given and the examples, and so many records more of each resource."""
        log = self._space.log
        mark = log.mark()
        nameless = {k.name: self._gather(k, given.get(k.name, ())) for k in self._order}
        for kind in self._order:
            self._count_on(kind)
            for record_id in list(self._waiting[kind.name]):
                self._show(kind, self._waiting[kind.name].pop(record_id, None))
            for example in nameless[kind.name]:
                self._show(kind, example)
        log.commit(mark)
        for turn in range(max(count, 1)):
            mark = log.mark()
            for kind in self._order:
                # Where nobody can make one there would be nothing to read, or to make more below.
                needed = turn < count or not (self._made[kind.name] or kind.name in self._creatable)
                if needed and self._numbers[kind.name] <= turn:
                    self._generate(kind)
            log.commit(mark)
        counts = {kind.collection: len(self._made[kind.name]) for kind in self._kinds.values()}
        return FirstRecords({c: n for c, n in counts.items() if n}, tuple(self._refused))

    def _stored(self, kind: ResourceType, record_id: Json) -> Record | None:
        """The record of an id, in whatever place."""
        if not kind.key:
            return self._space.collection(kind.name).get(str(record_id))
        made = self._made[kind.name]
        return next((one for one in made if one[kind.id_member] == record_id), None)

    def _there(self, resource: str, key: str) -> Record | None:
        return self._space.collection(resource).get(key)

    def _judge(self, kind: ResourceType) -> Judge:
        if kind.name not in self._judges:
            self._judges[kind.name] = Judge(self._contract, kind)
        return self._judges[kind.name]

    def _gather(self, kind: ResourceType, given: Iterable[GivenRecord]) -> list[Example]:
        """Set aside the examples of a resource by their ids; those without one are given back."""
        named = self._waiting[kind.name]
        nameless = [e for one in given if (e := self._given(kind, one)).record_id is None]
        for example in examples_of(self._contract, kind):
            if kind.properties.keys().isdisjoint(example.value):
                continue
            if is_too_large(example.value):
                self._refused.append(example.source)
                continue
            own = example.value.get(kind.id_member, example.record_id)
            example.record_id = self._ids.of_example(kind, as_id(self._document, kind, own))
            known = [*named.values(), *nameless]
            if example.record_id is None:
                if not any(shows(kind, other, example.value) for other in known):
                    nameless.append(example)
            elif str(example.record_id) in named:
                first = named[str(example.record_id)]
                first.others.append(example.value)
                first.parent = example.parent if first.parent is None else first.parent
            else:
                named[str(example.record_id)] = example
        return nameless

    def _given(self, kind: ResourceType, given: GivenRecord) -> Example:
        """A record of a fixture as an example; set aside if it has an id."""
        named, example = self._waiting[kind.name], as_example(self._document, kind, given)
        example.record_id = self._ids.of_example(kind, example.record_id)
        if example.record_id is None and kind.id_member in given.value:
            raise given.fault(Violation(pointer(kind.id_member), "does not fit its schema"))
        if str(example.record_id) in named:
            raise given.fault(Violation(pointer(kind.id_member), "is the id of another one"))
        if example.record_id is not None:
            named[str(example.record_id)] = example
        return example

    def _count_on(self, kind: ResourceType) -> None:
        """Have running numbers go on behind those of the examples."""
        if kind.id_format != "integer":
            return
        numbers = [e.record_id for e in self._waiting[kind.name].values()]
        top = self._ids.top(kind, [n for n in numbers if isinstance(n, int)])
        counter = id_counter(kind)
        if top > self._space.last_number(counter):
            self._space.count({counter: top})

    def _show(self, kind: ResourceType, example: Example | None) -> Record | None:
        """Store an example, completed with what its schema requires; None if it does not fit."""
        if example is None:
            return None
        draw = self._draw(kind, f"example {self._shown[kind.name]}", self._shown[kind.name])
        self._shown[kind.name] += 1
        whole: JsonObject = {}
        for value in reversed([example.value, *example.others]):
            whole |= value
        record_id = self._ids.new(kind, draw) if example.record_id is None else example.record_id
        key = (kind.name, str(record_id))
        self._making[key] = record_id
        wrong = [Violation("", "lies below no record that is there")]
        for value in (whole, example.value, *(() if example.given else example.others)):
            record = self._completed(kind, fresh(value), draw, record_id)
            if not self._belongs(kind, record, draw, example):
                continue
            if example.is_composed:
                record = self._mender.mended(kind, record, once=True) or record
            wrong = self._judge(kind).broken(record)
            if not wrong:
                self._making.pop(key, None)
                return self._store(kind, record, draw)
        self._making.pop(key, None)
        if example.given is not None:
            raise example.given.fault(wrong[0])
        if not example.is_composed:
            self._refused.append(example.source)
        return None

    def _completed(
        self, kind: ResourceType, value: JsonObject, draw: Draw, record_id: Json
    ) -> Record:
        """The record that an example shows, with what is required and is not in it."""
        required = whole(self._document, kind.schema).required
        value[kind.id_member] = record_id
        if not value.keys() >= set(required):
            made = self._writer.maker(kind.schema, "", kind.name)(draw)
            rest = made if isinstance(made, dict) else {}
            value |= {n: rest[n] for n in required if n not in value and n in rest}
        return in_order(kind, value)

    def _belongs(
        self, kind: ResourceType, record: Record, draw: Draw, example: Example | None = None
    ) -> bool:
        """Give a record the parent and the records it refers to; False if there is no parent."""
        if kind.parent is not None:
            owner = self._kinds[kind.parent.resource]
            said = record.get(kind.parent.field) if kind.parent.field else None
            if example is not None:
                asked = example.parent if said is None else said
                self._know(draw, owner, self._found(owner, asked, draw))
            if owner.name not in draw.known:
                return False
            above = draw.known[owner.name]
            if kind.parent.is_hidden and owner.key_member not in above:
                return False  # it is still being made
            if not kind.parent.is_hidden:
                record[kind.parent.field] = known_below(owner, above, kind.parent)
        for reference in kind.references:
            self._refer(kind, record, draw, reference, example)
        return True

    def _refer(
        self,
        kind: ResourceType,
        record: Record,
        draw: Draw,
        reference: Reference,
        example: Example | None,
    ) -> None:
        target, own = self._kinds[reference.resource], {kind.id_member}
        own |= {kind.parent.field} if kind.parent else set()
        if reference.path[0] in own:
            return
        for place, value in list(values_at(record, reference.path)):
            if value is None:
                continue
            if example is not None:
                found = self._found(target, value, draw)
            elif target.name in draw.known:
                found = draw.known[target.name]
            else:
                found = self._any(target, draw)
            is_optional = len(place) == 1 and not _requires(self._document, kind, place[0])
            its_id = None if found is None else found[target.id_member]
            is_own = target.name == kind.name and its_id == record.get(kind.id_member)
            if is_optional and (found is None or is_own) and example is None:
                del record[str(place[0])]  # the first of a tree lies below none
            elif found is not None:
                _set(record, place, its_id)

    def _found(self, kind: ResourceType, asked: Json, draw: Draw) -> Record | None:
        """The record that an example names: there already, or made now, under that id."""
        record_id = self._ids.of_example(kind, as_id(self._document, kind, asked))
        if record_id is None:
            return self._any(kind, draw)
        found = self._stored(kind, record_id)
        if found is None and (kind.name, str(record_id)) not in self._making:
            waiting = self._waiting[kind.name].pop(str(record_id), None)
            found = self._show(kind, waiting) or self._generate(kind, record_id)
        elif found is None:
            return {kind.id_member: record_id}
        return found or self._any(kind, draw)

    def _any(self, kind: ResourceType, draw: Draw) -> Record | None:
        """One of the records that are there; if there is none, one that is being made, or new."""
        made = self._made[kind.name]
        if made:
            return draw.random.choice(made)
        for (name, _), record_id in self._making.items():
            if name == kind.name:
                return {kind.id_member: record_id}  # where records need each other
        return self._generate(kind)

    def _draw(self, kind: ResourceType, name: str, number: int) -> Draw:
        text = f"{self._space.seed}/{kind.name}/{name}"
        digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
        draw = Draw(Random(int.from_bytes(digest)), number, self._now)  # noqa: S311 - no secret
        draw.related = lambda resource: self._embedded(kind, resource, draw)
        return draw

    def _embedded(self, kind: ResourceType, resource: str, draw: Draw) -> Json:
        """A record of a resource to be shown within another."""
        made = self._made[resource]
        known = draw.known.get(resource)
        if known is None and made:
            known = draw.random.choice(made)
        if known is None or resource == kind.name or not _is_flat(known):
            return None
        draw.known.setdefault(resource, known)
        members = self._kinds[resource].properties
        shown = (n for n in known if n and not members.get(n, {}).get("writeOnly"))
        return fresh({name: known[name] for name in shown})

    def _generate(self, kind: ResourceType, record_id: Json = None) -> Record | None:
        """Make and store the next record of a resource; None if none can be made that fits."""
        name, number = kind.name, self._numbers[kind.name]
        if len(self._made[name]) >= self._limits.max_records:
            return None
        if self._failures[name] >= _HOPELESS:
            return None
        self._numbers[name] += 1
        draw = self._draw(kind, str(number), self._shown[name] + number)
        if kind.parent is not None:
            owner = self._kinds[kind.parent.resource]
            self._know(draw, owner, self._any(owner, draw))
            if owner.name not in draw.known:
                return None
        if record_id is None:
            record_id = self._ids.new(kind, draw)
        key = (name, str(record_id))
        self._making[key] = record_id
        record = self._attempted(kind, record_id, draw) if record_id is not None else None
        self._making.pop(key, None)
        if record is None:
            self._failures[name] += 1
            return None
        self._failures[name] = -1 << 60  # one that fits is proof enough
        return self._store(kind, record, draw)

    def _attempted(self, kind: ResourceType, record_id: Json, draw: Draw) -> Record | None:
        """A record that fits, the more natural the better."""
        make = self._writer.maker(kind.schema, "", kind.name)
        for value in self._mender.tries(kind, lambda: make(draw)):
            record = in_order(kind, {**value, kind.id_member: record_id})
            if not self._belongs(kind, record, draw):
                return None
            mended = self._mender.mended(kind, record)
            if mended is not None:
                return mended
        return None

    def _know(self, draw: Draw, kind: ResourceType, record: Record | None) -> None:
        """Remember what a record lies below, and what that lies below."""
        for _ in range(_DEEP):
            if record is None:
                return
            draw.known[kind.name] = record
            if kind.parent is None:
                return
            above = self._kinds[kind.parent.resource]
            held = str(record.get(kind.parent.field))
            kind, record = above, self._space.collection(above.name).get(held)

    def _store(self, kind: ResourceType, record: Record, draw: Draw) -> Record:
        if kind.parent is not None and kind.parent.field not in record:
            owner = self._kinds[kind.parent.resource]
            record[kind.parent.field] = known_below(owner, draw.known[owner.name], kind.parent)
        record |= self._places.get(kind.name, {})
        if kind.key:
            if kind.id_member == kind.key:
                made = record[kind.key]
                record[kind.key] = named_within(record, kind.item) or made
                if self._there(kind.name, key_of(self._kinds, kind, record, self._there)):
                    record[kind.key] = made  # another one is called so
            record[kind.key] = key_of(self._kinds, kind, record, self._there)
        self._space.collection(kind.name).put(record)
        self._made[kind.name].append(record)
        return record


def _in_turn(resources: Mapping[str, ResourceType]) -> Iterator[ResourceType]:
    """Resources, those first that others lie below or refer to, as far as there is no circle."""
    done: set[str] = set()

    def visit(name: str) -> Iterator[ResourceType]:
        if name in done or name not in resources:
            return
        done.add(name)
        kind = resources[name]
        for above in [kind.parent.resource] if kind.parent else []:
            yield from visit(above)
        for reference in kind.references:
            yield from visit(reference.resource)
        yield kind

    for name in resources:
        yield from visit(name)


def _requires(document: JsonObject, kind: ResourceType, name: str | int) -> bool:
    return name in whole(document, kind.schema).required


def _is_flat(record: Record) -> bool:
    """Whether a record is small enough to stand within another."""
    inner = [one for one in record.values() if isinstance(one, dict)]
    deeper = (isinstance(value, dict) for one in inner for value in one.values())
    return len(record) <= _EMBEDDED and not any(deeper)


def _set(record: Record, place: tuple[str | int, ...], value: Json) -> None:
    node: Json = record
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
