"""The kit as tests of pytest: one for each pair of operation and check, one for each of the server.

`test_contract = verify_suite(url=...)` in a test module is all that is needed. What it is not given
stands in the options of pytest (--verify-tenant and its like), the environment (BACASABLE_TENANT)
or the configuration file, as for the command. A pair that the contract gives a check nothing to
stand on for is no test; one that the accounts at hand do not suffice for is skipped, with the
reason; one that could not be judged fails.
"""

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ..contract import Contract, Operation, load_contract
from . import config
from .bench import Bench, Subject
from .checks import Check
from .checks import all_checks as every_check
from .findings import findings_of
from .known import Known
from .maker import CannotMake
from .model import PROFILES, Account, Fault, Finding, Identity, Options, Outcome
from .reaching import cautions
from .run import Run
from .scope import CannotJudge, chosen_checks, contract_at, in_scope, secrets_of
from .session import OutOfTime, Unreachable
from .shell import way_of

SETTINGS: Mapping[str, type] = {
    "url": str,
    "tenant": str,
    "email": str,
    "password": str,
    "token": str,
    "header": list,
    "as": list,
    "other_tenant": list,
    "contract": str,
    "root": str,
    "only": list,
    "exclude": list,
    "allow": list,
    "check": list,
    "profile": str,
    "rate": str,
    "timeout": str,
    "seed": int,
    "read_only": bool,
    "ca": str,
    "insecure": bool,
    "proxy": str,
    "wait": str,
    "known": str,
}
"""What may be set, by the names of the command's options, and the types."""
_FROM_ENVIRONMENT = ("tenant", "email", "password", "token", "other_tenant", "as")
_ELSEWHERE: Mapping[str, type] = {
    "wfc_auth": str,
    "max_time": str,
    "workers": int,
    "report": list,
}
"""Settings of the configuration file that mean nothing to tests."""
GENERATING = frozenset(
    {
        "auth-required",
        "created-readable",
        "deleted-gone",
        "invalid-body-refused",
        "invalid-parameter-refused",
        "unknown-member-refused",
        "valid-accepted",
        "wrong-method",
    }
)
"""Checks that generated requests may find something for, beside the check's own requests."""


class ContractWarning(UserWarning):
    """A finding that does not break the contract, but should be mended."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One test: a check, and the operation it is made on (None: the server as a whole)."""

    check: Check
    operation: Operation | None

    @property
    def id(self) -> str:
        """How the test is called: `listCourses-list-sort`."""
        return f"{self.operation.id if self.operation else 'server'}-{self.check.id}"


@dataclass(eq=False)
class Suite:
    """What a test module asks for. `given` are settings by name."""

    given: Mapping[str, Any]

    def prepared(self, settings: Mapping[str, Any], folder: Path, contract: Path) -> "Prepared":
        """The suite with everything that can be known before a request is sent.

        `settings` come from the command line and go before what the module gave; what neither says
        stands in the environment or in the configuration file in `folder`; `contract` is the one
        that is judged by without another. Raises ValueError, ContractError and CannotJudge.
        """
        known = {**SETTINGS, **_ELSEWHERE}
        found, _ = config.read_config(folder, known)
        found |= _environment() | _set(self.given) | _set(settings)
        if found.get("ca"):
            found["ca"] = str(folder / found["ca"])
        options = options_from(found)
        path = folder / found["contract"] if found.get("contract") else contract
        root = folder / found["root"] if found.get("root") else None
        judged = contract_at(load_contract(path, root=root), options)
        accepted = Known.read(folder / found["known"]) if found.get("known") else None
        return Prepared(judged, options, accepted)


@dataclass
class Prepared:
    """A suite of tests. It logs in at the first test, and removes what it made at the end."""

    contract: Contract
    options: Options
    known: Known | None
    _run: Run | None = None
    _broken: str = ""
    _exercised: dict[str, list[Fault]] = field(default_factory=dict)

    def pairs(self) -> list[Pair]:
        """The tests, in the order of the contract. Raises CannotJudge for unknown names."""
        checks = chosen_checks(self.options).values()
        operations: Sequence[Operation | None] = [None, *in_scope(self.contract, self.options)]
        planned = _planned(self.contract, self.options)
        return [
            Pair(check, operation)
            for operation in operations
            for check in checks
            if (check.kind == "server") == (operation is None)
            and not _reason(check, planned, operation)
        ]

    def judge(self, pair: Pair) -> None:
        """Make a test: it fails, is skipped, expected to fail, or warns by the means of pytest."""
        if self._broken:
            pytest.skip("not judged, as the first test says why")
        outcome, faults = Outcome(pair.check.id, "", "not-judged"), list[Fault]()
        try:
            outcome, faults = self._judged(self._running(), pair)
        except (CannotJudge, Unreachable, OutOfTime) as error:
            self._broken = str(error) or "the time is used up"
        if self._broken:
            pytest.fail(f"not judged: {self._broken}", pytrace=False)
        if outcome.verdict == "not-applicable":
            pytest.skip(outcome.reason)
        if outcome.verdict == "not-judged":
            pytest.fail(f"not judged: {outcome.reason}", pytrace=False)
        _tell(self._findings(faults, outcome))

    def close(self) -> None:
        """Remove what the tests made; what stays is told by a warning."""
        if self._run is not None:
            for left in self._run.close():
                warnings.warn(ContractWarning(f"could not be removed: {left}"), stacklevel=2)

    def _running(self) -> Run:
        if self._run is None:
            self._run = Run(self.contract, self.options)
            for caution in cautions(self.options):
                warnings.warn(ContractWarning(caution), stacklevel=2)
        return self._run

    def _judged(self, run: Run, pair: Pair) -> tuple[Outcome, list[Fault]]:
        check, operation = pair.check, pair.operation
        if check.kind == "answer":
            assert operation is not None  # noqa: S101 - checks of answers are pairs of operations
            self._exercise(run, operation)
            outcome = next(o for o in run.answer_outcomes([operation]) if o.check == check.id)
            return outcome, _of(run.session.faults, pair)
        outcome, faults = run.judge(check, operation)
        if operation is not None and check.id in GENERATING and outcome.verdict != "not-applicable":
            faults = [*faults, *_of(self._exercise(run, operation), pair)]
        return outcome, faults

    def _exercise(self, run: Run, operation: Operation) -> list[Fault]:
        """What generated requests to an operation showed; they are sent once."""
        if operation.id not in self._exercised:
            _call(run, operation)
            self._exercised[operation.id] = run.exercise([operation])
        return self._exercised[operation.id]

    def _findings(self, faults: list[Fault], outcome: Outcome) -> list[Finding]:
        if self._run is None or not faults:
            return []
        secrets = secrets_of(self._run.subject)
        url, way = self.options.url, way_of(self.options)
        found = findings_of(self.contract, faults, every_check(), secrets, url=url, way=way)
        if self.known is not None:
            today = datetime.now(UTC).date()
            found, _, _ = self.known.apply(found, [], today, [outcome], self.options, stopped=True)
        return found


def verify_suite(url: str = "", **given: Any) -> Callable[..., None]:
    """A test function for a test module, which pytest makes into one test for each check.

    `given` are settings by the names of the command's options: tenant, email, password, token,
    header, as_ (ROLE:EMAIL:PASSWORD, a list), other_tenant, contract, only, exclude, allow, check,
    profile, rate, timeout, seed, read_only, ca, insecure, proxy, wait, known. Raises ValueError for
    any other.
    """
    named = {name.rstrip("_"): value for name, value in given.items()}
    for name in named:
        if name not in SETTINGS:
            raise ValueError(f"verify_suite: there is no setting '{name}'")
    suite = Suite({"url": url, **named})

    def test(contract_pair: Pair, contract_run: Prepared) -> None:
        """The server keeps the contract."""
        contract_run.judge(contract_pair)

    test.bacasable_suite = suite  # type: ignore[attr-defined]
    return test


def options_from(found: Mapping[str, Any]) -> Options:
    """The options of a run from settings by name. Raises ValueError."""
    if not found.get("url"):
        raise ValueError("no server to judge: give --base-url, or verify_suite(url=...)")
    account = None
    if found.get("token"):
        account = Account(token=found["token"])
    elif found.get("email"):
        account = Account(email=found["email"], password=found.get("password", ""))
    profile = found.get("profile", "standard")
    if profile not in PROFILES:
        raise ValueError(f"there is no profile '{profile}'; known are {', '.join(PROFILES)}")
    return Options(
        url=config.address(found["url"]),
        tenant=found.get("tenant", ""),
        account=account,
        roles=tuple(config.role_account(text) for text in _list(found, "as")),
        others=tuple(config.tenant_account(text) for text in _list(found, "other_tenant")),
        headers=tuple(config.header(text) for text in _list(found, "header")),
        only=tuple(_list(found, "only")),
        exclude=tuple(_list(found, "exclude")),
        allow=tuple(_list(found, "allow")),
        checks=tuple(_list(found, "check")),
        profile=PROFILES[profile],
        rate=config.per_second(found["rate"]) if found.get("rate") else 0.0,
        timeout=config.seconds(found["timeout"]) if found.get("timeout") else 10.0,
        seed=int(found.get("seed", 1)),
        read_only=bool(found.get("read_only")),
        ca=config.certificates(found["ca"]) if found.get("ca") else "",
        insecure=bool(found.get("insecure")),
        proxy=config.proxy(found["proxy"]) if found.get("proxy") else "",
        wait=config.seconds(found["wait"]) if found.get("wait") else 0.0,
    )


def _list(found: Mapping[str, Any], name: str) -> list[str]:
    value = found.get(name) or []
    return [value] if isinstance(value, str) else list(value)


def _set(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in (None, "", [], ())}


def _environment() -> dict[str, Any]:
    found = {name: os.environ.get(f"BACASABLE_{name.upper()}", "") for name in _FROM_ENVIRONMENT}
    lists = {n: v.split() for n, v in found.items() if SETTINGS[n] is list}
    return _set(found | lists)


def _planned(contract: Contract, options: Options) -> Subject:
    """A subject that nobody has logged in for: every role at hand, if none was given."""
    every = {role for o in contract.operations.values() for role in o.roles or ()}
    roles = [a.role for a in options.roles] or sorted(every)
    others = tuple(Identity(a.role, a.role, a.tenant) for a in options.others)
    return Subject(
        contract, options, Identity("the caller"), {r: Identity(r, r) for r in roles}, others
    )


def _reason(check: Check, planned: Subject, operation: Operation | None) -> str:
    """Why a check has nothing to stand on; what only a login can tell is no reason yet."""
    if planned.options.read_only and check.writes and check.kind != "answer":
        return "the run only reads"
    try:
        return check.applies(planned, operation)
    except Exception:  # noqa: BLE001 - it asks for more than is known before a login
        return ""


def _of(faults: Sequence[Fault], pair: Pair) -> list[Fault]:
    name = pair.operation.id if pair.operation else ""
    return [f for f in faults if f.check == pair.check.id and f.operation == name]


def _call(run: Run, operation: Operation) -> None:
    """Call an operation once as it should be called, where that can be arranged."""
    if operation.id in run.withheld:
        return
    try:
        arranged = run.maker.arranged(operation)
    except CannotMake:
        return
    Bench(run.subject, run.session, run.maker, "setup", operation.id).call(
        operation,
        path=arranged.path,
        query=arranged.query,
        body=arranged.body,
        identity=arranged.identity,
    )


def _tell(findings: list[Finding]) -> None:
    """Fail by what breaks the contract; warn of what should be mended; expect what is accepted."""
    broken = [f for f in findings if f.severity == "error" and not f.known]
    for finding in findings:
        if finding.severity == "warning" and not finding.known:
            warnings.warn(ContractWarning("\n".join(_lines(finding))), stacklevel=2)
    if broken:
        text = "\n\n".join("\n".join(_lines(finding)) for finding in broken)
        pytest.fail(text, pytrace=False)
    accepted = [f.known for f in findings if f.known]
    if accepted:
        pytest.xfail("; ".join(dict.fromkeys(accepted)))


def _lines(finding: Finding) -> Iterator[str]:
    """A finding, as the report of a failing test shows it."""
    yield f"{finding.title} [{finding.id}]"
    yield f"  expected   {finding.expected}"
    yield f"  received   {finding.received}"
    yield f"  contract   {finding.where or finding.place}"
    yield f"  repair     {finding.repair}"
    yield from (f"  {line}" for line in finding.curl.splitlines())
