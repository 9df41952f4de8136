"""The guides' blocks of code do what the guides say, each guide in a fresh sandbox.

They are alike in all languages (see test_guides.py), so those of one language are run.
"""

import shutil
from collections.abc import Iterator

import pytest

from bacasable.core import SystemClock
from bacasable.portal.edition import Edition
from bacasable.portal.guides import Guide, markdown_of, written
from tests.portal.guide_blocks import READ, blocks_of, fits_shown, run_guide
from tests.server.restoring import reset
from tests.support import SMALL, Api, make_sandbox, over_socket

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="the guides need curl")


@pytest.fixture(scope="module")
def served_once(contract) -> Iterator[Api]:
    """A sandbox at the machine's time: tokens must live as long as guides say."""
    with over_socket(make_sandbox(contract, SMALL, clock=SystemClock())) as api:
        yield api


@pytest.fixture
def served(served_once) -> Api:
    """The sandbox as at its start."""
    reset(served_once.sandbox)
    return served_once


LONG = {"checking"}
"""Guides whose commands take long."""
GUIDES = [
    pytest.param(guide, id=guide.slug, marks=pytest.mark.sweep if guide.slug in LONG else ())
    for guide in written("en")
]


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_does_what_it_says(served: Api, guide: Guide, contract, tmp_path):
    edition = Edition("en", ("en",), contract, served.url)
    blocks = blocks_of(markdown_of(edition, guide))
    for shown, command, said in run_guide(blocks, tmp_path):
        assert fits_shown(shown, said), f"{command}\nshown: {shown.text}\nsaid: {said}"


def test_hardly_any_block_is_only_to_be_read():
    unrun = [b for guide in written("en") for b in blocks_of(guide.text) if b.info in READ]
    assert len(unrun) == 1
