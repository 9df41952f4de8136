"""The viewers of others: their pages, the contract they are given, and the choice of a language."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import Contract, load_contract
from bacasable.portal import viewers
from bacasable.portal.edition import Edition
from bacasable.portal.pages import Pages

CONTRACT = Path(__file__).parents[2] / "openapi.yaml"
BASE = "http://127.0.0.1:4010"


class Links(HTMLParser):
    """Every address that a page names, and its texts."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in {"href", "src"} and value]


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract(CONTRACT)


def pages_of(contract: Contract, *, sandbox: bool = False) -> list[Pages]:
    languages = ("en", "fr")
    editions = [Edition(name, languages, contract, BASE, sandbox) for name in languages]
    return [Pages(edition, viewers.sources(edition)) for edition in editions]


def document_in(pages: list[Pages], path: str = "en/openapi.js") -> dict[str, Any]:
    script = viewers.files(pages)[path]().decode()
    found = re.fullmatch(r"window\.openapi = (.*);\n", script, re.DOTALL)
    return json.loads(found[1])


def test_each_viewer_has_a_page_in_each_language(contract: Contract) -> None:
    for pages in pages_of(contract):
        assert set(pages.sources) == {"reference.html", "swagger.html"}
        for path in pages.sources:
            page = pages.html(path).decode()
            assert f'<html lang="{pages.edition.language}"' in page
            assert contract.title in page


@pytest.mark.parametrize("path", ["reference.html", "swagger.html"])
@pytest.mark.parametrize("bundled", [True, False])
def test_a_viewer_asks_no_other_host(
    contract: Contract, path: str, bundled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers, "bundled", lambda _name: bundled)
    monkeypatch.setattr("bacasable.portal.pages.asset_hash", lambda _name: "0")
    for link in Links(pages_of(contract)[0].html(path)).found:
        assert "//" not in link, link


@pytest.mark.parametrize("path", ["reference.html", "swagger.html"])
def test_a_viewer_that_was_not_bundled_says_so(
    contract: Contract, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers, "bundled", lambda _name: False)
    for pages in pages_of(contract):
        page = pages.html(path).decode()
        assert pages.edition.say("viewers.missing", name=pages.sources[path].title) in page
        assert "vendor/" not in page
        assert "viewer.js" not in page


def test_a_viewer_is_given_the_whole_contract(contract: Contract) -> None:
    assert document_in(pages_of(contract)) | {"servers": contract.document["servers"]} == (
        contract.document
    )


def test_servers_have_addresses_where_no_sandbox_serves_the_page(contract: Contract) -> None:
    (first, *_) = document_in(pages_of(contract))["servers"]
    assert first["url"] == BASE + contract.base_path
    (own, *_) = document_in(pages_of(contract, sandbox=True))["servers"]
    assert own["url"] == contract.base_path


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        (None, [BASE + "/"]),
        ([], [BASE + "/"]),
        ([{"url": "https://api.example/v1"}], ["https://api.example/v1"]),
        ([{"url": "//api.example/v1"}], ["//api.example/v1"]),
        ([{"url": "/v2"}, {"url": "https://{host}"}], [BASE + "/v2", "https://{host}"]),
    ],
)
def test_servers_of_others_are_kept(
    contract: Contract, servers: list[dict[str, str]] | None, expected: list[str]
) -> None:
    document = {k: v for k, v in contract.document.items() if k != "servers"}
    document |= {} if servers is None else {"servers": servers}
    found = document_in(pages_of(replace(contract, document=document)))
    assert [server["url"] for server in found["servers"]] == expected


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("index.html", "{}/index.html"),
        ("reference/index.html", "../{}/reference.html"),
        ("swagger/index.html", "../{}/swagger.html"),
    ],
)
def test_short_addresses_lead_to_every_language(contract: Contract, path: str, target: str) -> None:
    page = viewers.files(pages_of(contract))[path]()
    links = Links(page).found
    for language in ("en", "fr"):
        assert target.format(language) in links
    up = "../" * path.count("/")
    assert f"{up}assets/choose.js" in links
