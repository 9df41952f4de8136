"""The parameters of one place of a request: path, query, headers, cookies, or the whole query.

Each is read by its style and type (`collecting.py`), judged by its schema, and completed.
"""

from collections.abc import Callable, Iterable
from urllib.parse import unquote, unquote_to_bytes

from .collecting import Collector, FromContent, Others
from .complete import completer, fresh
from .document import schema_at
from .media import is_json
from .model import Json, JsonObject, Parameter, Violation
from .parsing import parse
from .problems import Refusal
from .scalars import form_of
from .schemas import Check, SchemaSet
from .styles import Decode, Misstyled, as_it_is, from_path, from_query

MAX_DEPTH = 64


class ParameterReader:
    """Reads the parameters of one location."""

    def __init__(
        self,
        location: str,
        parameters: tuple[Parameter, ...],
        schemas: SchemaSet,
        document: JsonObject,
        *,
        lenient: bool = False,
        max_depth: int = MAX_DEPTH,
        ids: frozenset[str] | None = None,
    ) -> None:
        # X-Tenant-ID is judged at admission, before anything else of a request is looked at.
        mine = [p for p in parameters if p.location == location and p.name != "X-Tenant-ID"]
        if location == "path":
            # An id that breaks its pattern is an unknown id: 404, not 400. `ids` are the names of
            # those that are looked up, None for all.
            mine = [
                p
                for p in mine
                if schema_at(document, p.schema).get("type") != "string"
                or (ids is not None and p.name not in ids)
            ]
        self._location = location
        # Paths, headers and cookies carry names that are not ours; a query is wholly the caller's.
        others: Others = "refused" if location == "query" and not lenient else "ignored"
        self._collector = Collector(
            location,
            mine,
            schemas,
            document,
            decode=decoding(document),
            from_content=from_content(max_depth),
            others=others,
            max_depth=max_depth,
        )
        self.declared = bool(mine)
        self._required = [p.name for p in mine if p.required]
        together = {
            "type": "object",
            "properties": {p.name: p.schema for p in mine},
            "required": self._required,
        }
        self._check: Check = schemas.check_for(together)
        self._complete = completer(document, schemas, together)
        # What nobody gave is the same for every request.
        self._defaults: JsonObject = self._complete({}, "", []) if self._complete else {}

    def read(self, pairs: Iterable[tuple[str, str]], found: list[Violation]) -> JsonObject:
        """The values of names and texts, and of what is left out the defaults."""
        values: JsonObject = fresh(self._defaults)
        if not pairs and not self._required:
            return values
        without = self._collector.read(pairs, values, found)
        if not self.declared:
            return values
        for name in without:
            values.pop(name, None)
        broken = self._check(values)
        if without:
            # Nothing more is to be said of them.
            broken = [v for v in broken if v.pointer.split("/")[1:2] not in _each(without)]
        found.extend(Violation(self._location + v.pointer, v.detail) for v in broken)
        if not broken and self._complete:
            self._complete(values, self._location, found)
        return values | dict.fromkeys(without, "") if without else values

    def read_cookies(self, header: str, found: list[Violation]) -> JsonObject:
        """The values of a Cookie header (RFC 6265, 5.4)."""
        return self.read(list(self._cookies(header)), found)

    def _cookies(self, header: str) -> Iterable[tuple[str, str]]:
        for part in filter(None, map(str.strip, header.split(";"))):
            name, _, text = part.partition("=")
            if not self._collector.gathers(unquote(name)):
                yield name, text.strip('"')
                continue
            # RFC 6570 puts an ampersand between the members of an object, or items of a list.
            first, *more = text.split("&")
            yield unquote(name), first
            yield from ((unquote(n), t) for n, _, t in (one.partition("=") for one in more))


def pairs_of(query: str, place: str, found: list[Violation]) -> list[tuple[str, str]]:
    """The names of a query or form, decoded, with their texts as they were sent."""
    pairs = []
    for part in filter(None, query.split("&")):
        name, _, text = part.partition("=")
        try:
            pairs.append((unquote_to_bytes(name.replace("+", " ")).decode("utf-8"), text))
        except UnicodeDecodeError:
            found.append(Violation(f"{place}/{name}", "is not UTF-8 after percent-decoding"))
    return pairs


def from_content(max_depth: int) -> FromContent:
    """What reads the text of a parameter that has a media type: as JSON if it is that."""

    def read(media_type: str, text: str) -> Json:
        if not is_json(media_type):
            return text
        try:
            value, lost = parse(text.encode(), max_depth)
        except Refusal as refusal:
            said = refusal.detail.removeprefix("The body ").rstrip(".")
            raise Misstyled(f"{said}; send one JSON text") from refusal
        if lost:
            raise Misstyled(lost[0].detail)
        return value

    return read


def decoding(document: JsonObject) -> Callable[[Parameter], Decode]:
    """What gives how the texts of a parameter are decoded, which is a matter of its place."""

    def decode_of(parameter: Parameter) -> Decode:
        if parameter.location == "header" or parameter.style == "cookie":
            return as_it_is
        if parameter.location == "query":
            return from_path if parameter.reserved else from_query
        # Scalars of a path are decoded where it is divided (`styles.path_texts`).
        scalar = parameter.media_type or form_of(document, parameter.schema) == "scalar"
        return as_it_is if parameter.location == "path" and scalar else from_path

    return decode_of


def _each(names: list[str]) -> list[list[str]]:
    return [[name.replace("~", "~0").replace("/", "~1")] for name in names]
