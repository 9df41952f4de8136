"""What no create operation makes: sessions of the caller's own, and records there is one of."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ...contract import Operation
from ..bench import UNSENT
from ..model import Identity, Residue
from ..session import READING
from ..sessions import members_of, session_call
from .bodies import example_body, example_parameters
from .calls import Calls, path_of
from .model import Arranged, CannotMake, Record, refusal


@dataclass
class Own:
    """Arranges operations that act on no record of a collection."""

    calls: Calls
    some: Callable[[str, Operation, Identity], Record]
    """The record of a resource that an operation acts on, shared where the operation reads."""
    kept: dict[str, Arranged] = field(default_factory=dict)
    """Calls that make what there is one of what it was, by their operations."""

    def arranged(self, operation: Operation, who: Identity) -> Arranged | None:
        """What a call needs; None where nothing but the contract's examples can be given."""
        contract = self.calls.subject.contract
        session = session_call(contract, operation, who if who.log_in else self.calls.subject.main)
        if session:
            return Arranged(operation, session[0], {}, {}, session[1])
        if "{" in operation.path:
            return self._by_path(operation, who)
        if operation.method.upper() in READING or operation.method == "post":
            return None
        return self._by_body(operation, who) or self._single(operation, who)

    # --- records that a path names by its segments

    def _by_path(self, operation: Operation, who: Identity) -> Arranged:
        """`/x/orders/{id}/report` acts on the record of a collection that ends in `orders`."""
        contract = self.calls.subject.contract
        path = example_parameters(contract, operation, "path")
        record: Record | None = None
        for above, name in re.findall(r"([^/{}]+)/\{([^}]+)\}", operation.path):
            resource = next(
                (r for r in contract.resources.values() if r.collection.endswith("/" + above)), None
            )
            if resource:
                record = self.some(resource.name, operation, who)
                path |= {k: v for k, v in path_of(operation, record, None).items() if k in path}
                path[name] = record.id
        if record is None and operation.method.upper() not in READING:
            raise CannotMake("nothing says which records its path names")
        body = example_body(contract, operation) if operation.body else UNSENT
        query = example_parameters(contract, operation, "query")
        return Arranged(operation, who, path, query, body, record)

    # --- records that a body names

    def _by_body(self, operation: Operation, who: Identity) -> Arranged | None:
        """`PUT /pets` acts on the pet that its body names; None where it names none."""
        contract, resource = self.calls.subject.contract, operation.action.resource
        if not resource or operation.body is None:
            return None
        body = example_body(contract, operation)
        _, member = self.calls.naming(operation, body)
        if not isinstance(body, dict) or member not in body:
            return None
        record = self.some(resource, operation, who)
        body |= {member: record.value.get(member, record.id)}
        return Arranged(operation, who, {}, {}, body, record)

    # --- records there is one of

    def _single(self, operation: Operation, who: Identity) -> Arranged:
        """A change that says again what is there: it is not the run's to change."""
        contract = self.calls.subject.contract
        get = next(
            (
                o
                for o in contract.operations.values()
                if o.path == operation.path and o.method == "get"
            ),
            None,
        )
        if get is None or operation.body is None:
            raise CannotMake("it changes what the run did not make")
        exchange = self.calls.send(get, self.calls.caller(get, who), {})
        value = self.calls.record_in(exchange)
        if value is None:
            raise CannotMake(refusal(exchange))
        body = example_body(contract, operation)
        # All that is shown, or a PUT would lose what it leaves out.
        names = {*body, *members_of(contract, operation)}
        body |= {name: value[name] for name in names if value.get(name) is not None}
        arranged = Arranged(operation, who, {}, {}, body)
        self.kept.setdefault(operation.id, arranged)
        return arranged

    def put_back(self) -> list[Residue]:
        """Make such records what they were. What could not be put back."""
        said = []
        for arranged in self.kept.values():
            exchange = self.calls.act(arranged)
            if not exchange.ok:
                told = f"it is not what it was: {refusal(exchange)}"
                said.append(Residue(f"change by {arranged.operation.id}", told))
        return said
