"""The whole site of the packaged contract, and it written as a folder: both made once."""

import pytest

from bacasable.portal import Site, load_site
from bacasable.portal.build import build
from bacasable.resources import CONTRACT, overlays_of


@pytest.fixture(scope="session")
def site() -> Site:
    """Every page in every language."""
    overlays = overlays_of(CONTRACT)
    return load_site(CONTRACT, overlays, languages=["en", *overlays])


@pytest.fixture(scope="session")
def built(site, tmp_path_factory):
    """The site as a folder; not to be changed."""
    folder = tmp_path_factory.mktemp("portal") / "site"
    build(site, folder)
    return folder
