"""The engine: one door, `handle`, from a call to a reply. Synchronous, and atomic by its undo log.

It must not be entered from several threads at once; on one event loop it needs no lock. Clock, ids
and records come from the platform it is given; it keeps no state of its own but what is compiled.
"""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..contract.compiled import compiled
from ..contract.model import Contract, Parent
from ..contract.problems import Refusal
from ..contract.request import RawRequest, format_instant
from .answers import Compiled, media_type_of, refuse_stale, reply_of, show_of
from .binding import bind
from .calls import Call, Reply
from .clock import parse_instant
from .idempotency import IDEMPOTENCY_KEY, remember, remembered_reply
from .places import key_in, known_below
from .portions import PORTION, Portions
from .references import indexed
from .situation import Behaviour, Situation
from .space import Platform, Space
from .store import Record
from .timers import Due, Schedule, still_due, to_come
from .verbs import Plan, only_record

_MANY = 2000
"""Records that are looked at at once: some milliseconds."""


class Engine:
    """Handles calls by the contract, with the behaviours of the resources that have any.

    `common` is what operations do by the contract alone: `account_hooks` of it.
    Raises ContractError at construction when contract and behaviours do not fit each other.
    """

    def __init__(
        self,
        contract: Contract,
        platform: Platform,
        behaviours: Mapping[str, Behaviour],
        common: Behaviour | None = None,
    ) -> None:
        self.contract, self.platform, self.limits = contract, platform, platform.limits
        limits = platform.limits
        platform.indexed.update(indexed(contract))
        platform.keys.update({n: k.key_member for n, k in contract.resources.items()})
        ready = compiled(contract)
        self.schemas = ready.schemas
        self._letters = {f: w for b in behaviours.values() for f, w in b.letters.items()}
        self._compiled: dict[str, Compiled] = {}
        self._timed: dict[str, tuple[Plan, Callable[[Plan, Situation], Any]]] = {}
        for plan, act in bind(contract, behaviours, common or Behaviour()):
            # Every operation can be a timer's too; those that time alone does have no answers.
            self._timed[plan.operation.id] = (plan, act)
            if plan.operation.id in contract.timed:
                continue
            answer = plan.operation.succeeds
            reader = ready.reader(
                plan.operation,
                max_body_bytes=limits.max_body_bytes,
                max_depth=limits.max_depth,
                bounds=limits.parted,
            )
            checked = limits.check_answers and answer.schema
            check = ready.answer_check(checked) if checked else None
            template = ready.template(plan.operation, answer)
            show, mend = show_of(contract, plan, answer, template)
            whole = Compiled(
                plan,
                act,
                reader,
                answer,
                template,
                check,
                plan.reads,
                plan.lists,
                media_type_of(answer),
                show,
                mend,
            )
            self._compiled[plan.operation.id] = self._with_created(whole)

    def _with_created(self, whole: Compiled) -> Compiled:
        """An operation that may also create, with how it answers then."""
        plan, ready = whole.plan, compiled(self.contract)
        answer = plan.operation.answers.get(201)
        if not plan.operation.action.creates or answer is None or answer is whole.answer:
            return whole
        checked = self.limits.check_answers and answer.schema
        check = ready.answer_check(answer.schema) if checked and answer.schema else None
        template = ready.template(plan.operation, answer)
        show, mend = show_of(self.contract, plan, answer, template)
        made = replace(whole, answer=answer, template=template, check=check, show=show, mend=mend)
        return replace(whole, created=made)

    def beside(self, platform: Platform) -> "Engine":
        """The same engine for another platform of the same limits."""
        twin = copy(self)
        twin.platform = platform
        return twin

    def handle(self, call: Call) -> Reply:
        """The reply to an admitted call. A call that raises has changed nothing.

        Raises Refusal for every documented no, CONTRACT_VIOLATION for an answer of ours that
        breaks the contract included.
        """
        instant = call.space.clock.now()
        now = format_instant(instant)
        if call.space.schedule.next <= now:
            self.settle(call.space, now)
        log = self.platform.log
        mark = log.mark()
        try:
            reply = self._reply(self._compiled[call.operation.id], call, instant, now)
            if call.space.is_nowhere:
                raise Refusal("INVALID_CREDENTIALS")
        except BaseException as error:
            if isinstance(error, Refusal) and error.lasting:
                log.commit(mark)
            log.rollback(mark)
            raise
        log.commit(mark)
        return reply

    def read(self, call: Call) -> None:
        """Read the request of a call, which is all that may be done in another thread."""
        try:
            call.read = self._compiled[call.operation.id].reader.read(call.request)
        except Refusal as refusal:
            call.read = refusal

    def takes_long(self, call: Call) -> bool:
        """Whether a call may have to look at more records than others should wait for."""
        compiled = self._compiled[call.operation.id]
        if compiled.reads is None or compiled.lists is None:
            return compiled.reads is not None
        space = self.platform.root if compiled.lists.scope == "platform" else call.space
        return len(space.collection(compiled.lists.name)) > _MANY

    def portions(self, call: Call) -> Portions[None]:
        """Do what a call needs that may take long, in portions: put its list in order.

        Others may act between two portions. Nothing of it is seen from outside: the call that acts
        afterwards, or at once, finds and refuses the same.
        """
        compiled = self._compiled[call.operation.id]
        plan, reads = compiled.plan, compiled.reads
        while reads is not None:
            instant = call.space.clock.now()
            now = format_instant(instant)
            situation = Situation(
                self.contract, self.platform, call, plan.resource, instant, now, self._letters
            )
            try:
                _find(plan, situation)
                situation.values = compiled.reader.read(call.request)
            except Refusal:
                return
            if all(c.fill(order, PORTION) for c, order in reads(situation)):
                return
            yield

    def settle(self, space: Space, until: str | None = None) -> list[Due]:
        """Do what has fallen due in a tenant, in order, each at its own instant; what was done.

        `until` is an instant as the contract writes it, the present one when left out.
        """
        until = until or format_instant(space.clock.now())
        done: list[Due] = []
        if space.schedule.next > until:
            return done
        log, before = self.platform.log, space.schedule
        mark = log.mark()

        def undo() -> None:
            space.schedule = before

        # Should what was done be taken back, because a control fails, it is still to come.
        log.note(undo)
        space.schedule = before.copy()
        try:
            while space.schedule.next <= until:
                due = space.schedule.pop()
                if self._fire(space, due):
                    done.append(due)
        finally:
            log.commit(mark)
        return done

    def reschedule(self, space: Space, since: str) -> Portions[None]:
        """Look anew for what lies ahead of the records of a tenant; up to `since` all was done.

        Between two portions nobody else may write there.
        """
        schedule = Schedule()
        for kind in self.contract.resources.values():
            records = space.collections().get(kind.name, ()) if kind.timers else ()
            for number, record in enumerate(records):
                for due in to_come(kind, record, since):
                    schedule.push(due)
                if number % PORTION == PORTION - 1:
                    yield
        space.schedule = schedule

    def _fire(self, space: Space, due: Due) -> bool:
        """Whether it still applied. A rule that is not kept prevents it."""
        plan, act = self._timed[due.transition]
        kind, record = plan.kind, space.collection(due.resource).get(due.record_id)
        step = plan.move
        if record is None or step is None or not still_due(kind, step[1], due, record):
            return False
        call = Call(plan.operation, space, None, RawRequest({}), "req_clock")
        instant = parse_instant(due.at)
        situation = Situation(
            self.contract, self.platform, call, kind, instant, due.at, self._letters, record=record
        )
        if kind.parent:
            situation.parent = situation.get(kind.parent.resource, record[kind.parent.field]) or {}
        log = self.platform.log
        mark = log.mark()
        try:
            act(plan, situation)
        except Refusal:
            log.rollback(mark)
            return False
        except BaseException:
            log.rollback(mark)
            raise
        log.commit(mark)
        return True

    def _reply(self, compiled: Compiled, call: Call, instant: datetime, now: str) -> Reply:
        plan = compiled.plan
        situation = Situation(
            self.contract, self.platform, call, plan.resource, instant, now, self._letters
        )
        # A body that was too long is not the one that was answered before.
        whole = call.request.body is not None
        keyed = whole and bool(call.request.headers.get(IDEMPOTENCY_KEY))
        stored = remembered_reply(situation) if keyed else None
        if stored is not None:
            return stored
        _find(plan, situation)
        read, call.read = call.read, None
        if isinstance(read, Refusal):
            raise read
        situation.values = read or compiled.reader.read(call.request)
        if call.if_match:
            refuse_stale(plan, situation)
        result = compiled.act(plan, situation)
        if not call.answered:
            return Reply(204)
        if compiled.created and not situation.record:
            compiled = compiled.created
        reply = result if isinstance(result, Reply) else reply_of(compiled, situation, result)
        if keyed:
            remember(situation, reply)
        return reply


def _find(plan: Plan, situation: Situation) -> None:
    """Find the parent and the record that the path names. Raises Refusal NOT_FOUND."""
    resource, finder = plan.resource, plan.behaviour.find.get(plan.operation.id)
    if finder:
        situation.record = finder(situation)
        return
    if resource is None:
        return
    action, path = plan.operation.action, situation.call.request.path
    if resource.parent and action.parent_param:
        above = key_in(path, action.parent_key or (action.parent_param,))
        situation.parent = situation.need(resource.parent.resource, above)
    if resource.is_single:
        situation.record = only_record(plan, situation)
    elif action.item_param:
        name = key_in(path, action.item_key or (action.item_param,))
        if action.creates and situation.get(resource.name, name) is None:
            return
        record = situation.need(resource.name, name)
        parent = situation.parent
        if parent and resource.parent and not _lies_below(situation, record, resource.parent):
            raise Refusal("NOT_FOUND")
        if any(record[member] != path[name] for name, member in action.places):
            raise Refusal("NOT_FOUND")
        situation.record = record


def _lies_below(situation: Situation, record: Record, parent: Parent) -> bool:
    kind = situation.contract.resources[parent.resource]
    return bool(record[parent.field] == known_below(kind, situation.parent, parent))
