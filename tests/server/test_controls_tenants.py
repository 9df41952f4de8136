"""The controls of tenants: list, open, fork, reset, delete, and tokens without a password."""

from typing import Any

import pytest

from tests.server.controlling import SMALL, Box, places
from tests.support import Answer, Api

COMPANY = {"name": "Exemple"}
FIXTURE: dict[str, Any] = {
    "id": "tnt_00000000-0000-4000-8000-0000000000aa",
    "opened": "2026-01-05T08:00:00Z",
    "tenant": {"slug": "essai", "name": "Essai"},
    "password": "bac-a-sable-2026",
    "admin": {
        "id": "usr_essai",
        "account": {"email": "admin@essai.example", "firstName": "Alix", "lastName": "Exemple"},
    },
    "steps": [
        {
            "at": "2026-01-06T08:00:00Z",
            "do": "createCompany",
            "id": "cmp_un",
            "body": {"name": "Un"},
        },
    ],
}


def names(api: Api) -> set[str]:
    return {company["name"] for company in api.get("/companies?perPage=100").data}


def login(box: Box, tenant: str, email: str = "admin@example.com") -> Answer:
    body = {"email": email, "password": "votre-mot-de-passe"}
    return box.api.post("/auth/login", body, headers={"X-Tenant-ID": tenant})


def test_tenants_are_listed_in_the_order_they_were_opened(box: Box) -> None:
    box.fork("zebre")
    box.fork("abeille")
    assert box.slugs() == ["votre-tenant", "zebre", "abeille"]
    seeded, fork = box.get(SMALL).json, box.get("/tenants/zebre").json
    assert (seeded["kind"], seeded["origin"]) == ("SEEDED", None)
    assert (fork["kind"], fork["origin"]) == ("FORK", "votre-tenant")
    assert fork | {k: seeded[k] for k in ("slug", "id", "kind", "origin")} == seeded
    assert seeded["id"] != fork["id"]


UNKNOWN = [
    ("GET", ""),
    ("DELETE", ""),
    ("POST", "/forks"),
    ("POST", "/reset"),
    ("POST", "/tokens"),
    ("GET", "/clock"),
    ("PUT", "/clock"),
    ("POST", "/clock/advance"),
    ("GET", "/snapshots"),
    ("GET", "/snapshots/x"),
    ("PUT", "/snapshots/x"),
    ("DELETE", "/snapshots/x"),
    ("POST", "/snapshots/x/restore"),
    ("GET", "/snapshots/x/file"),
    ("POST", "/records"),
]
BODIES: dict[str, Any] = {
    "/tokens": {"role": "ADMIN"},
    "/clock": {"mode": "FROZEN"},
    "/clock/advance": {"by": "P1D"},
    "/records": {"resource": "Company", "records": [COMPANY]},
}


@pytest.mark.parametrize(("method", "path"), UNKNOWN)
def test_an_unknown_tenant_is_told_with_the_closest_name(near: Box, method: str, path: str) -> None:
    body = BODIES.get(path) if method != "GET" else None
    answer = near.call(method, f"/tenants/votre-tenent{path}", body)
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert "did you mean 'votre-tenant'?" in answer.json["detail"]


def test_a_fork_shares_nothing_with_its_origin(box: Box) -> None:
    box.fork("essai")
    origin, fork = box.as_("ADMIN"), box.as_("ADMIN", "essai")
    before = names(origin)
    assert names(fork) == before
    assert origin.post("/companies", {"name": "Chez origine"}).status == 201
    assert fork.post("/companies", {"name": "Chez fork"}).status == 201
    fork.patch("/companies/cmp_abc123", {"name": "Tout autre nom"})
    assert names(origin) == before | {"Chez origine"}
    assert "Chez fork" in names(fork)
    assert "Chez origine" not in names(fork)
    assert origin.get("/companies/cmp_abc123").data["name"] != "Tout autre nom"
    assert fork.get("/companies?q=Tout").json["meta"]["pagination"]["total"] == 1
    assert origin.get("/companies?q=Tout").json["meta"]["pagination"]["total"] == 0


def test_a_fork_of_a_fork_outlives_both(near: Box) -> None:
    near.fork("un")
    near.as_("ADMIN", "un").post("/companies", {"name": "De un"})
    near.fork("deux", "un")
    assert near.get("/tenants/deux").json["origin"] == "un"
    near.as_("ADMIN", "un").post("/companies", {"name": "Plus tard"})
    near.delete("/tenants/un")
    near.post(f"{SMALL}/reset")
    assert "De un" in names(near.as_("ADMIN", "deux"))
    assert "Plus tard" not in names(near.as_("ADMIN", "deux"))


def test_forks_give_the_same_ids_for_the_same_calls(near: Box) -> None:
    near.fork("un")
    near.fork("deux")
    near.fork("trois", "un")
    made = [
        near.as_("ADMIN", slug).post("/companies", COMPANY).data
        for slug in ("un", "deux", "trois", "votre-tenant")
    ]
    assert made[0] == made[1] == made[2] == made[3]


def test_forks_meet_the_same_faults_for_the_same_calls(near: Box) -> None:
    near.fork("un")
    near.fork("deux", "un")
    met = []
    for slug in ("un", "deux", "votre-tenant"):
        caller = near.as_("ADMIN", slug)
        near.post(f"/tenants/{slug}/faults", {"kind": "ERROR", "status": 503, "percent": 50})
        met.append([caller.get("/companies").status for _ in range(40)])
    assert met[0] == met[1] == met[2]
    assert set(met[0]) == {200, 503}


def test_a_fork_keeps_accounts_and_passwords_and_no_sessions(box: Box) -> None:
    caller = box.as_("ADMIN")
    box.fork("essai")
    assert login(box, "essai").status == 200
    foreign = caller.get("/companies", headers={"X-Tenant-ID": "essai"})
    assert (foreign.status, foreign.code) == (403, "TENANT_MISMATCH")
    mine = box.as_("ADMIN", "essai").get("/companies", headers={"X-Tenant-ID": "votre-tenant"})
    assert (mine.status, mine.code) == (403, "TENANT_MISMATCH")


def test_a_fork_has_its_own_tenant_record(near: Box) -> None:
    near.fork("essai")
    fork, origin = near.as_("ADMIN", "essai"), near.as_("ADMIN")
    assert fork.get("/tenants/current").data["slug"] == "essai"
    path = f"/admin/tenants/{near.get('/tenants/essai').json['id']}"
    changed = near.as_("SUPER_ADMIN").patch(path, {"name": "Essai"})
    assert changed.status == 200, changed.json
    assert near.get("/tenants/essai").json["name"] == "Essai"
    assert origin.get("/tenants/current").data["name"] != "Essai"


def test_forks_without_a_name_are_numbered(near: Box) -> None:
    made = [near.post(f"{SMALL}/forks") for _ in range(2)]
    made.append(near.post(f"{SMALL}/forks", {}))
    first = made[0].json["slug"]
    made.append(near.post(f"/tenants/{first}/forks"))
    # Numbers go on from those of forks that other tests had.
    number = int(first.rpartition("-")[2])
    found = [answer.json["slug"] for answer in made]
    assert found == [f"votre-tenant-fork-{n}" for n in range(number, number + 4)]
    assert made[0].headers["location"] == f"/_sandbox/tenants/{first}"
    long = "x" * 63
    near.fork(long)
    cut = near.post(f"/tenants/{long}/forks").json["slug"]
    assert len(cut) == 63
    assert cut.startswith("xxx")


def test_a_name_that_was_given_is_not_given_again(near: Box) -> None:
    number = int(near.post(f"{SMALL}/forks").json["slug"].rpartition("-")[2])
    near.fork(f"votre-tenant-fork-{number + 1}")
    assert near.post(f"{SMALL}/forks").json["slug"] == f"votre-tenant-fork-{number + 2}"


@pytest.mark.parametrize("slug", ["", "Essai", "-essai", "essai-", "é", "x" * 64, "a b", 5, None])
def test_a_slug_that_does_not_fit_is_refused(near: Box, slug: Any) -> None:
    answer = near.post(f"{SMALL}/forks", {"slug": slug})
    assert (answer.status, answer.code, places(answer)) == (400, "INVALID_REQUEST", ["/slug"])


def test_a_slug_that_is_taken_is_refused(box: Box) -> None:
    box.fork("essai")
    again = box.post(f"{SMALL}/forks", {"slug": "essai"})
    assert (again.status, again.code) == (409, "TENANT_EXISTS")
    opened = box.post("/tenants", FIXTURE)
    assert (opened.status, opened.code) == (409, "TENANT_EXISTS")


WRONG = [
    ("/forks", {"name": "x"}, ["/name"]),
    ("/forks", [], [""]),
    ("/tokens", {"role": "ADMIN", "email": "x"}, [""]),
    ("/tokens", {"role": "KING"}, ["/role"]),
    ("/tokens", {"userId": 5}, ["/userId"]),
]


@pytest.mark.parametrize(("path", "body", "where"), WRONG)
def test_a_body_that_does_not_fit_is_told_with_its_places(
    near: Box, path: str, body: Any, where: list[str]
) -> None:
    answer = near.post(SMALL + path, body)
    assert (answer.status, answer.code, places(answer)) == (400, "INVALID_REQUEST", where)


@pytest.mark.parametrize("path", ["/forks", "/tokens", "/clock/advance", "/records"])
def test_a_body_that_is_no_json_is_refused(box: Box, path: str) -> None:
    kind = {"content-type": "text/plain"}
    answer = box.post(SMALL + path, content=b"{}", headers=kind)
    assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE")
    kind = {"content-type": "application/json"}
    answer = box.post(SMALL + path, content=b"{", headers=kind)
    assert (answer.status, answer.code) == (400, "MALFORMED_BODY")


def test_a_token_without_a_password_is_of_the_account_asked_for(box: Box) -> None:
    for body in (
        {"role": "TRAINER"},
        {"email": "FORMATEUR@example.com"},
        {"userId": "usr_trainer"},
    ):
        made = box.post(f"{SMALL}/tokens", body)
        me = box.bearer(made, "votre-tenant").get("/auth/me").data["user"]
        assert (me["id"], me["roles"]) == (made.json["userId"], made.json["roles"])
        assert made.json["email"] == "formateur@example.com"
        renewed = box.api.post(
            "/auth/refresh",
            {"refreshToken": made.json["refreshToken"]},
            headers={"X-Tenant-ID": "votre-tenant"},
        )
        assert renewed.status == 200


@pytest.mark.parametrize("body", [{"email": "nobody@example.com"}, {"userId": "usr_nobody"}])
def test_nobody_gets_the_token_of_no_account(near: Box, body: Any) -> None:
    answer = near.post(f"{SMALL}/tokens", body)
    assert (answer.status, answer.code) == (404, "NOT_FOUND")


def test_the_first_account_is_meant_where_none_is_named(box: Box) -> None:
    for body in ({"content": b""}, {"body": {}}):
        made = box.post(f"{SMALL}/tokens", **body)
        assert (made.status, made.json["userId"]) == (201, "usr_admin")
    box.as_("SUPER_ADMIN").post("/users/usr_admin/deactivate")
    other = box.post(f"{SMALL}/tokens", {})
    assert (other.status, other.json["userId"] != "usr_admin") == (201, True)


def test_an_inactive_account_gets_no_token(near: Box) -> None:
    near.as_("ADMIN").post("/users/usr_trainer/deactivate")
    for body in ({"userId": "usr_trainer"}, {"role": "TRAINER"}):
        answer = near.post(f"{SMALL}/tokens", body)
        assert answer.status == 404 or answer.json["userId"] != "usr_trainer"


def test_a_reset_takes_back_records_and_keeps_logins(box: Box) -> None:
    caller = box.as_("ADMIN")
    before = names(caller)
    caller.post("/companies", COMPANY)
    caller.delete("/companies/cmp_abc123")
    first = box.post(f"{SMALL}/reset")
    second = box.post(f"{SMALL}/reset")
    assert first.json == second.json == box.get(SMALL).json
    assert names(caller) == before
    assert caller.post("/companies", COMPANY).status == 201


def test_a_reset_fork_is_as_it_was_forked(near: Box) -> None:
    near.as_("ADMIN").post("/companies", {"name": "Avant"})
    near.fork("essai")
    near.as_("ADMIN", "essai").post("/companies", {"name": "Après"})
    near.post(f"{SMALL}/reset")
    near.post("/tenants/essai/reset")
    found = names(near.as_("ADMIN", "essai"))
    assert "Avant" in found
    assert "Après" not in found


def opened_by_call(box: Box) -> str:
    admin = {"email": "admin@neuf.example", "firstName": "Alix", "lastName": "Exemple"}
    body = {"slug": "neuf", "name": "Neuf", "admin": admin | {"password": "bac-a-sable-2026"}}
    body |= {"plan": "STARTER", "siret": "00000006900013", "nda": "11000000500"}
    made = box.as_("SUPER_ADMIN").post("/admin/tenants", body)
    assert made.status == 201, made.json
    return "/tenants/neuf"


def test_a_tenant_that_a_call_has_opened_has_no_seed(near: Box) -> None:
    path = opened_by_call(near)
    assert near.get(path).json["kind"] == "CALL"
    answer = near.post(f"{path}/reset")
    assert (answer.status, answer.code) == (409, "NO_SEED")
    near.post("/reset")
    assert near.slugs() == ["votre-tenant"]


def test_a_deleted_tenant_is_gone_for_everybody(box: Box) -> None:
    path = box.fork("essai")
    caller = box.as_("ADMIN", "essai")
    assert box.delete(path).status == 204
    again = box.delete(path)
    assert (again.status, again.code) == (404, "NOT_FOUND")
    assert (caller.get("/companies").status, caller.get("/companies").code) == (
        401,
        "SESSION_ENDED",
    )
    assert login(box, "essai").code == "INVALID_CREDENTIALS"
    assert box.slugs() == ["votre-tenant"]


def test_a_slug_that_is_free_again_knows_nothing_of_its_first_tenant(box: Box) -> None:
    path = box.fork("essai")
    box.put(f"{path}/snapshots/avant")
    stale = box.as_("ADMIN", "essai")
    stale.post("/companies", {"name": "Du premier"})
    box.delete(path)
    box.fork("essai")
    fresh = box.as_("ADMIN", "essai")
    assert "Du premier" not in names(fresh)
    assert box.get(f"{path}/snapshots").json["items"] == []
    answer = stale.get("/companies")
    assert (answer.status, answer.code) == (401, "SESSION_ENDED")


def test_a_seeded_tenant_that_was_deleted_comes_back_without_its_snapshots(near: Box) -> None:
    near.put(f"{SMALL}/snapshots/avant")
    near.delete(SMALL)
    assert near.slugs() == []
    again = near.post("/reset").json["items"]
    assert [tenant["slug"] for tenant in again] == ["votre-tenant"]
    assert near.get(f"{SMALL}/snapshots").json["items"] == []
    assert login(near, "votre-tenant").status == 200


def test_a_reset_of_all_leaves_what_was_seeded(box: Box) -> None:
    before = box.get("/tenants").json
    caller = box.as_("ADMIN")
    companies = names(caller)
    caller.post("/companies", COMPANY)
    box.fork("essai")
    box.post("/tenants", FIXTURE | {"tenant": {"slug": "ouvert", "name": "Ouvert"}})
    assert len(box.slugs()) == 3
    assert box.post("/reset").json == box.post("/reset").json == before
    assert names(caller) == companies


def test_a_reset_of_all_puts_what_was_seeded_in_place_of_another_of_its_name(near: Box) -> None:
    before = near.get("/tenants").json
    near.fork("essai")
    near.delete(SMALL)
    near.fork("votre-tenant", "essai")
    assert near.get(SMALL).json["kind"] == "FORK"
    assert near.post("/reset").json == before
    listed = near.as_("SUPER_ADMIN").get("/admin/tenants").data
    assert [tenant["slug"] for tenant in listed] == ["votre-tenant"]
