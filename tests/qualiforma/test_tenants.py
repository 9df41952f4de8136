"""Tenants: opening, branding, suspension."""

import pytest

from tests.support import Answer, Api

ADMIN = {
    "email": "admin@example.com",
    "password": "un-mot-de-passe-long",
    "firstName": "Alix",
    "lastName": "Exemple",
}
NEW = {"slug": "nouvel-organisme", "name": "Nouvel organisme", "admin": ADMIN}
REASON = {"statusReason": "Contrat terminé"}


def opened(api: Api) -> tuple[Api, str]:
    """The super administrator and the id of a tenant just opened."""
    caller = api.as_("SUPER_ADMIN")
    answer = caller.post("/admin/tenants", NEW)
    assert answer.status == 201
    return caller, answer.data["id"]


def login(api: Api) -> Answer:
    body = {"email": ADMIN["email"], "password": ADMIN["password"]}
    return api.post("/auth/login", body, headers={"X-Tenant-ID": "nouvel-organisme"})


def test_the_tenant_of_the_header_is_the_current_one(api: Api) -> None:
    tenant = api.as_("LEARNER").get("/tenants/current").data
    assert tenant["slug"] == "votre-tenant"
    assert tenant["id"].startswith("tnt_")
    assert tenant["plan"] == "BUSINESS"
    assert tenant["features"] == ["ADAPTIVE_PATHS", "PAYMENTS", "QUALIOPI_DASHBOARD"]
    assert tenant["branding"]["displayName"] == "Votre organisme"


def test_an_administrator_changes_the_branding(local: Api) -> None:
    branding = {"displayName": "Autre nom", "primaryColor": "#123456", "logoUrl": None}
    answer = local.as_("ADMIN").patch("/tenants/current", {"branding": branding})
    assert answer.data["branding"] == branding
    assert local.as_("LEARNER").get("/tenants/current").data["branding"] == branding


@pytest.mark.parametrize(
    ("logo", "status"),
    [
        ("https://www.example.com/logo.png", 200),
        ("http://localhost:8000/logo.svg?v=2", 200),
        ("javascript:alert(1)", 400),
        ("JavaScript://www.example.com/%0Aalert(1)", 400),
        ("data:image/svg+xml;base64,PHN2Zy8+", 400),
        ("file:///etc/passwd", 400),
        ("ftp://www.example.com/logo.png", 400),
        ("https:logo.png", 400),
        ("https:///logo.png", 400),
        (" https://www.example.com/", 400),
    ],
)
def test_a_logo_is_an_address_of_the_web(local: Api, logo: str, status: int) -> None:
    """Pages show it as an image: a script or a file of one's own must never stand there."""
    branding = {"displayName": "Nom", "primaryColor": "#123456", "logoUrl": logo}
    answer = local.as_("ADMIN").patch("/tenants/current", {"branding": branding})
    assert answer.status == status, answer.json
    if status == 400:
        assert {e["pointer"] for e in answer.json["errors"]} == {"/branding/logoUrl"}


def test_a_new_tenant_is_empty_but_for_its_first_administrator(local: Api) -> None:
    opened(local)
    caller = local.login(ADMIN["email"], ADMIN["password"], "nouvel-organisme")
    assert [u["roles"] for u in caller.get("/users").data] == [["ADMIN"]]
    assert caller.get("/courses").data == []
    assert caller.get("/tenants/current").data["name"] == "Nouvel organisme"


def test_the_password_of_the_first_administrator_is_never_shown(local: Api) -> None:
    answer = local.as_("SUPER_ADMIN").post("/admin/tenants", NEW)
    assert ADMIN["password"].encode() not in answer.content
    assert "admin" not in answer.data


def test_a_slug_is_taken_once(local: Api) -> None:
    caller, _ = opened(local)
    again = caller.post("/admin/tenants", NEW)
    assert again.code == "DUPLICATE"
    assert again.json["errors"][0]["pointer"] == "/slug"


def test_a_suspended_tenant_refuses_everybody_but_a_super_administrator(local: Api) -> None:
    caller, tenant = opened(local)
    inside = local.login(ADMIN["email"], ADMIN["password"], "nouvel-organisme")
    assert caller.post(f"/admin/tenants/{tenant}/suspend", REASON).data["status"] == "SUSPENDED"
    assert inside.get("/courses").code == "TENANT_SUSPENDED"
    assert login(local).code == "TENANT_SUSPENDED"
    there = {"X-Tenant-ID": "nouvel-organisme"}
    assert caller.get("/courses", headers=there).status == 200


def test_a_reactivated_tenant_works_as_before(local: Api) -> None:
    caller, tenant = opened(local)
    inside = local.login(ADMIN["email"], ADMIN["password"], "nouvel-organisme")
    caller.post(f"/admin/tenants/{tenant}/suspend", REASON)
    answer = caller.post(f"/admin/tenants/{tenant}/reactivate")
    assert answer.data["status"] == "ACTIVE"
    assert answer.data["statusReason"] is None
    assert inside.get("/courses").status == 200


def test_the_seeded_suspended_tenant_refuses_the_right_password_too(seeded: Api) -> None:
    body = {"email": "admin@suspendu.example", "password": "bac-a-sable-2026"}
    answer = seeded.post("/auth/login", body, headers={"X-Tenant-ID": "suspendu"})
    assert answer.code == "TENANT_SUSPENDED"


def test_a_super_administrator_works_in_any_tenant(local: Api) -> None:
    caller, _ = opened(local)
    there = {"X-Tenant-ID": "nouvel-organisme"}
    made = caller.post("/companies", {"name": "Exemple"}, headers=there)
    assert made.status == 201
    assert caller.get(f"/companies/{made.data['id']}").code == "NOT_FOUND"
    assert caller.get(f"/companies/{made.data['id']}", headers=there).status == 200
