"""The quickstart, followed click by click by somebody who has never been here."""

import re

import pytest
from playwright.sync_api import expect

from bacasable import Sandbox
from tests.browser.conftest import Visit
from tests.browser.reading import LANGUAGES, LANGUAGES_IN_TURN, LOCALES, Form, say


@pytest.mark.parametrize("language", LANGUAGES_IN_TURN)
def test_the_quickstart_leads_to_a_call_that_works(
    visit: Visit, sandbox: Sandbox, language: str
) -> None:
    page = visit("/", locale=LOCALES[language])
    expect(page).to_have_url(f"{sandbox.url}/{language}/index.html")
    page.locator(".hero .button.primary").click()
    expect(page).to_have_url(re.compile(r"/guides/quickstart\.html$"))
    expect(page.locator("main")).to_contain_text(sandbox.url)
    page.locator("#try-it ~ p a").first.click()
    expect(page).to_have_url(re.compile(r"/api/courses/listCourses\.html$"))
    page.get_by_role("link", name=say(language, "page.try"), exact=True).click()
    form = Form(page, language)
    form.log_in("ADMIN")
    form.send()
    found = form.answer(200)["data"]
    assert "crs_excel_init" in [course["id"] for course in found]
    expect(form.output.locator(".badge")).to_be_in_viewport()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_has_its_commands_beside_it(visit: Visit, language: str) -> None:
    page = visit(f"/{language}/guides/quickstart.html")
    for step in ("start", "log-in", "read", "create", "refusal"):
        block = page.locator(f"h2#{step} ~ .code, h2#{step} ~ * .code").first
        expect(block.locator("pre")).not_to_be_empty()
        expect(block.locator(".copy")).to_be_visible()


def test_the_home_page_leads_everywhere(visit: Visit) -> None:
    page = visit("/en/index.html")
    page.get_by_role("link", name=say("en", "page.group_api")).click()
    expect(page.locator("h2#reference")).to_be_in_viewport()
    page.locator(".cards a").nth(1).click()
    page.locator("main table a").first.click()
    expect(page.locator(".endpoint .path")).to_contain_text("/api/v1")
    page.locator(".breadcrumbs a").first.click()
    expect(page.locator(".hero")).to_be_visible()
