"""Texts that are made of a regular expression have it."""

import re
from random import Random

import pytest

from bacasable.contract.patterns import sampler
from bacasable.contract.simple_values import text_of

PATTERNS = [
    r"^[A-Z]{3}-\d{4}$",
    r"^(cat|dog)s?$",
    r"^\d{2}(:\d{2}){1,2}$",
    r"^[^\s@]+@[^\s@]+$",
    r"^(?!0)\d{6}$",
    r"[a-f0-9]{8}",
    r"^\w+\.(?i)(pdf|png)$",
    r"^\+?[1-9]\d{1,14}$",
    r"^(?<year>20\d\d)-W[0-5]\d$",
    r"^([a-c])x\1$",
    r"^\S{2,}?_.\W$",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_text_has_its_pattern(pattern: str) -> None:
    sample = sampler(pattern)
    assert sample is not None
    texts = {sample(Random(seed)) for seed in range(200)}
    python = pattern.replace("(?<y", "(?P<y").replace("(?i)", "")
    fitting = [text for text in texts if re.search(python, text)]
    assert len(fitting) > 0.8 * len(texts)
    assert len(fitting) > 1


@pytest.mark.parametrize("pattern", ["(", r"\p{Greek}+", "a{2,1}"])
def test_a_pattern_that_python_does_not_know_has_no_texts(pattern: str) -> None:
    assert sampler(pattern) is None


def test_a_text_of_a_schema_has_its_pattern_and_its_length() -> None:
    sid = {"pattern": "^VT[0-9a-f]{32}$", "minLength": 34, "maxLength": 34}
    assert re.fullmatch("VT[0-9a-f]{32}", text_of(sid))
    assert text_of({"format": "date", "pattern": "^x"}) == "x1"
    assert text_of({"format": "date", "pattern": "^2"}) == "2026-09-01"
    assert text_of({"pattern": "("}) == "example"
    assert re.fullmatch("abc{2}", text_of({"pattern": "^(?i:ab)c{2}$"}))
    assert len(text_of({"pattern": "^[a-z]{300}[a-z]{300}[a-z]{300}$"})) == 600
    assert re.fullmatch("(ab)+c{20}", text_of({"pattern": "^(ab)+c{20}$"}))
