"""The contract: OpenAPI 3.1 and our extensions as frozen values. Imports nothing else of ours."""

from .document import ContractError
from .kinds import ProblemKind
from .load import load_contract
from .model import Contract, Operation, ResourceType, Violation
from .problems import Refusal
from .request import RawRequest, RequestReader, Values
from .schemas import SchemaSet

__all__ = [
    "Contract",
    "ContractError",
    "Operation",
    "ProblemKind",
    "RawRequest",
    "Refusal",
    "RequestReader",
    "ResourceType",
    "SchemaSet",
    "Values",
    "Violation",
    "load_contract",
]
