"""Search by keyboard, on the sandbox and on the static site that is opened as a file."""

import pytest
from playwright.sync_api import Page, expect

from bacasable import Sandbox
from tests.browser.conftest import Visit
from tests.browser.reading import LANGUAGES_IN_TURN, Form, say

HOME = "index.html"
FINDS = {
    "evenements": "guides/events.html",
    "événements": "guides/events.html",
    "EVENEMENTS": "guides/events.html",
    "createEnrollment": "api/enrollments/createEnrollment.html",
    "/needs-analysis": "api/needs-analysis/",
    "RULE_REFUSED": "guides/errors.html#RULE_REFUSED",
    "enrollment.created": "guides/events.html#enrollment.created",
    "paymentMethod": "#",
    "inscrire un apprenant": "api/enrollments/createEnrollment.html",
}


@pytest.fixture(params=["served", "file"])
def root(request: pytest.FixtureRequest, sandbox: Sandbox) -> str:
    """The address of the French pages, on both kinds of site."""
    address = sandbox.url if request.param == "served" else request.getfixturevalue("folder")
    return f"{address}/fr/"


def look_for(page: Page, words: str) -> None:
    """Press / and type."""
    page.keyboard.press("/")
    expect(page.locator(".search-field")).to_be_focused()
    page.keyboard.type(words)


def options(page: Page) -> list[str]:
    """Where the results lead, once there are some."""
    expect(page.locator("#search-results [role=option]").first).to_be_visible()
    return page.locator("#search-results [role=option]").evaluate_all(
        "all => all.map((one) => one.href)"
    )


@pytest.mark.parametrize(
    "root", ["served", pytest.param("file", marks=pytest.mark.sweep)], indirect=True
)
def test_what_is_looked_for_is_found(visit: Visit, root: str) -> None:
    page = visit(root + HOME)
    for words, place in FINDS.items():
        look_for(page, words)
        found = options(page)
        assert place in found[0], f"{words}: {found}"
        assert found[0].startswith(root)
        page.keyboard.press("Escape")
        expect(page.locator(".search-field")).not_to_be_focused()


def test_the_chosen_result_is_opened(visit: Visit, root: str) -> None:
    page = visit(root + "api/enrollments/createEnrollment.html")
    look_for(page, "RULE_REFUSED")
    options(page)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{root}guides/errors.html#RULE_REFUSED")
    expect(page.locator("#RULE_REFUSED")).to_be_in_viewport()


def test_arrows_choose(visit: Visit) -> None:
    page = visit("/fr/index.html")
    look_for(page, "inscription")
    found = options(page)
    field = page.locator(".search-field")
    for key, place in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("ArrowUp", 0)):
        page.keyboard.press(key)
        chosen = page.locator("[role=option][aria-selected=true]")
        expect(chosen).to_have_attribute("id", f"search-{place}")
        expect(field).to_have_attribute("aria-activedescendant", f"search-{place}")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#search-results [role=option]").last).to_have_attribute(
        "aria-selected", "true"
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(found[1])


def test_a_result_on_the_same_page_closes_search(visit: Visit) -> None:
    page = visit("/en/guides/errors.html")
    look_for(page, "INVALID_REQUEST")
    options(page)
    page.keyboard.press("Enter")
    expect(page.locator("#search")).to_be_hidden()


def test_escape_returns_to_where_one_was(visit: Visit) -> None:
    page = visit("/en/index.html")
    link = page.locator("main a").first
    link.focus()
    look_for(page, "x")
    page.keyboard.press("Escape")
    expect(page.locator("#search")).to_be_hidden()
    expect(link).to_be_focused()


@pytest.mark.parametrize("language", LANGUAGES_IN_TURN)
def test_nothing_found_is_said(visit: Visit, language: str) -> None:
    page = visit(f"/{language}/index.html")
    page.locator("[data-search-open]").click()
    page.keyboard.type("xyzzyx")
    said = say(language, "search.none", query="xyzzyx")
    expect(page.locator(".search-state")).to_have_text(said)


def test_a_slash_in_a_field_is_a_slash(visit: Visit) -> None:
    page = visit("/en/api/courses/listCourses.html")
    field = Form(page).field("q")
    field.focus()
    page.keyboard.type("a/b")
    expect(field).to_have_value("a/b")
    expect(page.locator("#search")).to_be_hidden()
