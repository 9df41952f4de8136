"""Who may call what: the permission table of the contract, each cell one test."""

import pytest

from bacasable.contract import Operation
from tests.server.conftest import Callers
from tests.server.restoring import contents
from tests.server.table import ROLES, operations, secured, unknown_path
from tests.support import Answer, Api
from tests.tables import each

REFUSED = [(o, role) for o in secured() for role in ROLES if role not in (o.roles or ())]
LISTED = [(o, role) for o in secured() for role in o.roles or ()]


def named(cells: list[tuple[Operation, str]]) -> list[object]:
    return [pytest.param(o, role, id=f"{o.id}-{role}") for o, role in cells]


def harmless(caller: Api, operation: Operation) -> Answer:
    """A call that admission judges and that cannot change anything: unknown ids, empty body."""
    body = {} if operation.body else None
    return caller.request(operation.method.upper(), unknown_path(operation), body)


@each(("operation", "role"), named(REFUSED))
@pytest.mark.sweep
def test_a_role_that_is_not_listed_is_refused(
    seeded: Api, callers: Callers, operation: Operation, role: str
) -> None:
    caller = callers(role)
    before = contents(seeded.sandbox)
    answer = harmless(caller, operation)
    assert (answer.status, answer.code) == (403, "ROLE_REQUIRED")
    assert all(name in answer.json["detail"] for name in (role, *(operation.roles or ())))
    assert contents(seeded.sandbox) == before


@each(("operation", "role"), named(LISTED))
def test_a_listed_role_is_admitted(
    seeded: Api, callers: Callers, operation: Operation, role: str
) -> None:
    caller = callers(role)
    before = contents(seeded.sandbox)
    answer = harmless(caller, operation)
    assert answer.status in {200, 400, 404}
    assert contents(seeded.sandbox) == before


@each("operation", secured(), ids=lambda o: o.id)
def test_without_a_token_every_secured_operation_asks_for_one(
    seeded: Api, operation: Operation
) -> None:
    answer = harmless(seeded.with_headers({"X-Tenant-ID": "votre-tenant"}), operation)
    assert (answer.status, answer.code) == (401, "TOKEN_MISSING")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_only_login_and_refresh_need_no_token() -> None:
    assert {o.id for o in operations() if o.roles is None} == {"login", "refresh"}


def test_auditors_only_read() -> None:
    allowed = {(o.id, o.method) for o in secured() if "AUDITOR" in (o.roles or ())}
    assert {id_ for id_, method in allowed if method != "get"} == {"logout"}


def test_routes_across_tenants_are_for_super_administrators_alone() -> None:
    across = [o for o in secured() if o.path.startswith("/admin/")]
    assert across
    assert {o.roles for o in across} == {("SUPER_ADMIN",)}
    assert not any(o.needs_tenant for o in across)


def test_a_super_administrator_may_call_everything() -> None:
    assert all("SUPER_ADMIN" in (o.roles or ()) for o in secured())
