"""The guides of a folder as pages: title, place, links to each other, and what must not be done."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract import ContractError
from bacasable.portal.edition import Edition
from bacasable.portal.guides import sources
from bacasable.portal.own_guides import own_guides
from bacasable.portal.pages import Pages
from tests.contract.toy import built

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z", "P", "S")), min_size=1)


def pages(folder: Path, **files: str) -> Pages:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text, "utf-8")
    edition = Edition("en", ("en",), built(), "http://127.0.0.1:4010")
    edition = replace(edition, guides=folder)
    return Pages(edition, sources(edition))


@given(WORDS, WORDS)
def test_the_first_heading_is_the_title(
    tmp_path_factory: pytest.TempPathFactory, title: str, text: str
) -> None:
    folder = tmp_path_factory.mktemp("g")
    (folder / "a.md").write_text(f"```sh\n# {text} x\n```\n\n# {title} #\n\n{text}\n", "utf-8")
    (source,) = own_guides(folder)
    assert (source.title, source.path) == (title, "guides/a.html")
    (found,) = source.found()
    assert found.title == title
    assert found.words == text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Only text.\n", "How to lend"),
        ("## Two\n\n# A *bold* `one`\n", "A bold one"),
        ("", "How to lend"),
    ],
)
def test_what_a_page_is_called(tmp_path: Path, text: str, title: str) -> None:
    (tmp_path / "how-to-lend.md").write_text(text, "utf-8")
    (source,) = own_guides(tmp_path)
    assert source.title == title


def test_pages_lead_to_each_other_and_index_is_the_home_page(tmp_path: Path) -> None:
    made = pages(
        tmp_path / "guides",
        index="# Ours\n\nSee [lending](lending.md) and [tools](lending.md#tools).",
        lending="# Lending\n\nBack [home](../index.html), to [rules](rules.md), [out](https://a.example/b.md).",
        rules="# Rules\n\n<script>alert(1)</script>\n\n{{ 7 * 7 }} {% if %}",
    )
    home = made.html("index.html").decode()
    assert 'href="guides/lending.html"' in home
    assert 'href="guides/lending.html#tools"' in home
    lending = made.html("guides/lending.html").decode()
    assert 'href="rules.html"' in lending
    assert 'href="https://a.example/b.md"' in lending
    rules = made.html("guides/rules.html").decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in rules
    assert "{{ 7 * 7 }} {% if %}" in rules


def test_a_guide_takes_the_place_of_one_so_named_and_all_others_stay(tmp_path: Path) -> None:
    before = pages(tmp_path / "none")
    name = next(place for place in before.sources if place.startswith("guides/"))
    slug = name.removeprefix("guides/").removesuffix(".html")
    after = pages(tmp_path / "some", **{slug: "# Ours instead\n\nText."})
    assert after.sources.keys() == before.sources.keys()
    assert "Ours instead" in after.html(name).decode()
    assert before.sources[name].title != "Ours instead"


def test_a_file_that_is_no_text_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"# \xff\xfe")
    with pytest.raises(ContractError, match=r"a\.md"):
        list(own_guides(tmp_path))
