"""What controls answer, as Python values: attributes in snake case, instants as datetimes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

T = TypeVar("T")


def read(kind: type[T], data: Mapping[str, Any]) -> T:
    """An instance of a dataclass from the JSON object of the same members, in camel case there.

    Members that the dataclass does not know are left aside: a later sandbox may say more.
    """
    values: dict[str, Any] = {}
    for each in fields(cast("Any", kind)):
        value = data[camel(each.name)]
        if each.type is datetime:
            value = datetime.fromisoformat(value)
        elif is_dataclass(each.type):
            value = read(cast("type[Any]", each.type), value)
        values[each.name] = value
    return kind(**values)


def camel(name: str) -> str:
    """The name of a member in JSON: retry_after is retryAfter there."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def instant(when: str | datetime | None) -> str | None:
    """An instant as the controls want it. Without a zone it is UTC. Raises ValueError."""
    if when is None:
        return None
    try:
        moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    except ValueError:
        said = "is no instant; give one such as 2026-09-01T09:00:00Z"
        raise ValueError(f"'{when}' {said}") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")


def duration(length: str | timedelta | None) -> str | None:
    """A length of time as ISO 8601 text; from a timedelta in whole seconds. Raises ValueError."""
    if length is None or isinstance(length, str):
        return length
    if length < timedelta(0) or length.microseconds:
        raise ValueError(f"{length!r}: clocks advance by whole seconds, and forwards")
    return f"PT{length.days * 86400 + length.seconds}S"


@dataclass(frozen=True)
class Fired:
    """Something that fell due: the timer of a record, at its instant."""

    at: datetime
    timer: str
    resource: str
    resource_id: str


@dataclass(frozen=True)
class Snapshot:
    """A saved state: its name, the instant of the tenant then, and how many records."""

    name: str
    now: datetime
    records: int


@dataclass(frozen=True)
class Part:
    """Headers and body of a request or an answer, secrets masked; `bytes` is its length.

    `omitted` says why there was a body that is not told: LARGE, UNREAD or UNSAFE.
    """

    headers: dict[str, str]
    body: Any
    bytes: int
    omitted: str | None


@dataclass(frozen=True)
class Exchange:
    """One request of the API and its answer. `status` is 0 when the connection was cut."""

    id: str
    at: datetime
    tenant: str | None
    operation: str | None
    method: str
    path: str
    query: str
    actor: str | None
    status: int
    duration_ms: float
    code: str | None
    violations: list[dict[str, str]]
    faults: list[str]
    request: Part
    response: Part


@dataclass(frozen=True)
class Recipient:
    """Whom a message is for."""

    user_id: str
    name: str
    address: str
