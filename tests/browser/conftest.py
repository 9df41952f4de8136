"""A real browser in front of a real sandbox, both kept for all tests of this folder.

The browser is the distribution's Chromium. Whatever a test does, it fails when a page logs an
error, raises one, or asks another host.
"""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from bacasable import Sandbox
from bacasable.client import Tenant
from bacasable.portal import Site, load_site
from bacasable.resources import CONTRACT, overlays_of
from tests.browser.watching import Watch
from tests.support import NOW

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Names that an attacker has made to resolve to this machine (DNS rebinding).
    "--host-resolver-rules=MAP *.test 127.0.0.1, MAP *.test. 127.0.0.1",
    # Newer browsers keep pages of the web from this machine; the sandbox must not rely on it.
    "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
]
WIDE = {"width": 1440, "height": 1000}
PATIENCE = 10_000
Visit = Callable[..., Page]


@pytest.fixture(scope="package")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox on a port of its own; tests that write do so in a fork."""
    with Sandbox(tenants=["votre-tenant", "vide"], now=NOW) as started:
        yield started


@pytest.fixture
def fork(sandbox: Sandbox) -> Iterator[Tenant]:
    """A fresh copy of the small tenant."""
    with sandbox.tenant("votre-tenant").fork() as copy:
        yield copy


# Not for the session: while Playwright runs, no other test of the process can run a loop.
@pytest.fixture(scope="package")
def browser(sandbox: Sandbox) -> Iterator[Browser]:
    """Chromium without a window."""
    # The shell draws pages and nothing around them, which takes half the time.
    executable = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if executable is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("Chromium is not installed (Debian: apt install chromium-headless-shell)")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def watch(sandbox: Sandbox) -> Iterator[Watch]:
    """What pages do that they must not; the test fails with it at its end."""
    watching = Watch(sandbox.url)
    yield watching
    assert not watching.faults


@pytest.fixture
def visit(browser: Browser, sandbox: Sandbox, watch: Watch) -> Iterator[Visit]:
    """Opens a path of the sandbox (or an address) as a new reader; options are those of a context.

    An English reader with a wide window and a light theme, if nothing else is said.
    """
    contexts: list[BrowserContext] = []

    def open_page(path: str, **options: object) -> Page:
        given = {"base_url": sandbox.url, "viewport": WIDE, "locale": "en-GB"} | options
        context = browser.new_context(**given)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        watch.over(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="package")
def site() -> Site:
    """The static site of the packaged contract."""
    overlays = overlays_of(CONTRACT)
    return load_site(CONTRACT, overlays, languages=["en", *overlays])


@pytest.fixture(scope="package")
def folder(site: Site, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the static site as a folder: its assets, and the few pages that tests open."""
    root = tmp_path_factory.mktemp("static")
    pages = [
        "index.html",
        "search.js",
        "openapi.js",
        "reference.html",
        "swagger.html",
        "guides/events.html",
        "guides/errors.html",
        "api/enrollments/createEnrollment.html",
    ]
    wanted = [f"{language}/{page}" for language in site.languages for page in pages]
    wanted += [path for path in site.paths if path.startswith("assets/")]
    for path in ["index.html", *wanted]:
        file = site.file(path)
        assert file is not None, path
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.body)
    return root.as_uri()
