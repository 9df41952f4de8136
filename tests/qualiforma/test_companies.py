"""Companies: customers and funders."""

from tests.support import Api


def test_a_company_is_a_customer_unless_said_otherwise(local: Api) -> None:
    made = local.as_("ADMIN").post("/companies", {"name": "Exemple"})
    assert made.status == 201
    assert made.data["kind"] == "CUSTOMER"
    assert made.data["siret"] is None


def test_a_siret_is_taken_once(local: Api) -> None:
    body = {"name": "Doublon", "siret": "00000002600013"}
    answer = local.as_("ADMIN").post("/companies", body)
    assert answer.code == "DUPLICATE"
    assert answer.json["errors"][0]["pointer"] == "/siret"


def test_a_company_that_nothing_refers_to_is_deleted(local: Api) -> None:
    admin = local.as_("ADMIN")
    assert admin.delete("/companies/cmp_sans_dossier").status == 204
    assert admin.get("/companies/cmp_sans_dossier").code == "NOT_FOUND"


def test_a_company_in_use_is_kept_and_the_users_are_named(local: Api) -> None:
    admin = local.as_("ADMIN")
    answer = admin.delete("/companies/cmp_abc123")
    assert answer.code == "STILL_REFERENCED"
    assert any("enr_abc123" in error["detail"] for error in answer.json["errors"])
    assert admin.get("/companies/cmp_abc123").status == 200


def test_companies_are_found_by_words_without_case_or_accents(local: Api) -> None:
    found = local.as_("ADMIN").get("/companies?q=SOCIETE+exemple").data
    assert [c["id"] for c in found] == ["cmp_abc123"]


def test_companies_are_found_by_kind(local: Api) -> None:
    found = local.as_("ADMIN").get("/companies?kind=FUNDER").data
    assert [c["id"] for c in found] == ["cmp_opco"]


def test_a_patch_of_null_clears_and_what_is_left_out_stays(local: Api) -> None:
    admin = local.as_("ADMIN")
    before = admin.get("/companies/cmp_abc123").data
    after = admin.patch("/companies/cmp_abc123", {"phone": None}).data
    assert after == before | {"phone": None, "updatedAt": "2026-11-02T09:00:00.000Z"}
