"""Whether a record may be among the first ones: it fits its schema and all that shows it."""

from ...contract.compiled import CompiledContract, compiled
from ...contract.document import ContractError
from ...contract.model import Contract, Json, JsonObject, Operation, ResourceType, Violation
from ...contract.representation import Show, representation, schema_shown
from ...contract.schemas import Check
from ...contract.template import Template
from ...contract.wire import from_json

_FACTS = {
    "now": "2026-01-01T00:00:00.000Z",
    "requestId": "req_first",
    "page": 1,
    "size": 1,
    "count": 1,
    "offset": 0,
    "total": 1,
    "totalPages": 1,
    "hasMore": False,
}


class Judge:
    """Judges records of one resource, as they are stored and as each list and item shows them."""

    def __init__(self, contract: Contract, kind: ResourceType) -> None:
        ready = compiled(contract)
        self._whole = _record_check(ready, kind)
        self._answers = [
            answer
            for operation in contract.operations.values()
            if operation.action.resource == kind.name and operation.action.kind in ("list", "get")
            for answer in _answers(contract, ready, kind, operation)
        ]

    def broken(self, record: JsonObject) -> list[Violation]:
        """Where a record breaks its schema, or an answer that shows it; none when it fits."""
        found = self._whole(record)
        if found:
            return found
        for answer in self._answers:
            found = answer.broken(record)
            if found:
                return found
        return []


def _record_check(ready: CompiledContract, kind: ResourceType) -> Check:
    """The check of whole records; of a schema that is none, one that no record passes."""
    try:
        return ready.schemas.record_check(kind)
    except ContractError as error:
        said = [Violation("", str(error))]
        return lambda _: said


class _Answer:
    """An answer that shows records."""

    def __init__(self, template: Template, show: Show, check: Check, *, is_list: bool) -> None:
        self._show, self._check, self._is_list = show, check, is_list
        self._place = template.payload or ()
        self._body = None
        if template.payload:
            self._body = from_json(b"".join(template.render(_FACTS)))
        self._above = tuple("/" + "/".join(self._place[:n]) for n in range(1, len(self._place)))
        self._at = "/" + "/".join(self._place) if self._place else ""

    def broken(self, record: JsonObject) -> list[Violation]:
        """What of the answer is broken by the record; the rest of it is no fault of its."""
        shown = self._show(record)
        payload: Json = [shown] if self._is_list else shown
        whole = payload
        if self._body is not None:
            inner = whole = self._body
            for name in self._place[:-1]:
                inner = inner[name]
            inner[self._place[-1]] = payload
        found = self._check(whole)
        start = self._at + ("/0" if self._is_list else "")
        return [
            Violation(one.pointer.removeprefix(start), one.detail)
            for one in found
            if one.pointer.startswith(self._at) or one.pointer in self._above
        ]


def _answers(
    contract: Contract, ready: CompiledContract, kind: ResourceType, operation: Operation
) -> list[_Answer]:
    answer = operation.succeeds
    template = ready.template(operation, answer)
    if answer.schema is None or template is None or template.payload is None:
        return []
    is_list = operation.action.kind == "list"
    shown = schema_shown(contract.document, answer, template, kind, is_list=is_list)
    if "array" in shown[1].kinds:
        return []  # no record fits there, and its example is answered
    show = representation(contract.document, answer, template, kind, is_list=is_list)
    return [_Answer(template, show, ready.answer_check(answer.schema), is_list=is_list)]
