"""YAML that is written reads back as it was."""

from importlib.util import module_from_spec, spec_from_file_location

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bacasable.contract import writing
from bacasable.contract.document import parse_document
from bacasable.contract.writing import to_yaml

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


# Texts that some YAML takes for something else: yes, 0E0, 012, 1:30, 0x1F.
JUMBLED = st.text("0123456789eExXoO.+-:_~yYnN ", min_size=1, max_size=6)


@given(st.dictionaries(st.text(min_size=1) | JUMBLED, JSON | JUMBLED, min_size=1))
@example({"0": "0E0"})
def test_whatever_is_written_is_read_again(document):
    assert parse_document(to_yaml(document), "written") == document


def test_the_text_is_the_same_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml, "CSafeDumper", raising=False)
    spec = spec_from_file_location("bacasable.contract.slow", writing.__file__)
    assert spec
    assert spec.loader
    slow = module_from_spec(spec)
    spec.loader.exec_module(slow)
    value = {"b": ["0E0", "two\nlines"], "a": {"é": None}}
    assert slow.to_yaml(value) == to_yaml(value)
