"""The header that names the tenant is needed, and must name the tenant of the token."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench, Subject
from ..login import platform_roles
from ..model import Exchange, Fault
from ..sessions import tenant_header
from . import Check
from ._access import FORBIDDEN, attempt, documents, no_caller, place_of, said, target, unclear

_MISSING = 400
_NOBODY = "nobody-s-tenant"


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None or operation.roles is None:
        return "it needs no token"
    header = tenant_header(subject.contract)
    if not header or all(p.name != header for p in operation.parameters):
        return "no header of it names a tenant"
    if subject.main.role in platform_roles(subject.contract):
        return f"the role {subject.main.role} works across tenants"
    return no_caller(subject, operation)


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Call with the header of another tenant, of no tenant, and without it."""
    if operation is None:
        return
    header, main = tenant_header(bench.contract), bench.subject.main
    named = dict.fromkeys([other.tenant for other in bench.subject.others if other.tenant][:1])
    for tenant in (*named, _NOBODY):
        exchange = attempt(bench, target(bench, operation), main, headers={header: tenant})
        what = "the header of another tenant" if tenant in named else "an unknown tenant"
        yield from _judged(bench, exchange, what, FORBIDDEN)
    exchange = attempt(
        bench, target(bench, operation), target(bench, operation).identity, headers={header: None}
    )
    yield from _judged(bench, exchange, "a call that names no tenant", _MISSING)


def _judged(bench: Bench, exchange: Exchange, what: str, wanted: int) -> Iterator[Fault]:
    operation = exchange.operation
    if operation is None or unclear(exchange) or exchange.status == wanted:
        return
    accepted = 200 <= exchange.status < 400
    if not accepted and not documents(operation, wanted):
        return
    verb = "is accepted" if accepted else f"is refused with {exchange.status}"
    yield Fault(
        cause=f"{what} {verb}",
        title=f"{what[0].upper()}{what[1:]} {verb}",
        expected=f"{wanted}: the token is good in its own tenant only"
        if wanted == FORBIDDEN
        else f"{wanted}: the header is required",
        received=said(exchange),
        place=place_of(bench.contract, operation, "parameters"),
        exchanges=(exchange,),
        wfc=206 if accepted and wanted == FORBIDDEN else None,
    )


CHECK = Check(
    id="tenant-header",
    enforces="The tenant's header is required, and names the tenant that the token is of.",
    stands="Parameters of the operation: the required header that names the tenant.",
    severity="error",
    repair="Take the tenant from the token, and refuse a header that names another one.",
    kind="operation",
    applies=_applies,
    probe=probe,
    writes=False,
)
