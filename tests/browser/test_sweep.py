"""Every page, visited one after another by one reader: accessibility, width, weight.

Axe judges by WCAG 2.2 AA and its own best practices. It judges one page of every kind in both
themes, in one of the languages; some operations that show everything and pages with parts of their
own in one of the themes. The sweep judges every page, its language and theme by turns, and measures
it in each language.
"""

from collections.abc import Iterable
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from bacasable.portal import Site
from tests.browser.choosing import (
    all_pages,
    but_operations,
    every_kind,
    of_their_own,
    telling_operations,
)
from tests.browser.conftest import Visit
from tests.browser.reading import Form, say
from tests.browser.watching import Watch

PARTS = 8
FEW_PARTS = 4
FEW = [0, *(pytest.param(part, marks=pytest.mark.sweep) for part in range(1, FEW_PARTS))]
BOTH = ("light", "dark")
SHARED = (".top", ".navigation", ".foot")
NARROW = {"width": 360, "height": 740}
LIGHTEST = 150_000
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}}
CONTRAST = {"runOnly": ["color-contrast"]}
JUDGE = """async ([options, apart]) => {
  const { violations } = await axe.run(apart.length ? { exclude: apart } : document,
    { resultTypes: ["violations"], preload: false, ...options });
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.target).join("; ")}`);
}"""
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
WEIGHT = """() => [
  ...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource")
    .filter(({ initiatorType }) => initiatorType !== "fetch"),
].reduce((sum, entry) => sum + entry.decodedBodySize, 0)"""


def issues(page: Page, themes: tuple[str, ...] = BOTH, apart: tuple[str, ...] = ()) -> list[str]:
    """The serious and critical issues of a page; `apart` is left out.

    In the second theme only contrast is judged: nothing else can differ.
    """
    page.evaluate(AXE_SCRIPT)
    found = []
    for theme, rules in zip(themes, (RULES, CONTRAST), strict=False):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found += [f"{theme} {one}" for one in page.evaluate(JUDGE, [rules, apart])]
    return found


Judged = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""Pages that axe judges, each with its themes and what is left out of it.

What is the same on all pages is judged once for each kind of page.
"""


def judged(site: Site) -> Judged:
    """A page of each kind, some operations that show everything, pages with parts of their own."""
    single = [*telling_operations(site, "fr")[::4], *of_their_own("fr")]
    chosen = {path: (BOTH[number % 2 :][:1], SHARED) for number, path in enumerate(single)}
    kinds = zip(*(every_kind(site, language) for language in site.languages), strict=True)
    return chosen | {pair[number % len(pair)]: (BOTH, ()) for number, pair in enumerate(kinds)}


def all_judged(site: Site) -> Judged:
    """Every page in one of the languages and themes, one after the other; kinds in all of them."""
    twins = zip(*(all_pages(site, language) for language in site.languages), strict=True)
    pages = {
        pair[number % len(pair)]: (BOTH[number // 2 % 2 :][:1], SHARED)
        for number, pair in enumerate(twins)
    }
    kinds = [path for language in site.languages for path in every_kind(site, language)]
    return pages | dict.fromkeys(kinds, (BOTH, ()))


def everything(site: Site) -> list[str]:
    """Every page in every language."""
    return [path for language in site.languages for path in all_pages(site, language)]


def test_axe_would_see_an_issue(visit: Visit) -> None:
    page = visit("/en/index.html")
    page.locator("h1").evaluate("one => { one.innerHTML = '<a href=\\'#main\\'></a>'; }")
    page.locator(".lead").evaluate("one => { one.style.color = 'currentcolor'; }")
    page.locator(".lead").evaluate("one => { one.style.opacity = 0.3; }")
    found = " ".join(issues(page))
    assert all(one in found for one in ("light link-name", "light color-contrast", "dark color-"))


@pytest.mark.parametrize("part", FEW)
def test_axe_finds_nothing_serious(visit: Visit, site: Site, part: int) -> None:
    assert serious(visit, list(judged(site).items())[part::FEW_PARTS]) == {}


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_serious_on_any_page(visit: Visit, site: Site, part: int) -> None:
    assert serious(visit, list(all_judged(site).items())[part::PARTS]) == {}


def serious(visit: Visit, pages: Iterable[tuple[str, Any]]) -> dict[str, list[str]]:
    """The issues of pages that have any."""
    found = {}
    page = visit("/en/index.html")
    for path, (themes, apart) in pages:
        page.goto(f"/{path}")
        if of_page := issues(page, themes, apart):
            found[path] = of_page
    return found


def measured(site: Site) -> list[str]:
    """The pages that are measured."""
    heaviest = by_weight(site)[-6:]
    others = [*every_kind(site, "fr"), *of_their_own("fr"), *but_operations(site, "fr")[::4]]
    return list(dict.fromkeys([*heaviest, *telling_operations(site, "fr"), *others]))


def by_weight(site: Site) -> list[str]:
    """French pages of operations, the lightest first."""
    operations = [path for path in all_pages(site, "fr") if path.count("/") == 3]
    return sorted(operations, key=lambda path: len(site.file(path).body))


@pytest.mark.parametrize("part", FEW)
@pytest.mark.sweep
def test_pages_are_narrow_and_light(visit: Visit, site: Site, part: int) -> None:
    """No page scrolls sideways at 360 pixels; an operation with all it loads is below 150 kB.

    French texts are the longer ones; of operations those that show everything, and the heaviest.
    """
    assert wide_or_heavy(visit, measured(site)[part::FEW_PARTS]) == ({}, {})


@pytest.mark.sweep
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_narrow_and_light(visit: Visit, site: Site, part: int) -> None:
    assert wide_or_heavy(visit, everything(site)[part::PARTS]) == ({}, {})


def wide_or_heavy(visit: Visit, paths: list[str]) -> tuple[dict[str, int], dict[str, int]]:
    """The pages that scroll sideways, and the operations that weigh too much."""
    page = visit("/en/index.html", viewport=NARROW)
    wide, heavy = {}, {}
    for path in paths:
        page.goto(f"/{path}")
        content, window = page.evaluate(WIDTHS)
        if content > window:
            wide[path] = content
        weight = page.evaluate(WEIGHT)
        if path.count("/") == 3 and weight >= LIGHTEST:
            heavy[path] = weight
    return wide, heavy


@pytest.mark.sweep
def test_operations_are_light_in_a_wide_window_too(visit: Visit, site: Site) -> None:
    """The form, which comes when it is seen or the page scrolled, is nearest on short pages."""
    page = visit("/en/index.html")
    heavy = {}
    for path in by_weight(site)[:12]:
        page.goto(f"/{path}")
        if (weight := page.evaluate(WEIGHT)) >= LIGHTEST:
            heavy[path] = weight
    assert heavy == {}


@pytest.mark.sweep
def test_axe_finds_nothing_serious_in_a_refusal(visit: Visit) -> None:
    page = visit("/fr/api/courses/createCourse.html")
    form = Form(page, "fr")
    form.log_in()
    form.button("empty_body").click()
    form.send()
    form.answer(400)
    page.locator(".try details").evaluate_all("all => { for (const one of all) one.open = true; }")
    assert issues(page, apart=SHARED) == []


def test_axe_finds_nothing_serious_in_search(visit: Visit) -> None:
    page = visit("/fr/index.html")
    page.keyboard.press("/")
    page.keyboard.type("inscription")
    page.locator("#search-results [role=option]").first.wait_for()
    assert issues(page) == []


@pytest.mark.sweep
def test_axe_finds_nothing_serious_in_the_drawer(visit: Visit) -> None:
    page = visit("/fr/index.html", viewport=NARROW)
    page.get_by_role("button", name=say("fr", "page.menu")).click()
    page.locator("#site-navigation").wait_for()
    assert issues(page) == []


@pytest.mark.sweep
def test_axe_finds_nothing_serious_in_what_is_folded(visit: Visit) -> None:
    page = visit("/fr/api/enrollments/createEnrollment.html")
    page.locator("details").evaluate_all("all => { for (const one of all) one.open = true; }")
    assert issues(page, apart=SHARED) == []


def test_axe_finds_nothing_serious_where_no_page_is(visit: Visit, watch: Watch) -> None:
    page = visit("/fr/nothing.html")
    watch.forgive("404 (Not Found)")
    assert issues(page) == []
    page.locator("main a").first.click()
    page.locator(".hero").wait_for()
