"""The portal over HTTP: which language, which headers, and what is no page of it."""

import gzip

import pytest

from bacasable.resources import LANGUAGES
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


def test_pages_are_compressed_for_those_who_can_read_it(local: Api) -> None:
    plain = local.get(HOME, headers={"Accept-Encoding": "identity"})
    small = local.get(HOME, headers={"Accept-Encoding": "gzip"})
    assert small.headers["content-encoding"] == "gzip"
    assert gzip.decompress(small.content) == plain.content
    assert "content-encoding" not in plain.headers


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


def test_pages_are_read_only(api: Api) -> None:
    answer = api.post(HOME)
    assert_problem(answer, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD"
    assert api.request("HEAD", HOME).status == 200
