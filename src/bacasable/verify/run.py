"""One run of the kit: from options to a report.

`verify` is the whole run of the command, `Run` its steps, which tests of pytest take one by one.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

from ..contract import Contract, Operation
from .bench import Bench, Subject
from .checks import Check, all_checks
from .coverage import Coverage, left_behind, unproved
from .findings import findings_of
from .fuzz import fuzz
from .fuzzing.settings import chosen
from .history import History
from .known import Known
from .login import LoginRefused, subject_of
from .maker import CannotMake, Maker
from .making.model import NotOurs
from .masking import Masker
from .model import Exchange, Fault, Options, Outcome, Report, Residue, Unproved, Verdict
from .reaching import cautions, reach
from .scope import (
    CannotJudge,
    check_allowed,
    chosen_checks,
    contract_at,
    in_scope,
    secrets_of,
)
from .session import OutOfTime, Session, Transport, Unreachable, WouldWrite
from .shell import way_of
from .transport import HttpTransport
from .turns import turns
from .withholding import withheld

MOST_FAULTS = 20
"""So many faults of one check on one operation are kept: more of them say nothing new."""
MOST_GENERATED = 300
"""So many of generated requests: each failing one shows the way to a smaller one."""
FUZZ_SHARE = 0.3
"""The share of the time budget that is kept for the generated requests."""


@dataclass
class Progress:
    """What a run tells while it runs. Every field may be read at any time."""

    operations: int = 0
    operations_done: int = 0
    checks: int = 0
    checks_run: int = 0
    requests: int = 0
    findings: int = 0
    doing: str = ""


Told = Callable[[Progress], None]


def verify(
    contract: Contract,
    options: Options,
    *,
    known: Known | None = None,
    told: Told | None = None,
    transport: Transport | None = None,
) -> Report:
    """Judge the server at `options.url` by a contract.

    Raises CannotJudge before anything was judged; whatever goes wrong later is in the report.
    """
    run = Run(contract, options, told=told, transport=transport)
    try:
        run.judge_all()
    except KeyboardInterrupt:
        run.stopped = "interrupted"
    finally:
        residue = run.close()
    return run.report(residue, known)


_OVER = "the time budget is used up"
_CUT = "the time budget ended the generated requests early"


def _stumbled(error: Exception) -> str:
    return f"the check stumbled over an answer: {type(error).__name__}: {error}"


def _gone(error: Unreachable) -> str:
    return f"the server does not answer any more: {error}"


def _transport(options: Options) -> Transport:
    try:
        return HttpTransport(options)
    except ValueError as error:
        raise CannotJudge(str(error)) from error


class Run:
    """A run that is logged in. `close` must be called: it removes what the run made.

    Raises CannotJudge when it cannot begin.
    """

    def __init__(
        self,
        contract: Contract,
        options: Options,
        *,
        told: Told | None = None,
        transport: Transport | None = None,
    ) -> None:
        self.contract = contract_at(contract, options)
        self.options = options
        self.checks = chosen_checks(options)
        check_allowed(self.contract, options)
        self.operations = in_scope(self.contract, options)
        self.started = datetime.now(UTC)
        pairs = len(self.operations) * len(self.of_kind("operation"))
        pairs += len(self.of_kind("server"))
        self.progress = Progress(operations=len(self.operations), checks=pairs)
        self._told = told or (lambda _: None)
        self.session = Session(transport or _transport(options), options)
        self.subject = self._logged_in()
        reasons = {o.id: withheld(self.subject, o) for o in self.operations}
        self.withheld = {name: reason for name, reason in reasons.items() if reason}
        self.operations = [o for o in self.operations if o.id not in self.withheld]
        self.maker = Maker(self.subject, self.session)
        self.coverage = Coverage(self.subject, self.operations)
        self.history = History(self.contract)
        self.outcomes: list[Outcome] = []
        self.faults: list[Fault] = []
        self.stopped = ""
        self.notes: list[str] = []
        self._judged: set[str] = set()
        self._seen: set[str] = set()
        self._stumbled: dict[tuple[str, str], str] = {}
        self.session.watchers += [self.coverage.saw, self.history.saw, self._watch]
        self.session.judges += [self._judge(check) for check in self.of_kind("answer")]

    def _logged_in(self) -> Subject:
        try:
            reach(self.session, self.contract, self.operations, self._waits)
            return subject_of(self.contract, self.options, self.session)
        except (CannotJudge, LoginRefused) as error:
            self.session.transport.close()
            raise CannotJudge(str(error)) from error
        except (Unreachable, OutOfTime, CannotMake) as error:
            self.session.transport.close()
            raise CannotJudge(f"{self.options.url} cannot be reached: {error}") from error

    def _waits(self, doing: str) -> None:
        self.progress.doing = doing
        self._tell()

    def of_kind(self, kind: str) -> list[Check]:
        """The checks of a kind that this run makes."""
        return [check for check in self.checks.values() if check.kind == kind]

    def judge_all(self) -> None:
        """Every check on every operation in scope, then generated requests."""
        try:
            for number, turn in enumerate(turns(self.operations, self.of_kind("operation"))):
                if number == 1:
                    self._judge_server()
                self._judge_turn(turn, FUZZ_SHARE if number else 0.0)
        except OutOfTime:
            self.stopped = _OVER
        except Unreachable as error:
            self.stopped = _gone(error)
        generating = self.of_kind("answer") or len(chosen(self.options)) > 1
        if generating and self.stopped in ("", _OVER):
            self.exercise(self.operations)

    def _judge_server(self) -> None:
        for check in self.of_kind("server"):
            self._keep(*self.judge(check, None))

    def _judge_turn(self, turn: Iterable[tuple[Operation, Check]], share: float) -> None:
        """Make the checks of a turn. Raises OutOfTime when no more than a share is left."""
        for operation, check in turn:
            if self.session.left < self.options.max_time * share:
                raise OutOfTime
            self.progress.doing = operation.id
            self._keep(*self.judge(check, operation))
            self.progress.operations_done = len(self._judged)

    def judge(self, check: Check, operation: Operation | None) -> tuple[Outcome, list[Fault]]:
        """Run one check; it must be of kind operation or server. Raises OutOfTime, Unreachable."""
        name = operation.id if operation else ""
        reason = self.not_applicable(check, operation)
        if reason or check.probe is None:
            return Outcome(check.id, name, "not-applicable", reason), []
        bench = Bench(self.subject, self.session, self.maker, check.id, name)
        sent, began = self.session.sent, time.monotonic()
        verdict: Verdict = "passed"
        faults: list[Fault] = []
        try:
            faults += self._named(islice(check.probe(bench, operation), MOST_FAULTS), check, name)
            verdict = "failed" if faults else "passed"
        except NotOurs as error:
            verdict, reason = "not-applicable", str(error)
        except CannotMake as error:
            # What a run that only reads does not find there is nobody's fault.
            verdict = "not-applicable" if self.options.read_only else "not-judged"
            reason = str(error)
        except WouldWrite:
            verdict, reason = "not-applicable", "the run only reads"
        except (OutOfTime, Unreachable):
            raise
        except Exception as error:  # noqa: BLE001 - an answer that the check did not foresee
            verdict, reason = "not-judged", _stumbled(error)
        if reason:
            # It may repeat what the server said, which may repeat what it was sent.
            reason = Masker(secrets_of(self.subject)).text(reason)
        requests, seconds = self.session.sent - sent, time.monotonic() - began
        return Outcome(check.id, name, verdict, reason, requests, seconds), faults

    def not_applicable(self, check: Check, operation: Operation | None) -> str:
        """Why a check has nothing to stand on; empty when it has."""
        if operation is not None and operation.id in self.withheld:
            return f"it is not called: {self.withheld[operation.id]} (--allow {operation.id})"
        if self.options.read_only and check.writes:
            return "the run only reads"
        return check.applies(self.subject, operation)

    def exercise(self, operations: Sequence[Operation]) -> list[Fault]:
        """Send generated requests to operations; what they show is kept and returned."""
        before = len(self.session.faults)
        self.progress.doing = "generated requests"
        self._tell()
        found: list[Fault] = []
        try:
            found.extend(fuzz(self.subject, self.session, self.maker, operations))
        except OutOfTime:
            # Random requests have no end of their own: the checks were made all the same.
            self.notes = [_CUT]
        except Unreachable as error:
            self.stopped = _gone(error)
        self.faults += found
        return [*found, *self.session.faults[before:]]

    def report(self, residue: Sequence[Residue] = (), known: Known | None = None) -> Report:
        """What the run found out so far."""
        faults = [*self.faults, *self.session.faults]
        outcomes = self._all_outcomes()
        if all(outcome.verdict == "not-applicable" for outcome in outcomes):
            self.stopped = self.stopped or "no check that was chosen applies"
        secrets = secrets_of(self.subject)
        findings = findings_of(
            self.contract,
            faults,
            all_checks(),
            secrets,
            url=self.options.url,
            history=self.history,
            way=way_of(self.options),
        )
        coverage = self.coverage.json(self.stopped)
        masker = Masker(secrets)
        gaps = unproved(self.contract, outcomes, coverage, self.options)
        residue = [replace(left, reason=masker.text(left.reason)) for left in residue]
        not_proved: Sequence[Unproved] = [replace(g, reason=masker.text(g.reason)) for g in gaps]
        not_proved = [*not_proved, *left_behind(residue)]
        errors: Sequence[str] = ()
        if known:
            findings, not_proved, errors = known.apply(
                findings,
                not_proved,
                self.started.date(),
                outcomes,
                self.options,
                stopped=bool(self.stopped),
            )
        return Report(
            url=self.options.url,
            contract=self.contract,
            started=self.started.isoformat(timespec="seconds"),
            seconds=time.monotonic() - self.session.began,
            requests=self.session.sent,
            options=self.options,
            outcomes=outcomes,
            findings=findings,
            unproved=not_proved,
            coverage=coverage,
            residue=residue,
            withheld=self.withheld,
            stopped=self.stopped,
            known_errors=errors,
            notes=[*cautions(self.options), *self.notes],
            secrets=secrets,
        )

    def close(self) -> list[Residue]:
        """Remove what the run made; what it left."""
        try:
            return self.maker.clean_up()
        except (Unreachable, OutOfTime) as error:
            return self.maker.left(f"the server does not answer: {error}")
        except KeyboardInterrupt:
            return self.maker.left("the clean-up was interrupted")
        finally:
            self.session.transport.close()

    def _keep(self, outcome: Outcome, faults: list[Fault]) -> None:
        self.outcomes.append(outcome)
        self._judged |= {outcome.operation} - {""}
        self.faults += faults
        self.progress.checks_run += 1
        self.progress.findings += bool(faults)
        self._tell()

    def _all_outcomes(self) -> list[Outcome]:
        """The outcome of every check on every operation, in the order of operations and checks."""
        made = {(outcome.check, outcome.operation): outcome for outcome in self.outcomes}
        server = [(check, None) for check in self.of_kind("server")]
        others = [(c, o) for o in self.operations for c in self.of_kind("operation")]
        kept = [
            made.get((check.id, operation.id if operation else "")) or self._left(check, operation)
            for check, operation in [*server, *others]
        ]
        return [*kept, *self.answer_outcomes(self.operations)]

    def _left(self, check: Check, operation: Operation | None) -> Outcome:
        """The outcome of a check that was not come to."""
        reason = self.not_applicable(check, operation)
        verdict: Verdict = "not-applicable" if reason else "not-judged"
        name = operation.id if operation else ""
        return Outcome(check.id, name, verdict, reason or self.stopped)

    def answer_outcomes(self, operations: Iterable[Operation]) -> Iterator[Outcome]:
        """What the checks of answers said of operations so far."""
        failed = {(fault.check, fault.operation) for fault in self.session.faults}
        for operation in operations:
            for check in self.of_kind("answer"):
                reason = self.not_applicable(replace(check, writes=False), operation)
                verdict: Verdict = "passed"
                if reason:
                    verdict = "not-applicable"
                elif (check.id, operation.id) in failed:
                    verdict = "failed"
                elif (check.id, operation.id) in self._stumbled:
                    verdict, reason = "not-judged", self._stumbled[check.id, operation.id]
                elif operation.id not in self._seen:
                    verdict, reason = "not-judged", "no answer of it was seen"
                yield Outcome(check.id, operation.id, verdict, reason)

    def _judge(self, check: Check) -> Callable[[Exchange], list[Fault]]:
        """A judge of exchanges; one that has said enough about an operation says no more."""
        said: dict[str, int] = {}

        def judge(exchange: Exchange) -> list[Fault]:
            name = exchange.operation.id if exchange.operation else ""
            most = MOST_GENERATED if exchange.purpose == "fuzz" else MOST_FAULTS
            if check.judge is None or said.get(name, 0) >= most:
                return []
            try:
                found = list(self._named(check.judge(self.subject, exchange), check, name))
            except Exception as error:  # noqa: BLE001 - an answer that the check did not foresee
                self._stumbled[check.id, name] = _stumbled(error)
                return []
            said[name] = said.get(name, 0) + len(found)
            return found

        return judge

    def _named(self, faults: Iterable[Fault], check: Check, operation: str) -> Iterator[Fault]:
        for fault in faults:
            yield replace(
                fault,
                check=fault.check or check.id,
                operation=fault.operation or operation,
                wfc=fault.wfc if fault.wfc is not None else check.wfc,
            )

    def _watch(self, exchange: Exchange) -> None:
        if exchange.operation and exchange.response:
            self._seen.add(exchange.operation.id)

    def _tell(self) -> None:
        self.progress.requests = self.session.sent
        self._told(self.progress)
