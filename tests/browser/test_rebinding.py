"""DNS rebinding: pages of names that were made to lead to this machine, at the sandbox's own port.

For the browser such a page and the sandbox are one origin: no CORS, no preflight and no Origin
stand between them. Only the name in Host is not ours.
"""

import pytest
from playwright.sync_api import Browser

from bacasable import Sandbox
from bacasable.client import Tenant
from tests.browser.attacking import (
    CALL,
    EVIL,
    codes,
    controls_of,
    invitation,
    page_at,
    port_of,
    state_of,
)

HOSTS = [EVIL, f"127.0.0.1.{EVIL}", "0.0.0.0"]  # noqa: S104
OTHERS = [
    f"{EVIL}.",
    f"localhost.{EVIL}",
    f"LOCALHOST.{EVIL.upper()}",
    f"127.0.0.1.{EVIL}.",
    f"xn--localhost-.{EVIL}",
    "localhost.",
    "[::ffff:7f00:1]",
]
OWN = ["127.1", "2130706433", "0x7f000001", "017700000001", "127.0.0.1."]
"""Spellings that a browser itself makes 127.0.0.1 of: pages there are ours."""


@pytest.mark.parametrize(
    "host", [*HOSTS, *(pytest.param(h, marks=pytest.mark.sweep) for h in OTHERS)]
)
def test_a_rebound_page_controls_nothing(
    browser: Browser, sandbox: Sandbox, fork: Tenant, host: str
) -> None:
    there = invitation(fork)
    before = state_of(sandbox, fork)
    with page_at(browser, f"http://{host}:{port_of(sandbox)}/attack") as page:
        for name, method, path in controls_of(fork.slug, link=there["link"], message=there["id"]):
            options = {} if method == "GET" else {"body": "{}"}
            options["headers"] = {
                "Content-Type": "application/json",
                "Accept": "*/*",
                # No page may set Host or Origin; it may set these on calls of its own origin.
                "X-Forwarded-Host": f"127.0.0.1:{port_of(sandbox)}",
                "Forwarded": f"host=127.0.0.1:{port_of(sandbox)}",
            }
            status, told, _ = page.evaluate(CALL, [method, path, options])
            assert (status, codes(told)) == (403, "FOREIGN_ORIGIN"), name
        stream = page.evaluate(CALL, ["GET", "/_sandbox/log?follow=true", {}])
        assert stream[0] == 403
    assert state_of(sandbox, fork) == before


def test_a_rebound_page_reads_what_any_page_may_read(browser: Browser, sandbox: Sandbox) -> None:
    # The same as a page of any origin, by CORS: texts for everybody, and the API with a token.
    with page_at(browser, f"http://{EVIL}:{port_of(sandbox)}/attack") as page:
        for path in ("/_sandbox/health", "/_sandbox/openapi.json", "/openapi.json"):
            assert page.evaluate(CALL, ["GET", path, {}])[0] == 200, path
        headers = {"headers": {"X-Tenant-ID": "votre-tenant"}}
        assert page.evaluate(CALL, ["GET", "/api/v1/courses", headers])[0] == 401
        health = page.evaluate(CALL, ["GET", "/_sandbox/health", {}])[1]
        assert "votre-tenant" not in health


def test_the_portals_own_form_works_no_controls_under_a_foreign_name(
    browser: Browser, sandbox: Sandbox
) -> None:
    context = browser.new_context()
    page = context.new_page()
    answers: list[tuple[str, int]] = []
    page.on("response", lambda r: answers.append((r.url, r.status)))
    page.goto(f"http://{EVIL}:{port_of(sandbox)}/en/api/courses/listCourses.html")
    page.locator(".try").scroll_into_view_if_needed()
    page.locator(".try fieldset").first.wait_for()
    page.wait_for_load_state("networkidle")
    asked = [status for url, status in answers if "/_sandbox/" in url]
    context.close()
    assert asked
    assert set(asked) == {403}


@pytest.mark.parametrize(
    "host", [OWN[0], *(pytest.param(h, marks=pytest.mark.sweep) for h in OWN[1:])]
)
def test_other_spellings_of_this_machine_are_this_machine(
    browser: Browser, sandbox: Sandbox, host: str
) -> None:
    with page_at(browser, f"http://{host}:{port_of(sandbox)}/**") as page:
        page.goto(f"http://{host}:{port_of(sandbox)}/attack")
        assert page.evaluate("location.hostname") == "127.0.0.1"


def test_a_socket_of_a_rebound_page_opens_nothing(browser: Browser, sandbox: Sandbox) -> None:
    knock = """(path) => new Promise((resolve) => {
      const socket = new WebSocket(`ws://${location.host}${path}`);
      socket.onopen = () => resolve("open");
      socket.onerror = () => resolve("refused");
    })"""
    with page_at(browser, f"http://{EVIL}:{port_of(sandbox)}/attack") as page:
        for path in (
            "/_sandbox/log",
            "/_sandbox/tenants",
            "/api/v1/courses",
            "/",
            "/_sandbox/health",
        ):
            assert page.evaluate(knock, path) == "refused", path
