"""The end of a run: what it made is removed, the youngest first, and what stays is told."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ...contract import Operation
from ...contract.model import Lifecycle
from ..beside import scope_of
from ..model import Exchange, Residue
from ..patience import Unreachable
from ..session import OutOfTime
from .calls import Calls, path_of
from .elsewhere import moved
from .ledger import Ledger, Made, resembles
from .model import CannotMake, Record, refusal
from .ways import shortest_way

_GONE, _CONFLICT = (404, 410), 409
_PASSING = frozenset({0, 401, 408, 423, 425, 429, 500, 502, 503, 504})
"""Answers that may be others a moment later; 0 is none at all."""
_TURNS, _PAUSE = 3, 0.5
_LATE = "the time for cleaning up was over"


@dataclass
class Cleaner:
    """Removes what a ledger lists."""

    calls: Calls
    ledger: Ledger
    again: Callable[[Record], Record | None]
    walk: Callable[[Record, tuple[str, ...]], Record]
    """Reads a record again; brings one into one of some states. Both raise CannotMake."""
    _proved: set[str] = field(default_factory=set)
    _doubtful: set[str] = field(default_factory=set)
    """Resources whose deletions are accepted, and delete nothing."""

    def clean_up(self) -> list[Residue]:
        """Remove what the run made. What stays, by resource and reason."""
        with suppress(OutOfTime, Unreachable):
            self._doubt()
        self._remove_what([made for made in reversed(self.ledger.entries) if not made.removed])
        with suppress(OutOfTime, Unreachable):
            self._remove_what(list(moved(self.calls, self.ledger)))
        return self.residue()

    def _doubt(self) -> None:
        """Where the last record of a resource that was deleted is there, none is believed gone."""
        removed = [made for made in self.ledger.entries if made.removed]
        last = {made.record.resource: made for made in removed}
        self._doubtful = {name for name, made in last.items() if self._is_there(made)}
        for made in removed:
            if made.record.resource in self._doubtful:
                made.removed = not self._is_there(made)

    def _remove_what(self, left: list[Made]) -> None:
        """Remove records, and try again what may go a moment later."""
        for turn in range(len(left) + _TURNS):
            if self._remove_all(left):
                break
            # What something else refers to can go when this has gone.
            kept = [made for made in left if not (made.removed or made.final)]
            if not kept or (len(kept) == len(left) and not self._may_pass(kept, turn)):
                break
            left = kept

    def _may_pass(self, kept: list[Made], turn: int) -> bool:
        """Whether it is worth to try again what was refused, after a pause."""
        if turn >= _TURNS or not any(made.passing for made in kept):
            return False
        time.sleep(_PAUSE)
        return True

    def residue(self) -> list[Residue]:
        """What the run left, by resource and reason, as far as it is known."""
        left = [made for made in self.ledger.entries if not made.removed]
        self._excuse(left)
        told = Counter((m.record.resource, m.stays, m.expected) for m in left)
        found = [Residue(r, said, n, expected=known) for (r, said, known), n in told.items()]
        for line, count in Counter(self.ledger.lost).items():
            resource, _, said = line.partition(": ")
            found.append(Residue(resource, said, count))
        for name, count in self.ledger.allowed.items():
            said = f"what {name} did, which was allowed, is not known and stays"
            found.append(Residue("call", said, count, expected=True))
        return [*found, *self.ledger.census.appeared(self.ledger.knows)]

    def _excuse(self, left: list[Made]) -> None:
        """What is kept by something that has to stay, by the contract, has to stay as well."""
        resources = self.calls.subject.contract.resources
        kept = [made for made in left if made.conflict and not made.expected]
        excused = True
        while excused:
            stays = [made.record for made in left if made.expected]
            above = {(r.parent.resource, r.parent.id) for r in stays if r.parent}
            below = {(record.resource, record.id) for record in stays}
            named = {
                reference.resource
                for resource in {record.resource for record in stays} & resources.keys()
                for reference in resources[resource].references
            }
            excused = False
            for made in kept:
                record, parent = made.record, made.record.parent
                held = record.resource in named or (record.resource, record.id) in above
                if not made.expected and (
                    held or (parent and (parent.resource, parent.id) in below)
                ):
                    made.expected = excused = True

    def _remove_all(self, left: list[Made]) -> bool:
        """Remove records, as far as there is time; whether the time is over."""
        for number, made in enumerate(left):
            try:
                if not made.removed:
                    self._remove(made)
            except OutOfTime:
                for late in left[number:]:
                    late.stays = _LATE
                return True
        return False

    def _remove(self, made: Made) -> None:
        """Delete a record, or note why it stays."""
        if made.final or made.deletes is None:
            made.stays = made.stays or "no operation deletes it"
            made.expected = made.expected or not made.final
            made.final = True
            return
        try:
            if not self._deletable(made, made.deletes):
                return
            exchange = self._deleted(made, made.deletes)
            if exchange.status == _CONFLICT and self._restated(made, made.deletes):
                exchange = self._deleted(made, made.deletes)
            gone = exchange.ok or exchange.status in _GONE
            if gone and self._is_doubtful(made, exchange):
                gone = not self._is_there(made)
        except CannotMake as error:
            made.stays, made.final = str(error), True
            return
        if gone:
            self.ledger.gone(made)
            return
        if exchange.ok or exchange.status in _GONE:
            made.stays = f"{made.deletes.id} answered {exchange.status}, and it is still there"
            made.passing, made.final = exchange.status == 202, exchange.status != 202
            return
        made.passing, made.conflict = exchange.status in _PASSING, exchange.status == _CONFLICT
        made.final = not (made.passing or made.conflict)
        made.stays = refusal(exchange, brief=True)

    def _is_doubtful(self, made: Made, exchange: Exchange) -> bool:
        """Whether reading must tell that a record is gone: the first of a kind, after 202, 404."""
        resource = made.record.resource
        first = resource not in self._proved
        self._proved.add(resource)
        return first or resource in self._doubtful or not exchange.ok or exchange.status == 202

    def _is_there(self, made: Made) -> bool:
        """Whether a record that cannot be deleted, for it is not found, is found by reading."""
        was = replace(made)  # reading tells the ledger what it read
        try:
            now = self.again(made.record)
        except CannotMake:
            return False
        return now is not None and resembles(now.value, was)

    def _deleted(self, made: Made, operation: Operation) -> Exchange:
        who = self.calls.caller(operation, made.identity)
        if scope_of(who.headers.items()) != made.scope:
            who = replace(who, headers={**who.headers, **dict(made.scope)})
        return self.calls.send(operation, who, path_of(operation, made.record, made.record.parent))

    def _deletable(self, made: Made, operation: Operation) -> bool:
        """Whether calls can bring a record from its last known state to one where it may go."""
        contract = self.calls.subject.contract
        lifecycle, allowed = self._allowed(made, operation)
        state = made.record.value.get(lifecycle.field) if lifecycle else None
        if lifecycle is None or state is None or not allowed:
            return True
        if shortest_way(contract, lifecycle, [str(state)], allowed):
            return True
        made.stays = f"{operation.id} is allowed in {' or '.join(allowed)}, not in {state}"
        made.final = made.expected = True
        return False

    def _restated(self, made: Made, operation: Operation) -> bool:
        """Bring a record that cannot be deleted as it is into a state in which it can be."""
        lifecycle, allowed = self._allowed(made, operation)
        if lifecycle is None or not allowed:
            return False
        now = self.again(made.record)
        if now is None:
            return False
        made.record = now
        if now.value.get(lifecycle.field) in allowed or not self._deletable(made, operation):
            return False
        made.record = self.walk(now, allowed)
        return True

    def _allowed(
        self, made: Made, operation: Operation
    ) -> tuple[Lifecycle | None, tuple[str, ...]]:
        """The lifecycle of a record, and the states in which it may be deleted."""
        declared = self.calls.subject.contract.resources.get(made.record.resource)
        lifecycle = declared.lifecycle if declared else None
        transition = lifecycle.transitions.get(operation.id) if lifecycle else None
        return lifecycle, transition.sources if transition else ()
