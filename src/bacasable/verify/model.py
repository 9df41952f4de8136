"""What the kit speaks of, as frozen values: requests, exchanges, identities, faults, outcomes.

Nothing here sends anything or reads a file. Checks, reports and the run share these values.
"""

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import copysign, isfinite
from typing import TYPE_CHECKING, Any, Literal

from ..contract import Contract, Operation
from ..contract.model import Json

if TYPE_CHECKING:
    from .wfc import Entry

NOT_JSON: Any = type(
    "NotJson", (), {"__repr__": lambda _: "NOT_JSON", "__bool__": lambda _: False}
)()
"""Stands for the value of a body that is no JSON: every value of JSON may be one."""

DEEPEST = 100
"""An answer that is nested deeper is no value that anybody can work with."""
_DIGITS = 300
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
Severity = Literal["error", "warning"]
Verdict = Literal["passed", "failed", "not-applicable", "not-judged"]
Intent = Literal["valid", "invalid", "any"]
"""By the contract, a request must be accepted, must be refused, or it is not known which."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is sent. `target` is path and query, base path included, percent-encoded."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


@dataclass(frozen=True)
class Response:
    """An answer as it was received. `seconds` is the time until its last byte."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float = 0.0

    def header(self, name: str) -> str | None:
        """The first header of that name; None without one."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[str]:
        """Every header of that name, in any case, as they were received."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    @cached_property
    def json(self) -> Json:
        """The value of the body; NOT_JSON for a body that is none, None for an empty one."""
        if not self.body:
            return None
        return json_in(self.body)

    @property
    def ok(self) -> bool:
        """Whether the server accepted the request."""
        return 200 <= self.status < 300


def json_in(body: bytes) -> Json:
    """The value of a body; NOT_JSON for one that is no JSON that anybody can work with.

    NaN and Infinity are none, nor are halves of characters, nor what is nested deeper than any
    record. A number that is too large is the largest there is.
    """
    try:
        value: Json = json.loads(
            body, parse_constant=_refused, parse_float=_finite, parse_int=_whole
        )
        if _HALF.search(body):
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return NOT_JSON
    return NOT_JSON if is_deep(body) and _levels(value) > DEEPEST else value


def is_deep(body: bytes) -> bool:
    """Whether a body may be nested deeper than any record."""
    return body.count(b"[") + body.count(b"{") > DEEPEST


def _refused(name: str) -> Json:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else copysign(sys.float_info.max, number)


def _whole(text: str) -> float:
    return int(text) if len(text) < _DIGITS else _finite(text)


def _levels(value: Json) -> int:
    """How deep a value is nested."""
    level, count = [value], 0
    while level := [one for one in level if isinstance(one, dict | list)]:
        inner = (one.values() if isinstance(one, dict) else one for one in level)
        level, count = [one for many in inner for one in many], count + 1
    return count


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls. `headers` authenticate the caller and name the tenant; they hold secrets.

    `name` is for people (a role, anonymous); `role` is empty where the contract knows none.
    """

    name: str
    role: str = ""
    tenant: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    token: str = field(default="", repr=False)
    account: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The credentials it logged in with (email, password), and the id of the account, if known."""
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Parameters that authenticate, where the contract's key stands in the query."""
    plain: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Those of the headers that prove nothing: they name the tenant, say."""
    log_in: "Callable[[], Identity] | None" = field(default=None, repr=False, compare=False)
    """Opens another session of the same account; None for one that did not log in."""
    renew: "Callable[[], None] | None" = field(default=None, repr=False, compare=False)
    """Logs in again when the token in `headers` is refused; None where that changes nothing."""
    said: Json = field(default=None, repr=False, compare=False)
    """What the login answered."""


ANONYMOUS = Identity("anonymous")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came of it: an answer, or `failure` in words (timed out, reset).

    `operation` is None for a request that belongs to none (an unknown path). `purpose` is the id
    of the check it was sent for, `setup`, `fuzz`, `reading`, `cleanup` or `login`.
    """

    number: int
    request: Request
    response: Response | None
    failure: str
    operation: Operation | None
    identity: Identity
    purpose: str
    intent: Intent = "any"

    @property
    def status(self) -> int:
        """The status of the answer; 0 without one."""
        return self.response.status if self.response else 0

    @property
    def ok(self) -> bool:
        """Whether the server accepted the request."""
        return self.response is not None and self.response.ok

    @property
    def json(self) -> Json:
        """The value of the answer's body; NOT_JSON without one."""
        return self.response.json if self.response else NOT_JSON


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which the server broke the contract, as a check saw it.

    `cause` groups: it holds no ids, values or counts that vary from request to request. `place` is
    a JSON pointer into the contract's document. `exchanges` stand in their order, the last shows
    the fault. The runner knows the check and fills in `check` and `operation` where they are empty.
    """

    cause: str
    title: str
    expected: str
    received: str
    place: str = ""
    exchanges: tuple[Exchange, ...] = ()
    wfc: int | None = None
    check: str = ""
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a check on an operation. `reason` says why, unless it passed.

    `operation` is empty for a check of the server as a whole.
    """

    check: str
    operation: str
    verdict: Verdict
    reason: str = ""
    requests: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """All faults of one cause. `exchanges` is the smallest sequence that shows it.

    `id` stays the same from run to run for the same cause. `where` is file:line of the contract.
    `curl` is one line (or several, to be run in their order) that shows it again, with $TOKEN.
    """

    id: str
    check: str
    severity: Severity
    title: str
    cause: str
    operations: tuple[str, ...]
    expected: str
    received: str
    place: str
    where: str
    exchanges: tuple[Exchange, ...]
    curl: str
    repair: str
    wfc: int | None
    count: int
    known: str = ""
    """Why it is accepted, if the file of known findings lists it."""


@dataclass(frozen=True, slots=True)
class Unproved:
    """What a green run would not prove: an operation, and why (skipped, never 2xx, never refused).

    `kind` is skipped, never-succeeded or never-refused; or left, for a resource whose records the
    run could not remove.
    """

    kind: str
    operation: str
    reason: str
    known: str = ""

    @property
    def id(self) -> str:
        """What a file of known findings calls it."""
        return f"{self.kind}:{self.operation}"


@dataclass(frozen=True, slots=True)
class Residue:
    """Records that the run made and left on the server, and why.

    `expected` is what the contract itself says: it has no operation that removes them. All else
    fails the run, unless it is known.
    """

    resource: str
    reason: str
    count: int = 1
    expected: bool = False

    def __str__(self) -> str:
        return f"{self.count} × {self.resource}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Profile:
    """How much a run does. `examples` is the number of generated requests for each operation.

    `samples` bounds what a check tries of a kind (violations, filters, pairs of them), `records`
    how many records the checks of lists work on.
    """

    name: str
    examples: int
    stateful_examples: int
    samples: int
    records: int


PROFILES: Mapping[str, Profile] = {
    "quick": Profile("quick", 3, 0, 3, 3),
    "standard": Profile("standard", 15, 10, 12, 5),
    "deep": Profile("deep", 50, 40, 100, 8),
}


@dataclass(frozen=True, slots=True)
class Account:
    """Credentials as they were given: role:email:password, or a token, for a tenant.

    `entry` is that of a file of credentials, in place of all these.
    """

    role: str = ""
    email: str = ""
    password: str = field(default="", repr=False)
    tenant: str = ""
    token: str = field(default="", repr=False)
    entry: "Entry | None" = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for. Seconds; `rate` is requests per second, 0 for no limit.

    `only` and `exclude` name tags or operations; `checks` names checks, all of them when empty.
    `allow` names operations that are called though they act on what the run did not make.
    `ca` is a file or folder of certificates; `wait` is how long a starting server is waited for.
    """

    url: str
    tenant: str = ""
    account: Account | None = None
    roles: tuple[Account, ...] = ()
    others: tuple[Account, ...] = ()
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    profile: Profile = PROFILES["standard"]
    max_time: float = 0.0
    rate: float = 0.0
    timeout: float = 10.0
    max_bytes: int = 10_000_000
    seed: int = 1
    workers: int = 1
    read_only: bool = False
    allow: tuple[str, ...] = ()
    ca: str = ""
    insecure: bool = False
    proxy: str = field(default="", repr=False)
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a run found out. `coverage` is plain JSON (coverage.py documents its shape).

    `stopped` says why the run ended before its time; empty when it did not. `residue` lists what
    the run made and could not remove, `withheld` the operations that were not called, each with the
    reason. `secrets` are texts that no report may show.
    """

    url: str
    contract: Contract
    started: str
    seconds: float
    requests: int
    options: Options
    outcomes: Sequence[Outcome]
    findings: Sequence[Finding]
    unproved: Sequence[Unproved]
    coverage: Mapping[str, Json]
    residue: Sequence[Residue]
    withheld: Mapping[str, str] = field(default_factory=dict)
    stopped: str = ""
    notes: Sequence[str] = ()
    """What else must be said: an unused or expired line of the known findings (an error), say."""
    known_errors: Sequence[str] = ()
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def status(self) -> int:
        """The exit status: 0 kept, 1 broken or not proved, 2 could not be judged."""
        broken = any(f.severity == "error" and not f.known for f in self.findings)
        if broken or self.known_errors or any(not u.known for u in self.unproved):
            return 1
        return 2 if self.stopped else 0
