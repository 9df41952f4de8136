"""What search knows: everything once, in its language, at places that exist."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import Contract
from bacasable.portal import Site, search
from bacasable.portal.pages import Pages

CONTRACT = Path(__file__).parents[2] / "openapi.yaml"
OVERLAYS = {"fr": CONTRACT.parent / "fixtures" / "locales" / "fr.overlay.yaml"}
LANGUAGES = ("en", "fr")


@pytest.fixture(params=LANGUAGES)
def pages(request: pytest.FixtureRequest, site: Site) -> Pages:
    return site.pages_in(request.param)


def script(site: Site, language: str) -> dict[str, Any]:
    text = site.file(f"{language}/search.js").body.decode()
    found = re.fullmatch(r"window\.portalSearch = (.*);\n", text, re.DOTALL)
    return json.loads(found[1])


def test_every_operation_error_and_event_is_found_at_its_own_place(
    contract: Contract, pages: Pages
) -> None:
    places = Counter(found.kind for found in search.findable(pages))
    assert places["operation"] == len(contract.operations)
    assert places["error"] == len(contract.problems)
    assert places["event"] == len(contract.facts)
    assert places["model"] >= len(contract.resources)
    assert places["guide"] >= 10
    assert places["member"] > 100


def test_nothing_stands_twice(pages: Pages) -> None:
    assert max(Counter(search.findable(pages)).values()) == 1


def test_every_kind_has_its_heading(pages: Pages) -> None:
    words = pages.edition.words("search")
    for kind in {found.kind for found in search.findable(pages)}:
        assert words[f"kind_{kind}"]


def test_entries_lead_to_pages_and_to_places_in_them(pages: Pages) -> None:
    html: dict[str, str] = {}
    for found in search.findable(pages):
        path, _, anchor = found.href.partition("#")
        assert path in pages.sources, found
        if anchor:
            if path not in html:
                html[path] = pages.html(path).decode()
            assert f'id="{anchor}"' in html[path], found


def test_the_script_says_the_same(site: Site, pages: Pages) -> None:
    given = script(site, pages.edition.language)
    known = [[f.kind, f.title, f.detail, f.href, f.words] for f in search.findable(pages)]
    assert given["entries"] == known
    assert given["words"]["title"] == pages.edition.say("search.title")


def test_each_language_has_texts_of_its_own(site: Site) -> None:
    english, french = (script(site, language) for language in LANGUAGES)
    assert english["words"]["title"] != french["words"]["title"]
    titles = [
        {e[1] for e in given["entries"] if e[0] == "operation"} for given in (english, french)
    ]
    assert len(titles[0] & titles[1]) < len(titles[0]) / 10


def test_the_library_is_named_where_it_was_bundled(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "bundled", lambda _name: True)
    monkeypatch.setattr(search, "asset_hash", lambda _name: "abc")
    maker = search.files([site.pages_in("en")])["en/search.js"]
    assert b'"library":"../assets/vendor/minisearch.js?v=abc"' in maker()
    monkeypatch.setattr(search, "bundled", lambda _name: False)
    assert b'"library":null' in maker()


def test_every_page_opens_search(pages: Pages) -> None:
    for path in ("index.html", "guides/errors.html"):
        page = pages.html(path).decode()
        assert 'id="search-dialog"' in page
        up = "../" * path.count("/")
        assert f'data-entries="{up}search.js"' in page
        assert f'data-root="{up}"' in page
