"""The engine: one door, `handle`, from a call to a reply. Synchronous, and atomic by its undo log.

It must not be entered from several threads at once; on one event loop it needs no lock. Clock, ids
and records come from the platform it is given; it keeps no state of its own but what is compiled.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from ..contract.compiled import compiled
from ..contract.model import Answer, Contract, Json, JsonObject
from ..contract.problems import Refusal
from ..contract.request import (
    MAX_BODY_BYTES,
    MAX_DEPTH,
    RawRequest,
    RequestReader,
    format_instant,
)
from ..contract.schemas import Check
from ..contract.wire import to_json
from .binding import bind
from .calls import Call, Page, Reply
from .clock import parse_instant
from .idempotency import IDEMPOTENCY_KEY, remember, remembered_reply
from .situation import Behaviour, Situation
from .space import Platform, Space
from .store import Record
from .timers import Due, Schedule, still_due, to_come
from .verbs import Plan


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a request body, and whether answers are checked before they leave."""

    max_body_bytes: int = MAX_BODY_BYTES
    max_depth: int = MAX_DEPTH
    check_answers: bool = True


@dataclass(frozen=True, slots=True)
class _Compiled:
    """An operation, ready to run."""

    plan: Plan
    act: Callable[[Plan, Situation], Any]
    reader: RequestReader
    answer: Answer
    check: Check | None


class Engine:
    """Handles calls by the contract, with the behaviours of the resources that have any.

    Raises ContractError at construction when contract and behaviours do not fit each other.
    """

    def __init__(
        self,
        contract: Contract,
        platform: Platform,
        behaviours: Mapping[str, Behaviour],
        limits: Limits = Limits(),
    ) -> None:
        self.contract, self.platform, self.limits = contract, platform, limits
        ready = compiled(contract)
        self.schemas = ready.schemas
        self._letters = {f: w for b in behaviours.values() for f, w in b.letters.items()}
        self._compiled: dict[str, _Compiled] = {}
        self._timed: dict[str, tuple[Plan, Callable[[Plan, Situation], Any]]] = {}
        for plan, act in bind(contract, behaviours):
            # Every operation can be a timer's too; those that time alone does have no answers.
            self._timed[plan.operation.id] = (plan, act)
            if plan.operation.id in contract.timed:
                continue
            answer = plan.operation.answers[plan.operation.success]
            reader = ready.reader(
                plan.operation, max_body_bytes=limits.max_body_bytes, max_depth=limits.max_depth
            )
            checked = limits.check_answers and answer.schema
            check = ready.answer_check(checked) if checked else None
            self._compiled[plan.operation.id] = _Compiled(plan, act, reader, answer, check)

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
        except BaseException as error:
            if isinstance(error, Refusal) and error.lasting:
                log.commit(mark)
            log.rollback(mark)
            raise
        log.commit(mark)
        return reply

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

    def reschedule(self, space: Space, since: str) -> None:
        """Look anew for what lies ahead of the records of a tenant; up to `since` all was done."""
        space.schedule = Schedule()
        for kind in self.contract.resources.values():
            for record in space.collection(kind.name) if kind.timers else ():
                for due in to_come(kind, record, since):
                    space.schedule.push(due)

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

    def _reply(self, compiled: _Compiled, call: Call, instant: datetime, now: str) -> Reply:
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
        situation.values = compiled.reader.read(call.request)
        if call.if_match:
            _refuse_stale(plan, situation)
        result = compiled.act(plan, situation)
        if not call.answered:
            return Reply(204)
        reply = (
            _page(compiled, situation, result)
            if isinstance(result, Page)
            else _single(compiled, situation, result)
        )
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
        situation.parent = situation.need(resource.parent.resource, path[action.parent_param])
    if action.item_param:
        record = situation.need(resource.name, path[action.item_param])
        parent = situation.parent
        if parent and resource.parent and record[resource.parent.field] != parent["id"]:
            raise Refusal("NOT_FOUND")
        situation.record = record


def _refuse_stale(plan: Plan, situation: Situation) -> None:
    """Raise Refusal PRECONDITION_FAILED when If-Match names another state of the record."""
    if situation.record and plan.operation.method != "get":
        current = _etag(to_json(_seen(plan, situation, situation.record)))
        if not _names(situation.call.if_match, current, weak=False):
            raise Refusal("PRECONDITION_FAILED", headers={"ETag": current})


def _page(compiled: _Compiled, situation: Situation, page: Page) -> Reply:
    """The reply of a list. The JSON of a page is made and checked once while nothing changes."""
    resource, records = compiled.plan.kind, page.records
    masked = situation.masks(resource)
    collection = situation.collection(resource.name)
    data = None if masked else collection.memo.get(page.key)
    if data is None:
        meta = _meta(situation) | {"pagination": page.pagination}
        _check(compiled, {"data": list(records), "meta": meta})
        data = to_json(list(records))
        if not masked:
            collection.remember(page.key, data)
    rest = b',"meta":{"timestamp":"%b","requestId":"%b","pagination":%b}}' % (
        situation.now.encode(),
        situation.call.request_id.encode(),
        to_json(page.pagination),
    )
    pieces = (_DATA, data, rest)
    return Reply(200, b"".join(pieces), {"Link": page.links}, pieces)


_DATA = b'{"data":'


def _single(compiled: _Compiled, situation: Situation, result: Record | None) -> Reply:
    """The reply around one record, or around nothing."""
    plan, answer = compiled.plan, compiled.answer
    if result is None:
        return Reply(answer.status)
    data, etag = _wire(compiled, situation, result)
    headers: dict[str, str] = {}
    if "ETag" in answer.headers:
        headers["ETag"] = etag
        seen = situation.call.if_none_match
        if seen and plan.operation.method == "get" and _names(seen, etag, weak=True):
            return Reply(304, b"", headers)
    if "Location" in answer.headers:
        headers["Location"] = _location(plan, situation, result)
    rest = b',"meta":{"timestamp":"%b","requestId":"%b"}}' % (
        situation.now.encode(),
        situation.call.request_id.encode(),
    )
    pieces = (_DATA, data, rest)
    return Reply(answer.status, b"".join(pieces), headers, pieces)


def _wire(compiled: _Compiled, situation: Situation, record: Record) -> tuple[bytes, str]:
    """The JSON of a record and its ETag, checked against the answer's schema.

    A stored record never changes, so what was made and checked for it once holds until another
    record takes its place.
    """
    plan, schema = compiled.plan, compiled.answer.schema or ""
    resource, shown = plan.resource, plan.behaviour.shows.get(plan.operation.id)
    kept = None
    if resource is not None and not shown and not situation.masks(resource):
        kept = situation.collection(resource.name).wire
        entry = kept.get(record.get("id", ""))
        if entry is not None and entry[0] is record and entry[1] == schema:
            return entry[2], entry[3]
    data = _seen(plan, situation, record)
    data = shown(data) if shown else data
    _check(compiled, {"data": data, "meta": _meta(situation)})
    made = to_json(data)
    etag = _etag(made)
    if kept is not None and "id" in record:
        if len(kept) >= _KEPT:
            kept.clear()
        kept[record["id"]] = (record, schema, made, etag)
    return made, etag


_KEPT = 4096
"""Answers of single records that are remembered, for each collection."""


def _check(compiled: _Compiled, body: Json) -> None:
    broken = compiled.check(body) if compiled.check else []
    if broken:
        said = "The answer breaks the contract and was not sent."
        raise Refusal("CONTRACT_VIOLATION", said, violations=broken)


def _meta(situation: Situation) -> JsonObject:
    return {"timestamp": situation.now, "requestId": situation.call.request_id}


def _seen(plan: Plan, situation: Situation, record: Record) -> Json:
    return situation.seen(plan.resource, record) if plan.resource else record


def _location(plan: Plan, situation: Situation, record: Record) -> str:
    collection = plan.kind.collection
    for name, value in situation.call.request.path.items():
        collection = collection.replace("{" + name + "}", quote(value, safe=""))
    return f"{plan.base_path}{collection}/{quote(record['id'], safe='')}"


def _etag(data: bytes) -> str:
    return f'"{hashlib.blake2b(data, digest_size=12).hexdigest()}"'


def _names(header: str, etag: str, *, weak: bool) -> bool:
    """Whether an If-Match or If-None-Match header names this entity tag (RFC 9110, 13.1)."""
    tags = [tag.strip() for tag in header.split(",")]
    if weak:
        tags = [tag.removeprefix("W/") for tag in tags]
    return "*" in tags or etag in tags
