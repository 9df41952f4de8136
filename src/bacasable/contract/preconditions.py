"""What must be given for an operation to succeed, as the contract states it (extension x-given)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a record must be like (extension x-given).

    `members` are put into the body that creates it, `parent` is what its own parent must be like,
    `after` are operations done before on it or on a record below it. `of` is an expression for the
    id of its parent: the record is then one of those that lie under this parent. A `fresh` record
    serves one call alone.
    """

    state: str = ""
    members: Mapping[str, Any] = field(default_factory=dict)
    parent: "Wanted | None" = None
    after: tuple[str, ...] = ()
    of: str = ""
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What must be given for an operation to succeed, beyond its schema (extension x-given).

    `record` is what the record acted upon must be like, `parent` the one it belongs to,
    `references` those that the body names, by the place in the body (`modules.*.courseId`).
    `body` holds members that take the place of the example's; null leaves one out. Of an operation
    that creates, `initial` says what else must be given for the record to begin in a state.
    """

    record: Wanted = field(default_factory=Wanted)
    parent: Wanted = field(default_factory=Wanted)
    references: Mapping[str, Wanted] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    initial: Mapping[str, "Given"] = field(default_factory=dict)
