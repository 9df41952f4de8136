"""Every template, with the richest and the poorest view: all is shown, and nothing breaks."""

import re
from html.parser import HTMLParser

import pytest

from bacasable.contract import load_contract
from bacasable.portal import design
from bacasable.portal.design.tokens import all_tokens
from bacasable.portal.edition import Edition
from bacasable.portal.model import LifecycleView, ModelView, OperationView, Sample, TagView
from bacasable.portal.pages import Pages, Source, fragment
from bacasable.resources import CONTRACT
from tests.portal.made_up import Rich, poor, shown

VOID = {"meta", "link", "input", "br", "hr", "img", "path", "rect", "circle"}
REFERRING = ("for", "popovertarget", "aria-labelledby", "aria-describedby", "aria-controls")
# What a page need not say in words: places and languages of code, the text of code (its HTML is
# shown), and what stands in names of files and anchors.
UNSAID = {"lexer", "slug", "place", "anchor"}
CONTRACT_ = load_contract(CONTRACT)


@pytest.fixture(params=["en", "fr"])
def edition(request):
    return Edition(request.param, ("en", "fr"), CONTRACT_, "http://127.0.0.1:4010")


def page(edition, template, context):
    """A page of a template, well-formed, in a site that has a tag above it."""
    here = Source("api/tag/here.html", "Here <&>", template, lambda: context, "api", "api/tag.html")
    tag = Source("api/tag.html", "Tag", "tag.html.j2", dict, "api")
    text = Pages(edition, [tag, here]).html(here.path).decode()
    Checked(text)
    return text


class Checked(HTMLParser):
    """Finds elements that are not closed, ids that stand twice, and names that lead nowhere."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.asked = [], [], set()
        self.feed(text)
        assert self.open == []
        assert len(self.ids) == len(set(self.ids)), sorted(self.ids)
        assert self.asked <= set(self.ids), self.asked - set(self.ids)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        for name in (
            "for",
            "popovertarget",
            "aria-labelledby",
            "aria-describedby",
            "aria-controls",
        ):
            self.asked.update(given.get(name, "").split())
        if given.get("href", "").startswith("#") and given["href"] != "#try":
            self.asked.add(given["href"][1:])
        assert "style" not in given
        assert not any(name.startswith("on") for name in given)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag, self.getpos()


def operation_context(rich):
    operation = rich.make(OperationView)
    return {"operation": operation, "samples": (rich.make(Sample),), "console": {}}


RICH = {
    "operation.html.j2": operation_context,
    "tag.html.j2": lambda rich: {"tag": rich.make(TagView)},
    "model.html.j2": lambda rich: {"model": rich.make(ModelView)},
}
POOR = {
    "operation.html.j2": lambda: {
        "operation": poor(OperationView),
        "samples": (),
        "console": {"parts": []},
    },
    "tag.html.j2": lambda: {"tag": poor(TagView)},
    "model.html.j2": lambda: {"model": poor(ModelView)},
    "models.html.j2": lambda: {"models": [poor(ModelView)]},
    "guide.html.j2": lambda: {"html": "", "headings": []},
    "home.html.j2": lambda: {"html": "", "headings": []},
}


@pytest.mark.parametrize("template", ["operation.html.j2", "model.html.j2"])
def test_all_that_a_view_holds_is_shown_and_escaped(edition, template):
    rich = Rich()
    text, missing = page(edition, template, RICH[template](rich)), []
    for cls, name, value in rich.texts:
        if name in UNSAID or (cls, name) in {("Code", "text"), ("TransitionView", "when")}:
            continue
        if (cls, name) not in HIDDEN[template]:
            missing += [] if shown(value, name) in text else [(cls, name, value)]
    assert not missing


HIDDEN = {
    # Its own address, and what the form says.
    "operation.html.j2": {
        ("OperationView", "href"),
        ("OperationView", "untried"),
        ("OperationView", "path"),
        ("Sample", "language"),
    },
    # Its own address, what the drawing says, and facts of transitions, which stand beside.
    "model.html.j2": {
        ("ModelView", "href"),
        ("LifecycleView", "states"),
        ("FactView", "summary"),
    },
}


def test_the_page_of_a_tag_has_a_block_for_each_operation(edition):
    rich = Rich()
    tag = rich.make(TagView)
    text = page(edition, "tag.html.j2", {"tag": tag})
    for operation in tag.operations:
        for value in (operation.summary, operation.id, operation.url, operation.path):
            assert shown(value, "") in text
        assert shown(operation.html, "html") in text
        assert f'id="{shown(operation.anchor, "")}"' in text
        for problem in operation.problems:
            assert shown(problem.code, "") in text
        for member in operation.body.members:
            assert shown(member.name, "") in text


@pytest.mark.parametrize("template", POOR)
def test_a_poor_view_breaks_nothing_and_leaves_no_empty_headings(edition, template):
    text = page(edition, template, POOR[template]())
    assert not re.search(r"<h[23][^>]*>\s*</h[23]>|<dd>\s*</dd>|<ul[^>]*>\s*</ul>", text)
    assert "None" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)


def test_tokens_and_components_are_whole_pages(edition):
    for source in design.sources(edition):
        text = Pages(edition, list(design.sources(edition))).html(source.path).decode()
        Checked(text)
        assert f'<html lang="{edition.language}">' in text


def test_every_token_is_shown_with_its_contrast(edition):
    text = Pages(edition, list(design.sources(edition))).html("design/tokens.html").decode()
    from bacasable.portal.design.specimens import class_of

    for token in all_tokens().values():
        assert f"<code>{token.path.rpartition('.')[2]}</code>" in text or class_of(token) in text
        for pair in design.pairs(token):
            assert f"{pair.ground} {pair.contrast:.1f} : 1" in text
    assert 'class="badge danger"' not in text


def test_samples_are_tabs_without_scripts(edition):
    rich = Rich()
    samples = tuple(rich.make(Sample) for _ in range(4))
    context = {"samples": samples, "group": "g"}
    text = fragment(edition, "guides/x.html", "_samples.html.j2", context)
    assert text.count('type="radio"') == text.count("<label") == text.count('"panel"') == 4
    assert text.count(" checked") == 1
    assert all(sample.code.html in text for sample in samples)


def test_the_path_stands_as_links_and_the_navigation_is_open_where_one_is(edition):
    operation = Rich().make(OperationView)
    text = page(
        edition, "operation.html.j2", {"operation": operation, "samples": (), "console": {}}
    )
    for crumb in operation.crumbs:
        assert f'<a href="../../{crumb.href}">{shown(crumb.text, "")}</a>' in text
    assert re.search(r"<details open><summary>Tag</summary>", text)
    assert text.count('aria-current="page"') == 2


def test_languages_keep_the_page(edition):
    text = page(edition, "guide.html.j2", {"html": "", "headings": [("main", "A")]})
    for language in ("en", "fr"):
        assert f'href="../../../{language}/api/tag/here.html" lang="{language}"' in text


def test_a_transition_of_time_says_when(edition):
    rich = Rich()
    model = rich.make(ModelView)
    lifecycle = model.lifecycle
    timed = lifecycle.transitions[0].__class__(3, None, "after <a> day", ("A",), ("B",), (), None)
    whole = LifecycleView("status", ("A",), ("A", "B"), "<svg></svg>", (timed,))
    poor_model = poor(ModelView)
    values = {name: getattr(poor_model, name) for name in poor_model.__slots__}
    text = page(edition, "model.html.j2", {"model": ModelView(**(values | {"lifecycle": whole}))})
    assert "after &lt;a&gt; day" in text


@pytest.mark.parametrize("area", ["page", "design"])
def test_interface_texts_have_both_languages_and_the_same_places_to_fill(area):
    from bacasable.portal.edition import _words

    for name, texts in _words(area).items():
        assert texts.keys() == {"en", "fr"}, name
        filled = [set(re.findall(r"{(\w+)}", text)) for text in texts.values()]
        assert filled[0] == filled[1], name
