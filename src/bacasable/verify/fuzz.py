"""Generated requests: Schemathesis is the engine, the kit judges.

It takes examples of the contract, then every boundary of its schemas, then valid and invalid data
at random, then chains of calls. Each exchange passes the session, so that the checks of answers see
it; what Schemathesis itself finds fault with is told as faults of the kit's checks. In the random
part a request that fails is made smaller, once for each cause.
"""

import os
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from hypothesis.configuration import set_hypothesis_home_dir, storage_directory
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.engine import Status, events, from_schema
from schemathesis.generation.meta import TestPhase

from ..contract import Operation
from .bench import Subject
from .fuzzing.callers import Callers
from .fuzzing.carrier import Carrier, Sent
from .fuzzing.guard import Guard
from .fuzzing.settings import beyond, configuration, load
from .fuzzing.verdicts import OF_CHAINS, fault_of
from .maker import Arranged, CannotMake, Maker
from .model import Exchange, Fault
from .session import READING, Session

Cause = tuple[str, str]


def fuzz(
    subject: Subject, session: Session, maker: Maker, operations: Sequence[Operation]
) -> Iterator[Fault]:
    """What generated requests to operations show, beside what the session's judges find in them.

    Faults come at the end, one for each check, operation and cause, with the smallest exchange that
    showed it. Raises OutOfTime and Unreachable after that.
    """
    yield from Fuzzing(subject, session, maker, operations).run()


class Fuzzing:
    """One run of the engine."""

    def __init__(
        self, subject: Subject, session: Session, maker: Maker, operations: Sequence[Operation]
    ) -> None:
        self.subject = subject
        self.session = session
        self.maker = maker
        self.callers = Callers(subject, operations)
        self.guard = Guard(subject.contract, self.callers.everybody())
        self.operations = [o for o in operations if o.id in self.callers.by_operation]
        self.carrier = Carrier(subject.contract, session, self.callers, self.guard, self.shrinks)
        self.arranged: dict[str, Arranged] = {}
        self.found: dict[tuple[str, str, str], Fault] = {}
        self._owners: dict[Cause, str] = {}
        self._lock = threading.Lock()

    def run(self) -> Iterator[Fault]:
        """The faults, at the end; then what cut the run short is raised."""
        if self.operations:
            options = self.subject.options
            self._arrange()
            self.session.watchers.append(self._adopt)
            try:
                with quietly():
                    self._engine(stateful=False)
                    if options.profile.stateful_examples and not options.read_only:
                        self._engine(stateful=True)
            finally:
                self.session.watchers.remove(self._adopt)
        yield from self.found.values()
        if self.carrier.halted:
            raise self.carrier.halted

    def _arrange(self) -> None:
        """Find a record for each operation that acts on one, and who may call it there.

        What there is one of is put back by the clean-up; what cannot be is left alone.
        """
        for operation in list(self.operations):
            single = "{" not in operation.path
            if single and (operation.method.upper() in READING or operation.method == "post"):
                continue
            try:
                arranged = self.maker.arranged(operation)
            except CannotMake:
                if single:
                    self.operations.remove(operation)
                continue
            self.callers.take(operation, arranged.identity)
            self.arranged[operation.id] = arranged
            path = {name: str(value) for name, value in arranged.path.items()}
            self.guard.made(path, operation.action.resource or "")

    def _adopt(self, exchange: Exchange) -> None:
        """Hand over what a generated request created, so that it is removed."""
        operation = exchange.operation
        if exchange.purpose != "fuzz" or not exchange.ok or operation is None:
            return
        if operation.action.kind != "create" and exchange.status != 201:
            return
        known = self.arranged.get(operation.id)
        record = self.maker.adopt(exchange, known.parent if known else None)
        if record is not None and record.made:
            self.guard.made({"id": record.id}, record.resource)

    def _engine(self, *, stateful: bool) -> None:
        """Run phases of the engine to their end. Chains find their records themselves."""
        if self.carrier.halted:
            return
        pins = {} if stateful else {name: a.path for name, a in self.arranged.items()}
        options, callers = self.subject.options, self.callers.by_operation
        config = configuration(options, callers, self.operations, pins, stateful=stateful)
        judged = load(self.subject.contract, config, self.carrier, self.operations)

        @judged.hook
        def filter_failure(_: HookContext, failure: Failure, case: Case[Any], __: Response) -> bool:
            return self.keeps(failure, case)

        @judged.hook
        def before_add_examples(context: HookContext, examples: list[Case[Any]]) -> None:
            self.more(context, examples)

        for event in from_schema(judged).execute():
            if isinstance(event, events.ScenarioFinished):
                self._finished(event)
            elif isinstance(event, events.Interrupted) and not self.carrier.halted:
                raise KeyboardInterrupt
            elif isinstance(event, events.FatalError):
                raise event.exception

    def more(self, context: HookContext, examples: list[Case[Any]]) -> None:
        """Add examples with numbers beyond the size of integers."""
        found = context.operation
        operation = self.carrier.operations.get(found.label) if found else None
        if found is None or operation is None:
            return
        arranged = self.arranged.get(operation.id)
        if arranged or "{" not in operation.path:
            path = {name: str(value) for name, value in arranged.path.items()} if arranged else {}
            cases = (found.Case(path_parameters=path, query=query) for query in beyond(operation))
            examples += cases

    def keeps(self, failure: Failure, case: Case[Any]) -> bool:
        """Whether a failure of a check of Schemathesis is one of the server.

        That of a chain of calls is told at the end of the chain, others here.
        """
        sent = self.carrier.sent.get(failure.case_id or case.id)
        if sent is not None and sent.diverted and isinstance(failure, OF_CHAINS):
            return False  # it says nothing of the record that the chain made
        fault = self._fault(failure, case, (sent.exchange,)) if sent else None
        if fault is None:
            return False
        chain = case.meta is None or case.meta.phase.name is TestPhase.STATEFUL
        if not chain:
            self._keep(fault)
        return chain

    def shrinks(self, case: Case[Any], sent: Sent) -> bool:
        """Whether a case in whose answer the judges found something is to be made smaller.

        Only the operation that showed a cause first makes it smaller, in the random part.
        """
        name = case.operation.label
        with self._lock:
            causes = {(fault.check, fault.cause) for fault in sent.faults}
            mine = {self._owners.setdefault(cause, name) for cause in causes}
        random = case.meta is not None and case.meta.phase.name is TestPhase.FUZZING
        return random and name in mine

    def _fault(
        self, failure: Failure, case: Case[Any], exchanges: tuple[Exchange, ...]
    ) -> Fault | None:
        operation = self.carrier.operations[case.operation.label]
        return fault_of(failure, case, operation, self.subject.contract, exchanges)

    def _keep(self, fault: Fault) -> None:
        """Keep the smallest exchange of each cause."""
        key = (fault.check, fault.operation, fault.cause)
        with self._lock:
            known = self.found.get(key)
            if known is None or _size(fault) < _size(known):
                self.found[key] = fault

    def _finished(self, event: events.ScenarioFinished) -> None:
        """Tell what a chain of calls showed, and forget what a scenario sent."""
        recorder = event.recorder
        for name, nodes in recorder.checks.items():
            for node in nodes:
                if event.label is None and node.status is Status.FAILURE and node.failure_info:
                    failure = node.failure_info.failure
                    related = failure.related_case_ids()
                    chain = recorder.iter_chain_cases(case_id=name, related_case_ids=related)
                    sent = [self.carrier.sent[c.id] for c in chain if c.id in self.carrier.sent]
                    case = recorder.cases[name].value
                    fault = self._fault(failure, case, tuple(s.exchange for s in sent))
                    if fault is not None:
                        self._keep(fault)
        self.carrier.forget(list(recorder.cases), event.label)


@contextmanager
def quietly() -> Iterator[None]:
    """Hypothesis warns of nothing, and writes nothing beside the user's files.

    What it works out about Unicode takes seconds, so it is kept where caches of the user are.
    """
    before = storage_directory(intent_to_write=False).path
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        set_hypothesis_home_dir(_caches() / "bacasable" / "hypothesis")
        try:
            yield
        finally:
            set_hypothesis_home_dir(before)


def _caches() -> Path:
    named = os.environ.get("XDG_CACHE_HOME")
    try:
        return Path(named) if named else Path.home() / ".cache"
    except RuntimeError:
        # An account without a home.
        return Path(gettempdir())


def _size(fault: Fault) -> tuple[int, int]:
    """How much a reader has to read to see the fault: exchanges, bytes of the requests."""
    requests: list[Any] = [e.request for e in fault.exchanges]
    return len(requests), sum(len(r.target) + len(r.body or b"") for r in requests)
