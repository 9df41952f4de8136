"""Pages behind a proxy with a path of its own: what a reader clicks goes through it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bacasable import Sandbox
from tests.browser.reading import Form, with_login_alone
from tests.server.fronting import proxy

PREFIX = "/box"


@pytest.fixture
def page(browser: Browser, sandbox: Sandbox) -> Iterator[Page]:
    """A page of a reader who knows the proxy alone; other addresses of the sandbox are cut off."""
    told = {"X-Forwarded-Prefix": PREFIX}
    with proxy(sandbox.url, PREFIX, told=told) as address:
        context = browser.new_context(base_url=address + "/", locale="en-GB")
        outside: list[str] = []
        context.on(
            "request", lambda r: None if r.url.startswith(address) else outside.append(r.url)
        )
        yield context.new_page()
        context.close()
        assert [url for url in outside if not url.startswith(("data:", "blob:"))] == []


def test_the_form_sends_through_it(page: Page) -> None:
    page.goto("en/api/courses/listCourses.html")
    form = Form(page)
    form.log_in()
    form.send()
    assert form.answer(200)["data"]
    expect(form.curl).to_contain_text(f"{PREFIX}/api/v1/courses")


@pytest.mark.sweep
def test_a_viewer_sends_through_it(page: Page) -> None:
    with_login_alone(page)
    page.goto("en/swagger.html")
    operation = page.locator("#operations-Auth-login")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("tr[data-param-name='X-Tenant-ID'] input").fill("votre-tenant")
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table")).to_contain_text("accessToken")
    expect(operation.locator(".request-url")).to_contain_text(f"{PREFIX}/api/v1/auth/login")
