"""The page of consent in a browser: it leads back to the client, and nobody else can answer it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from bacasable import Sandbox

LOCKERS = Path(__file__).parents[1] / "core" / "documents" / "lockers.yaml"


@pytest.fixture(scope="module")
def lockers() -> Iterator[Sandbox]:
    with Sandbox(document=LOCKERS) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def back() -> Iterator[str]:
    """The address of a client that is led back to."""

    class Client(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<link rel=icon href=data:,><h1>Back</h1>")

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Client) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/callback"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        page = context.new_page()
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text))
        yield page
        assert not faults


def address(lockers: Sandbox, back: str) -> str:
    asked = {"client_id": "sandbox-public", "redirect_uri": back, "response_type": "code"}
    asked |= {"state": "s", "scope": "look", "code_challenge": "c" * 43}
    return f"{lockers.url}/v2/oauth/authorize?" + urlencode(
        asked | {"code_challenge_method": "S256"}
    )


@pytest.mark.parametrize(("button", "told"), [("Allow", "code"), ("Deny", "error")])
def test_it_leads_back(lockers: Sandbox, back: str, page: Page, button: str, told: str) -> None:
    page.goto(address(lockers, back))
    page.get_by_label("login-2").check()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", name="Back")).to_be_visible()
    found = parse_qs(urlsplit(page.url).query)
    assert {told, "state", "iss"} <= set(found)
    assert found["state"] == ["s"]


def test_no_page_frames_it(lockers: Sandbox, back: str, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(back)
        frame = address(lockers, back)
        page.set_content(f'<iframe src="{frame.replace("&", "&amp;")}"></iframe>')
        page.wait_for_load_state("networkidle")
        framed = page.frames[-1]
        assert framed.get_by_role("button", name="Allow").count() == 0
