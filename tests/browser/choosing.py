"""Which pages are visited one after another: all, or those in which together everything occurs."""

from collections.abc import Iterator

from bacasable.portal import Site
from bacasable.portal.pages import Pages

OPERATION = "operation.html.j2"
TAG = "tag.html.j2"


def every_kind(site: Site, language: str) -> list[str]:
    """One page of each template: what all pages share is in them."""
    sources = site.pages_in(language).sources.values()
    kinds = {
        source.template: source.path for source in reversed(sources) if source.group != "viewers"
    }
    return [f"{language}/{path}" for path in kinds.values()]


def of_their_own(language: str) -> list[str]:
    """The pages with parts that no other of their kind has: problems, events, graphs."""
    guides = [f"guides/{name}.html" for name in ("errors", "events", "lifecycles")]
    return [f"{language}/{path}" for path in (*guides, "models/enrollment.html")]


def all_pages(site: Site, language: str) -> list[str]:
    """Every page of a language but those of the viewers, which are not ours."""
    sources = site.pages_in(language).sources.values()
    return [f"{language}/{source.path}" for source in sources if source.group != "viewers"]


def but_operations(site: Site, language: str, *, tags: bool = True) -> list[str]:
    """Guides, models, design, and tags, which are made of what operations are made of."""
    sources = site.pages_in(language).sources
    left_out = {OPERATION} if tags else {OPERATION, TAG}
    return [p for p in all_pages(site, language) if sources[_place(p)].template not in left_out]


def telling_operations(site: Site, language: str) -> list[str]:
    """A few operations whose pages hold between them everything that any operation has."""
    pages = site.pages_in(language)
    paths = [path for path, source in pages.sources.items() if source.template == OPERATION]
    features = {path: set(_features(pages, path)) for path in paths}
    missing = set().union(*features.values())
    chosen = []
    while missing:
        best = max(paths, key=lambda path: len(features[path] & missing))
        chosen.append(f"{language}/{best}")
        missing -= features[best]
    return chosen


def _place(path: str) -> str:
    return path.partition("/")[2]


def _features(pages: Pages, path: str) -> Iterator[str]:
    """What the contract gives an operation, as words."""
    contract = pages.edition.contract
    operation = contract.operations[path.rsplit("/", 1)[-1].removesuffix(".html")]
    raw = contract.document["paths"][operation.path][operation.method.lower()]
    yield operation.method
    yield from raw
    yield from (f"status {status}" for status in raw["responses"])
    for parameter in raw.get("parameters", ()):
        yield parameter.get("$ref") or f"{parameter['in']} {sorted(parameter.get('schema', ()))}"
    for media in raw.get("requestBody", {}).get("content", {}).values():
        yield from (f"body {key}" for key in media)
