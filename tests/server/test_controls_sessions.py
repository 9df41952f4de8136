"""Who is logged in when the state of a tenant changes under the session."""

from datetime import timedelta

import pytest

from tests.server.controlling import SMALL, Box

PERSON = {"firstName": "Lou", "lastName": "Exemple", "roles": ["LEARNER"]}


def person(box: Box, email: str, **changes: object) -> str:
    made = box.as_("ADMIN").post("/users", PERSON | {"email": email} | changes)
    assert made.status == 201, made.json
    return str(made.data["id"])


def tokens_of(box: Box, user_id: str):
    return box.post(f"{SMALL}/tokens", {"userId": user_id})


def refreshed(box: Box, tokens):
    body = {"refreshToken": tokens.json["refreshToken"]}
    return box.api.post("/auth/refresh", body, headers={"X-Tenant-ID": "votre-tenant"})


def test_an_account_that_a_reset_takes_away_is_logged_out(box: Box) -> None:
    tokens = tokens_of(box, person(box, "lou@votre-tenant.example"))
    caller = box.bearer(tokens, "votre-tenant")
    assert caller.get("/auth/me").status == 200
    box.post(f"{SMALL}/reset")
    assert caller.get("/auth/me").code == "SESSION_ENDED"
    assert refreshed(box, tokens).code == "REFRESH_TOKEN_INVALID"


def test_nobody_inherits_the_session_of_an_id_that_comes_again(box: Box) -> None:
    tokens = tokens_of(box, person(box, "lou@votre-tenant.example"))
    old = box.bearer(tokens, "votre-tenant")
    box.post(f"{SMALL}/reset")
    again = person(box, "noa@votre-tenant.example", roles=["ADMIN"])
    assert tokens.json["userId"] == again
    assert old.get("/auth/me").code == "SESSION_ENDED"


def test_nobody_inherits_it_through_a_snapshot_either(box: Box) -> None:
    box.put(f"{SMALL}/clock", {"mode": "FROZEN"})
    box.put(f"{SMALL}/snapshots/empty")
    person(box, "noa@votre-tenant.example", roles=["ADMIN"])
    box.put(f"{SMALL}/snapshots/noa")
    box.post(f"{SMALL}/snapshots/empty/restore")
    tokens = tokens_of(box, person(box, "lou@votre-tenant.example"))
    box.post(f"{SMALL}/snapshots/noa/restore")
    assert box.bearer(tokens, "votre-tenant").get("/auth/me").code == "SESSION_ENDED"


def test_an_account_that_a_snapshot_deactivates_is_logged_out(box: Box) -> None:
    user = person(box, "lou@votre-tenant.example")
    admin = box.as_("ADMIN")
    admin.post(f"/users/{user}/deactivate")
    box.put(f"{SMALL}/snapshots/off")
    admin.post(f"/users/{user}/reactivate")
    tokens = tokens_of(box, user)
    box.post(f"{SMALL}/snapshots/off/restore")
    assert refreshed(box, tokens).code == "REFRESH_TOKEN_INVALID"


def test_a_login_outlives_a_year_that_is_taken_back(box: Box) -> None:
    admin = box.as_("ADMIN")
    box.post(f"{SMALL}/clock/advance", {"by": "P1Y"})
    box.as_("ADMIN")
    box.post(f"{SMALL}/reset")
    assert admin.get("/auth/me").status == 200


@pytest.mark.parametrize("same", [True, False], ids=["same body", "other body"])
def test_administrators_of_the_platform_share_no_idempotency_keys(box: Box, same: bool) -> None:
    box.fork("ga")
    box.fork("gb")
    account = {"email": "a@neuf.example", "firstName": "Alix", "lastName": "Exemple"}
    body = {"slug": "neuf", "name": "Neuf", "admin": account | {"password": "un-mot-de-passe"}}
    sent = {"Idempotency-Key": "key-1"}
    first = box.as_("SUPER_ADMIN", "ga").post("/admin/tenants", body, headers=sent)
    other = body if same else body | {"slug": "autre"}
    second = box.as_("SUPER_ADMIN", "gb").post("/admin/tenants", other, headers=sent)
    assert first.status == 201
    assert (second.status, second.json.get("code")) == ((409, "DUPLICATE") if same else (201, None))


def test_no_request_id_comes_twice(near: Box) -> None:
    ids = [near.api.sandbox.engine.platform.request_id() for _ in range(5000)]
    assert len(set(ids)) == len(ids)
    assert all(len(each) == len(ids[0]) and each[4:].isalnum() for each in ids)


def test_the_journal_after_a_reset_is_of_the_present(near: Box) -> None:
    # A year ahead and back: what is written next is not of the year that was taken back.
    clock = near.api.sandbox.engine.platform.clock
    near.post(f"{SMALL}/clock/advance", {"by": "P1Y"})
    near.post(f"{SMALL}/reset")
    clock.instant += timedelta(minutes=1)
    made = near.as_("ADMIN").post("/companies", {"name": "Société"})
    assert made.data["createdAt"] == "2026-11-02T09:01:00.000Z"


def test_an_id_that_came_from_a_fork_is_not_given_again(near: Box) -> None:
    near.fork("un")
    near.fork("deux")
    made = near.as_("ADMIN", "un").post("/companies", {"name": "Un"}).data
    body = {"resource": "Company", "records": [made]}
    assert near.post("/tenants/deux/records", body).status == 201
    admin = near.as_("ADMIN", "deux")
    other = admin.post("/companies", {"name": "Deux"}).data
    assert other["id"] != made["id"]
    assert admin.get(f"/companies/{made['id']}").data["name"] == "Un"
