"""Pages for readers whose browser runs no scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.reading import LANGUAGES, say

NARROW = {"width": 360, "height": 740}


def plain(visit: Visit, path: str, **options: object) -> Page:
    """A page without scripts."""
    return visit(path, java_script_enabled=False, **options)


@pytest.mark.parametrize("language", LANGUAGES)
def test_guides_are_read_from_one_to_the_next(visit: Visit, language: str) -> None:
    page = plain(visit, f"/{language}/index.html")
    page.locator(".hero .button.primary").click()
    expect(page.locator("#log-in")).to_be_visible()
    page.locator("#try-it ~ p a").first.click()
    expect(page.locator(".endpoint .path")).to_contain_text("/api/v1")


def test_every_sample_can_be_read(visit: Visit) -> None:
    page = plain(visit, "/en/api/enrollments/createEnrollment.html")
    samples = page.locator("[data-samples]")
    for label, part in {
        "TypeScript": "await fetch",
        "PHP": "<?php",
        "cURL": "curl -",
        "Python": "import requests",
    }.items():
        samples.get_by_text(label, exact=True).click()
        expect(samples.locator(".panel:visible")).to_contain_text(part)


def test_an_operation_is_told_whole(visit: Visit) -> None:
    page = plain(visit, "/fr/api/enrollments/createEnrollment.html")
    for place in ("#parameters-header", "#body-courseId", "#answers", "#problems", "#facts"):
        expect(page.locator(place)).to_be_visible()
    expect(page.locator(".try noscript")).to_be_visible()
    assert page.locator(".try noscript").inner_text() == say("fr", "console.scripts")


def test_nothing_is_offered_that_needs_them(visit: Visit) -> None:
    page = plain(visit, "/en/api/courses/listCourses.html")
    dead = ".needs-script, .copy, [data-search-open], [data-theme-switch], dialog"
    expect(page.locator(dead).and_(page.locator(":visible"))).to_have_count(0)


def test_the_navigation_unfolds_and_leads(visit: Visit) -> None:
    page = plain(visit, "/en/index.html")
    navigation = page.locator("#site-navigation")
    navigation.get_by_text("Courses", exact=True).click()
    navigation.get_by_text("List courses", exact=True).click()
    expect(page.locator("h1")).to_have_text("List courses")
    expect(navigation.locator("[aria-current]")).to_be_visible()
    page.locator(".languages a[hreflang=fr]").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_the_drawer_opens_without_them(visit: Visit) -> None:
    page = plain(visit, "/en/index.html", viewport=NARROW)
    page.get_by_role("button", name=say("en", "page.menu")).click()
    page.locator("#site-navigation").get_by_text("Quickstart", exact=True).click()
    expect(page.locator("h1")).to_have_text("Quickstart")


def test_the_theme_is_that_of_the_system(visit: Visit) -> None:
    page = plain(visit, "/en/index.html", color_scheme="dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


@pytest.mark.parametrize("viewer", ["reference", "swagger"])
def test_viewers_say_that_they_need_them(visit: Visit, viewer: str) -> None:
    page = plain(visit, f"/en/{viewer}.html")
    expect(page.locator("noscript")).to_be_visible()
