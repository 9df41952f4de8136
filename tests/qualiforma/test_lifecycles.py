"""States: what a state does not allow is refused, with what it allows instead. Generated."""

import pytest

from bacasable.contract import ResourceType
from tests.qualiforma.steps import plant, record_of
from tests.server.table import contract, example_body, ids_in_path
from tests.support import Api
from tests.tables import each

RESOURCES = [r for r in contract().resources.values() if r.lifecycle and r.scope == "tenant"]
ILLEGAL = [
    pytest.param(resource, state, operation_id, id=f"{operation_id}-{state}")
    for resource in RESOURCES
    for operation_id, step in resource.lifecycle.transitions.items()
    for state in resource.lifecycle.states
    if state not in step.sources and not step.timed
]
LEGAL = [
    pytest.param(resource, operation_id, id=operation_id)
    for resource in RESOURCES
    for operation_id, step in resource.lifecycle.transitions.items()
    if not step.timed
]


@each(("resource", "state", "operation_id"), ILLEGAL, fresh="local")
def test_a_state_refuses_what_it_does_not_allow(
    local: Api, resource: ResourceType, state: str, operation_id: str
) -> None:
    operation = contract().operations[operation_id]
    lifecycle = resource.lifecycle
    path = operation.example_path
    record_id = path.split("/")[operation.path.split("/").index(f"{{{_item(operation_id)}}}")]
    caller = local.as_("ADMIN")
    plant(local, resource.name, record_id, **{lifecycle.field: state})
    before = record_of(local, resource.name, record_id)
    answer = caller.request(operation.method.upper(), path, example_body(operation))
    assert (answer.status, answer.code) == (409, "ILLEGAL_TRANSITION")
    assert answer.json["currentState"] == state
    allowed = [t["operation"] for t in answer.json["allowedTransitions"]]
    assert allowed == [t.operation for t in lifecycle.allowed_from(state)]
    assert record_of(local, resource.name, record_id) is before


@each(("resource", "operation_id"), LEGAL, fresh="local")
def test_a_transition_leads_where_it_says_and_tells_the_journal(
    local: Api, resource: ResourceType, operation_id: str
) -> None:
    operation, lifecycle = contract().operations[operation_id], resource.lifecycle
    step = lifecycle.transitions[operation_id]
    caller = local.as_("ADMIN")
    known = caller.get("/events?perPage=1").json["meta"]["pagination"]["total"]
    answer = caller.request(
        operation.method.upper(), operation.example_path, example_body(operation)
    )
    assert answer.status == operation.success, answer.json
    journal = list(local.sandbox.engine.platform.space("votre-tenant").collection("Event"))[known:]
    assert step.fact in {event["type"] for event in journal}
    if step.targets and operation_id != "reviseNeedsAnalysis":
        assert answer.data[lifecycle.field] in step.targets
    if step.stamps and operation_id != "reviseNeedsAnalysis":
        assert answer.data[step.stamps] == "2026-11-02T09:00:00.000Z"


def _item(operation_id: str) -> str:
    return list(ids_in_path(contract().operations[operation_id]))[-1]
