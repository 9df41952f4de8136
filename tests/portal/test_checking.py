"""What the checks of a site find: links, anchors, names in guides, samples, words."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.portal import checking, wording
from bacasable.portal.guides import Guide
from bacasable.portal.links import Page, broken, page_of
from tests.portal.small import small_site

PATHS = ["index.html", "a/one.html", "a/two.html", "a/b/three.html", "assets/app.css"]


class Parsed(HTMLParser):
    """The links and ids of a page, as the standard library reads it."""

    def __init__(self, text):
        super().__init__()
        self.targets, self.ids = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("href", "src", "action", "poster"):
                self.targets.append(value)
            elif name == "id":
                self.ids.append(value)


def test_links_are_read_as_a_parser_of_html_reads_them(site):
    paths = [p for p in site.paths if p.startswith("en/") and p.endswith(".html")]
    for path in paths[::7]:
        text = site.file(path).body.decode()
        parsed, found = Parsed(text), page_of(text)
        assert (found.targets, found.ids) == (tuple(parsed.targets), tuple(parsed.ids)), path


@given(st.text("<>\"'/=! abihrefdscptln-", max_size=60))
def test_links_in_scripts_comments_and_values_are_none(text):
    inert = text.replace("</script", "").replace("-->", "").replace('"', "")
    page = f"""<script>{inert} <a href="x"></script><p title="{inert} href='y'" id="p">"""
    assert page_of(page) == Page((), ("p",))
    comment = inert.replace("--", "")
    assert page_of(f'<!-- {comment} <a href="x"> --><a href="y">') == Page(("y",), ())


def test_attributes_are_read_as_they_are_meant():
    page = page_of(
        """<A HREF='a?x=1&amp;y="2"'><img data-src="n" src = "b"><i data-id="n" id="é">"""
    )
    assert page == Page(('a?x=1&y="2"', "b"), ("é",))


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("a/one.html", ""),
        ("./a/../a/one.html?v=1#here", ""),
        ("a/one.html#h%65re", ""),
        ("assets/app.css?v=1", ""),
        ("https://else.example/none", ""),
        ("mailto:someone@else.example", ""),
        ("#top", ""),
        ("", ""),
        ("#none", "leads to an id that index.html does not have"),
        ("a/one.html#none", "leads to an id that a/one.html does not have"),
        ("a/none.html", "leads to a/none.html, which is no file"),
        ("../index.html", "leads to ../index.html, which is no file"),
        ("a/", "leads to a/, which is no file"),
        ("a", "leads to a, which is no file"),
        ("/a/one.html", "begins at the root of the host"),
        ("http://[", "is no address"),
    ],
)
def test_a_link_leads_somewhere_or_is_told(target, says):
    pages = {"index.html": Page((target,), ("top",)), "a/one.html": Page((), ("here",))}
    found = list(broken(pages, PATHS))
    assert len(found) == bool(says)
    assert all(f"index.html: the link '{target}' {says}" in line for line in found)


@given(st.sampled_from(PATHS), st.sampled_from(PATHS))
def test_a_link_between_any_two_files_is_resolved_as_urls_are(one, two):
    up = "../" * one.count("/")
    assert list(broken({one: Page((up + two,), ())}, PATHS)) == []
    if one.count("/"):
        assert list(broken({one: Page((up[3:] + "nowhere/" + two,), ())}, PATHS))


def test_an_id_that_stands_twice_is_told():
    assert list(broken({"index.html": Page((), ("x", "y", "x"))}, PATHS)) == [
        "index.html: the id 'x' stands 2 times"
    ]


@pytest.mark.parametrize("planted", ['<a href="none.html">', '<a href="#none">', '<i id="main">'])
def test_what_is_planted_in_a_page_of_the_site_is_found(site, planted):
    path = "en/guides/quickstart.html"
    page = page_of(site.file(path).body.decode() + planted)
    (found,) = broken({path: page}, site.paths)
    assert found.startswith(f"{path}: ")


def test_a_page_that_cannot_be_made_is_a_finding(monkeypatch):
    site = small_site(monkeypatch, {"a.html": ""})

    def fail(path):
        raise KeyError("createCompani")

    monkeypatch.setattr(type(site), "file", lambda _, path: fail(path))
    assert checking.broken_links(site) == [
        "a.html: cannot be made ('createCompani' is not in the contract)"
    ]


# --- twins


def test_pages_and_anchors_that_one_language_lacks_are_told(site, monkeypatch):
    pages, _ = checking.pages_of(site)
    assert list(checking.twin_findings(site, pages)) == []
    cut = Page((), tuple(name for name in pages["fr/index.html"].ids if name != "main"))
    found = list(checking.twin_findings(site, pages | {"fr/index.html": cut}))
    assert found == ["fr/index.html: lacks the id 'main', which en/index.html has"]
    french = site.pages_in("fr")
    # Taken out of the site's own, it would come back at another place.
    kept = {path: source for path, source in french.sources.items() if path != "index.html"}
    monkeypatch.setattr(french, "sources", kept)
    found = list(checking.twin_findings(site, pages))
    assert found == ["en/index.html: has no twin in 'fr'"]


# --- guides


def guide(text):
    return Guide("made-up", "Made up", "A guide.", 1, (), text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Call `createCompany`.", ""),
        ("The code `RULE_REFUSED`, the fact `course.published`, the member `durationHours`.", ""),
        ("Call `createCompani`.", "'createCompani' is not in the contract; did you mean"),
        ("The code `RULE_REFUSD`.", "'RULE_REFUSD' is not in the contract; did you mean"),
        ("The fact `course.publishd`.", "'course.publishd' is not in the contract; did you mean"),
        ("{{ op('createCompani') }}", "'createCompani' is not in the contract"),
        ("{{ nothing }}", "is undefined"),
        ("```json\n{\n```", "a block of json cannot be read"),
        ("```python\nif\n```", "a block of python cannot be read"),
        ("```python\nprint(1)\n```", ""),
    ],
)
def test_a_guide_names_only_what_there_is(site, monkeypatch, text, says):
    monkeypatch.setattr(checking.guides, "written", lambda _: (guide(text),))
    found = list(checking.guide_findings(site.pages_in("en").edition))
    assert len(found) == bool(says)
    assert all(says in line and line.startswith("guides/en/made-up.md: ") for line in found)


def test_a_sample_that_cannot_be_read_is_found(site, monkeypatch):
    real = checking.samples_of

    def broken_samples(edition, operation):
        for sample in real(edition, operation):
            text = sample.code.text
            if (operation, sample.language) == ("listCourses", "python"):
                text = f"if {text}"
            yield type(sample)(sample.language, sample.label, type(sample.code)(text, "", ""))

    monkeypatch.setattr(checking, "samples_of", broken_samples)
    (line,) = checking.sample_findings(site.pages_in("en").edition)
    assert line.startswith("en: the Python sample of listCourses cannot be read")


# --- words


WORDS = {
    "area": {
        "used": {"en": "One {x}", "fr": "Un {x}"},
        "made_up": {"en": "Two", "fr": "Deux"},
        "lonely": {"en": "Three", "fr": "Trois"},
        "half": {"en": "Four {a}", "fr": "Quatre {b}"},
        "bare": {"en": "Five"},
    }
}
SOURCES = (
    '{{ say("area.used", x=1) }} {{ say("area.half") }}',
    "say(f'area.made_{kind}') or say('area.bare')",
)


def test_words_are_in_every_language_and_fill_the_same_places():
    assert list(wording.untranslated(WORDS, ["en", "fr"])) == [
        "words/area.yaml: 'half' in 'fr' fills other places",
        "words/area.yaml: 'bare' has no text in 'fr'",
    ]


def test_words_that_nothing_asks_for_are_found():
    assert list(wording.unasked(WORDS, SOURCES)) == ["words/area.yaml: nothing asks for 'lonely'"]
    joined = (*SOURCES, '{{ say("area.lo" ~ kind) }}')
    assert list(wording.unasked(WORDS, joined)) == []
    assert list(wording.unasked(WORDS, ('edition.words("area")',))) == []


def test_words_that_are_asked_for_and_missing_are_found():
    asked = ("say('area.none')", 'say("area.used")', 'say("area.no" ~ thing)')
    assert list(wording.unknown(WORDS, asked)) == [
        "words/area.yaml: 'none' is asked for, and missing"
    ]
