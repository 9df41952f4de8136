"""A contract compiled: what reads its requests and judges its answers, made once for all engines.

Compiling takes three quarters of the time that a sandbox takes to start. Nothing of it depends on
what a sandbox holds, so all sandboxes of a contract share it, and it goes with the contract.
"""

from dataclasses import replace
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from ..bounds import Parted
from .document import ContractError
from .model import Answer, Contract, Json, Operation, Violation
from .request import MAX_BODY_BYTES, MAX_DEPTH, RequestReader
from .schemas import Check, SchemaSet
from .shape import SOUGHT, Sought, sought_in
from .template import Template, template_of

_COMPILED: "WeakKeyDictionary[Contract, CompiledContract]" = WeakKeyDictionary()


_FEW = 256
"""Of a document with more operations the checks are compiled when they are needed."""
_KEPT_OF_MANY = 64
"""So many of those are kept. Schemas that lead to all others take five megabytes each, compiled."""


class CompiledContract:
    """Compiles what it is asked for when it is first asked for it, and keeps it.

    It holds the document and not the contract, which could otherwise never be forgotten.
    """

    def __init__(self, contract: Contract) -> None:
        self._document = contract.document
        self._lenient, self._resources = not contract.strict, contract.resources
        self.schemas = SchemaSet(contract.document, closing=contract.strict)
        is_large = len(contract.operations) > _FEW
        self._brief = lru_cache(_KEPT_OF_MANY)(self.schemas.answer_check) if is_large else None
        self._readers: dict[tuple[str, int, int, Parted], RequestReader] = {}
        self._checks: dict[str, Check] = {}
        self.refusals: dict[tuple[str, str], Any] = {}
        """How refusals are answered, by operation and code (contract/refusals.py)."""
        self._templates: dict[tuple[str, str, bool], Template] = {}

    def reader(
        self,
        operation: Operation,
        *,
        max_body_bytes: int = MAX_BODY_BYTES,
        max_depth: int = MAX_DEPTH,
        bounds: Parted | None = None,
    ) -> RequestReader:
        """What reads the requests of an operation, within these limits."""
        key = (operation.id, max_body_bytes, max_depth, bounds or Parted())
        if key not in self._readers:
            self._readers[key] = RequestReader(
                operation,
                self.schemas,
                self._document,
                max_body_bytes=max_body_bytes,
                max_depth=max_depth,
                bounds=bounds,
                lenient=self._lenient,
            )
        return self._readers[key]

    def answer_check(self, schema: str) -> Check:
        """What judges answers by the schema at a pointer into the document."""
        brief = self._brief
        if brief is not None:

            def compiled_when_asked(value: Json) -> list[Violation]:
                return brief(schema)(value)

            return compiled_when_asked
        if schema not in self._checks:
            self._checks[schema] = self.schemas.answer_check(schema)
        return self._checks[schema]

    def try_check(self, schema: str) -> None:
        """Raise ContractError when there is no schema at a pointer."""
        if self._brief is None:
            self.answer_check(schema)
        else:
            self.schemas.answer_check(schema)  # and forgotten

    def sought(self, operation: Operation | None, answer: Answer) -> Sought:
        """What an answer of an operation is: a list, a record, or whatever there is."""
        if operation is None:
            return "record"
        kind = self._resources.get(operation.action.resource or "") if self._lenient else None
        if kind is None:
            return SOUGHT.get(operation.action.kind, "record")
        return sought_in(self._document, answer, operation.action, kind)

    def template(self, operation: Operation | None, answer: Answer) -> Template | None:
        """What writes and reads an answer; None when it has no body. A refusal may be of none.

        Raises ContractError when it cannot be told what the operation answers with.
        """
        if answer.schema is None:
            return None
        sought = self.sought(operation, answer)
        key = (answer.schema, sought, answer.status >= 400)
        if key not in self._templates:
            made = template_of(self._document, answer.schema, sought, refuses=key[2])
            self._templates[key] = made
        return self._templates[key]


def sound(contract: Contract) -> tuple[Contract, list[Violation]]:
    """The contract without operations whose schemas are none, and what is wrong with each of them.

    What is compiled here need not be compiled again.
    """
    ready, broken, sane = compiled(contract), dict[str, Violation](), set[str]()
    for operation in contract.operations.values():
        answer = operation.succeeds
        try:
            ready.reader(operation)
            if answer.schema and answer.schema not in sane:
                ready.try_check(answer.schema)
                sane.add(answer.schema)
            ready.template(operation, answer)
        except ContractError as error:
            called = f"{operation.method.upper()} {operation.path}"
            broken[operation.id] = Violation(error.place or "", f"{error}; {called} is left out")
    if not broken:
        return contract, []
    kept = {n: one for n, one in contract.operations.items() if n not in broken}
    return replace(contract, operations=kept), list(broken.values())


def compiled(contract: Contract) -> CompiledContract:
    """The contract compiled; the same for everyone who asks while the contract is in use."""
    known = _COMPILED.get(contract)
    if known is None:
        known = _COMPILED[contract] = CompiledContract(contract)
    return known
