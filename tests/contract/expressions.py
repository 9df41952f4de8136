"""What expressions are tried on: a kind of record with members of every type, and facts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bacasable.contract.rules import Condition, Meter
from bacasable.contract.rules.checking import condition
from bacasable.contract.rules.value_types import TIMESTAMP, object_of

Json = Any

TEXT: Json = {"type": "string"}
OPTION: Json = {"type": "object", "properties": {"value": TEXT, "points": {"type": "integer"}}}
STEP: Json = {
    "type": "object",
    "properties": {
        "key": TEXT,
        "order": {"type": "integer"},
        "chosen": {"type": "array", "items": TEXT},
        "options": {"type": "array", "items": OPTION},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "day": {"type": "string", "format": "date"},
        "weight": {"type": "number"},
    },
}
TASK: Json = {
    "id": TEXT,
    "status": {"type": "string", "enum": ["OPEN", "CLOSED"]},
    "level": {"anyOf": [{"enum": [1, 2], "type": "integer"}, {"type": "null"}]},
    "count": {"type": ["integer", "null"]},
    "price": {"type": "number"},
    "done": {"type": "boolean"},
    "at": {"type": ["string", "null"], "format": "date-time"},
    "until": {"type": ["string", "null"], "format": "date-time"},
    "day": {"type": "string", "format": "date"},
    "steps": {"type": "array", "items": STEP},
    "tags": {"type": "array", "items": TEXT},
    "owner": {"type": ["object", "null"], "properties": {"name": TEXT, "age": {"type": "integer"}}},
    "blob": {},
    "open": {"type": "object"},
    "days": {"type": "array"},
    "numbers": {"type": "array", "items": {"type": "number"}},
    "ranks": {"type": "array", "items": {"type": "integer"}},
}
_TASK = object_of({}, TASK)
VARIABLES = {
    "record": _TASK,
    "draft": _TASK,
    "now": TIMESTAMP,
    "me": object_of({}, {"roles": {"type": "array", "items": TEXT}}),
}
KINDS = {"Task": _TASK, "Loose": object_of({}, {"id": TEXT}, is_open=True)}
ABSENT = {"parent": "no record lies above"}

WHOLE: Json = {
    "id": "one",
    "status": "OPEN",
    "level": 1,
    "count": 3,
    "price": 4,
    "done": True,
    "at": "2026-01-01T00:00:00Z",
    "until": "2026-06-01T12:30:00+02:00",
    "day": "2026-03-01",
    "steps": [
        {
            "key": "a",
            "order": 1,
            "chosen": ["x", "y"],
            "options": [{"value": "x", "points": 1}, {"value": "y", "points": 2}],
            "at": "2026-01-02T00:00:00Z",
            "day": "2026-01-02",
            "weight": 1,
        },
        {"key": "b", "order": 2, "chosen": [], "options": [], "at": None, "weight": 0.5},
    ],
    "tags": ["u", "v"],
    "owner": {"name": "Ada", "age": 36},
    "blob": {"size": 5, "list": [1]},
    "open": {"any": "thing"},
    "days": ["2026-01-01"],
    "numbers": [1, 2.5],
    "ranks": [1, 2],
}
NOW = "2026-02-01T00:00:00.000Z"


class Given:
    """Facts as somebody has them who reads through an API: plain values, in a mapping."""

    def __init__(self, records: Sequence[Json] = (), **variables: Json) -> None:
        self.variables = {"record": WHOLE, "now": NOW, **variables}
        self.records = records
        self.sought: list[Mapping[str, Json]] = []

    def variable(self, name: str) -> Json:
        return self.variables.get(name)

    def get(self, kind: str, record_id: str) -> Json:
        return next((r for r in self.records if r["id"] == record_id), None)

    def find(self, kind: str, wanted: Mapping[str, Json]) -> Sequence[Json]:
        self.sought.append(dict(wanted))
        return [r for r in self.records if all(_has(r.get(n), v) for n, v in wanted.items())]


def _has(value: Json, wanted: Json) -> bool:
    any_of = wanted if isinstance(wanted, list) else [wanted]
    return any(v in value for v in any_of) if isinstance(value, list) else value in any_of


def tried(call: Callable[[], Any], *kinds: type[Exception]) -> Any:
    """What a call gives; what it raises of these kinds is told in one line."""
    try:
        return call()
    except kinds as error:
        told = str(error)
    assert told
    assert "\n" not in told
    return None


def made(text: str) -> Condition:
    return condition(text, VARIABLES, KINDS, ABSENT)


def holds(text: str, facts: Given | None = None, meter: Meter | None = None) -> bool:
    return made(text).holds(facts or Given(), meter)
