"""What a reader chooses and pages remember: language, theme, language of samples; copying."""

import re

import pytest
from playwright.sync_api import Page, expect

from bacasable import Sandbox
from tests.browser.conftest import Visit
from tests.browser.reading import say, with_login_alone

GROUND = "getComputedStyle(document.body).backgroundColor"


def switch(page: Page, language: str) -> None:
    """Change the language at the top of the page."""
    page.locator(f".languages a[hreflang={language}]").click()


@pytest.mark.parametrize(
    "place",
    [
        "guides/errors.html#RULE_REFUSED",
        "api/courses.html#op-publishCourse",
        "design/tokens.html",
        pytest.param(
            "api/enrollments/createEnrollment.html#body-courseId", marks=pytest.mark.sweep
        ),
        pytest.param("models/enrollment.html#lifecycle", marks=pytest.mark.sweep),
    ],
)
def test_the_language_switch_keeps_the_place(visit: Visit, sandbox: Sandbox, place: str) -> None:
    page = visit(f"/en/{place}")
    before = page.locator("h1").inner_text()
    switch(page, "fr")
    expect(page).to_have_url(f"{sandbox.url}/fr/{place}")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    if "#" in place:
        expect(page.locator(f"[id='{place.partition('#')[2]}']")).to_be_in_viewport()
    switch(page, "en")
    expect(page.locator("h1")).to_have_text(before)


@pytest.mark.parametrize(
    ("locale", "language"), [("fr-FR", "fr"), ("en-US", "en"), ("de-DE", "en")]
)
def test_the_front_page_speaks_the_language_of_the_browser(
    visit: Visit, locale: str, language: str
) -> None:
    page = visit("/", locale=locale)
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.sweep
def test_a_chosen_language_is_remembered(visit: Visit, sandbox: Sandbox) -> None:
    page = visit("/", locale="en-GB")
    switch(page, "fr")
    with_login_alone(page)
    for path, found in {"/": "index", "/reference": "reference", "/swagger": "swagger"}.items():
        page.goto(path)
        # Scalar writes the section that is being read behind it.
        expect(page).to_have_url(re.compile(rf"^{sandbox.url}/fr/{found}\.html(#|$)"))


def test_the_theme_follows_the_system(visit: Visit) -> None:
    page = visit("/en/index.html", color_scheme="light")
    light = page.evaluate(GROUND)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(GROUND) != light


def test_a_chosen_theme_is_remembered(visit: Visit) -> None:
    page = visit("/en/index.html", color_scheme="light")
    light = page.evaluate(GROUND)
    button = page.locator("[data-theme-switch]")
    for theme in ("light", "dark"):
        button.click()
        expect(button).to_have_accessible_name(say("en", f"page.theme_{theme}"))
    dark = page.evaluate(GROUND)
    assert dark != light
    page.goto("/fr/guides/errors.html")
    assert page.evaluate(GROUND) == dark
    button.click()
    expect(button).to_have_accessible_name(say("fr", "page.theme_system"))
    page.reload()
    assert page.evaluate(GROUND) == light


def test_the_language_of_samples_is_remembered(visit: Visit) -> None:
    page = visit("/en/api/courses/listCourses.html")
    page.get_by_text("PHP", exact=True).click()
    shown = page.locator("[data-samples] .panel:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("GuzzleHttp")
    page.goto("/fr/guides/quickstart.html")
    expect(shown).to_have_count(2)
    expect(shown.first).to_contain_text("GuzzleHttp")
    expect(shown.last).to_contain_text("GuzzleHttp")


@pytest.mark.parametrize(
    "place",
    ["api/enrollments/createEnrollment.html", "guides/quickstart.html", "models/course.html"],
)
def test_copying_gives_exactly_what_is_shown(visit: Visit, place: str) -> None:
    page = visit(f"/en/{place}", permissions=["clipboard-read", "clipboard-write"])
    buttons = page.locator(":is(.panel, .code):visible [data-copy-code]:visible")
    assert buttons.count() > 0
    for button in buttons.all():
        code = button.locator("xpath=ancestor::*[contains(@class,'panel') or .//pre][1]//pre")
        button.click()
        expect(button).to_have_text(say("en", "page.copied"))
        assert page.evaluate("navigator.clipboard.readText()") == code.first.inner_text()


def test_copying_an_address(visit: Visit, sandbox: Sandbox) -> None:
    page = visit(
        "/en/api/courses/getCourse.html", permissions=["clipboard-read", "clipboard-write"]
    )
    page.locator(".endpoint .copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == f"{sandbox.base_url}/courses/{{id}}"
