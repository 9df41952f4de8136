"""Pages without a mouse: everything is reached in a sensible order, and one sees where one is."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.reading import Form, say

LIST = "/en/api/courses/listCourses.html"
NARROW = {"width": 360, "height": 740}
# What has the focus, whether one sees it, and whether it can be seen that it has it.
FOCUS = """() => {
  const on = document.activeElement;
  const style = getComputedStyle(on);
  const box = on.getBoundingClientRect();
  return {
    tag: on.tagName, kind: on.type ?? "", text: on.textContent.trim().slice(0, 60),
    name: `${on.className} ${on.id} ${on.closest("[class]").className}`,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    marked: style.outlineStyle !== "none" || style.boxShadow !== "none",
    home: on === document.body,
  };
}"""


def walk(page: Page, limit: int = 400) -> list[dict[str, str]]:
    """Tab from the top of the page to its end; every stop."""
    stops = []
    for _ in range(limit):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop["home"]:
            return stops
        stops.append(stop)
    pytest.fail("the end of the page is never reached")


def test_the_first_stop_skips_to_the_content(visit: Visit) -> None:
    page = visit("/en/guides/quickstart.html")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("main a").first).to_be_focused()


def test_tab_reaches_everything_and_shows_where_it_is(visit: Visit) -> None:
    page = visit(LIST)
    page.get_by_role("button", name=Form(page).say("send"), exact=True).wait_for()
    stops = walk(page)
    hidden = [stop for stop in stops if not (stop["seen"] and stop["marked"])]
    assert hidden == []
    order = [
        lambda stop: "skip" in stop["name"],
        lambda stop: "search-button" in stop["name"],
        lambda stop: "theme-button" in stop["name"],
        lambda stop: stop["text"] == say("en", "page.tag_overview"),
        lambda stop: "copy" in stop["name"],
        lambda stop: stop["kind"] == "radio",
        lambda stop: stop["text"] == "ADMIN",
        lambda stop: stop["kind"] == "submit",
    ]
    places = [next(n for n, stop in enumerate(stops) if is_it(stop)) for is_it in order]
    assert places == sorted(places)


def test_tabs_of_samples_by_arrows(visit: Visit) -> None:
    page = visit(LIST)
    page.locator("#sample-python").focus()
    for language, part in {"curl": "curl -", "typescript": "await fetch", "php": "<?php"}.items():
        page.keyboard.press("ArrowRight")
        expect(page.locator(f"#sample-{language}")).to_be_focused()
        expect(page.locator("[data-samples] .panel:visible")).to_contain_text(part)


def test_a_call_by_keys_alone(visit: Visit) -> None:
    page = visit(LIST)
    form = Form(page)
    # Focused and pressed in one step: on a busy machine the page may still be building the form.
    name = f"{form.say('login_as')} ADMIN"
    form.node.get_by_role("button", name=name, exact=True).press("Enter")
    form.is_known_as("ADMIN · votre-tenant")
    form.field("q").focus()
    page.keyboard.type("excel")
    page.keyboard.press("Control+Enter")
    assert form.answer(200)["data"]


def test_the_navigation_is_a_drawer_on_a_narrow_screen(visit: Visit) -> None:
    page = visit("/en/guides/quickstart.html", viewport=NARROW)
    drawer = page.locator("#site-navigation")
    menu = page.get_by_role("button", name=say("en", "page.menu"))
    expect(drawer).to_be_hidden()
    menu.focus()
    page.keyboard.press("Enter")
    expect(drawer.locator("[aria-current]")).to_be_focused()
    expect(drawer).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    expect(drawer.locator("[aria-current]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).not_to_have_text("Quickstart")
    expect(drawer).to_be_hidden()


def test_the_drawer_has_a_button_that_closes_it(visit: Visit) -> None:
    page = visit("/fr/index.html", viewport=NARROW)
    page.get_by_role("button", name=say("fr", "page.menu")).click()
    drawer = page.locator("#site-navigation")
    drawer.get_by_role("button", name=say("fr", "page.close")).click()
    expect(drawer).to_be_hidden()
