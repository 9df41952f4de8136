"""The documentation of a contract that means harm, as a folder: no server sends headers with it."""

import http.server
import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bacasable.contract import load_contract
from bacasable.portal import load_site
from bacasable.portal.build import build
from tests.browser.attacking import ALARM, HARM

TRACKER = "https://evil.test"
MARKED = f"""{HARM}

![one]({TRACKER}/one.png) [two](javascript:evil()) <javascript:evil()> [four](file:///etc/passwd)
[five](data:text/html,<script>evil()</script>) [six](vbscript:evil) [seven](JaVaScRiPt&#58;evil())
![eight](data:image/svg+xml,<svg/onload=evil()>) ![nine](//evil.test/nine.png) ![ten][ref]
<img src="{TRACKER}/raw.png"><video src="{TRACKER}/raw.mp4"><link rel=stylesheet href="{TRACKER}/x">

[ref]: {TRACKER}/ten.png
"""
LINKS = [
    "javascript:evil()",
    "data:text/html,<script>evil()</script>",
    "file:///etc/passwd",
    "vbscript:x",
]
STARTED = {"reference": "#viewer .introduction-section, #viewer h1", "swagger": "#viewer .info"}


def contract() -> dict[str, Any]:
    """OpenAPI in which every text and address that may be anything is one that means harm."""
    answers = {"200": {"description": MARKED}}
    operations = {
        f"/{number}": {
            "get": {
                "operationId": f"read{number}",
                "summary": HARM,
                "description": MARKED,
                "tags": [HARM],
                "externalDocs": {"url": link, "description": HARM},
                "responses": answers,
                "servers": [{"url": link}],
            }
        }
        for number, link in enumerate(LINKS)
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": HARM[:80],
            "version": "1",
            "description": MARKED,
            "termsOfService": LINKS[0],
            "contact": {"name": HARM, "url": LINKS[0], "email": "x@evil.test"},
            "license": {"name": HARM, "url": LINKS[1]},
            "x-logo": {"url": f"{TRACKER}/logo.png", "href": LINKS[0]},
        },
        "externalDocs": {"url": LINKS[0], "description": "more"},
        "servers": [{"url": LINKS[0]}, {"url": "javascript://x/%0aevil()"}, {"url": LINKS[2]}],
        "tags": [{"name": HARM, "description": MARKED, "externalDocs": {"url": LINKS[0]}}],
        "paths": operations,
    }


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation as a folder."""
    root = tmp_path_factory.mktemp("hostile")
    (root / "evil.json").write_text(json.dumps(contract()), "utf-8")
    build(load_site(load_contract(root / "evil.json"), {}), root / "site")
    return root / "site"


@pytest.fixture(scope="module")
def served(built: Path) -> Iterator[str]:
    """The folder on a server that knows nothing of it."""
    handler = partial(_Quiet, directory=str(built))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must not ask another host, nor run what the contract says."""
    context = browser.new_context(locale="en-GB")
    context.add_init_script(ALARM)
    context.on("dialog", lambda dialog: pytest.fail(dialog.message))
    opened = context.new_page()
    yield opened
    context.close()


def asked_elsewhere(page: Page, root: str) -> list[str]:
    """The addresses elsewhere that a page asks from now on; what its policy stops is none."""
    found: list[str] = []
    local = (root, "data:", "blob:")
    page.context.on("response", lambda r: None if r.url.startswith(local) else found.append(r.url))
    page.context.on(
        "requestfailed",
        lambda r: (
            None
            if r.url.startswith(local) or r.failure == "csp"
            else found.append(f"{r.url} {r.failure}")
        ),
    )
    return found


def dangerous_links(page: Page) -> list[str]:
    """What can be clicked on and leads to a script or a file of the reader's."""
    return page.evaluate(
        """() => [...document.querySelectorAll('a[href], area[href], form[action], iframe, object')]
          .map((one) => one.href?.baseVal ?? one.href ?? one.action ?? one.src ?? one.data)
          .filter((address) => !/^(https?|mailto):/i.test(address) &&
            !address.startsWith(location.href.split('/').slice(0, 3).join('/')))"""
    )


def hears(page: Page) -> list[str]:
    """Whether a text has become a script."""
    heard: list[str] = []
    page.on("console", lambda m: heard.append(m.text) if "has become a script" in m.text else None)
    return heard


@pytest.mark.parametrize("way", ["served", pytest.param("file", marks=pytest.mark.sweep)])
def test_pages_of_a_hostile_contract_do_no_harm(
    page: Page, built: Path, served: str, way: str
) -> None:
    root = served if way == "served" else built.as_uri()
    elsewhere, heard = asked_elsewhere(page, root), hears(page)
    pages = sorted(
        path.relative_to(built).as_posix()
        for path in (built / "en").rglob("*.html")
        if path.stem not in STARTED and "guides" not in path.parts and "design" not in path.parts
    )
    assert len(pages) > 5
    for path in pages:
        page.goto(f"{root}/{path}")
        expect(page.locator("main")).not_to_be_empty()
        assert page.locator("main img").count() == 0, path
        assert [a for a in dangerous_links(page) if not a.startswith((root, "about:"))] == [], path
        if page.locator(".try").count():
            page.locator(".try").scroll_into_view_if_needed()
            page.locator(".try fieldset").first.wait_for()
            values = page.locator(".try select option").evaluate_all(
                "all => all.map((o) => o.value)"
            )
            assert [v for v in values if v.startswith(("javascript", "data", "file"))] == []
    assert (elsewhere, heard) == ([], [])


@pytest.mark.parametrize("viewer", STARTED)
@pytest.mark.parametrize("way", ["served", pytest.param("file", marks=pytest.mark.sweep)])
def test_viewers_of_a_hostile_contract_do_no_harm(
    page: Page, built: Path, served: str, way: str, viewer: str
) -> None:
    root = served if way == "served" else built.as_uri()
    elsewhere, heard = asked_elsewhere(page, root), hears(page)
    page.goto(f"{root}/en/{viewer}.html")
    page.locator(STARTED[viewer]).first.wait_for()
    page.wait_for_timeout(500)
    for summary in page.locator(".opblock-summary-control").all():
        summary.click()
    page.mouse.wheel(0, 5000)
    page.wait_for_timeout(500)
    assert [a for a in dangerous_links(page) if not a.startswith((root, "about:"))] == []
    assert (elsewhere, heard) == ([], [])
