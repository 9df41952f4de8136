"""The form that tries an operation, against the real sandbox: a create, a list, refused calls."""

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from bacasable import Sandbox
from bacasable.client import Tenant
from tests.browser.conftest import Visit
from tests.browser.reading import LANGUAGES_IN_TURN, Form

ENROLL = "/en/api/enrollments/createEnrollment.html"
NARROW = {"width": 360, "height": 740}


def in_fork(page: Page, fork: Tenant) -> Form:
    """The form, logged in as administrator of a fork."""
    form = Form(page)
    form.set_tenant(fork.slug)
    form.log_in("ADMIN", fork.slug)
    return form


def test_a_create_is_really_there(visit: Visit, fork: Tenant) -> None:
    form = in_fork(visit(ENROLL), fork)
    expect(form.field("courseId")).to_have_value("crs_excel_macro")
    form.send()
    created = form.answer(201)["data"]
    stored = fork.client().get(f"/enrollments/{created['id']}").json()["data"]
    assert stored == created
    assert stored["courseId"] == "crs_excel_macro"


def test_the_form_makes_the_body_of_its_fields(visit: Visit, fork: Tenant) -> None:
    page = visit("/en/api/courses/createCourse.html")
    form = in_fork(page, fork)
    form.field("title").fill("Émargement & suivi")
    form.field("level").select_option(label="ADVANCED")
    form.field("durationHours").fill("7.5")
    form.button("add_to", name="objectives").click()
    items = form.node.locator('[data-pointer="/objectives"] input')
    expect(items.last).to_be_focused()
    page.keyboard.type("Tenir un registre")
    sent = json.loads(form.node.locator("textarea").last.input_value())
    form.send()
    form.answer(201)
    (stored,) = fork.client().get("/courses?q=suivi").json()["data"]
    assert {name: stored[name] for name in sent} == sent
    assert stored["title"] == "Émargement & suivi"
    assert stored["level"] == "ADVANCED"
    assert stored["durationHours"] == 7.5
    assert stored["objectives"][-1] == "Tenir un registre"


def test_a_list_with_its_parameters(visit: Visit) -> None:
    page = visit("/en/api/courses/listCourses.html")
    form = Form(page)
    form.log_in()
    form.field("status").select_option(label="PUBLISHED")
    form.field("perPage").fill("1")
    form.node.get_by_label(form.say("include", name="sort")).check()
    form.button("add_to", name="sort").click()
    form.node.locator('[data-pointer="query/sort"] select').select_option(label="-durationHours")
    with page.expect_request("**/api/v1/courses?*") as asked:
        form.send()
    query = asked.value.url.partition("?")[2]
    assert sorted(query.split("&")) == ["perPage=1", "sort=-durationHours", "status=PUBLISHED"]
    answer = form.answer(200)
    assert [course["id"] for course in answer["data"]] == ["crs_excel_macro"]
    assert answer["meta"]["pagination"]["perPage"] == 1


@pytest.mark.parametrize("language", LANGUAGES_IN_TURN)
def test_a_refusal_says_where_and_why(visit: Visit, sandbox: Sandbox, language: str) -> None:
    page = visit(f"/{language}/api/companies/createCompany.html")
    form = Form(page, language)
    form.log_in()
    form.button("empty_body").click()
    form.field("name").fill("x" * 300)
    form.send()
    problem = form.answer(400)
    assert problem["code"] == "INVALID_REQUEST"
    assert [error["pointer"] for error in problem["errors"]] == ["/name"]
    expect(form.field("name")).to_have_attribute("aria-invalid", "true")
    expect(form.field("name")).to_have_accessible_description(problem["errors"][0]["detail"])
    form.output.get_by_role("link", name=form.say("meaning", code="INVALID_REQUEST")).click()
    expect(page).to_have_url(f"{sandbox.url}/{language}/guides/errors.html#INVALID_REQUEST")
    expect(page.locator("#INVALID_REQUEST")).to_be_in_viewport()


def test_marks_go_when_the_call_is_mended(visit: Visit, fork: Tenant) -> None:
    form = in_fork(visit("/en/api/companies/createCompany.html"), fork)
    form.button("empty_body").click()
    form.send()
    form.answer(400)
    form.field("name").fill("Atelier des Dunes")
    form.send()
    form.answer(201)
    expect(form.node.locator("[aria-invalid=true], .field .error")).to_have_count(0)


def test_a_rule_is_refused_by_its_name(visit: Visit, fork: Tenant) -> None:
    form = in_fork(visit(ENROLL, viewport=NARROW), fork)
    form.send()
    form.answer(201)
    form.send()
    assert form.answer(409)["rules"] == ["ALREADY_ENROLLED"]
    assert form.page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def test_json_is_judged_while_it_is_written(visit: Visit) -> None:
    form = Form(visit(ENROLL))
    form.node.get_by_label(form.say("as_json"), exact=True).first.check()
    text = form.node.locator("textarea:visible")
    judged = form.node.locator(".try-findings")
    text.fill("{")
    expect(judged).to_contain_text(form.say("no_json", reason="").strip())
    text.fill('{"courseId": 1, "paymentMethod": "GOLD", "more": null}')
    expect(judged).to_contain_text(form.say("invalid"))
    for pointer, keyword in {
        "/courseId": form.say("check_type", limit="string"),
        "/userId": form.say("check_required"),
        "/paymentMethod": form.say("check_enum", limit="").strip(),
        "/more": form.say("check_additionalProperties"),
    }.items():
        expect(judged.locator("li").filter(has_text=pointer)).to_contain_text(keyword)
    text.fill('{"courseId": "crs_excel_init", "userId": "usr_learner", "paymentMethod": "FREE"}')
    expect(judged).to_have_text(form.say("valid"))
    form.node.get_by_label(form.say("as_form"), exact=True).check()
    expect(form.field("courseId")).to_have_value("crs_excel_init")


def test_two_clicks_send_once(visit: Visit) -> None:
    page = visit("/en/api/courses/listCourses.html")
    form = Form(page)
    form.log_in()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/v1/courses", hold)
    form.button("send").dblclick()
    expect(form.button("abort")).to_be_visible()
    form.button("send").click(force=True)
    held[0].continue_()
    form.answer(200)
    assert len(held) == 1


def test_a_call_can_be_aborted(visit: Visit, fork: Tenant) -> None:
    form = in_fork(visit("/en/api/courses/listCourses.html"), fork)
    fork.faults.add("DELAY", seconds=30, count=1)
    form.send()
    form.button("abort").click()
    expect(form.output).to_contain_text(form.say("aborted"))
    form.send()
    form.answer(200)


def test_a_generated_key_makes_a_repeat_harmless(visit: Visit, fork: Tenant) -> None:
    form = in_fork(visit(ENROLL), fork)
    label = f"{form.say('generate')}: Idempotency-Key"
    form.node.get_by_role("button", name=label).click()
    expect(form.field("Idempotency-Key")).to_have_value(re.compile("^[0-9a-f]{32}$"))
    form.send()
    first = form.answer(201)["data"]
    form.send()
    expect(form.output).not_to_contain_text(form.say("sending"))
    assert form.answer(201)["data"] == first


def test_log_and_inbox_stand_beside(visit: Visit, fork: Tenant) -> None:
    form = in_fork(visit(ENROLL), fork)
    form.send()
    form.answer(201)
    log, inbox = (form.node.locator(".try-panel").nth(place) for place in (0, 1))
    log.locator("summary").first.click()
    expect(log.locator("li").first).to_contain_text("POST /api/v1/enrollments 201")
    inbox.locator("summary").first.click()
    expect(inbox.locator("li").first).to_contain_text(form.say("to", who="apprenant@example.com"))
    fork.client().get("/courses?perPage=2")
    expect(log.locator("li").first).to_contain_text("/api/v1/courses?perPage=2")
