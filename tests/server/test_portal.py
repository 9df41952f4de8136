"""The portal over HTTP: which language, which headers, and what is no page of it."""

import asyncio
import gzip
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bacasable import portal
from bacasable.portal import Edition, Site
from bacasable.portal import site as sites
from bacasable.resources import LANGUAGES
from bacasable.server.portal import PortalPages
from tests.server.problems import assert_problem
from tests.support import Api

HOME = "!/en/index.html"


@pytest.mark.parametrize(
    ("accept", "cookie", "chosen"),
    [
        ("fr-FR,fr;q=0.9,en;q=0.8", "", "fr"),
        ("en-GB", "", "en"),
        ("de, fr;q=0.5", "", "fr"),
        ("de", "", "en"),
        ("", "", "en"),
        ("en;q=0, fr;q=0.1", "", "fr"),
        ("en;q=0.3,fr;q=0.7", "", "fr"),
        ("fr;q=often, en;q=0.1", "", "en"),
        ("en; q=0.3 , fr ; q=0.7", "", "fr"),
        ("fr", "language=en", "en"),
        ("en", "other=1; language=fr", "fr"),
        ("fr", "language=xx", "fr"),
        ("fr", "language=../../x", "fr"),
    ],
)
def test_the_front_page_follows_the_reader(api: Api, accept: str, cookie: str, chosen: str) -> None:
    answer = api.get("!/", headers={"Accept-Language": accept, "Cookie": cookie})
    assert answer.status == 307
    assert answer.headers["location"] == f"/{chosen}/index.html"
    assert "Accept-Language" in answer.headers["vary"]
    assert "Cookie" in answer.headers["vary"]


@pytest.mark.parametrize("viewer", ["reference", "swagger"])
def test_viewers_have_short_addresses(api: Api, viewer: str) -> None:
    answer = api.get(f"!/{viewer}", headers={"Accept-Language": "fr"})
    assert answer.headers["location"] == f"/fr/{viewer}.html"
    page = api.get("!" + answer.headers["location"])
    assert page.status == 200
    assert "https://" not in page.headers["content-security-policy"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_served_in_each_language(api: Api, language: str) -> None:
    answer = api.get(f"!/{language}/index.html")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{language}"' in answer.content.decode()
    assert api.get(f"!/{language}/").content == answer.content


def test_pages_may_run_no_script_but_ours(api: Api) -> None:
    headers = api.get(HOME).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_a_page_that_is_known_is_not_sent_again(api: Api) -> None:
    first = api.get(HOME)
    again = api.get(HOME, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.content) == (304, b"")
    assert api.get(HOME, headers={"If-None-Match": 'W/"another"'}).status == 200


def test_assets_are_kept_by_their_hash(api: Api) -> None:
    assert "immutable" in api.get("!/assets/app.css?v=1").headers["cache-control"]
    assert api.get("!/assets/app.css").headers["cache-control"] == "no-cache"
    assert api.get(HOME).headers["cache-control"] == "no-cache"
    assert api.get(f"{HOME}?v=1").headers["cache-control"] == "no-cache"


def test_pages_are_compressed_for_those_who_can_read_it(local: Api) -> None:
    plain = local.get(HOME, headers={"Accept-Encoding": "identity"})
    small = local.get(HOME, headers={"Accept-Encoding": "gzip"})
    assert small.headers["content-encoding"] == "gzip"
    assert gzip.decompress(small.content) == plain.content
    assert "content-encoding" not in plain.headers
    assert all("Accept-Encoding" in answer.headers["vary"] for answer in (plain, small))


def test_calls_do_not_wait_for_a_large_file_to_be_compressed(local: Api, monkeypatch) -> None:
    threads = []

    def compress(body: bytes, _level: int) -> bytes:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        threads.append(len(body))
        return body

    monkeypatch.setattr("bacasable.server.portal.gzip.compress", compress)
    local.get("!/assets/app.js", headers={"Accept-Encoding": "gzip"})
    assert threads


@pytest.mark.parametrize(
    "path",
    [
        "/en",
        "/en/nothing.html",
        "/de/index.html",
        "/assets/",
        "/assets/nothing.css",
        "/assets/../site.py",
        "/en/%2e%2e/%2e%2e/pyproject.toml",
        "/assets/%2e%2e/words/page.yaml",
        "//en/index.html",
    ],
)
def test_what_is_no_page_is_a_problem(api: Api, path: str) -> None:
    assert_problem(api.get("!" + path), "UNKNOWN_PATH")


@pytest.mark.parametrize("path", ["/fr/nothing.html", "/nothing", "/en/api/nothing/"])
def test_a_browser_is_shown_a_page_with_a_way_home(api: Api, path: str) -> None:
    answer = api.get("!" + path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "'unsafe" not in answer.headers["content-security-policy"]
    text = answer.content.decode()
    assert "<style" not in text
    for address in re.findall(r'href="([^"]+)"', text):
        assert api.get("!" + address).status == 200, address


def test_pages_are_read_only(api: Api) -> None:
    answer = api.post(HOME)
    assert_problem(answer, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD"
    assert api.request("HEAD", HOME).status == 200


def test_what_many_ask_for_at_once_is_made_once(contract, monkeypatch) -> None:
    made = []

    def slowly(*_contract, **_options):
        time.sleep(0.05)
        made.append(1)
        return Site(("en",), lambda _: None)

    monkeypatch.setattr(portal, "load_site", slowly)
    pages = PortalPages(contract, lambda: "")
    with ThreadPoolExecutor(4) as readers:
        assert len(set(readers.map(lambda _: id(pages._site()), range(4)))) == 1
    assert made == [1]


def test_a_page_that_failed_once_is_made_when_it_is_asked_for_again(monkeypatch) -> None:
    failures = [OSError("busy")]

    def maker():
        if failures:
            raise failures.pop()
        return b"made"

    monkeypatch.setattr(sites, "SECTIONS", ())
    monkeypatch.setattr(sites, "FILES", (lambda _: {"en/a.html": maker},))
    site = Site(("en",), lambda tag: Edition(tag, ("en",), None, ""))
    with pytest.raises(OSError, match="busy"):
        site.file("en/a.html")
    assert site.file("en/a.html").body == b"made"


def test_a_language_that_failed_once_is_read_when_it_is_asked_for_again(monkeypatch) -> None:
    failures = [OSError("busy")]

    def edition(tag):
        if failures:
            raise failures.pop()
        return Edition(tag, ("en",), None, "")

    monkeypatch.setattr(sites, "SECTIONS", ())
    monkeypatch.setattr(sites, "FILES", (lambda _: {"en/a.html": bytes},))
    site = Site(("en",), edition)
    with pytest.raises(OSError, match="busy"):
        site.file("en/a.html")
    assert site.file("en/a.html").body == b""


def test_a_sandbox_starts_without_the_portal() -> None:
    # Jinja is not among them: the library under the server has it.
    code = (
        "import sys; from bacasable import Sandbox; s = Sandbox(socket=False).start();"
        "heavy = ('bacasable.portal', 'markdown_it', 'mdit_py_plugins', 'jsonpath');"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_server_starts_without_what_draws_on_terminals_and_takes_it_from_nobody() -> None:
    code = (
        "import sys, bacasable.server.launch, httpx;"
        "print([m for m in ('rich', 'pygments', 'httpx._main') if m in sys.modules]);"
        "import httpx._main; print(callable(httpx._main.main), 'rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\nTrue True\n"


def test_whoever_has_the_terminal_of_httpx_keeps_it() -> None:
    code = (
        "import httpx._main as mine, sys, bacasable.server.launch;"
        "print(sys.modules['httpx._main'] is mine, callable(mine.main))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"
