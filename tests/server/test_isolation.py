"""Tenants never see, name or change each other's records. Generated from the contract."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from bacasable.contract.model import Reference
from bacasable.core import Record
from tests.server.conftest import Callers
from tests.server.restoring import contents, digest
from tests.server.table import (
    UNKNOWN,
    contract,
    example_body,
    filled,
    ids_in_path,
    operations,
    secured,
    unknown_path,
)
from tests.support import Answer, Api
from tests.tables import each

FOREIGN = ("qualiforma-demo", "atelier-nord")
PREFIXES = {r.name: r.id_prefix for r in contract().resources.values()}
TENANT_SCOPED = {r.name for r in contract().resources.values() if r.scope == "tenant"}
VARIABLE = {"requestId", "instance"}
VARIABLE_HEADERS = {"x-request-id", "content-length"}

IN_PATH = [
    pytest.param(operation.id, role, tenant, id=f"{operation.id}-{role}-{tenant}")
    for operation in secured()
    if set(ids_in_path(operation).values()) & TENANT_SCOPED
    for role in operation.roles or ()
    for tenant in FOREIGN
]
CHILDREN = [
    pytest.param(operation.id, role, id=f"{operation.id}-{role}")
    for operation in secured()
    if len(ids_in_path(operation)) == 2
    for role in operation.roles or ()
]
IN_BODY = [
    pytest.param(o.id, ref, tenant, id=f"{o.id}-{'.'.join(ref.path)}-{tenant}")
    for o in operations()
    if o.body
    for ref in o.body.references
    for tenant in FOREIGN
]


def _filters() -> Iterator[Any]:
    for operation in operations():
        resource = contract().resources.get(operation.action.resource or "")
        known = {r.path: r.resource for r in resource.references} if resource else {}
        known |= {("actorId",): "User", ("resourceId",): "Enrollment"}
        for parameter in operation.parameters:
            target = known.get(parameter.filter.fields[:1]) if parameter.filter else None
            for tenant in FOREIGN if target else ():
                name = f"{operation.id}-{parameter.name}-{tenant}"
                path = f"{operation.example_path}?{parameter.name}="
                yield pytest.param(path, target, tenant, id=name)


@pytest.fixture(scope="module", autouse=True)
def foreign_tenants_end_as_they_began(seeded: Api) -> Iterator[None]:
    """Values, not identities: a record changed in place would show here."""
    spaces = [seeded.sandbox.engine.platform.space(slug) for slug in FOREIGN]
    before = [digest(space) for space in spaces]
    yield
    assert [digest(space) for space in spaces] == before


def foreign_record(api: Api, tenant: str, resource: str) -> Record:
    """A record that the caller's own tenant has not: events are numbered from 1 in each."""
    space = api.sandbox.engine.platform.space(tenant)
    return list(space.collection(resource))[-1]


def foreign_path(api: Api, operation_id: str, tenant: str) -> str:
    """The path to a record that exists in another tenant, its parent there included."""
    operation = contract().operations[operation_id]
    *parents, (name, resource) = ids_in_path(operation).items()
    record = foreign_record(api, tenant, resource)
    values = {name: record["id"]}
    if parents:
        values[parents[0][0]] = record[contract().resources[resource].parent.field]
    return filled(operation, **values)


def call(caller: Api, operation_id: str, path: str, body: Any = None) -> Answer:
    operation = contract().operations[operation_id]
    body = example_body(operation) if body is None else body
    return caller.request(operation.method.upper(), path, body)


def comparable(answer: Answer) -> tuple[int, dict[str, str], dict[str, Any]]:
    headers = {k: v for k, v in answer.headers.items() if k not in VARIABLE_HEADERS}
    return answer.status, headers, {k: v for k, v in answer.json.items() if k not in VARIABLE}


def test_there_are_operations_roles_and_tenants_to_try() -> None:
    assert len(IN_PATH) > 400
    assert len(IN_BODY) > 30


@each(("operation_id", "role", "tenant"), IN_PATH)
@pytest.mark.sweep
def test_a_record_of_another_tenant_is_as_unknown_as_none(
    seeded: Api, callers: Callers, operation_id: str, role: str, tenant: str
) -> None:
    caller = callers(role)
    operation = contract().operations[operation_id]
    before = contents(seeded.sandbox)
    refused = call(caller, operation_id, foreign_path(seeded, operation_id, tenant))
    assert (refused.status, refused.code) == (404, "NOT_FOUND")
    unknown = call(caller, operation_id, unknown_path(operation))
    assert comparable(refused) == comparable(unknown)
    assert contents(seeded.sandbox) == before


@each(("operation_id", "role"), CHILDREN)
def test_a_foreign_child_under_an_own_parent_is_unknown(
    seeded: Api, callers: Callers, operation_id: str, role: str
) -> None:
    operation = contract().operations[operation_id]
    child, resource = list(ids_in_path(operation).items())[-1]
    caller = callers(role)  # who logs in, which is written
    before = contents(seeded.sandbox)
    stranger = foreign_record(seeded, "qualiforma-demo", resource)["id"]
    refused = call(caller, operation_id, filled(operation, **{child: stranger}))
    absent = filled(operation, **{child: PREFIXES[resource] + UNKNOWN})
    assert refused.code == "NOT_FOUND"
    assert comparable(refused) == comparable(call(caller, operation_id, absent))
    assert contents(seeded.sandbox) == before


def put_at(body: Any, path: tuple[str, ...], value: str) -> Any:
    """The body with a value at the first place that a path leads to."""
    body = copy.deepcopy(body)
    inner = body
    for part in path[:-1]:
        inner = inner[0] if part == "*" else inner[part]
    inner[path[-1]] = value
    return body


@each(("operation_id", "reference", "tenant"), IN_BODY)
def test_a_foreign_id_in_a_body_is_as_unknown_as_none(
    seeded: Api, callers: Callers, operation_id: str, reference: Reference, tenant: str
) -> None:
    place, resource = reference.path, reference.resource
    operation = contract().operations[operation_id]
    caller = callers("ADMIN")
    before = contents(seeded.sandbox)
    answers = []
    for value in (foreign_record(seeded, tenant, resource)["id"], PREFIXES[resource] + UNKNOWN):
        body = put_at(example_body(operation), place, value)
        answers.append(call(caller, operation_id, operation.example_path, body))
    assert (answers[0].status, answers[0].code) == (409, "UNKNOWN_REFERENCE")
    pointer = "/" + "/".join("0" if part == "*" else part for part in place)
    assert [error["pointer"] for error in answers[0].json["errors"]] == [pointer]
    assert comparable(answers[0]) == comparable(answers[1])
    assert contents(seeded.sandbox) == before


@each(("path", "resource", "tenant"), list(_filters()))
def test_a_list_filtered_by_a_foreign_id_is_empty(
    seeded: Api, callers: Callers, path: str, resource: str, tenant: str
) -> None:
    value = foreign_record(seeded, tenant, resource)["id"]
    answer = callers("ADMIN").get(path + value)
    assert answer.status == 200
    assert answer.data == []
    assert answer.json["meta"]["pagination"]["total"] == 0
