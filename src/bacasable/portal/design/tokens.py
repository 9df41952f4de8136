"""The design tokens (`tokens.json`, in the W3C Design Tokens format), read, and as CSS.

A token's path without its theme is the name of its custom property: `theme.dark.text.link` gives
`--text-link` in the dark theme. The palette (`color`) and the breakpoints give none: themes stand
between the palette and the style sheet, and media queries cannot read properties.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

_FILE = files(__package__ or "") / "tokens.json"
_ALIAS = re.compile(r"\{([^{}]+)\}")
_UNNAMED = ("color", "breakpoint")
_REDUCED = "motion.reduced."
_LIGHT, _DARK, _PRINT = ("theme.light.", "theme.dark.", "theme.print.")


class TokenError(ValueError):
    """The file of tokens refers to a token that is not there, or to itself."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token. `raw` is its value as written, `value` the same with every alias resolved."""

    path: str
    type: str
    raw: Any
    value: Any
    description: str = ""
    extensions: Mapping[str, Any] = field(default_factory=dict)

    @property
    def property(self) -> str:
        """The name of its custom property."""
        path = self.path
        for prefix in (_LIGHT, _DARK, _PRINT):
            path = path.removeprefix(prefix)
        return "--" + path.replace(_REDUCED, "motion.").replace(".", "-")


@cache
def all_tokens() -> Mapping[str, Token]:
    """Every token of the portal by its path, in the order of the file."""
    return read(json.loads(_FILE.read_text("utf-8")))


def read(document: Mapping[str, Any]) -> dict[str, Token]:
    """The tokens of a document, by path. Raises TokenError for an alias that leads nowhere."""
    written = {path: (node, kind) for path, node, kind in _leaves(document, "", "")}
    return {
        path: Token(
            path,
            kind,
            node["$value"],
            _resolved(node["$value"], written, (path,)),
            node.get("$description", ""),
            node.get("$extensions", {}),
        )
        for path, (node, kind) in written.items()
    }


def descriptions() -> dict[str, str]:
    """What the file says of its groups, by path."""
    document = json.loads(_FILE.read_text("utf-8"))
    return dict(_descriptions(document, ""))


def _descriptions(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    if path and "$value" not in node and "$description" in node:
        yield path, node["$description"]
    for name, child in node.items():
        if not name.startswith("$"):
            yield from _descriptions(child, f"{path}.{name}" if path else name)


def _leaves(
    node: Mapping[str, Any], path: str, kind: str
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    kind = node.get("$type", kind)
    if "$value" in node:
        yield path, node, kind
        return
    for name, child in node.items():
        if not name.startswith("$"):
            yield from _leaves(child, f"{path}.{name}" if path else name, kind)


def _resolved(value: Any, written: Mapping[str, Any], way: tuple[str, ...]) -> Any:
    """A value without aliases; `way` is how it was reached, from the token that is read."""
    if isinstance(value, dict):
        return {name: _resolved(part, written, way) for name, part in value.items()}
    if isinstance(value, list):
        return [_resolved(part, written, way) for part in value]
    match = _ALIAS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    target = match[1]
    if target in way:
        raise TokenError(f"tokens refer to each other in a circle: {' → '.join((*way, target))}")
    if target not in written:
        raise TokenError(f"token {way[-1]} refers to {target}, which does not exist")
    return _resolved(written[target][0]["$value"], written, (*way, target))


def css_value(token: Token) -> str:
    """The value of a token as CSS writes it."""
    return str(_CSS[token.type](token.value))


def hex_color(value: Mapping[str, Any]) -> str:
    """A colour as #rrggbb, with its alpha as two more digits where it is not opaque."""
    parts = [*value["components"], *([value["alpha"]] if "alpha" in value else [])]
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _dimension(value: Mapping[str, Any]) -> str:
    return f"{value['value']:g}{value['unit']}" if value["value"] else "0"


def _shadow(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shadow, value))
    lengths = [_dimension(value[part]) for part in ("offsetX", "offsetY", "blur", "spread")]
    return f"{' '.join(lengths)} {hex_color(value['color'])}"


def _family(value: Any) -> str:
    names = [value] if isinstance(value, str) else value
    return ", ".join(f'"{name}"' if " " in name else name for name in names)


def _font(value: Mapping[str, Any]) -> str:
    size = f"{_dimension(value['fontSize'])}/{value['lineHeight']:g}"
    return f"{value['fontWeight']} {size} {_family(value['fontFamily'])}"


_CSS: Mapping[str, Any] = {
    "color": hex_color,
    "cubicBezier": lambda value: f"cubic-bezier({', '.join(f'{part:g}' for part in value)})",
    "dimension": _dimension,
    "duration": lambda value: f"{value['value']:g}{value['unit']}",
    "fontFamily": _family,
    "fontWeight": str,
    "number": lambda value: f"{value:g}",
    "shadow": _shadow,
    "typography": _font,
}


def style_sheet() -> str:
    """The custom properties of all tokens, for both themes, for print and for less motion."""
    themes = (_LIGHT, _DARK, _PRINT, _REDUCED)
    plain = [t for path, t in all_tokens().items() if not path.startswith((*themes, *_UNNAMED))]
    light, dark, printed, reduced = (
        [token for path, token in all_tokens().items() if path.startswith(prefix)]
        for prefix in themes
    )
    dark_text, light_text = _properties(dark), _properties(light)
    system = ":root:not([data-theme=light], [data-theme=dark])"
    return "\n".join(
        (
            f":root {{ {_properties(plain)} }}",
            f":root, [data-theme=light] {{ color-scheme: light; {light_text} }}",
            f"[data-theme=dark] {{ color-scheme: dark; {dark_text} }}",
            "@media (prefers-color-scheme: dark) {",
            f"  {system} {{ color-scheme: dark; {dark_text} }}",
            "}",
            "@media print {",
            f"  :root:not(#_), [data-theme] {{ {light_text} {_properties(printed)} }}",
            "}",
            "@media (prefers-reduced-motion: reduce) {",
            f"  :root {{ {_properties(reduced)} }}",
            "}\n",
        )
    )


def _properties(found: list[Token]) -> str:
    return " ".join(text for token in found for text in _declarations(token))


def _declarations(token: Token) -> Iterator[str]:
    yield f"{token.property}: {css_value(token)};"
    if token.type == "typography":
        yield f"{token.property}-tracking: {_dimension(token.value['letterSpacing'])};"


def expanded(css: str) -> str:
    """A style sheet with every `(--name)` of its media queries as the width of that breakpoint.

    Raises TokenError for a breakpoint that is no token.
    """

    def width(match: re.Match[str]) -> str:
        token = all_tokens().get(f"breakpoint.{match[1]}")
        if token is None:
            raise TokenError(f"no breakpoint is named {match[1]}")
        return f"(min-width: {css_value(token)})"

    return re.sub(r"(?<=[\s(])\(--([\w-]+)\)", width, css)


def contrast(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(value: Mapping[str, Any]) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in value["components"]
    ]
    weighted = zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    return float(sum(weight * part for weight, part in weighted))
