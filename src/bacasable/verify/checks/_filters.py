"""What a filter must give: values to filter by, taken from the records themselves, and verdicts.

What a list must hold is worked out from the whole list without the filter. What cannot be decided
(a masked member, a day against an instant) is no reason to accuse.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any

from ...contract.model import Filter, Json, JsonObject, Parameter
from ..bench import Bench
from ..model import Fault
from ._lists import (
    Listing,
    Query,
    Reading,
    first_faulty,
    parameter_place,
    parameter_schema,
    place_of,
)
from ._values import brief, fold, instant

_WORD = re.compile(r"[^\W\d_]{4,}")
_TRIED = 12
_ZONE = timezone(timedelta(hours=2))
_SAYS = {
    "equals": "{fields} equal to {value}",
    "has": "{value} in {fields}",
    "contains": "{value} in the text of {fields}",
    "from": "{fields} not before {value}",
    "to": "{fields} not after {value}",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter with a value to filter by, and how it judges a record."""

    name: str
    how: Filter
    value: Json

    @property
    def says(self) -> str:
        """What records must have, in words."""
        fields = " or ".join(self.how.fields)
        return _SAYS[self.how.match].format(fields=fields, value=brief(self.value, 40))

    def matching(self, reading: Reading) -> frozenset[str]:
        """What names the records that surely match."""
        return frozenset(k for k, r in reading.by_key.items() if self.test(r) is True)

    def test(self, record: JsonObject) -> bool | None:
        """Whether a record matches; None when that cannot be said."""
        name = self.how.fields[0]
        if self.how.match == "contains":
            return self._contains(record)
        if name not in record:
            return None
        found = record[name]
        if self.how.match == "equals":
            return bool(found == self.value)
        if self.how.match == "has":
            return isinstance(found, list) and self.value in found
        return self._ranges(found)

    def _contains(self, record: JsonObject) -> bool | None:
        needle = fold(self.value)
        texts = [record.get(name) for name in self.how.fields]
        if any(isinstance(text, str) and needle in fold(text) for text in texts):
            return True
        return False if all(name in record for name in self.how.fields) else None

    def _ranges(self, found: Json) -> bool | None:
        bound, there = instant(self.value), instant(found)
        if bound is None or there is None:
            return False if found is None else None
        days = len(self.value) != len(found) and 10 in (len(self.value), len(found))
        if days and abs(there - bound) < timedelta(days=2):
            return None  # which day an instant lies in depends on the zone
        if there == bound and there.microsecond:
            return None  # a server may keep instants more finely than it shows them
        return there >= bound if self.how.match == "from" else there <= bound


def conditions(
    listing: Listing, reading: Reading, parameter: Parameter, how: Filter
) -> list[Condition]:
    """What a filter can be tried with: the values that tell records apart best come first."""
    if _masked(listing, how):
        return []
    valid = listing.bench.subject.schemas.test_for(parameter.schema)
    if how.match == "contains":
        made = [Condition(parameter.name, how, text) for text in _sought(reading, how)]
    else:
        values = _values(listing, reading, parameter, how)
        made = [Condition(parameter.name, how, value) for value in values]
    counts = [(c, len(c.matching(reading))) for c in made if valid(c.value)]
    count = len(reading.keys)
    apart = [(c, n) for c, n in counts if 0 < n < count]
    if how.match != "contains":
        apart.sort(key=lambda pair: -min(pair[1], count - pair[1]))
    return [c for c, _ in [*apart, *((c, n) for c, n in counts if not 0 < n < count)]]


def others(
    listing: Listing, reading: Reading, parameter: Parameter, how: Filter
) -> Iterator[Condition]:
    """What else to try: a value that no record has, and a bound in another zone."""
    if _masked(listing, how):
        return
    subject = listing.bench.subject
    valid = subject.schemas.test_for(parameter.schema)
    schema = parameter_schema(subject, listing.operation, parameter.name)
    values = list(_values(listing, reading, parameter, how))
    if how.match in ("from", "to"):
        middle = instant(values[0]) if values else None
        if middle and schema.get("format") == "date-time":
            there = middle.astimezone(_ZONE).isoformat(timespec="milliseconds")
            yield Condition(parameter.name, how, there)
        return
    tried: list[Json] = list(schema.get("enum", ()))
    if how.match == "contains":
        tried += ["%", "_"]
    for value in values:
        if isinstance(value, str):
            half = len(value) // 2
            tried += [value.swapcase(), value[:half] + value[half:].swapcase(), value + "zz"]
    for value in tried:
        made = Condition(parameter.name, how, value)
        if valid(value) and all(made.test(record) is False for record in reading.records):
            yield made
            return


def judged(
    listing: Listing, asked: Sequence[Condition], more: Query | None = None, *, size: int = 0
) -> Iterator[Fault]:
    """What is wrong with the list that conditions, and more of a query, are asked with."""
    names = " and ".join([*(c.name for c in asked), *(more or {})])
    query = {**{c.name: c.value for c in asked}, **(more or {})}
    filtered = listing.read(query, size=size)
    if filtered is None:
        return
    place = parameter_place(listing.bench, listing.operation, asked[0].name)
    wanted = "records with " + " and ".join(c.says for c in asked)
    wrong = [r for r in filtered.records if any(c.test(r) is False for c in asked)]
    if wrong:
        said = f"{len(wrong)} of {len(filtered.records)} do not match"
        yield Fault(
            f"{names}: lets through what does not match",
            f"The list filtered by {names} holds records that do not match",
            "only " + wanted,
            f"{said}, such as one with {_shown(wrong[0], asked)}",
            place,
            _holding(listing, filtered, wrong[0]),
        )
    missing = first_faulty(lambda: _missing(listing, asked, query, size))
    if missing:
        found, record = missing
        yield Fault(
            f"{names}: leaves out what matches",
            f"The list filtered by {names} leaves out records that match",
            "all " + wanted,
            f"without {listing.key(record)}, which has {_shown(record, asked)}",
            place,
            found.exchanges[-2:],
        )
    if not wrong and not missing:
        yield from _counted(listing, query, size, names)


def _counted(listing: Listing, query: Query, size: int, names: str) -> Iterator[Fault]:
    """What is wrong with the total of a filtered list that is right."""
    found: Reading | None = first_faulty(lambda: _miscounted(listing, query, size))
    if found is not None:
        yield Fault(
            f"{names}: total does not count what is filtered",
            f"The total of the list filtered by {names} is wrong",
            f"a total of {len(found.records)}, for so many records match",
            f"a total of {found.total}",
            place_of(listing.operation, "responses", str(found.exchanges[0].status)),
            found.exchanges[:1],
        )


def _missing(
    listing: Listing, asked: Sequence[Condition], query: Query, size: int
) -> tuple[Reading, JsonObject] | None:
    """A reading and a record that it lacks, which was there before and after, and matches."""
    before, filtered = listing.all(), listing.read(query, size=size)
    if filtered is None or not filtered.complete or not _lacking(before, filtered, asked):
        return None
    before, filtered = listing.all(fresh=True), listing.read(query, size=size, fresh=True)
    if filtered is None:
        return None
    after = listing.all(fresh=True).by_key
    for key, record in _lacking(before, filtered, asked).items():
        if key in after and all(c.test(after[key]) is True for c in asked):
            return filtered, record
    return None


def _lacking(
    whole: Reading, filtered: Reading, asked: Sequence[Condition]
) -> dict[str, JsonObject]:
    there = frozenset(filtered.keys)
    return {
        key: record
        for key, record in whole.by_key.items()
        if key not in there and all(c.test(record) is True for c in asked)
    }


def _miscounted(listing: Listing, query: Query, size: int) -> Reading | None:
    filtered = listing.read(query, size=size)
    if filtered is None or not filtered.complete or filtered.total in (None, len(filtered.keys)):
        return None
    again = listing.read(query, size=size, fresh=True)
    wrong = again is not None and again.complete and again.total not in (None, len(again.keys))
    return again if wrong else None


def _holding(listing: Listing, reading: Reading, record: JsonObject) -> tuple[Any, ...]:
    """The exchange that answered a record."""
    key = listing.key(record)
    for page in reading.pages:
        if any(listing.key(found) == key for found in page.records or ()):
            return (page.exchange,)
    return reading.exchanges


def _shown(record: JsonObject, asked: Sequence[Condition]) -> str:
    members = {name for c in asked for name in c.how.fields}
    return ", ".join(f"{name} {brief(record.get(name), 40)}" for name in record if name in members)


def _masked(listing: Listing, how: Filter) -> bool:
    """Whether the caller may not see, in clear, what the filter compares."""
    bench: Bench = listing.bench
    resource = bench.contract.resources.get(listing.operation.action.resource or "")
    hidden: Mapping[str, tuple[str, ...]] = resource.masked if resource else {}
    caller = bench.subject.caller(listing.operation)
    role = caller.role if caller else ""
    members = listing.members
    fields = [members[name].get("x-from", name) if name in members else name for name in how.fields]
    return any(name in hidden and (not role or role in hidden[name]) for name in fields)


def _values(listing: Listing, reading: Reading, parameter: Parameter, how: Filter) -> list[Json]:
    """Values of the records that a filter can be asked for, those that tell most first."""
    found: dict[str, Json] = {}
    counts: Counter[str] = Counter()
    for record in reading.records:
        for value in _offered(record, how):
            found.setdefault(brief(value, 200), value)
            counts[brief(value, 200)] += 1
    if how.match in ("from", "to"):
        schema = parameter_schema(listing.bench.subject, listing.operation, parameter.name)
        length = len("2026-01-01") if schema.get("format") == "date" else None
        bounds = sorted({value[:length] for value in found.values()})
        middle = len(bounds) // 2
        return [*bounds[middle : middle + 2], *bounds[max(0, middle - 2) : middle]]
    count = len(reading.keys)
    names = sorted(found, key=lambda name: -min(counts[name], count - counts[name]))
    return [found[name] for name in names[:_TRIED]]


def _offered(record: JsonObject, how: Filter) -> Iterator[Json]:
    value = record.get(how.fields[0])
    if how.match == "has" and isinstance(value, list):
        yield from (item for item in value if isinstance(item, str | int))
    elif how.match in ("from", "to"):
        yield from [value] if instant(value) else []
    elif how.match == "equals" and isinstance(value, str | int | float):
        yield value


def _sought(reading: Reading, how: Filter) -> Iterator[str]:
    """Texts to search for: the word that tells most of each field, written in several ways."""
    best = [word for name in how.fields for word in _telling(reading, how, name)[:1]]
    yield from (word.upper() for word in best)
    yield from (word[1:] for word in best)
    plain = (fold(word) for word in best)
    yield from (text for text in plain if text not in best)
    yield from best


def _telling(reading: Reading, how: Filter, name: str) -> list[str]:
    """Words of a field, and of no other one that is searched, those that tell most first."""
    holding: dict[str, set[str]] = {}
    for key, record in reading.by_key.items():
        others = " ".join(str(record.get(other)) for other in how.fields if other != name)
        text = record.get(name)
        for word in _WORD.findall(text) if isinstance(text, str) else ():
            if fold(word) not in fold(others):
                holding.setdefault(word, set()).add(key)
    count = len(reading.keys)
    return sorted(holding, key=lambda word: -min(len(holding[word]), count - len(holding[word])))
