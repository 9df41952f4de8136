"""Sites of a few files, to be broken at will."""

from bacasable.contract import load_contract
from bacasable.portal import Edition, Site, checking
from bacasable.portal import site as sites
from bacasable.resources import CONTRACT

CONTRACT_ = load_contract(CONTRACT)


def small_site(monkeypatch, files, languages=("en",)):
    """A site that has these files and no others: path → text."""
    made = {path: text.encode() for path, text in files.items()}
    monkeypatch.setattr(sites, "SECTIONS", ())
    monkeypatch.setattr(
        sites, "FILES", (lambda _: {path: lambda b=body: b for path, body in made.items()},)
    )
    monkeypatch.setattr(sites.assets, "asset_names", list)
    monkeypatch.setattr(checking, "findable", lambda _: ())
    return Site(languages, lambda tag: Edition(tag, languages, CONTRACT_, "http://api.example"))
