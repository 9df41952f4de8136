"""The pages of the design system: every token, and the components that are made of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..edition import Edition
from ..highlight import code
from ..pages import Source
from .specimens import class_of
from .tokens import Token, all_tokens, contrast, css_value, descriptions


@dataclass(frozen=True, slots=True)
class Pair:
    """A colour on one of its grounds: how much they differ, and how much they must."""

    ground: str
    contrast: float
    minimum: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A token as its page shows it. `alias` is what it refers to, `kind` how it is drawn."""

    name: str
    property: str
    value: str
    alias: str
    description: str
    kind: str
    css_class: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Tokens that belong together: a branch of the file, with what it says of itself."""

    id: str
    path: str
    description: str
    tokens: tuple[Shown, ...]


def sources(edition: Edition) -> Iterator[Source]:
    """The page of tokens and that of components."""
    pages = (("tokens", tokens_context), ("components", components_context))
    for name, context in pages:
        yield Source(
            f"design/{name}.html",
            edition.say(f"design.{name}"),
            f"{name}.html.j2",
            partial(context, edition),
            group="design",
            description=edition.say(f"design.{name}_lead"),
        )


def tokens_context(edition: Edition) -> Mapping[str, Any]:
    """What the page of tokens shows: every token of the file, in its groups."""
    groups = _groups()
    parts = dict.fromkeys(group.path.partition(".")[0] for group in groups)
    headings = [(part, edition.say(f"design.part_{part}")) for part in parts]
    return {"groups": groups, "headings": headings}


def pairs(token: Token) -> tuple[Pair, ...]:
    """The grounds that a role of a theme stands on, with its contrast on each."""
    found = token.extensions.get("bacasable.contrast")
    if found is None:
        return ()
    theme = ".".join(token.path.split(".")[:2])
    grounds = [all_tokens()[f"{theme}.{ground}"] for ground in found["grounds"]]
    return tuple(
        Pair(name, round(contrast(token.value, ground.value), 2), found["minimum"])
        for name, ground in zip(found["grounds"], grounds, strict=True)
    )


def _groups() -> list[Group]:
    said, found = descriptions(), dict[str, list[Token]]()
    for token in all_tokens().values():
        found.setdefault(_branch(token.path), []).append(token)
    return [
        Group(path.replace(".", "-"), path, said.get(path, ""), tuple(map(_shown, below)))
        for path, below in found.items()
    ]


def _branch(path: str) -> str:
    """The group that a token is shown in: two parts deep where the file has that many."""
    parts = path.split(".")
    return ".".join(parts[: min(2, len(parts) - 1)])


def _shown(token: Token) -> Shown:
    raw = token.raw if isinstance(token.raw, str) else ""
    return Shown(
        token.path.removeprefix(_branch(token.path) + "."),
        "" if token.path.startswith(("color.", "breakpoint.")) else token.property,
        css_value(token),
        raw.strip("{}") if raw.startswith("{") else "",
        token.description,
        _kind(token),
        class_of(token),
        pairs(token),
    )


def _kind(token: Token) -> str:
    """How a token is drawn: as text, a bar, a box, something that moves, or not at all."""
    group = token.path.partition(".")[0]
    if token.type == "color":
        return "swatch"
    if token.type == "typography" or group == "font":
        return "text" if "leading" not in token.path else ""
    if group in ("space", "border"):
        return "bar"
    if group in ("radius", "elevation"):
        return "box"
    return "motion" if group == "motion" and "reduced" not in token.path else ""


def components_context(edition: Edition) -> Mapping[str, Any]:
    """What the page of components shows: parts in order, and a piece of code to show as one."""
    parts = ("forms", "feedback", "navigation", "progress", "data")
    sample = code('{\n  "id": "crs_excel_init",\n  "hours": 14,\n  "published": true\n}', "json")
    headings = [(part, edition.say(f"design.part_{part}")) for part in parts]
    return {"headings": headings, "sample": sample}
