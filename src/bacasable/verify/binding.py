"""What a later request takes from an earlier answer: the id of a new record, a tag of a version.

Requests that are sent again get other ids: the value is then taken from the new answer.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ..contract.model import Json
from .model import Exchange, Request, Response

_IDS = re.compile(r"(id|uuid|key|slug|token|etag|version)$", re.IGNORECASE)
_RANDOM = re.compile(r"(?=.*[0-9]).{8,}")
_DEEPEST = 6
_MOST = 500
"""So many values of an answer are looked at: ids stand near its beginning."""
_HEADERS = ("etag", "location")


@dataclass(frozen=True, slots=True)
class Binding:
    """A value that the answer number `source` brought: at a path of its JSON, or in a header.

    Of the header Location the last segment is meant.
    """

    source: int
    value: str
    path: tuple[str | int, ...] = ()
    header: str = ""

    def read(self, response: Response) -> str | None:
        """The value in another answer to the same request; None where it has none."""
        if self.header:
            found = response.header(self.header)
            return _in_header(self.header, found) if found is not None else None
        value = response.json
        for step in self.path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return _text(value)


def bindings_of(exchanges: Sequence[Exchange]) -> list[Binding]:
    """What later requests take from earlier answers. A value that was sent before is nobody's."""
    found: list[Binding] = []
    known: set[str] = set()
    for number, exchange in enumerate(exchanges[:-1]):
        sent = exchange.request
        later = [e.request for e in exchanges[number + 1 :]]
        for binding in _values(number, exchange):
            value = binding.value
            if value in known or _mentions(sent, value):
                continue
            if any(_mentions(request, value) for request in later):
                known.add(value)
                found.append(binding)
    return found


def rebound(request: Request, values: dict[str, str]) -> Request:
    """A request with other values in place of those that were bound."""
    target, body, headers = request.target, request.body, request.headers
    for old, new in values.items():
        target = _replaced(target, quote(old, safe=""), quote(new, safe=""))
        if body:
            # A text that is followed by a colon is the name of a member.
            body = re.sub(rb'"%s"(?!\s*:)' % re.escape(old.encode()), _text_of(new), body)
        headers = tuple((name, new if value == old else value) for name, value in headers)
    return Request(request.method, target, headers, body)


def _text_of(value: str) -> Callable[[re.Match[bytes]], bytes]:
    return lambda _: f'"{value}"'.encode()


def _replaced(target: str, old: str, new: str) -> str:
    path, mark, query = target.partition("?")
    path = "/".join(new if part == old else part for part in path.split("/"))
    pairs = [part.partition("=") for part in query.split("&")]
    query = "&".join(n + e + (new if v == old else v) for n, e, v in pairs)
    return path + mark + query


def _mentions(request: Request, value: str) -> bool:
    """Whether a value stands in a request: as a segment, a query's value, a text or a header."""
    path, _, query = request.target.partition("?")
    written = quote(value, safe="")
    if written in path.split("/") or written in (p.partition("=")[2] for p in query.split("&")):
        return True
    if any(sent == value for _, sent in request.headers):
        return True
    return bool(request.body) and f'"{value}"'.encode() in (request.body or b"")


def _values(number: int, exchange: Exchange) -> Iterator[Binding]:
    """The values of a successful answer that may be ids, the outermost first."""
    response = exchange.response
    if response is None or not response.ok:
        return
    for path, value in _leaves(response.json):
        yield Binding(number, value, path)
    for name in _HEADERS:
        for value in response.all(name)[:1]:
            yield Binding(number, _in_header(name, value), header=name)


def _leaves(value: Json) -> Iterator[tuple[tuple[str | int, ...], str]]:
    level: list[tuple[tuple[str | int, ...], Json]] = [((), value)]
    for _ in range(_DEEPEST):
        below: list[tuple[tuple[str | int, ...], Json]] = []
        for path, node in level[:_MOST]:
            if isinstance(node, dict):
                below += [((*path, str(name)), inner) for name, inner in node.items()]
            elif isinstance(node, list):
                below += [((*path, index), inner) for index, inner in enumerate(node)]
            elif path and (text := _text(node)) and _may_be_id(str(path[-1]), node):
                yield path, text
        level = below


def _text(value: Json) -> str | None:
    """A value that may be an id, as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _may_be_id(name: str, value: Json) -> bool:
    return bool(_IDS.search(name)) or (isinstance(value, str) and bool(_RANDOM.match(value)))


def _in_header(name: str, value: str) -> str:
    return value.rstrip("/").rpartition("/")[2] if name == "location" else value
