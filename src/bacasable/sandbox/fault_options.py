"""The options of each kind of fault: which it takes, what they default to, what fits the contract.

The document of the controls says the type and range of each; what depends on the kind and on the
contract of the API is judged here, all of it at once.
"""

from collections.abc import Collection, Iterator

from ..contract import Contract, Operation, Refusal, Violation
from ..contract.model import JsonObject
from ..contract.names import did_you_mean
from .drift import Drift

_TAKEN: dict[str, tuple[str, ...]] = {
    "DELAY": ("seconds", "jitter"),
    "ERROR": ("status", "code", "retryAfter"),
    "CUT": ("when",),
    "TRUNCATE": (),
    "SLOW": ("seconds",),
    "STALE": (),
    "DUPLICATE": (),
    "TOKEN_EXPIRED": (),
    "RATE_LIMIT": ("retryAfter",),
    "DRIFT": ("change", "status", "member"),
}
"""The options of each kind, in the order they are shown."""
_NEEDED = {"DELAY": ("seconds",), "SLOW": ("seconds",), "DRIFT": ("change",)}
_DEFAULTS: dict[str, JsonObject] = {
    "DELAY": {"jitter": 0},
    "CUT": {"when": "BEFORE"},
    "RATE_LIMIT": {"retryAfter": 1},
}
_ALL = dict.fromkeys(option for options in _TAKEN.values() for option in options)


def completed(contract: Contract, drift: Drift, wanted: JsonObject) -> JsonObject:
    """The options of a FaultToAdd with the defaults of its kind.

    Raises Refusal INVALID_REQUEST with the place of everything that does not fit.
    """
    found = list(_violations(contract, drift, wanted))
    if found:
        plural = "violation" if len(found) == 1 else "violations"
        said = f"{len(found)} {plural}: see errors."
        raise Refusal("INVALID_REQUEST", said, violations=found)
    kind = wanted["kind"]
    given = _DEFAULTS.get(kind, {}) | wanted
    if kind == "ERROR" and "status" not in given:
        given["status"] = contract.problems[given["code"]].status
    elif kind == "ERROR" and "code" not in given:
        given["code"] = documented_code(contract, given["status"])
    return {option: given[option] for option in _TAKEN[kind] if option in given}


def documented_code(contract: Contract, status: int) -> str:
    """The first code of the catalogue with a status, which must have one."""
    return next(kind.code for kind in contract.problems.values() if kind.status == status)


def _violations(contract: Contract, drift: Drift, wanted: JsonObject) -> Iterator[Violation]:
    kind = wanted["kind"]
    yield from _misplaced(kind, wanted)
    yield from _unknown("role", wanted["roles"], contract.roles, "/roles")
    names = wanted["operations"]
    unknown = list(_unknown("operation", names, contract.operations, "/operations"))
    yield from unknown
    if unknown:
        return
    named = [contract.operations[name] for name in names]
    operations = named or list(contract.operations.values())
    if kind == "ERROR":
        yield from _undocumented(contract, operations, wanted)
    elif kind == "DRIFT":
        yield from _undriftable(drift, operations, wanted)
    elif kind == "TOKEN_EXPIRED" and all(o.roles is None for o in operations):
        yield Violation("/operations", "take no token")
    elif kind == "STALE" and not any(o.method == "get" and o.needs_tenant for o in operations):
        yield Violation("/operations", "read nothing of the tenant")


def _misplaced(kind: str, wanted: JsonObject) -> Iterator[Violation]:
    """Options that the kind does not take, and those it cannot do without."""
    taken = _TAKEN[kind]
    for option in _ALL:
        if option in wanted and option not in taken:
            others = f"; it takes {', '.join(taken)}" if taken else ""
            yield Violation(f"/{option}", f"is no option of {kind}{others}")
    for option in _NEEDED.get(kind, ()):
        if option not in wanted:
            yield Violation(f"/{option}", f"is required for {kind}")


def _unknown(
    what: str, names: list[str], known: Collection[str], place: str
) -> Iterator[Violation]:
    for index, name in enumerate(names):
        if name not in known:
            near = did_you_mean(name, known)
            yield Violation(f"{place}/{index}", f"is no {what} of the contract{near}")


def _undocumented(
    contract: Contract, operations: list[Operation], wanted: JsonObject
) -> Iterator[Violation]:
    """Status and code of an ERROR that are no documented answer of the operations."""
    status, code = wanted.get("status"), wanted.get("code")
    kind = contract.problems.get(code or "")
    if status is None and code is None:
        yield Violation("/status", "is required for ERROR, unless code is given")
    if code is not None and kind is None:
        near = did_you_mean(code, contract.problems)
        yield Violation("/code", f"is no problem of the contract{near}")
    elif kind is not None and status not in {None, kind.status}:
        yield Violation("/code", f"has the status {kind.status}")
    place = "/code" if status is None else "/status"
    status = kind.status if status is None and kind else status
    known = {s for o in operations for s in o.answers} & _refusals(contract)
    if status is not None and status not in known:
        documented = ", ".join(map(str, sorted(known)))
        said = f"{status} is no documented refusal of these operations, which have {documented}"
        yield Violation(place, said)
    if "retryAfter" in wanted and status not in {429, 503, None}:
        yield Violation("/retryAfter", "goes with the status 429 or 503")


def _refusals(contract: Contract) -> set[int]:
    return {kind.status for kind in contract.problems.values()}


def _undriftable(
    drift: Drift, operations: list[Operation], wanted: JsonObject
) -> Iterator[Violation]:
    """Options of a DRIFT that do not fit its change, and members that no answer has."""
    change, member = wanted.get("change"), wanted.get("member")
    if "status" in wanted and change != "STATUS":
        yield Violation("/status", "goes with the change STATUS")
    elif wanted.get("status", 200) < 200:
        yield Violation("/status", "must be 200 or more: a smaller one is no answer")
    if member is None or change is None:
        return
    if change == "STATUS":
        yield Violation("/member", "goes with another change than STATUS")
    elif not member.startswith("/"):
        yield Violation("/member", "is no JSON pointer into the record; begin it with /")
    elif not any(drift.can_break(o, change, member) for o in operations):
        yield Violation("/member", f"is no place for {change} in an answer of these operations")
