"""Instants: they parse, say their zone, are UTC where the contract says so, and go forwards."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from ...contract.document import ContractError
from ...contract.model import Json
from ..bench import Subject
from ..model import NOT_JSON, Exchange, Fault
from . import Check
from ._answers import Counted, PerSubject, counted
from ._schemas import Moment, Steps, at, moments, shown_place, values_at

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:(\d\d)(?:\.\d+)?(?P<zone>[Zz]|[+-]\d\d:\d\d)?")
_UTC = frozenset({"Z", "z", "+00:00", "-00:00"})
_CREATED = frozenset({"created", "createdat", "createdon", "creationdate", "createddate"})
_UPDATED = frozenset(
    {"updated", "updatedat", "updatedon", "modified", "modifiedat", "lastmodified"}
)
_ENVELOPES = frozenset({"meta", "_meta", "metadata"})
_NOW = frozenset({"timestamp", "time", "now", "servertime"})
SLACK = timedelta(seconds=5)
"""Clocks of several machines differ by so much, and nobody is to blame."""


@dataclass(frozen=True, slots=True)
class _Read:
    """An instant as it was read; `fault` says what is wrong with its text."""

    instant: datetime | None
    fault: str = ""
    zone: str = ""


@lru_cache(maxsize=4096)
def read_instant(text: str) -> _Read:
    """The instant that a text names (RFC 3339), or what is wrong with it."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        return _Read(None, "is no instant")
    if not found["zone"]:
        return _Read(None, "has no zone")
    # A leap second is an instant that Python does not know.
    second = found.start(1)
    plain = text[:second] + "59" + text[second + 2 :] if found[1] == "60" else text
    try:
        return _Read(datetime.fromisoformat(plain.upper()), zone=found["zone"])
    except ValueError:
        return _Read(None, "is no instant")


@dataclass(frozen=True, slots=True)
class _Places:
    """The instants in the values of a schema; pairs of created and updated; that of the answer."""

    moments: tuple[Moment, ...]
    pairs: tuple[tuple[Moment, str, str], ...]
    now: Moment | None


@dataclass
class _Known:
    """What is known of a contract's instants, and the last instant that a server told."""

    subject: Subject
    utc: bool
    places: dict[str, _Places] = field(default_factory=dict)
    last: dict[tuple[str, ...], tuple[datetime, Exchange]] = field(default_factory=dict)

    def of(self, place: str) -> _Places:
        """The instants in the values of the schema at a pointer."""
        if place not in self.places:
            try:
                found = moments(self.subject.contract.document, place)
            except ContractError:
                found = []
            self.places[place] = _Places(tuple(found), tuple(_pairs(found)), _now(found))
        return self.places[place]

    def is_utc(self, moment: Moment) -> bool:
        """Whether the contract says that an instant is written in UTC."""
        return self.utc or "UTC" in str(moment.schema.get("description", ""))


def _made(subject: Subject) -> _Known:
    contract = subject.contract
    said = str(contract.document.get("info", {}).get("description", ""))
    return _Known(subject, contract.strict and bool(re.search(r"(?i:timestamps)[^.;]*UTC", said)))


_known = PerSubject(_made)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _pairs(found: list[Moment]) -> Iterator[tuple[Moment, str, str]]:
    by_parent: dict[Steps, list[Moment]] = {}
    for moment in found:
        if moment.steps:
            by_parent.setdefault(moment.steps[:-1], []).append(moment)
    for beside in by_parent.values():
        created = [m for m in beside if _plain(m.steps[-1]) in _CREATED]
        updated = [m for m in beside if _plain(m.steps[-1]) in _UPDATED]
        if len(created) == 1 == len(updated):
            yield updated[0], created[0].steps[-1], updated[0].steps[-1]


def _now(found: list[Moment]) -> Moment | None:
    """The instant at which an answer was made: only where its name and place leave no doubt."""
    sure = [
        m
        for m in found
        if len(m.steps) == 2 and m.steps[0] in _ENVELOPES and _plain(m.steps[1]) in _NOW
    ]
    return sure[0] if len(sure) == 1 else None


def judge(subject: Subject, exchange: Exchange) -> Iterator[Fault]:
    """Faults of the instants in a documented answer."""
    answer = counted(subject, exchange)
    if answer is None or answer.documented is None or not answer.response.body:
        return
    place = answer.documented.schema_for(answer.response.header("content-type") or "")
    body = answer.response.json
    if not place or body is NOT_JSON:
        return
    known = _known(subject)
    places = known.of(place)
    told: set[str] = set()
    for moment in places.moments:
        for value in values_at(body, moment.steps):
            fault = _instant(known, answer, moment, value)
            if fault and fault.cause not in told:
                told.add(fault.cause)
                yield fault
    for moment, created, updated in places.pairs:
        yield from _order(answer, body, moment, created, updated)
    if places.now and answer.response.ok:
        yield from _forwards(known, answer, places.now, at(body, places.now.steps))


def _instant(known: _Known, answer: Counted, moment: Moment, value: Json) -> Fault | None:
    if not isinstance(value, str):
        return None  # null, or for the schema to tell
    read = read_instant(value)
    wrong = read.fault
    if not wrong and known.is_utc(moment) and read.zone not in _UTC:
        wrong = "is not in UTC"
    if not wrong:
        return None
    inside = shown_place(moment.steps)
    return Fault(
        cause=f"{moment.schema.pointer} {wrong}",
        title=f"An instant {wrong}: {moment.steps[-1] if moment.steps else 'the body'}",
        expected=f"{inside}: an instant with its zone (RFC 3339)"
        + (", in UTC" if known.is_utc(moment) else ""),
        received=f"{inside}: {value[:60]!r}",
        place=moment.schema.pointer,
        exchanges=(answer.exchange,),
    )


def _order(
    answer: Counted, body: Json, moment: Moment, created: str, updated: str
) -> Iterator[Fault]:
    for record in values_at(body, moment.steps[:-1]):
        if not isinstance(record, dict):
            continue
        texts = record.get(created), record.get(updated)
        if not all(isinstance(text, str) for text in texts):
            continue
        first, second = (read_instant(str(text)).instant for text in texts)
        if first and second and second < first:
            yield Fault(
                cause=f"{moment.schema.pointer} before {created}",
                title=f"A record was changed before it was made: {updated} lies before {created}",
                expected=f"{updated}: not before {texts[0]}",
                received=f"{updated}: {texts[1]}",
                place=moment.schema.pointer,
                exchanges=(answer.exchange,),
            )
            return


def _forwards(known: _Known, answer: Counted, moment: Moment, value: Json) -> Iterator[Fault]:
    """A fault if an answer was made before one that was there when it was asked for."""
    instant = read_instant(value).instant if isinstance(value, str) else None
    exchange = answer.exchange
    sent = {name.lower(): text for name, text in exchange.request.headers}
    kept = "idempotency-key" in sent or answer.response.header("age") is not None
    if instant is None or kept:
        return
    # Each tenant may have a clock of its own: answers are compared whose calls name the same.
    names = [p.name.lower() for p in answer.operation.parameters if p.location == "header"]
    key = tuple(sent.get(name, "") for name in names if not name.startswith("if-"))
    last = known.last.get(key)
    if last is None or instant >= last[0]:
        known.last[key] = (instant, exchange)
        return
    slack = SLACK + timedelta(seconds=_seconds(last[1]) + _seconds(exchange))
    if instant < last[0] - slack:
        yield Fault(
            cause=f"{moment.schema.pointer} goes backwards",
            title="The instant of an answer lies before that of an answer before",
            expected=f"{shown_place(moment.steps)}: not before {last[0].isoformat()}",
            received=f"{shown_place(moment.steps)}: {value}",
            place=moment.schema.pointer,
            exchanges=(last[1], exchange),
        )


def _seconds(exchange: Exchange) -> float:
    return exchange.response.seconds if exchange.response else 0.0


def _applies(_subject: Subject, operation: object) -> str:
    return "" if operation else "it judges the answers of operations"


CHECK = Check(
    id="timestamps",
    enforces="Instants parse, say their zone, are UTC where the contract says so, go forwards.",
    stands="The format date-time; RFC 3339.",
    severity="error",
    repair="Write instants in one place, in UTC, with Z; take them from one clock.",
    kind="answer",
    applies=_applies,
    judge=judge,
    writes=False,
    wfc=101,
)
