"""The design tokens: read as the W3C format says, and legible in both themes and on paper."""

import json
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.portal.design.tokens import (
    TokenError,
    all_tokens,
    contrast,
    css_value,
    expanded,
    hex_color,
    read,
    style_sheet,
)

THEMES = ("light", "dark")
GREY = {"$value": {"colorSpace": "srgb", "components": [0.5, 0.5, 0.5]}}
names = st.text("abcxyz", min_size=1, max_size=4)


def color(text):
    parts = [int(text[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return {"colorSpace": "srgb", "components": parts}


def in_theme(theme):
    start = f"theme.{theme}."
    return {p.removeprefix(start): t for p, t in all_tokens().items() if p.startswith(start)}


# --- reading


@given(st.lists(names, min_size=1, max_size=8, unique=True))
def test_a_chain_of_aliases_leads_to_its_end(chain):
    group = {name: {"$value": f"{{c.{after}}}"} for name, after in pairwise(chain)}
    found = read({"c": {"$type": "color", **group, chain[-1]: GREY}})
    assert {token.value["components"][0] for token in found.values()} == {0.5}
    assert {token.type for token in found.values()} == {"color"}


@given(st.lists(names, min_size=1, max_size=6, unique=True))
def test_a_circle_of_aliases_is_told_with_its_way(circle):
    group = {a: {"$value": f"{{c.{b}}}"} for a, b in pairwise([*circle, circle[0]])}
    with pytest.raises(TokenError, match="circle") as error:
        read({"c": group})
    assert all(f"c.{name}" in str(error.value) for name in circle)


def test_an_alias_that_leads_nowhere_is_told_with_both_names():
    with pytest.raises(TokenError, match=r"a\.b refers to a\.c, which does not exist"):
        read({"a": {"b": {"$value": "{a.c}"}}})


def test_aliases_within_composite_values_are_resolved():
    found = read({"size": {"$value": {"value": 2, "unit": "rem"}}, "t": {"$value": ["{size}"]}})
    assert found["t"].value == [{"value": 2, "unit": "rem"}]


def test_a_type_holds_below_its_group_until_another_is_named():
    found = read({"g": {"$type": "number", "a": {"$value": 1}, "b": {"$value": 2, "$type": "x"}}})
    assert [token.type for token in found.values()] == ["number", "x"]


# --- the file


def test_every_token_has_a_type_that_can_be_written():
    assert all_tokens()
    for token in all_tokens().values():
        assert css_value(token), token.path


def test_hexadecimal_colours_say_the_same_as_their_components():
    for token in all_tokens().values():
        if token.path.startswith("color."):
            assert hex_color(token.value)[:7] == token.value["hex"], token.path


def test_names_follow_the_format():
    def check(node):
        for name, child in node.items():
            if not name.startswith("$"):
                assert not set(name) & set("{}."), name
                check(child)

    check(json.loads((files("bacasable.portal.design") / "tokens.json").read_text("utf-8")))


def test_both_themes_play_the_same_roles_and_only_by_the_palette():
    light, dark, paper = in_theme("light"), in_theme("dark"), in_theme("print")
    assert light.keys() == dark.keys()
    assert paper.keys() < light.keys()
    for token in (*light.values(), *dark.values(), *paper.values()):
        assert str(token.raw).startswith("{color."), token.path


def test_no_two_tokens_share_a_custom_property():
    for theme in THEMES:
        others = {f"theme.{name}." for name in ("light", "dark", "print") if name != theme}
        kept = [p for p in all_tokens() if not p.startswith((*others, "motion.reduced.", "color."))]
        properties = [all_tokens()[path].property for path in kept]
        assert len(properties) == len(set(properties))


def test_less_motion_replaces_every_duration():
    plain = {p for p, t in all_tokens().items() if t.type == "duration" and ".reduced." not in p}
    calm = {t.property: t for p, t in all_tokens().items() if ".reduced." in p}
    assert {all_tokens()[path].property for path in plain} == calm.keys()
    assert all(token.value["value"] == 0 for token in calm.values())


# --- contrast


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#0000ff", "#ffffff", 8.59)],
)
def test_contrast_is_that_of_wcag(one, other, expected):
    assert round(contrast(color(one), color(other)), 2) == expected
    assert contrast(color(one), color(other)) == contrast(color(other), color(one))


@pytest.mark.parametrize("theme", [*THEMES, "print"])
def test_whatever_is_read_can_be_read(theme):
    roles = in_theme("light") | in_theme(theme)
    seen = 0
    for path, token in in_theme("light").items():
        asked = token.extensions.get("bacasable.contrast", {"grounds": ()})
        for ground in asked["grounds"]:
            found = contrast(roles[path].value, roles[ground].value)
            assert found >= asked["minimum"] >= 3, (theme, path, ground, found)
            seen += 1
    assert seen > 40


def test_every_colour_of_text_says_where_it_stands():
    for path, token in in_theme("light").items():
        if path.startswith(("text.", "code.")) or path.endswith((".text", ".on-fill")):
            assert token.extensions["bacasable.contrast"]["minimum"] >= 4.5, path
    light, dark = in_theme("light"), in_theme("dark")
    assert light["line.control"].extensions
    assert light["focus.ring"].extensions
    assert all(token.extensions == dark[path].extensions for path, token in light.items())


# --- CSS


def test_a_breakpoint_becomes_its_width_and_an_unknown_one_is_told():
    width = css_value(all_tokens()["breakpoint.wide"])
    css = "@media (--wide) and (--full) { a { color: var(--wide); } }"
    assert f"@media (min-width: {width}) and (min-width: " in expanded(css)
    assert "var(--wide)" in expanded(css)
    with pytest.raises(TokenError, match="huge"):
        expanded("@media (--huge) {}")


def test_the_dark_theme_is_the_same_whether_chosen_or_of_the_system():
    css = style_sheet()
    chosen = css.split("[data-theme=dark] {", 1)[1].split("}")[0]
    system = css.split(":root:not([data-theme=light], [data-theme=dark]) {", 1)[1].split("}")[0]
    assert chosen == system
    assert "color-scheme: dark" in chosen
