"""Every rule of the contract is refused by one call and kept by another."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bacasable.contract import Contract
from bacasable.contract.rules import rules_of_contract
from bacasable.contract.rules.checking import condition
from bacasable.core import Engine
from tests.hostile.watched import pace
from tests.qualiforma.refusals import REFUSALS, Refuse
from tests.qualiforma.steps import FUTURE, set_clock
from tests.server import table
from tests.server.restoring import contents, reset
from tests.support import Answer, Api
from tests.tables import each

TABLE = [pytest.param(o, r, f, id=f"{o}-{r}") for (o, r), f in sorted(REFUSALS.items())]
RULED = [o.id for o in table.operations() if o.rules]


@each(("operation_id", "rule", "refuse"), TABLE, fresh="local")
def test_a_call_that_breaks_the_rule_is_refused_by_its_name(
    local: Api, contract: Contract, operation_id: str, rule: str, refuse: Refuse
) -> None:
    answer = refuse(local)
    assert (answer.status, answer.code) == (409, "RULE_REFUSED")
    assert rule in answer.json["rules"]
    said = {r.id: r.says for r in contract.operations[operation_id].rules}
    assert said[rule] in {error["detail"] for error in answer.json["errors"]}


@each(("operation_id", "rule", "refuse"), TABLE, fresh="local")
def test_a_refused_call_changes_nothing(
    local: Api, operation_id: str, rule: str, refuse: Refuse
) -> None:
    states: list[object] = []

    class Watching(Api):
        def request(self, *arguments: object, **options: object) -> Answer:
            states.append(contents(self.sandbox))
            return super().request(*arguments, **options)

        def with_headers(self, headers: dict[str, str]) -> Api:
            return Watching(self.sandbox, self.url, self.headers | headers, self.loop)

    refuse(Watching(local.sandbox, local.url, local.headers, local.loop))
    assert contents(local.sandbox) == states[-1]


@contextmanager
def kept_always(engine: Engine, operation_id: str, rule_id: str) -> Iterator[None]:
    """A rule whose expression is `true`."""
    plan, _ = engine._timed[operation_id]
    before, always = plan.rules, condition("true", {}, {}, {}).holds
    rules = tuple((rule, always if rule.id == rule_id else kept) for rule, kept in before)
    object.__setattr__(plan, "rules", rules)
    try:
        yield
    finally:
        object.__setattr__(plan, "rules", before)


@each(("operation_id", "rule", "refuse"), TABLE, fresh="local")
def test_the_call_is_refused_because_of_the_expression(
    local: Api, operation_id: str, rule: str, refuse: Refuse
) -> None:
    with kept_always(local.sandbox.engine, operation_id, rule):
        answer = refuse(local)
    named = answer.json.get("rules", ()) if answer.content else ()
    assert rule not in named


def test_the_rule_of_a_timer_prevents_it_because_of_its_expression(local: Api) -> None:
    def overdue_of_closed() -> int:
        reset(local.sandbox)
        caller = local.as_("ADMIN")
        assert caller.post("/improvement-plans/imp_brouillon/archive").status == 200
        set_clock(local, FUTURE)
        events = local.as_("ADMIN").get("/events?type=improvement_plan.action_overdue&perPage=100")
        return [e["resourceId"] for e in events.data].count("ima_brouillon")

    assert overdue_of_closed() == 0
    with kept_always(local.sandbox.engine, "actionOverdue", "PLAN_CLOSED"):
        assert overdue_of_closed() == 1


def test_every_rule_is_an_expression(contract: Contract) -> None:
    operations = [*contract.operations.values(), *contract.timed.values()]
    declared = {(o.id, rule.id) for o in operations for rule in o.rules}
    assert set(rules_of_contract(contract).conditions) == declared
    assert len(declared) == 74


def test_the_largest_questionnaire_is_answered_at_once(local: Api, contract: Contract) -> None:
    """Every question with every choice: nobody else waits for longer than for any other call."""
    schemas = contract.document["components"]["schemas"]
    number = schemas["Questionnaire"]["properties"]["questions"]["maxItems"]
    choices = [
        {"value": f"{at}".rjust(40, "v"), "label": "Choix", "points": 1}
        for at in range(schemas["ChoiceQuestion"]["properties"]["choices"]["maxItems"])
    ]
    questions = [
        {"key": f"q{at}".ljust(40, "_"), "type": "MULTIPLE_CHOICE", "text": "?", "choices": choices}
        for at in range(number)
    ]
    caller = local.as_("ADMIN")
    body = {"title": "Grand", "kind": "HOT", "questions": questions}
    made = caller.post("/questionnaires", body)
    assert made.status == 201, made.json
    made = made.data["id"]
    assert caller.post(f"/questionnaires/{made}/publish").status == 200
    sent = caller.post(
        "/questionnaire-responses", {"questionnaireId": made, "respondentId": "usr_hugo"}
    )
    path = f"/questionnaire-responses/{sent.data['id']}"
    assert caller.post(f"{path}/open").status == 200
    every = [choice["value"] for choice in choices]
    answers = {"answers": [{"key": question["key"], "choices": every} for question in questions]}
    costs = []
    for _ in range(4):
        began = time.process_time()
        answer = caller.put(f"{path}/answers", answers)
        costs.append((time.process_time() - began) * 1000)
        assert answer.status == 200, answer.json
    assert min(costs) / pace() < HELD
    assert caller.post(f"{path}/submit").status == 200


HELD = 50.0
"""Milliseconds for which one call may keep all others (tests/hostile/test_busy.py)."""


@each("operation_id", RULED, fresh="local")
def test_the_documented_example_keeps_every_rule(local: Api, operation_id: str) -> None:
    operation = table.contract().operations[operation_id]
    caller = local.as_("SUPER_ADMIN" if operation.path.startswith("/admin") else "ADMIN")
    path = operation.example_path
    if operation_id == "suspendTenant":
        body = {"slug": "autre", "name": "Autre", "admin": ADMIN}
        path = f"/admin/tenants/{caller.post('/admin/tenants', body).data['id']}/suspend"
    answer = caller.request(operation.method.upper(), path, table.example_body(operation))
    assert answer.status == operation.success, answer.json


ADMIN = {
    "email": "admin@autre.example",
    "password": "un-mot-de-passe-long",
    "firstName": "Alix",
    "lastName": "Exemple",
}


def test_the_table_holds_exactly_the_rules_of_the_contract(contract: Contract) -> None:
    declared = {(o.id, rule.id) for o in contract.operations.values() for rule in o.rules}
    assert set(REFUSALS) == declared


def test_a_reset_puts_everything_back(local: Api) -> None:
    before = contents(local.sandbox)
    local.as_("ADMIN").post("/users/usr_hugo/deactivate")
    assert contents(local.sandbox) != before
    reset(local.sandbox)
    assert contents(local.sandbox) == before
