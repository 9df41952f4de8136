"""Every rule of the contract is refused by one call and kept by another."""

import pytest

from bacasable.contract import Contract
from tests.qualiforma.refusals import REFUSALS, Refuse
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
