"""The guides as texts: alike in both languages, whole for the contract, generic where they say."""

import re
from collections import Counter
from dataclasses import replace
from html import unescape

import pytest

from bacasable.portal.edition import Edition
from bacasable.portal.guides import Guide, fits, markdown_of, sources, written
from bacasable.portal.markdown import guide_html
from bacasable.portal.pages import Pages
from bacasable.portal.samples import samples_of
from tests.contract.toy import built
from tests.portal.guide_blocks import READ, RUN, SHOWN, Block, blocks_of, fits_shown
from tests.tables import each

LANGUAGES = ("en", "fr")
_CALL = re.compile(r"\{\{ (.*?) \}\}")
_ID = re.compile(r"^\{#(.+)\}$", re.MULTILINE)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
SLUGS = [guide.slug for guide in written("en")]
EVERY = [(language, slug) for language in LANGUAGES for slug in SLUGS]


def guide_of(language: str, slug: str) -> Guide:
    return next(guide for guide in written(language) if guide.slug == slug)


def edition_of(contract, language="en"):
    return Edition(language, LANGUAGES, contract, "http://127.0.0.1:4010")


def prose(text):
    return _FENCED.sub("", text)


def test_both_languages_have_the_same_guides_in_the_same_order():
    english, french = ([(g.slug, g.order, g.needs) for g in written(name)] for name in LANGUAGES)
    assert english == french
    assert [order for _, order, _ in english] == list(range(1, len(english) + 1))


@each("slug", SLUGS)
def test_both_languages_lead_to_the_same_places_and_show_the_same_blocks(slug):
    english, french = (guide_of(language, slug).text for language in LANGUAGES)
    assert _ID.findall(english) == _ID.findall(french)
    assert Counter(_CALL.findall(english)) == Counter(_CALL.findall(french))
    assert blocks_of(english) == blocks_of(french)
    assert [len(marks) for marks, _ in _HEADING.findall(prose(english))] == [
        len(marks) for marks, _ in _HEADING.findall(prose(french))
    ]


@each(("language", "slug"), EVERY)
def test_every_heading_can_be_led_to_and_every_block_is_of_a_known_kind(language, slug):
    text = guide_of(language, slug).text
    ids = _ID.findall(text)
    assert len(ids) == len(set(ids)) == len(_HEADING.findall(prose(text)))
    assert {block.info for block in blocks_of(text)} <= {*RUN, *SHOWN, *READ}
    longest = max((len(line) for b in blocks_of(text) for line in b.text.splitlines()), default=0)
    assert longest <= 88, "it would not fit beside the contents"


@each(("language", "slug"), EVERY)
def test_a_guide_is_whole_for_the_contract(contract, language, slug):
    guide = guide_of(language, slug)
    assert fits(guide, contract)
    html = guide_html(markdown_of(edition_of(contract, language), guide))
    written_here = re.sub(r"<pre.*?</pre>|<code>.*?</code>", "", html, flags=re.DOTALL)
    for place in _ID.findall(guide.text):
        assert f'id="{place}"' in html
    for left in ("{{", "{%", "{#", "```", "| ---", "**", "](", "&amp;#10;"):
        assert left not in written_here, left


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_between_guides_arrive(language):
    places = {"reference.html", "swagger.html"}
    for guide in written(language):
        places.add(f"guides/{guide.slug}.html")
        places |= {f"guides/{guide.slug}.html#{place}" for place in _ID.findall(guide.text)}
    for guide in written(language):
        for place in re.findall(r'url\("(.+?)"\)', guide.text):
            assert place in places, (guide.slug, place)


def test_a_sample_stays_whole_within_a_guide(contract):
    edition = edition_of(contract)
    html = guide_html(markdown_of(edition, guide_of("en", "quickstart")))
    shown = [
        unescape(re.sub(r"<[^>]+>", "", each))
        for each in re.findall(r"<pre.*?</pre>", html, re.DOTALL)
    ]
    for sample in samples_of(edition, "login"):
        assert sample.code.text.strip() in [text.strip() for text in shown], sample.language


def test_the_changelog_begins_with_the_version_of_the_contract(contract):
    for language in LANGUAGES:
        text = guide_of(language, "changelog").text
        assert _HEADING.findall(text)[0] == ("##", contract.version)


@pytest.mark.parametrize("language", LANGUAGES)
def test_front_matter_is_fit_for_lists_and_search(language):
    guides = written(language)
    assert len({guide.title for guide in guides}) == len(guides)
    for guide in guides:
        assert guide.description.endswith("."), guide.slug
        assert len(guide.description) < 110, guide.slug


def test_french_keeps_its_punctuation_together():
    for guide in written("fr"):
        bare = re.sub(r"`[^`]*`|\{\{.*?\}\}|^\| ?---.*$", "", prose(guide.text), flags=re.MULTILINE)
        assert not re.findall(r".* [;:?!»](?:\s|$).*|.*« .*|.*\w'\w.*", bare), guide.slug


NOT_OF_OTHERS = ("QualiForma", "Qualiopi", "X-Tenant-ID", "votre-tenant", "_sandbox", "formation")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_foreign_contract_gets_the_guides_it_has_the_facts_for(language, monkeypatch):
    monkeypatch.setattr("bacasable.portal.telling._block", lambda *_: "")
    contract = built()
    shown = [guide for guide in written(language) if fits(guide, contract)]
    assert {guide.slug for guide in shown} == {"errors", "events", "lifecycles"}
    for guide in shown:
        markdown = markdown_of(edition_of(contract, language), guide)
        assert not [word for word in NOT_OF_OTHERS if word in markdown], guide.slug


@pytest.mark.parametrize("guide", written("en"), ids=lambda guide: guide.slug)
def test_a_guide_never_names_what_a_contract_lacks(contract, guide, monkeypatch):
    monkeypatch.setattr("bacasable.portal.telling._block", lambda *_: "")
    named = set(re.findall(r'\b(?:op|samples|example_answer)\("(\w+)"\)', guide.text))
    for gone in sorted(named):
        left = {name: each for name, each in contract.operations.items() if name != gone}
        lacking = replace(contract, operations=left)
        if "platform" in guide.needs:
            assert not fits(guide, lacking), gone
        else:
            assert markdown_of(edition_of(lacking), guide)


def test_the_overview_of_a_foreign_contract_is_its_own_description():
    contract = built({"/info/description": "Rooms, *by the hour*."})
    edition = edition_of(contract)
    pages = Pages(edition, sources(edition))
    assert b"<em>by the hour</em>" in pages.html("index.html")


JSON = '{"code": "A", "errors": [{"pointer": "/x"}], "id": "cmp_…", "n": 1}'
SAID = (
    '{"code": "A", "errors": [{"pointer": "/x", "detail": ""}], "id": "cmp_9", "n": 1, "more": 0}'
)


def test_what_is_shown_is_compared():
    shown = Block("json shown", JSON)
    assert fits_shown(shown, SAID)
    wrong = [("A", "B"), ("/x", "/y"), ("cmp_9", "crs_9"), ("1,", "true,"), ('"n"', '"m"')]
    for right, other in [*wrong, ("}]", '}, {"pointer": "/z"}]')]:
        assert not fits_shown(shown, SAID.replace(right, other, 1)), other
    http = Block("http shown", "HTTP/1.1 201 Created\nlocation: /a/…\n")
    said = "HTTP/1.1 201 Created\r\netag: x\r\nlocation: /a/b\r\n\r\n{}"
    assert fits_shown(http, said)
    assert not fits_shown(http, said.replace("201", "200"))
    assert not fits_shown(http, said.replace("location", "content-location"))
