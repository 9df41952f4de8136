"""Failures of our own: a problem with its place, logged, without leaking; secrets never logged."""

import logging

import pytest

from tests.qualiforma.steps import plant, record_of
from tests.server.problems import assert_problem, places_of
from tests.server.restoring import contents
from tests.support import Api

SECRET = "scrypt$not-for-anybody"
COURSE = "/courses/crs_excel_init"


def test_an_answer_that_breaks_the_contract_is_not_sent(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    plant(api, "Course", "crs_excel_init", price=-1)
    answer = api.as_("ADMIN").get(COURSE)
    assert_problem(answer, "CONTRACT_VIOLATION", "/data/price")
    assert "/data/price" in caplog.text
    assert answer.json["requestId"] in caplog.text


def test_a_broken_record_in_a_list_is_named_by_its_place(local: Api) -> None:
    plant(local, "Course", "crs_excel_init", level="GURU")
    answer = local.as_("ADMIN").get("/courses?sort=createdAt")
    assert_problem(answer, "CONTRACT_VIOLATION", "/data/0/level")


def test_a_member_that_the_contract_does_not_name_never_leaves(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    plant(api, "User", "usr_hugo", passwordHash=SECRET)
    for path in ("/users/usr_hugo", "/users?perPage=100"):
        answer = api.as_("ADMIN").get(path)
        assert_problem(answer, "CONTRACT_VIOLATION")
        assert places_of(answer)[0].endswith("/passwordHash")
        assert SECRET.encode() not in answer.content
    assert SECRET not in caplog.text


def test_a_change_whose_answer_is_broken_is_taken_back(local: Api) -> None:
    caller = local.as_("ADMIN")
    plant(local, "Course", "crs_excel_init", archivedAt="never")
    before = contents(local.sandbox)
    refused = caller.patch(COURSE, {"title": "Autre"})
    assert_problem(refused, "CONTRACT_VIOLATION", "/data/archivedAt")
    assert contents(local.sandbox) == before
    assert record_of(local, "Course", "crs_excel_init")["title"] != "Autre"


def test_a_defect_is_told_without_its_details_and_logged_with_them(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_call: object) -> None:
        raise RuntimeError(SECRET)

    caller = api.as_("ADMIN")
    monkeypatch.setattr(api.sandbox.engine, "handle", fail)
    answer = caller.get(COURSE)
    assert_problem(answer, "INTERNAL_ERROR")
    for word in (SECRET, "Traceback", "RuntimeError", ".py"):
        assert word.encode() not in answer.content
    (record,) = [r for r in caplog.records if r.name == "bacasable"]
    assert record.exc_info is not None
    assert answer.json["requestId"] in record.getMessage()


def test_after_a_defect_the_next_call_works(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = api.as_("ADMIN")
    with monkeypatch.context() as broken:
        broken.setattr(api.sandbox.engine, "handle", lambda _call: 1 / 0)
        assert caller.get(COURSE).status == 500
    assert caller.get(COURSE).status == 200


def test_a_defect_in_a_rule_takes_back_what_was_written(
    local: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = local.as_("ADMIN")
    before = contents(local.sandbox)
    monkeypatch.setattr("bacasable.core.situation.record_fact", lambda **_: 1 / 0)
    assert_problem(caller.post("/companies", {"name": "Exemple"}), "INTERNAL_ERROR")
    assert contents(local.sandbox) == before


def test_a_refusal_of_the_caller_is_no_failure_to_log(
    local: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caller = local.as_("ADMIN")
    caller.get("/courses/crs_inconnu")
    caller.post("/companies", {"name": 5})
    assert [r for r in caplog.records if r.name == "bacasable"] == []


def test_no_secret_is_ever_logged(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    tenant = {"X-Tenant-ID": "votre-tenant"}
    password, wrong = "votre-mot-de-passe", "un-autre-mot-de-passe"
    login = {"email": "admin@example.com", "password": password}
    pair = api.post("/auth/login", login, headers=tenant).data
    renewed = {"refreshToken": pair["refreshToken"]}
    caller = api.with_headers(tenant | {"Authorization": f"Bearer {pair['accessToken']}"})
    noa = {"email": "noa@x.example", "firstName": "N", "lastName": "X", "roles": ["LEARNER"]}
    plant(api, "Course", "crs_excel_init", price=-1)
    api.post("/auth/login", login | {"password": wrong}, headers=tenant)
    api.post("/auth/login", {"password": wrong, "mail": password}, headers=tenant)
    caller.post("/users", noa | {"password": wrong, "unknown": 1})
    caller.post("/users", noa | {"password": wrong})
    caller.get(COURSE)
    caller.get("/auth/me", headers={"Authorization": f"Bearer {pair['accessToken']}x"})
    api.post("/auth/refresh", renewed, headers=tenant)
    api.post("/auth/refresh", renewed, headers=tenant)
    caller.post("/auth/logout", renewed)
    assert "CONTRACT" in caplog.text or "/data/price" in caplog.text
    for secret in (password, wrong, pair["accessToken"], pair["refreshToken"]):
        assert secret not in caplog.text


def test_a_defect_at_login_logs_no_password(
    local: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bacasable.core.sessions.password_fits", lambda *_: 1 / 0)
    login = {"email": "admin@example.com", "password": "votre-mot-de-passe"}
    answer = local.post("/auth/login", login, headers={"X-Tenant-ID": "votre-tenant"})
    assert_problem(answer, "INTERNAL_ERROR")
    assert "ZeroDivisionError" in caplog.text
    assert "votre-mot-de-passe" not in caplog.text
