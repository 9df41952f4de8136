"""Arbitrary values survive in samples: what a program sends is what it was made from."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bacasable.portal.samples import languages, write
from bacasable.portal.samples.model import Program, Step, Text, members
from tests.portal.hearing import hear

LANGUAGES = {language.id: language for language in languages()}
# JSON in UTF-8 has no surrogates. Beyond 2^53 integers are none to JavaScript.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "\ufeff",
        "a\nJSON\nb",
        "%s",
        "\\u0041",
        "</script>",
        "\u00a0",
        "-0",
        "'",
        '"',
        "\\",
        "`",
        "$",
        "${x}",
        "$(x)",
        "{$x}",
        "{x}",
        "JSON",
        "*/",
        "?>",
        "\u2028",
        "\x00",
        "😀",
    ]
)
NAMES = TEXTS | st.sampled_from(["0", "1", "__proto__", "class", "a-b", "constructor"])
SCALARS = st.none() | st.booleans() | TEXTS | st.integers(-(2**53), 2**53)
SCALARS |= st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
BODIES = st.dictionaries(NAMES, VALUES, max_size=4)
QUERIES = st.lists(st.tuples(st.sampled_from(["q", "tag", "filter[a b]"]), TEXTS), max_size=3)
HEADERS = st.dictionaries(
    st.sampled_from(["X-One", "X-Two"]), st.text(st.characters(codec="latin-1", categories="LNPS"))
)
REQUESTS = st.tuples(BODIES, QUERIES, HEADERS)


def program(body, query, headers) -> Program:
    """A program of one request."""
    step = Step(
        name="call",
        comment="Call",
        method="POST",
        path=Text(("/a%20b/c'd",)),
        query=tuple(query),
        headers=tuple(headers.items()),
        sends=True,
        body=body,
    )
    return Program("https://api.example/v1", (), "", (step,))


@pytest.mark.parametrize(
    "language",
    [pytest.param(n, marks=() if n == "python" else pytest.mark.sweep) for n in LANGUAGES],
)
# Many at once, and without shrinking: each time an interpreter starts.
@given(requests=st.lists(REQUESTS, min_size=10, max_size=30))
@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_a_program_sends_what_it_was_made_from(language, requests, tmp_path_factory):
    texts = [write(program(*request), LANGUAGES[language]) for request in requests]
    heard = hear(language, texts, tmp_path_factory.mktemp("heard"))
    assert len(heard) == len(requests)
    for (body, query, headers), sent in zip(requests, heard, strict=True):
        assert sent["body"] == body
        assert members(sent["query"]) == members(query)
        assert sent["headers"] == headers
        assert sent["path"] == "/v1/a%20b/c'd"


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_that_are_long_are_written_on_several_lines(language):
    wide = {"objectives": ["a long objective of a course"] * 8, "empty": {}, "none": []}
    text = write(program(wide, [], {}), LANGUAGES[language])
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("empty", [{}, []])
def test_what_is_empty_stays_so_behind_a_long_name(language, empty, tmp_path):
    body = {"n" * 120: empty, "list": [{"n" * 120: empty}]}
    text = write(program(body, [], {}), LANGUAGES[language])
    assert hear(language, [text], tmp_path)[0]["body"] == body


def test_true_is_not_one(tmp_path):
    """What the comparison above cannot tell apart: Python's True equals 1."""
    for name, language in LANGUAGES.items():
        text = write(program({"yes": True, "one": 1}, [], {}), language)
        body = hear(name, [text], tmp_path)[0]["body"]
        assert (body["yes"] is True, body["one"] is True) == (True, False)
