"""Paths of a document: their parts, and where the parameters are."""

import re

Path = tuple[str, ...]
METHODS = ("get", "put", "post", "delete", "patch", "options", "head", "trace", "query")
"""Those of an OpenAPI document; what a path has besides are additional operations."""
_ENDING = re.compile(r"\.(json|xml|csv|html?|\{format\})$")
_IN_BRACKETS = re.compile(r"^([^({]+)\('?(\{[^{}]+\})'?\)$")
_NOT_SENT = re.compile(r"[?#](?![^{]*\}).*", re.DOTALL)


def sent(path: str) -> str:
    """What of a path of a document is sent as one: neither a fragment nor a query in it."""
    return _NOT_SENT.sub("", path)


def steps_to(method: str) -> Path:
    """Where in a path of a document the operation of a method stands."""
    return (method,) if method in METHODS else ("additionalOperations", method.upper())


def is_variable(segment: str) -> bool:
    """Whether a segment of a path is a parameter, and nothing beside it."""
    return re.fullmatch(r"\{[^{}]+\}", segment) is not None


def segments(path: str, *, sure: bool = True) -> Path:
    """The parts of a path. Where one may guess, endings like `.json` are none of them."""
    path = sent(path)
    if not path.strip("/"):
        return ()
    if sure:
        return tuple(path.strip("/").split("/"))
    parts: list[str] = []
    for part in _ENDING.sub("", path.strip("/")).split("/"):
        called = _IN_BRACKETS.match(part)  # OData's Things('{id}')
        parts += called.groups() if called else (part,)
    return tuple(parts)


def starts(path: Path, start: Path) -> bool:
    """Whether a path begins with another one, whatever their parameters are called."""
    return len(path) >= len(start) and matches(start, path[: len(start)])


def matches(template: Path, path: Path) -> bool:
    """Whether two paths are the same but for the names of their parameters."""
    return len(template) == len(path) and all(
        a == b or (is_variable(a) and is_variable(b)) for a, b in zip(template, path, strict=True)
    )
