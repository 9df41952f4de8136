"""The style sheets use the tokens and nothing else, and are as light as promised."""

import re

import pytest
from pygments.token import STANDARD_TYPES, Comment, Keyword, Number, String

from bacasable.portal import assets
from bacasable.portal.design.tokens import all_tokens, style_sheet

SHEETS = [n for n in assets.asset_names() if n.endswith(".css") and "/" not in n]
OWN = [name for name in SHEETS if name != assets.SPECIMENS]
DEFINED = set(re.findall(r"(--[\w-]+):", style_sheet()))
NAMED = "black|white|red|green|blue|gr[ae]y|silver|yellow|orange|purple|teal|navy|maroon|beige|tan"


def written(name):
    """A style sheet as it is written, without comments."""
    text = (assets._HERE / "static" / name).read_text("utf-8")
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def declarations(css):
    """Property and value of everything that is declared."""
    return re.findall(r"(?<=[{;\s])([\w-]+):\s*([^;{}]+);", css)


@pytest.mark.parametrize("name", OWN)
def test_no_colour_is_written_but_by_its_token(name):
    for prop, value in declarations(written(name)):
        where = f"{name}: {prop}: {value}"
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b", value), where
        assert not re.search(r"\b(rgba?|hsla?|hwb|(ok)?lab|(ok)?lch|color|color-mix)\(", value), (
            where
        )
        plain = re.sub(r"var\([^)]*\)|\"[^\"]*\"", "", value)
        assert not re.search(rf"\b({NAMED})\b", plain), where


@pytest.mark.parametrize("name", OWN)
def test_no_length_or_duration_is_written_but_by_its_token(name):
    for prop, value in declarations(written(name)):
        plain = re.sub(r"var\([^)]*\)|\"[^\"]*\"", "", value)
        raw = re.findall(r"(?<![\w-])\d*\.?\d+(?:px|r?em|ex|pt|pc|cm|mm|in|m?s)\b", plain)
        assert not raw, f"{name}: {prop}: {value}"


@pytest.mark.parametrize("name", OWN)
def test_media_queries_name_breakpoints(name):
    for query in re.findall(r"@media ([^{]+){", written(name)):
        assert not re.search(r"\d", query), f"{name}: {query}"


@pytest.mark.parametrize("name", SHEETS)
def test_every_property_that_is_used_exists(name):
    css = assets.asset(name).decode()
    own = set(re.findall(r"(--[\w-]+):", css))
    assert set(re.findall(r"var\((--[\w-]+)", css)) - own - DEFINED == set()


def test_every_token_that_style_sheets_name_is_used_by_one():
    used = {p for name in OWN for p in re.findall(r"var\((--[\w-]+)", written(name))}
    asked = ("theme.", "layout.", "layer.", "motion.", "radius.", "elevation.", "type.")
    named = {t.property for path, t in all_tokens().items() if path.startswith(asked)}
    assert named - used == set()


def test_the_main_style_sheet_begins_with_the_tokens_and_is_light():
    css = assets.asset("app.css")
    assert css.startswith(style_sheet().encode())
    assert len(css) < 40_000


def test_code_has_a_colour_for_all_that_is_not_plain():
    css = written("app.css")
    coloured = set(re.findall(r"\.(\w+)", " ".join(re.findall(r"\.code :is\(([^)]+)\)", css))))
    for kind, name in STANDARD_TYPES.items():
        if name and any(kind in whole for whole in (Comment, Keyword, Number, String)):
            assert name in coloured, kind


def test_braces_of_the_style_sheets_match():
    for name in OWN:
        css = written(name)
        assert css.count("{") == css.count("}"), name
