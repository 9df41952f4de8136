"""Idempotency-Key over HTTP: a lost answer can be asked for again without creating twice."""

from tests.qualiforma.steps import set_clock
from tests.server.restoring import contents
from tests.support import Answer, Api

BODY = {"name": "Exemple", "kind": "FUNDER"}


def create(api: Api, body: object = BODY, key: str = "k1") -> Answer:
    return api.post("/companies", body, headers={"Idempotency-Key": key})


def companies(api: Api) -> int:
    return len(api.sandbox.engine.platform.space("votre-tenant").collection("Company"))


def test_the_same_request_gets_the_stored_answer(api: Api) -> None:
    caller, known = api.as_("ADMIN"), companies(api)
    first = create(caller)
    before = contents(api.sandbox)
    again = create(caller)
    assert (again.status, again.data) == (first.status, first.data) == (201, first.data)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["etag"] == first.headers["etag"]
    assert companies(api) == known + 1
    assert contents(api.sandbox) == before


def test_the_order_of_members_makes_no_other_request(local: Api) -> None:
    caller = local.as_("ADMIN")
    turned = dict(reversed(BODY.items()))
    assert create(caller).data == create(caller, turned).data


def test_the_same_key_with_another_body_is_refused(api: Api) -> None:
    caller = api.as_("ADMIN")
    create(caller)
    before = contents(api.sandbox)
    answer = create(caller, BODY | {"name": "Autre"})
    assert (answer.status, answer.code) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert contents(api.sandbox) == before


def test_without_a_key_or_with_another_everything_is_created_anew(local: Api) -> None:
    caller = local.as_("ADMIN")
    made = {create(caller, key=key).data["id"] for key in ("k1", "k2")}
    made |= {caller.post("/companies", BODY).data["id"] for _ in range(2)}
    assert len(made) == 4


def test_keys_of_two_accounts_are_two_keys(local: Api) -> None:
    first, second = (create(local.as_(role)) for role in ("ADMIN", "SUPER_ADMIN"))
    assert first.data["id"] != second.data["id"]


def test_keys_of_two_operations_are_two_keys(local: Api) -> None:
    caller, key = local.as_("ADMIN"), {"Idempotency-Key": "k1"}
    module = {"title": "Un", "position": 20}
    create(caller)
    made = [
        caller.post(f"/courses/{course}/modules", module, headers=key)
        for course in ("crs_excel_init", "crs_excel_form")
    ]
    assert [answer.status for answer in made] == [201, 201]
    assert made[0].data["id"] != made[1].data["id"]


def test_a_key_is_forgotten_after_a_day(local: Api) -> None:
    first = create(local.as_("ADMIN"))
    set_clock(local, "2026-11-03T08:59:59Z")
    assert create(local.as_("ADMIN")).data == first.data
    set_clock(local, "2026-11-03T09:00:00Z")
    assert create(local.as_("ADMIN")).data["id"] != first.data["id"]


def test_a_refused_request_leaves_its_key_free(local: Api) -> None:
    caller = local.as_("ADMIN")
    assert create(caller, BODY | {"siret": "00000002600013"}).code == "DUPLICATE"
    assert create(caller, {"name": 5}).code == "INVALID_REQUEST"
    assert create(caller).status == 201


def test_a_replay_needs_the_same_rights_as_the_request(local: Api) -> None:
    create(local.as_("ADMIN"))
    assert create(local.as_("TRAINER")).code == "ROLE_REQUIRED"
