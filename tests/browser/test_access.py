"""Credentials and servers in the form: who is logged in, and what never leaves the tab."""

import re

import pytest
from playwright.sync_api import Page, expect

from bacasable import Sandbox
from bacasable.contract import Contract
from bacasable.core import FixedClock
from bacasable.core.clock import parse_instant
from bacasable.resources import fixture_path
from bacasable.server.launch import build_sandbox
from tests.browser.conftest import Visit
from tests.browser.reading import LANGUAGES_IN_TURN, Form
from tests.browser.watching import Watch
from tests.support import NOW, over_socket

COURSES = "/en/api/courses/listCourses.html"
ENROLL = "/en/api/enrollments/createEnrollment.html"
ELSEWHERE = "https://api.qualiforma.site/api/v1"


def token_of(page: Page, form: Form) -> str:
    """The token that the form sends."""
    with page.expect_request("**/api/v1/courses*") as asked:
        form.send()
    return asked.value.headers["authorization"].removeprefix("Bearer ")


OTHER_ROLES = [pytest.param(r, marks=pytest.mark.sweep) for r in ("TRAINER", "AUDITOR", "ADMIN")]


@pytest.mark.parametrize("role", ["LEARNER", "SUPER_ADMIN", *OTHER_ROLES])
def test_one_click_logs_in_by_role(visit: Visit, role: str) -> None:
    form = Form(visit("/en/api/auth/getSession.html"))
    form.log_in(role)
    form.send()
    assert form.answer(200)["data"]["user"]["roles"] == [role]


@pytest.mark.parametrize("language", LANGUAGES_IN_TURN)
def test_a_wrong_password_is_refused(visit: Visit, language: str) -> None:
    form = Form(visit(f"/{language}/api/courses/listCourses.html"), language)
    form.node.get_by_text(form.say("own")).click()
    form.field("email").fill("admin@example.com")
    form.field("password").fill("wrong")
    form.button("login").click()
    expect(form.node.get_by_text(form.say("login_failed", reason=""))).to_be_visible()
    form.send()
    assert form.answer(401)["code"]


def test_an_own_login_and_a_pasted_token(visit: Visit, sandbox: Sandbox) -> None:
    page = visit(COURSES)
    form = Form(page)
    form.node.get_by_text(form.say("own")).click()
    form.field("email").fill("admin@example.com")
    form.field("password").fill("votre-mot-de-passe")
    page.keyboard.press("Enter")
    form.is_known_as("admin@example.com")
    token = sandbox.tenant("votre-tenant").token("LEARNER")
    form.field(form.say("token")).fill(token)
    form.button("use_token").click()
    form.is_known_as(form.say("pasted"))
    assert token_of(page, form) == token
    form.answer(200)


def test_a_login_lasts_for_the_tab_until_it_is_forgotten(visit: Visit) -> None:
    page = visit(COURSES)
    Form(page).log_in("TRAINER")
    page.goto("/en/api/courses/getCourse.html")
    form = Form(page)
    form.is_known_as("TRAINER · votre-tenant")
    form.button("forget").click()
    expect(form.node.get_by_text(form.say("forgotten"))).to_be_visible()
    form.send()
    form.answer(401)
    page.reload()
    expect(Form(page).node.get_by_text(form.say("access_none"))).to_be_visible()


def test_the_token_is_written_nowhere(visit: Visit) -> None:
    page = visit(COURSES)
    form = Form(page)
    form.log_in()
    token = token_of(page, form)
    form.answer(200)
    expect(form.curl).to_contain_text('-H "Authorization: Bearer $TOKEN"')
    assert token not in page.content()
    assert token not in page.evaluate("JSON.stringify(localStorage) + document.cookie")
    other = page.context.new_page()
    other.goto(COURSES)
    expect(Form(other).node.get_by_text(form.say("access_none"))).to_be_visible()


def test_the_shown_command_is_the_call(visit: Visit, sandbox: Sandbox) -> None:
    page = visit(COURSES)
    form = Form(page)
    form.field("q").fill('l\'été & "plus"')
    expect(form.curl).to_contain_text("?q=l'\\''%C3%A9t%C3%A9%20%26%20%22plus%22")
    expect(form.curl).to_contain_text(f"{sandbox.base_url}/courses")
    expect(form.curl).to_contain_text("-H 'X-Tenant-ID: votre-tenant'")


def test_another_server_is_a_warning_and_a_question(visit: Visit, watch: Watch) -> None:
    watch.allow(ELSEWHERE)
    page = visit(ENROLL)
    sent = []

    def answer(route) -> None:
        sent.append(route.request)
        route.fulfill(status=201, json={"data": {}}, headers={"Access-Control-Allow-Origin": "*"})

    page.route(f"{ELSEWHERE}/**", answer)
    form = Form(page)
    form.log_in()
    warning = form.node.get_by_text(form.say("acts"))
    expect(warning).to_be_hidden()
    form.node.get_by_label(form.say("server"), exact=True).and_(
        page.locator("select")
    ).select_option(value=ELSEWHERE)
    expect(warning).to_be_visible()
    expect(form.node.get_by_text(form.say("access_none"))).to_be_visible()
    form.send()
    question = page.get_by_role("dialog", name=re.compile("api.qualiforma.site"))
    question.get_by_role("button", name=form.say("confirm_no"), exact=True).click()
    expect(question).to_have_count(0)
    assert sent == []
    form.send()
    question.get_by_role("button", name=form.say("confirm_yes"), exact=True).click()
    form.answer(201)
    (request,) = [one for one in sent if one.method == "POST"]
    assert "authorization" not in request.headers  # the token is the sandbox's, and stays there


def test_a_server_that_does_not_answer(visit: Visit, watch: Watch) -> None:
    watch.allow(ELSEWHERE)
    page = visit(COURSES)
    page.route(f"{ELSEWHERE}/**", lambda route: route.abort())
    form = Form(page)
    form.node.get_by_label(form.say("server"), exact=True).and_(
        page.locator("select")
    ).select_option(value=ELSEWHERE)
    form.send()
    expect(form.output).to_contain_text("CORS")
    watch.forgive("net::ERR_FAILED")


def test_with_its_key_the_controls_of_a_sandbox_are_shown(
    visit: Visit, watch: Watch, contract: Contract
) -> None:
    fixtures, clock = [fixture_path("vide")], FixedClock(parse_instant(NOW))
    with over_socket(
        build_sandbox(contract=contract, fixtures=fixtures, clock=clock, key="cle")
    ) as api:
        watch.allow(api.url)
        form = Form(visit(api.url + COURSES))
        form.set_tenant("vide")
        key = form.field(form.say("key"))
        for given, opens in (("another", False), ("cle", True)):
            key.fill(given)
            form.button("use_key").click()
            if opens:
                expect(form.button("fork")).to_be_visible()
                expect(key).to_be_hidden()
            else:
                expect(key).to_be_visible()
                expect(form.button("fork")).to_be_hidden()
        form.button("fork").click()
        expect(form.node.get_by_text(form.say("fork_made", slug="")[:10])).to_be_visible()
    watch.forgive("404 (Not Found)")
