"""One sandbox for all attacks that need none of their own; as at its start for each."""

from collections.abc import Iterator

import pytest

from tests.hostile.box import Box, box


@pytest.fixture(scope="session")
def attacked() -> Iterator[Box]:
    with box("--tenants", "votre-tenant") as one:
        yield one


@pytest.fixture
def target(attacked: Box) -> Box:
    attacked.start_anew()
    return attacked


@pytest.fixture
def alone() -> Iterator[Box]:
    """A sandbox of its own, for attacks that take long or leave much."""
    with box("--tenants", "votre-tenant") as one:
        yield one
