"""Texts that others have stored, on every page that shows data: they stay texts."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

from bacasable import Sandbox
from bacasable.client import ControlRefused, Tenant
from bacasable.contract import load_contract
from bacasable.resources import CONTRACT
from tests.browser.attacking import ALARM, HARM, invitation, poisoned
from tests.browser.conftest import Visit
from tests.browser.reading import Form
from tests.browser.watching import Watch

LISTS = {
    "User": ("users/listUsers", "/users"),
    "Company": ("companies/listCompanies", "/companies"),
    "Course": ("courses/listCourses", "/courses"),
    "Questionnaire": ("questionnaires/listQuestionnaires", "/questionnaires"),
    "NeedsAnalysis": ("needs-analysis/listNeedsAnalyses", "/needs-analysis"),
    "AdaptivePath": ("adaptive-paths/listAdaptivePaths", "/adaptive-paths"),
    "Enrollment": ("enrollments/listEnrollments", "/enrollments"),
    "ImprovementPlan": ("improvement-plans/listImprovementPlans", "/improvement-plans"),
    "QuestionnaireResponse": (
        "questionnaires/listQuestionnaireResponses",
        "/questionnaire-responses",
    ),
}
LISTS_IN_TURN = [
    pytest.param(
        name, marks=() if name in {"User", "Course", "NeedsAnalysis"} else pytest.mark.sweep
    )
    for name in LISTS
]
ODD = [
    "<svg onload=evil()>",
    "'\"><script>evil()</script>",
    "%3Cscript%3Eevil()%3C/script%3E",
    "{{7*7}}",
]


@pytest.fixture
def open_page(visit: Visit) -> Callable[..., Page]:
    """Opens a page in which scripts of others would be heard."""

    def opened(path: str, **options: Any) -> Page:
        page = visit("/assets/icon.svg", **options)
        page.context.add_init_script(ALARM)
        page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
        page.goto(path)
        return page

    return opened


def elements(page: Page) -> list[str]:
    """Elements that no page of ours has, and attributes that run."""
    return page.evaluate(
        """() => [...document.querySelectorAll('*')].filter((one) =>
          ['IFRAME', 'OBJECT', 'EMBED', 'BASE'].includes(one.tagName) ||
          (one.tagName === 'IMG' && !one.src.startsWith('data:')) ||
          [...one.attributes].some(({ name, value }) => name.startsWith('on') ||
            (['href', 'src', 'action', 'formaction', 'xlink:href'].includes(name) &&
             /^[\\s\\0]*(javascript|vbscript|data|file):/i.test(value) && one.tagName === 'A')))
          .map((one) => one.outerHTML.slice(0, 200))"""
    )


def test_every_text_of_every_resource_can_be_harmful_in_these_tests() -> None:
    contract = load_contract(CONTRACT)
    listed = {o.action.resource for o in contract.operations.values() if o.action.kind == "list"}
    parts = {"CourseModule", "PathAssignment", "ImprovementAction", "Event", "Tenant"}
    assert {name for name in listed if name} == set(LISTS) | parts


@pytest.mark.parametrize("resource", LISTS_IN_TURN)
def test_what_a_record_says_is_shown_as_it_is(
    open_page: Callable[..., Page], fork: Tenant, resource: str
) -> None:
    page_of, path = LISTS[resource]
    record = fork.client("ADMIN").get(f"{path}?perPage=1").json()["data"][0]
    number = iter(range(10_000))

    def is_taken(harmed: dict[str, Any]) -> bool:
        record_id = f"{record['id'].split('_')[0]}_harm{next(number):04d}"
        unique = {"email": f"harm{next(number)}@example.com"} if "email" in harmed else {}
        unique |= {"siret": None} if "siret" in harmed else {}
        try:
            fork.insert(resource, [{**harmed, **unique, "id": record_id}])
        except ControlRefused:
            return False
        return True

    harmed = poisoned(record, is_taken)
    assert harmed != record or resource == "Enrollment"
    page = open_page(f"/en/api/{page_of}.html")
    form = Form(page)
    form.set_tenant(fork.slug)
    form.log_in("ADMIN", fork.slug)
    form.field("perPage").fill("100")
    form.send()
    shown = form.answer(200)
    assert resource == "Enrollment" or "evil()" in json.dumps(shown)
    assert elements(page) == []


def harmful(fork: Tenant) -> dict[str, Any]:
    """Names and titles that harm, and a letter that tells of them."""
    admin = fork.client("ADMIN")
    body = {"firstName": HARM[:100], "lastName": "<svg onload=evil()>"}
    assert admin.patch("/users/usr_learner", json=body).status_code == 200
    branding = admin.get("/tenants/current").json()["data"]["branding"]
    branding |= {"displayName": HARM[:100], "logoUrl": "https://www.example.com/?evil()"}
    answer = admin.patch("/tenants/current", json={"branding": branding})
    assert answer.status_code == 200, answer.text
    return invitation(fork)


def test_a_message_and_its_link_are_shown_as_they_are(
    open_page: Callable[..., Page], fork: Tenant
) -> None:
    there = harmful(fork)
    inbox = f"/_sandbox/tenants/{fork.slug}/inbox/{there['id']}"
    page = open_page(f"{inbox}/html")
    expect(page.locator("main")).to_contain_text("<svg onload=evil()>")
    expect(page.locator("main")).to_contain_text("<script>evil()</script>")
    assert elements(page) == []
    page.locator("a.link").click()
    expect(page.locator("main")).to_contain_text("<svg onload=evil()>")
    assert elements(page) == []
    page.goto(f"{inbox}/text")
    expect(page.locator("body")).to_contain_text("<svg onload=evil()>")
    page.goto(inbox)
    expect(page.locator("body")).to_contain_text("<svg onload=evil()>")
    assert elements(page) == []


def test_log_and_inbox_beside_the_form_show_texts(
    open_page: Callable[..., Page], fork: Tenant, sandbox: Sandbox
) -> None:
    harmful(fork)
    headers = {"X-Tenant-ID": fork.slug, "User-Agent": HARM[:60].encode("ascii", "ignore").decode()}
    with httpx.Client(base_url=sandbox.base_url, headers=headers) as client:
        client.get(f"/courses/{quote('<svg onload=evil()>')}?q={quote(HARM)}")
    page = open_page("/en/api/enrollments/createEnrollment.html")
    form = Form(page)
    form.set_tenant(fork.slug)
    form.log_in("ADMIN", fork.slug)
    form.send()
    form.answer(201)
    log, inbox = (form.node.locator(".try-panel").nth(place) for place in (0, 1))
    log.locator("summary").first.click()
    expect(log).to_contain_text("q=%22%27%3E%3Cscript%3E")
    inbox.locator("summary").first.click()
    for summary in inbox.locator("li summary").all():
        summary.click()
    expect(inbox).to_contain_text("<script>evil()</script>")
    assert elements(page) == []


@pytest.mark.parametrize("text", ODD)
def test_an_address_is_shown_as_it_is(
    open_page: Callable[..., Page], watch: Watch, text: str
) -> None:
    page = open_page(f"/en/{quote(text)}?q={quote(text)}#{text}")
    assert elements(page) == []
    for path in (
        f"/en/index.html?x={quote(text)}#{text}",
        f"/en/search.html#{text}",
        f"/{quote(text)}",
    ):
        page.goto(path)
        assert elements(page) == []
    for path in (f"/api/v1/{quote(text)}", f"/api/v1/courses/{quote(text)}"):
        answer = page.goto(path)
        assert answer is not None
        assert re.match(r"application/(problem\+)?json$", answer.headers["content-type"])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert elements(page) == []
    watch.forgive("status of 404")
    watch.forgive("status of 40")


def test_a_search_for_a_script_finds_nothing_and_runs_nothing(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("/en/index.html")
    page.keyboard.press("/")
    for text in [HARM, *ODD]:
        page.locator("#search-dialog input").fill(text)
        expect(page.locator(".search-state")).not_to_be_empty()
        assert elements(page) == []


def test_an_answer_that_is_a_page_is_shown_as_text(
    open_page: Callable[..., Page], fork: Tenant
) -> None:
    page = open_page("/en/api/courses/listCourses.html")
    problem = {"title": HARM, "detail": HARM, "code": f'"><img src=x onerror=evil()>{HARM}'}
    problem |= {"status": 400, "errors": [{"pointer": f'/"]{HARM}', "detail": HARM}]}
    answers = iter([("text/html", HARM), ("application/problem+json", json.dumps(problem))])

    def answer(route: Any) -> None:
        kind, body = next(answers)
        route.fulfill(status=400, body=body, content_type=kind)

    page.route("**/api/v1/courses", answer)
    form = Form(page)
    for _ in range(2):
        form.send()
        expect(form.output.locator(".badge")).to_have_text(re.compile("^400"))
        assert elements(page) == []
        for link in form.output.locator("a").all():
            assert (link.get_attribute("href") or "").startswith("../")
