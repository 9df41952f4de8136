"""A contract compiled: what reads its requests and judges its answers, made once for all engines.

Compiling takes three quarters of the time that a sandbox takes to start. Nothing of it depends on
what a sandbox holds, so all sandboxes of a contract share it, and it goes with the contract.
"""

from weakref import WeakKeyDictionary

from .model import Contract, Operation
from .request import MAX_BODY_BYTES, MAX_DEPTH, RequestReader
from .schemas import Check, SchemaSet

_COMPILED: "WeakKeyDictionary[Contract, CompiledContract]" = WeakKeyDictionary()


class CompiledContract:
    """Compiles what it is asked for when it is first asked for it, and keeps it.

    It holds the document and not the contract, which could otherwise never be forgotten.
    """

    def __init__(self, contract: Contract) -> None:
        self._document = contract.document
        self.schemas = SchemaSet(contract.document)
        self._readers: dict[tuple[str, int, int], RequestReader] = {}
        self._checks: dict[str, Check] = {}

    def reader(
        self,
        operation: Operation,
        *,
        max_body_bytes: int = MAX_BODY_BYTES,
        max_depth: int = MAX_DEPTH,
    ) -> RequestReader:
        """What reads the requests of an operation, within these limits."""
        key = (operation.id, max_body_bytes, max_depth)
        if key not in self._readers:
            self._readers[key] = RequestReader(
                operation,
                self.schemas,
                self._document,
                max_body_bytes=max_body_bytes,
                max_depth=max_depth,
            )
        return self._readers[key]

    def answer_check(self, schema: str) -> Check:
        """What judges answers by the schema at a pointer into the document."""
        if schema not in self._checks:
            self._checks[schema] = self.schemas.answer_check(schema)
        return self._checks[schema]


def compiled(contract: Contract) -> CompiledContract:
    """The contract compiled; the same for everyone who asks while the contract is in use."""
    known = _COMPILED.get(contract)
    if known is None:
        known = _COMPILED[contract] = CompiledContract(contract)
    return known
