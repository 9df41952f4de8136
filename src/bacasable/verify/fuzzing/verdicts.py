"""What Schemathesis finds fault with, as faults of the kit's own checks."""

from collections.abc import Callable, Mapping
from typing import Any

from schemathesis import Case
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.mutations import OperatorKind
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoverageScenario
from schemathesis.openapi.checks import (
    EnsureResourceAvailability,
    IgnoredAuth,
    MissingHeaderNotRejected,
    RejectedPositiveData,
    UnsupportedMethodResponse,
    UseAfterFree,
)

from ...contract import Contract, Operation
from ...contract.document import pointer
from ...contract.shape import shape_of
from ..model import Exchange, Fault
from .carrier import scenario_of

CHECKS: Mapping[str, tuple[str, ...]] = {
    "negative_data_rejection": (
        "invalid-body-refused",
        "invalid-parameter-refused",
        "unknown-member-refused",
    ),
    "positive_data_acceptance": ("valid-accepted",),
    "missing_required_header": ("invalid-parameter-refused",),
    "unsupported_method": ("wrong-method",),
    "ignored_auth": ("auth-required",),
    "use_after_free": ("deleted-gone",),
    "ensure_resource_availability": ("created-readable",),
}
"""The checks of Schemathesis that are made, and the kit's checks that their failures are told as.

Its others (status, content type, headers, schema, server errors) are the kit's checks of answers.
"""

OF_CHAINS = (EnsureResourceAvailability, UseAfterFree)
"""Failures that speak of the record that an earlier request of a chain made, or removed."""
_HEADER = ParameterLocation.HEADER
_UNKNOWN = frozenset({"additionalProperties", "unevaluatedProperties"})


def fault_of(
    failure: Failure,
    case: Case[Any],
    operation: Operation,
    contract: Contract,
    exchanges: tuple[Exchange, ...],
) -> Fault | None:
    """What a failure says, shown by exchanges; None for one that is no fault of the server."""
    teller = _TELLERS.get(type(failure))
    return teller(failure, case, operation, contract, exchanges) if teller else None


def _accepted(
    _: Any, case: Case[Any], operation: Operation, contract: Contract, shown: tuple[Exchange, ...]
) -> Fault | None:
    if not shown[-1].ok or case.meta is None:
        return None
    data = case.meta.phase.data
    credentials = {name.lower() for name in shown[-1].identity.headers}
    headers = {p.name for p in operation.parameters if p.location == "header"}
    broken: set[tuple[ParameterLocation | None, str]] = {
        (m.parameter_location, m.parameter or "") for m in data.mutations
    }
    broken |= {(data.parameter_location, data.parameter or "")}
    # What says who calls is sent as it should be, or is a matter of other checks.
    own = {name for name in headers if name.lower() not in credentials}
    broken = {b for b in broken if b[0] and (b[0] != _HEADER or b[1] in own)}
    # Ids in a path are replaced by those of real records after they were broken.
    broken = {b for b in broken if b[0] != ParameterLocation.PATH}
    names, places = {name for _, name in broken}, {place for place, _ in broken}
    if not broken:
        return None
    kind = _kind(case)
    if ParameterLocation.BODY in places:
        unknown = kind == "an unknown member"
        return Fault(
            check="unknown-member-refused" if unknown else "invalid-body-refused",
            cause=f"accepts a body with {kind}",
            title=f"{operation.id} accepts a body with {kind}",
            expected="400: the body breaks its schema",
            received=_received(shown[-1]),
            place=operation.body.pointer if operation.body else _place(operation),
            exchanges=shown,
            wfc=102,
            operation=operation.id,
        )
    known = sorted(n for n in names if any(p.name == n for p in operation.parameters))
    if not known:
        # One parameter more, or a missing one: the document does not say that it is refused.
        return None
    where = f"the parameter {', '.join(known)}"
    return Fault(
        check="invalid-parameter-refused",
        cause=f"accepts {where} with {kind}",
        title=f"{operation.id} accepts {where} with {kind}",
        expected="400: the parameter breaks its schema",
        received=_received(shown[-1]),
        place=_parameter(contract, operation, known),
        exchanges=shown,
        wfc=102,
        operation=operation.id,
    )


def _kind(case: Case[Any]) -> str:
    """What is wrong with a case, without its values."""
    scenario = scenario_of(case)
    if scenario is CoverageScenario.OBJECT_UNEXPECTED_PROPERTIES:
        return "an unknown member"
    if scenario is not None:
        return scenario.value.replace("_", " ")
    assert case.meta is not None  # noqa: S101 - only cases with a meaning fail
    mutations = case.meta.phase.data.mutations
    if any(m.operator is OperatorKind.SYNTAX_FUZZING for m in mutations):
        return "broken syntax"
    keywords = sorted({keyword for m in mutations for keyword in m.keywords})
    if keywords and set(keywords) <= _UNKNOWN:
        return "an unknown member"
    return f"a violation of {', '.join(keywords)}" if keywords else "invalid data"


def _rejected(
    _: Any, case: Case[Any], operation: Operation, contract: Contract, shown: tuple[Exchange, ...]
) -> Fault | None:
    """A refusal of valid data counts where no rule beyond the schema can explain it."""
    unsure = not contract.strict and (operation.body or "{" in operation.path)
    # The token of a page is none that can be made up.
    unsure = unsure or shape_of(contract, operation).token in (case.query or {})
    if shown[-1].status not in (400, 422) or unsure or case.meta is None:
        return None
    return Fault(
        check="valid-accepted",
        cause=f"refuses valid input with {shown[-1].status}",
        title=f"{operation.id} refuses input that its schema allows",
        expected=f"{operation.success}: nothing in the request breaks the contract",
        received=_received(shown[-1]),
        place=operation.body.pointer if operation.body else _place(operation),
        exchanges=shown,
        operation=operation.id,
    )


def _no_header(
    failure: MissingHeaderNotRejected,
    _: Case[Any],
    operation: Operation,
    contract: Contract,
    shown: tuple[Exchange, ...],
) -> Fault | None:
    name = failure.header_name
    if all(p.name.lower() != name.lower() for p in operation.parameters):
        return None  # a credential: that it is needed is another check's matter
    return Fault(
        check="invalid-parameter-refused",
        cause=f"does without the required header {name}",
        title=f"{operation.id} does without the required header {name}",
        expected="400: a required header is missing",
        received=_received(shown[-1]),
        place=_parameter(contract, operation, [name]),
        exchanges=shown,
        wfc=102,
        operation=operation.id,
    )


def _method(
    failure: UnsupportedMethodResponse,
    _: Case[Any],
    operation: Operation,
    __: Contract,
    shown: tuple[Exchange, ...],
) -> Fault:
    allow = failure.failure_reason == "missing_allow_header"
    return Fault(
        check="wrong-method",
        cause="405 without Allow" if allow else f"{failure.method} is not answered with 405",
        title=f"{failure.method} on {operation.path}, which the contract does not know",
        expected="405 with the header Allow",
        received="405 without the header" if allow else _received(shown[-1]),
        place=pointer("paths", operation.path),
        exchanges=shown,
        wfc=210 if shown[-1].ok else None,
        operation=operation.id,
    )


def _no_auth(
    failure: IgnoredAuth,
    _: Case[Any],
    operation: Operation,
    __: Contract,
    shown: tuple[Exchange, ...],
) -> Fault | None:
    if not shown[-1].ok:
        return None
    invalid = failure.scenario.value != "no_auth"
    with_what = "with credentials that nobody has" if invalid else "without credentials"
    return Fault(
        check="auth-required",
        cause=f"answers {with_what}",
        title=f"{operation.id} answers {with_what}",
        expected="401",
        received=_received(shown[-1]),
        place=_place(operation),
        exchanges=shown[-1:],
        wfc=207,
        operation=operation.id,
    )


def _undead(
    _: Any, __: Case[Any], operation: Operation, ___: Contract, shown: tuple[Exchange, ...]
) -> Fault:
    return Fault(
        check="deleted-gone",
        cause="a deleted record still answers",
        title=f"{operation.id} finds a record that was deleted",
        expected="404",
        received=_received(shown[-1]),
        place=_place(operation),
        exchanges=shown,
        wfc=103,
        operation=operation.id,
    )


def _stillborn(
    _: Any, __: Case[Any], operation: Operation, ___: Contract, shown: tuple[Exchange, ...]
) -> Fault:
    return Fault(
        check="created-readable",
        cause="a record that was created is not found",
        title=f"{operation.id} does not find a record that was just created",
        expected=str(operation.success),
        received=_received(shown[-1]),
        place=_place(operation),
        exchanges=shown,
        operation=operation.id,
    )


_TELLERS: dict[type[Failure], Callable[..., Fault | None]] = {
    AcceptedNegativeData: _accepted,
    RejectedPositiveData: _rejected,
    MissingHeaderNotRejected: _no_header,
    UnsupportedMethodResponse: _method,
    IgnoredAuth: _no_auth,
    UseAfterFree: _undead,
    EnsureResourceAvailability: _stillborn,
}


def _received(exchange: Exchange) -> str:
    """The status, and the code of a problem where the answer has one."""
    value = exchange.json
    code = value.get("code") if isinstance(value, dict) else None
    return f"{exchange.status} {code}" if isinstance(code, str) else str(exchange.status)


def _place(operation: Operation) -> str:
    return pointer(*operation.steps)


def _parameter(contract: Contract, operation: Operation, names: list[str]) -> str:
    """Where a parameter is declared: at the operation, or at its path."""
    item: Any = contract.document.get("paths", {}).get(operation.path, {})
    places = ((operation.method, "parameters"), ("parameters",))
    for place in places:
        listed: Any = item
        for part in place:
            listed = listed.get(part, {})
        for number, declared in enumerate(listed or []):
            if isinstance(declared, dict) and declared.get("name") in names:
                return pointer("paths", operation.path, *place, number)
    return _place(operation)
