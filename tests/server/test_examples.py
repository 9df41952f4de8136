"""The examples of the contract are calls and records of the tenant votre-tenant: they must work."""

import pytest

from bacasable.contract import load_contract
from bacasable.contract.document import resolve
from bacasable.core import FixedClock
from bacasable.core.clock import parse_instant
from bacasable.resources import CONTRACT
from tests.support import Api, in_process, make_sandbox
from tests.tables import each

CONTRACT_ = load_contract(CONTRACT)
# A refresh token cannot be an example that works: it is secret and used once. It is taken from the
# answer of login, by a link; the samples of the portal do so (tests/portal/test_samples_run.py).
WITHOUT = {"refresh"}
OPERATIONS = [o for o in CONTRACT_.operations.values() if o.id not in WITHOUT]
EXAMPLES_AT = "2026-09-01T09:00:00Z"
TENANTS = ("votre-tenant", "vide", "suspendu")


def call_example(api: Api, operation):
    """Lists are asked for one record: that is what their example shows."""
    query = "?perPage=1" if operation.action.kind == "list" else ""
    declared = CONTRACT_.document["paths"][operation.path][operation.method]
    body = declared.get("requestBody", {}).get("content", {}).get("application/json", {})
    named = [example["value"] for example in body.get("examples", {}).values()]
    example = named[0] if named else body.get("example")
    return api.request(operation.method.upper(), operation.example_path + query, example)


@pytest.fixture
def at_examples(contract):
    """The small tenant and the suspended one, at the instant of the examples."""
    clock = FixedClock(parse_instant(EXAMPLES_AT))
    with in_process(make_sandbox(contract, TENANTS, clock=clock)) as api:
        yield api.as_("SUPER_ADMIN")


def as_told(api: Api) -> Api:
    """The sandbox without what an example did before."""
    assert api.post("!/_sandbox/reset").status == 200
    return api


@each("operation", OPERATIONS, ids=lambda o: o.id)
def test_the_example_request_of_every_operation_succeeds(at_examples, operation):
    answer = call_example(as_told(at_examples), operation)
    assert answer.status == operation.success, answer.json


@pytest.mark.parametrize("instant", ["2027-03-01T09:00:00Z", "2045-01-01T09:00:00Z"])
def test_the_example_requests_succeed_in_later_years_as_well(contract, instant):
    """What fell due since the tenant was told may not take an example's record away."""
    clock = FixedClock(parse_instant(instant))
    with in_process(make_sandbox(contract, TENANTS, clock=clock)) as api:
        caller = api.as_("SUPER_ADMIN")
        failed = {}
        for operation in OPERATIONS:
            answer = call_example(as_told(caller), operation)
            if answer.status != operation.success:
                failed[operation.id] = answer.json
        assert failed == {}


def test_the_example_accounts_of_login_have_the_roles_they_are_named_after(at_examples):
    operation = CONTRACT_.document["paths"]["/auth/login"]["post"]
    named = operation["requestBody"]["content"]["application/json"]["examples"]
    assert set(named) == set(CONTRACT_.document["components"]["schemas"]["Role"]["enum"])
    for role, example in named.items():
        caller = at_examples.login(**example["value"], tenant="votre-tenant")
        assert caller.get("/auth/me").data["user"]["roles"] == [role]


def example_answer(operation):
    """The documented answer of success, or None when there is none."""
    declared = CONTRACT_.document["paths"][operation.path][operation.method]
    response = resolve(CONTRACT_.document, declared["responses"][str(operation.success)])
    return response.get("content", {}).get("application/json", {}).get("example")


# Answers that hold a token cannot be the same twice.
ANSWERED = [o for o in OPERATIONS if example_answer(o) and o.id not in {"login", "getSession"}]


def test_every_answer_of_json_has_an_example():
    bare = [o.id for o in OPERATIONS if o.success != 204 and not example_answer(o)]
    assert bare == []


@each("operation", ANSWERED, ids=lambda o: o.id)
def test_the_example_answer_of_every_operation_is_real(at_examples, operation):
    shown = example_answer(operation)["data"]
    answered = call_example(as_told(at_examples), operation).data
    if operation.method == "get" and _same_record(shown, answered):
        assert answered == shown
    else:
        # Answers are written once for each resource: this operation's record is another one.
        assert _members(answered) == _members(shown)


def _same_record(shown, answered):
    first, second = (v[0] if isinstance(v, list) else v for v in (shown, answered))
    return first.get("id") == second.get("id")


def _members(data):
    return set(data[0] if isinstance(data, list) else data)
