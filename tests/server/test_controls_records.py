"""Records inserted in bulk: checked against the contract, stored all or none."""

from collections.abc import Iterator
from typing import Any

import pytest

from bacasable.contract import Contract
from bacasable.core.journal import JOURNAL
from tests.server.controlling import SMALL, Box, places
from tests.support import Api, in_process, make_sandbox

RECORDS = f"{SMALL}/records"


@pytest.fixture(scope="module")
def rich(contract: Contract) -> Iterator[Box]:
    """A tenant with records of every kind, and one with none."""
    with in_process(make_sandbox(contract, ("qualiforma-demo", "vide"))) as api:
        yield Box(api)


def insert(box: Box, resource: str, *records: Any, tenant: str = "votre-tenant") -> Any:
    body = {"resource": resource, "records": list(records)}
    return box.post(f"/tenants/{tenant}/records", body)


def in_order(api: Api) -> list[str]:
    """Resources of a tenant, each after those that it refers to."""
    contract = api.sandbox.engine.contract
    waiting = {
        name: {r.resource for r in kind.references}
        | ({kind.parent.resource} if kind.parent else set())
        for name, kind in contract.resources.items()
        if kind.scope == "tenant" and name != JOURNAL
    }
    order: list[str] = []
    while waiting:
        free = [n for n, needs in waiting.items() if not needs - {n} & waiting.keys()]
        assert free, waiting
        order += free
        waiting = {n: needs for n, needs in waiting.items() if n not in free}
    return order


def test_all_that_one_tenant_has_can_be_put_into_another(rich: Box) -> None:
    platform = rich.api.sandbox.engine.platform
    origin, target = platform.space("qualiforma-demo"), platform.space("vide")
    assert origin is not None
    assert target is not None
    moved = 0
    for name in in_order(rich.api):
        records = list(origin.collection(name))
        if records:
            answer = insert(rich, name, *records, tenant="vide")
            assert answer.status == 201, answer.json
            assert answer.json["ids"] == [record["id"] for record in records]
            assert [target.collection(name).get(r["id"]) for r in records] == records
            moved += len(records)
    assert moved > 500
    fired = [
        rich.post(f"/tenants/{slug}/clock/advance", {"by": "P1Y"}).json["fired"]
        for slug in ("qualiforma-demo", "vide")
    ]
    assert fired[0] == fired[1] != []


def test_two_thousand_records_are_listed_like_any_others(near: Box) -> None:
    before = near.get(SMALL).json["records"]
    answer = insert(near, "Company", *({"name": f"Société {n}"} for n in range(2000)))
    assert answer.status == 201, answer.json
    assert (answer.json["inserted"], len(set(answer.json["ids"]))) == (2000, 2000)
    assert near.get(SMALL).json["records"] == before + 2000
    admin = near.as_("ADMIN")
    page = admin.get("/companies?perPage=100&page=20&q=Soci").json
    assert page["meta"]["pagination"]["total"] >= 2000
    last = admin.get(f"/companies/{answer.json['ids'][-1]}").data
    assert (last["name"], last["createdAt"]) == ("Société 1999", "2026-11-02T09:00:00.000Z")
    assert not [
        e for e in admin.get("/events?type=company.created").data if e["resourceId"] == last["id"]
    ]


def test_what_lies_ahead_of_an_inserted_record_will_fall_due(near: Box) -> None:
    given = near.as_("ADMIN").get("/enrollments?status=ACTIVE").data[0]
    copies = [
        given | {"id": f"enr_{n}", "userId": "usr_learner", "expiresAt": instant}
        for n, instant in enumerate(["2026-11-20T00:00:00.000Z", "2026-10-20T00:00:00.000Z"])
    ]
    assert insert(near, "Enrollment", *copies).status == 201
    fired = near.post(f"{SMALL}/clock/advance", {"by": "P1M"}).json["fired"]
    found = [due["resourceId"] for due in fired]
    assert "enr_0" in found
    assert "enr_1" not in found


def test_an_account_that_is_inserted_can_be_logged_in_by_the_controls(box: Box) -> None:
    given = box.as_("ADMIN").get("/users/usr_learner").data
    user = given | {"id": "usr_neuf", "email": "neuf@example.com"}
    assert insert(box, "User", user).status == 201
    tokens = box.post(f"{SMALL}/tokens", {"email": "neuf@example.com"})
    assert box.bearer(tokens, "votre-tenant").get("/auth/me").data["user"]["id"] == "usr_neuf"


COMPANY = {"name": "Exemple"}
WRONG: list[tuple[str, list[Any], int, list[str]]] = [
    ("Compny", [COMPANY], 400, ["/resource"]),
    ("Tenant", [COMPANY], 400, ["/resource"]),
    ("Event", [COMPANY], 400, ["/resource"]),
    ("Company", [], 400, ["/records"]),
    ("Company", [5], 400, ["/records/0"]),
    ("Company", [COMPANY, {}], 400, ["/records/1"]),
    ("Company", [COMPANY, {"name": 5}], 400, ["/records/1/name"]),
    ("Company", [COMPANY | {"colour": "red"}], 400, ["/records/0/colour"]),
    ("Company", [COMPANY | {"id": 5}], 400, ["/records/0/id"]),
    ("Company", [COMPANY | {"id": ["x"]}], 400, ["/records/0/id"]),
    ("Company", [COMPANY | {"id": "cmp_abc123"}], 409, ["/records/0/id"]),
    ("Company", [COMPANY | {"id": "cmp_x"}] * 2, 409, ["/records/1/id"]),
]


@pytest.mark.parametrize(("resource", "records", "status", "where"), WRONG)
def test_records_that_do_not_fit_are_refused_and_none_is_stored(
    near: Box, resource: str, records: list[Any], status: int, where: list[str]
) -> None:
    before = near.get(SMALL).json["records"]
    answer = insert(near, resource, *records)
    assert answer.status == status
    assert answer.code == ("INVALID_REQUEST" if status == 400 else "RECORDS_REFUSED")
    assert all(place.startswith(where[0]) for place in places(answer))
    assert near.get(SMALL).json["records"] == before


def test_references_and_unique_values_are_asked_for(near: Box) -> None:
    admin = near.as_("ADMIN")
    user = admin.get("/users/usr_learner").data
    twins = [
        user | {"id": f"usr_{n}", "email": e} for n, e in enumerate(["a@x.example", "A@X.example"])
    ]
    taken = insert(near, "User", *twins, user | {"id": "usr_2"})
    assert (taken.code, places(taken)) == (
        "RECORDS_REFUSED",
        ["/records/1/email", "/records/2/email"],
    )
    enrolled = admin.get("/enrollments").data[0] | {"id": "enr_x"}
    lost = insert(near, "Enrollment", enrolled | {"userId": "usr_nobody"})
    assert (lost.code, places(lost)) == ("RECORDS_REFUSED", ["/records/0/userId"])
    module = admin.get(f"/courses/{enrolled['courseId']}/modules").data[0]
    lost = insert(near, "CourseModule", module | {"id": "mod_x", "courseId": "crs_none"})
    assert places(lost) == ["/records/0/courseId"]


@pytest.mark.parametrize("instant", ["2027-06-30T23:59:60Z", "2027-06-30T12:00:00+02:00"])
def test_an_odd_instant_is_refused_or_harmless(near: Box, instant: str) -> None:
    given = near.as_("ADMIN").get("/enrollments?status=ACTIVE").data[0] | {"id": "enr_x"}
    answer = insert(near, "Enrollment", given | {"expiresAt": instant})
    assert answer.status == 201
    assert near.post(f"{SMALL}/clock/advance", {"by": "P1Y"}).status == 200
    assert near.as_("ADMIN").get("/enrollments?perPage=100").status == 200
