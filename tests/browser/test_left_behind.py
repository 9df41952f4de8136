"""What browsers keep: answers in caches, tokens in storage, workers of other programs."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from bacasable import Sandbox
from bacasable.client import Tenant
from tests.browser.attacking import invitation
from tests.browser.conftest import Visit
from tests.browser.reading import Form
from tests.browser.watching import Watch

COURSES = "/en/api/courses/listCourses.html"
OTHER_WORKER = """
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate') {
    const headers = {'content-type': 'text/html'};
    event.respondWith(new Response('<title>taken</title>', {headers}));
  }
});
"""
READ = """async ([path, headers, cache]) => {
  const answer = await fetch(path, { headers, cache });
  return [answer.status, await answer.text()];
}"""


class _Other(http.server.BaseHTTPRequestHandler):
    """Another program, which sets a worker over everything at its address."""

    def do_GET(self) -> None:
        worker = self.path == "/sw.js"
        body = OTHER_WORKER if worker else "<!doctype html><title>other</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if worker else "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def other_program() -> Iterator[int]:
    """It on a port of loopback, which is free again afterwards."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Other) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join()


@pytest.mark.sweep
def test_a_worker_that_another_program_left_does_not_stay(browser: Browser) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    with other_program() as port:
        page.goto(f"http://127.0.0.1:{port}/")
        page.evaluate(
            "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)"
        )
        expect(page).to_have_title("other")
        page.goto(f"http://127.0.0.1:{port}/en/index.html")
        expect(page).to_have_title("taken")  # whatever was asked for
        page.goto("about:blank")
    with Sandbox(tenants=["vide"], port=port):
        page.goto(f"http://127.0.0.1:{port}/en/index.html")
        # The first page may still be its own; the browser asks for the worker anew meanwhile.
        expect(page.locator("h1")).to_contain_text("QualiForma API")
        left = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"
        assert page.evaluate(left) == 0
    context.close()


VIEWERS = [pytest.param(f"/en/{v}.html", marks=pytest.mark.sweep) for v in ("swagger", "reference")]


@pytest.mark.parametrize("path", [COURSES, *VIEWERS])
def test_no_page_sets_a_worker(visit: Visit, path: str) -> None:
    page = visit(path)
    page.wait_for_load_state("networkidle")
    assert (
        page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    )


def test_nothing_stored_is_taken_for_a_worker(
    visit: Visit, fork: Tenant, sandbox: Sandbox, watch: Watch
) -> None:
    there = invitation(fork)
    page = visit("/en/index.html")
    register = """(path) => navigator.serviceWorker.register(path, {scope: '/'})
      .then((found) => found.unregister().then(() => 'registered'), (error) => error.name)"""
    inbox = f"/_sandbox/tenants/{fork.slug}/inbox/{there['id']}"
    for path in (f"{inbox}/text", f"{inbox}/html", inbox, "/_sandbox/log", "/api/v1/courses"):
        assert page.evaluate(register, path) in {"SecurityError", "TypeError"}, path
    watch.forgive("unsupported MIME type")
    watch.forgive("bad HTTP response code")


@pytest.mark.parametrize("cache", ["default", "force-cache"])
def test_no_cache_gives_one_tenant_the_answer_of_another(
    visit: Visit, sandbox: Sandbox, fork: Tenant, cache: str
) -> None:
    fork.client("ADMIN").post("/companies", json={"name": "Atelier secret"})
    page = visit("/en/index.html")
    first, second = fork, sandbox.tenant("votre-tenant")
    of = {
        tenant.slug: {
            "X-Tenant-ID": tenant.slug,
            "Authorization": "Bearer " + tenant.token("ADMIN"),
        }
        for tenant in (first, second)
    }
    path = f"{sandbox.base_url}/companies?perPage=100"
    assert "Atelier secret" in page.evaluate(READ, [path, of[first.slug], "default"])[1]
    assert "Atelier secret" not in page.evaluate(READ, [path, of[second.slug], cache])[1]
    assert "Atelier secret" not in page.evaluate(READ, [path, {}, cache])[1]


def test_the_way_back_shows_no_message_of_a_tenant_that_is_gone(
    visit: Visit, sandbox: Sandbox, watch: Watch
) -> None:
    with sandbox.tenant("votre-tenant").fork() as fork:
        there = invitation(fork)
        page = visit(f"/_sandbox/tenants/{fork.slug}/inbox/{there['id']}/html")
        page.locator("a.link").click()
        expect(page.locator("pre").last).to_contain_text("ey")
        page.goto("/en/index.html")
    for _ in range(2):
        page.go_back()
        expect(page.locator("body")).not_to_contain_text("apprenant@example.com")
        expect(page.locator("body")).to_contain_text("NOT_FOUND")
    watch.forgive("status of 404")


def test_tokens_are_kept_in_the_tab_and_nowhere_else(visit: Visit) -> None:
    page = visit(COURSES)
    Form(page).log_in()
    kept = page.evaluate("JSON.stringify({...sessionStorage})")
    assert "eyJ" in kept
    assert "eyJ" not in page.evaluate("JSON.stringify({...localStorage}) + document.cookie")
    assert page.context.cookies() == []
    names = "indexedDB.databases().then((all) => all.length)"
    assert page.evaluate(names) == 0
    assert page.evaluate("caches.keys().then((all) => all.length)") == 0
    page.close()
    after = page.context.new_page()
    after.goto(COURSES)
    assert after.evaluate("sessionStorage.length") == 0


def test_no_page_tells_where_its_reader_comes_from(
    visit: Visit, fork: Tenant, watch: Watch
) -> None:
    watch.allow("http://elsewhere.test/")
    there = invitation(fork)
    page = visit(f"/_sandbox/tenants/{fork.slug}/inbox/{there['id']}/html")
    page.locator("a.link").click()
    for path in ("", "/en/index.html", "/en/none.html"):
        if path:
            page.goto(path)
        assert _sent(page) == ""
    watch.forgive("status of 404")


def _sent(page: Page) -> str:
    """The Referer of a page that its reader goes to from here, elsewhere."""
    seen: list[str] = []

    def answer(route: Route) -> None:
        seen.append(route.request.headers.get("referer", ""))
        route.fulfill(body="<title>there</title>", content_type="text/html")

    page.context.route("http://elsewhere.test/", answer)
    page.evaluate("location.href = 'http://elsewhere.test/'")
    page.wait_for_url("http://elsewhere.test/")
    return seen[0]
