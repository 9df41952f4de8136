"""Texts of the interface, as their files hold them. `docs check` tells what is missing."""

from pathlib import Path

import pytest
import yaml

import bacasable.portal

FILES = sorted((Path(bacasable.portal.__file__).parent / "words").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_name_stands_twice(path):
    """YAML readers keep the last of two without a word."""
    names = [name.value for name, _ in yaml.compose(path.read_text("utf-8")).value]
    assert [name for name in names if names.count(name) > 1] == []
