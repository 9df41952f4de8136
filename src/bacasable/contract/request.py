"""Reading a request by the contract: parameters and body become typed values, or violations.

Compiled once per operation. Knows no HTTP library: it is given strings and bytes.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from .complete import completer, format_instant, fresh
from .document import schema_at
from .model import Body, Json, JsonObject, Operation, Parameter, Violation
from .names import did_you_mean
from .numbers import number
from .parsing import parse
from .problems import Refusal
from .schemas import TOLD, Check, SchemaSet

__all__ = [
    "MAX_BODY_BYTES",
    "MAX_DEPTH",
    "RawRequest",
    "RequestReader",
    "Values",
    "accepts",
    "accepts_json",
    "format_instant",
]

MAX_DEPTH = 64
MAX_BODY_BYTES = 1024 * 1024
_REMEMBERED = 256
_HELPED = 20
"""For so many unknown parameters the closest known name is sought, which takes its time."""


@dataclass(slots=True)
class RawRequest:
    """A request as it came in. `body` is None when it was longer than the limit.

    It is None too when it could not be unpacked: `unread` is then raised when its turn comes.
    `headers` are those that the contract declares, by lower-case name; `accept` and `content_type`
    are empty when absent.
    """

    path: Mapping[str, str]
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = b""
    content_type: str = ""
    accept: str = ""
    unread: Refusal | None = None


@dataclass(slots=True)
class Values:
    """A request as the contract reads it: typed, with defaults filled in."""

    path: JsonObject
    query: JsonObject
    headers: JsonObject
    body: Json


class RequestReader:
    """Reads the requests of one operation. `read` raises Refusal with every violation at once."""

    def __init__(
        self,
        operation: Operation,
        schemas: SchemaSet,
        document: JsonObject,
        *,
        max_body_bytes: int = MAX_BODY_BYTES,
        max_depth: int = MAX_DEPTH,
        lenient: bool = False,
    ) -> None:
        self._operation = operation
        self._max_bytes, self._max_depth = max_body_bytes, max_depth
        self._queries: dict[str, tuple[JsonObject, bool]] = {}
        self._query = _ParameterReader(
            "query", operation.parameters, schemas, document, lenient=lenient
        )
        self._path = _ParameterReader("path", operation.parameters, schemas, document)
        self._header = _ParameterReader("header", operation.parameters, schemas, document)
        partial = operation.method == "patch"
        body = operation.body
        self._body = _BodyReader(body, schemas, document, partial=partial) if body else None
        self._answers_json = any(
            a.media_type == "application/json" for a in operation.answers.values()
        )

    def read(self, request: RawRequest) -> Values:
        """Typed values of a request.

        Raises Refusal: NOT_ACCEPTABLE, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, MALFORMED_BODY, or
        INVALID_REQUEST with all violations of parameters and body together.
        """
        if self._answers_json and request.accept and not accepts_json(request.accept):
            raise Refusal("NOT_ACCEPTABLE", "The Accept header admits no JSON.")
        found: list[Violation] = []
        path = self._path.read(list(request.path.items()), found) if self._path.names else {}
        query = self._read_query(request.query, found)
        header = self._header
        headers = header.read(list(request.headers.items()), found) if header.names else {}
        body = self._read_body(self._body, request, found) if self._body else None
        if found:
            plural = "violation" if len(found) == 1 else "violations"
            if len(found) > TOLD:
                rest = Violation("", f"and {len(found) - TOLD} more violations, not told here")
                shown = [*found[:TOLD], rest]
            else:
                shown = found
            said = f"{len(found)} {plural}: see errors."
            raise Refusal("INVALID_REQUEST", said, violations=shown)
        return Values(path, query, headers, body)

    def _read_query(self, text: str, found: list[Violation]) -> JsonObject:
        """Clients ask the same few queries again and again: what was read once is remembered.

        Each caller gets a copy: nobody else's values change with his.
        """
        known = self._queries.get(text)
        if known is not None:
            values, nested = known
            return {n: fresh(v) for n, v in values.items()} if nested else values.copy()
        broken: list[Violation] = []
        values = self._query.read(_pairs(text, broken), broken)
        found.extend(broken)
        if not broken and len(self._queries) < _REMEMBERED:
            nested = any(isinstance(value, list | dict) for value in values.values())
            self._queries[text] = (fresh(values), nested)
        return values

    def _read_body(
        self, reader: "_BodyReader", request: RawRequest, found: list[Violation]
    ) -> Json:
        if request.unread is not None:
            raise request.unread
        if request.body is None:
            raise Refusal("BODY_TOO_LARGE", f"The body has more than {self._max_bytes} bytes.")
        if not request.body and not request.content_type:
            if reader.required:
                found.append(Violation("", "a JSON body is required"))
            return None
        media_type = request.content_type.split(";")[0].strip().lower()
        if media_type != reader.media_type:
            said = f"The body is {media_type or 'of no stated type'}."
            raise Refusal("UNSUPPORTED_MEDIA_TYPE", said)
        value, lost = parse(request.body, self._max_depth)
        if not lost:
            return reader.read(value, found)
        places, others = {violation.pointer for violation in lost}, list[Violation]()
        value = reader.read(value, others)
        # Of a number that is lost nothing else can be said.
        found.extend([*lost, *(other for other in others if other.pointer not in places)])
        return value


class _ParameterReader:
    """Reads the parameters of one location."""

    def __init__(
        self,
        location: str,
        parameters: tuple[Parameter, ...],
        schemas: SchemaSet,
        document: JsonObject,
        *,
        lenient: bool = False,
    ) -> None:
        # X-Tenant-ID is judged at admission, before anything else of a request is looked at.
        mine = [p for p in parameters if p.location == location and p.name != "X-Tenant-ID"]
        if location == "path":
            # An id that breaks its pattern is an unknown id: 404, not 400.
            mine = [p for p in mine if schema_at(document, p.schema).get("type") != "string"]
        self._location, self._lenient = location, lenient
        self.names = {p.name.lower() if location == "header" else p.name: p for p in mine}
        self._required = [p.name for p in mine if p.required]
        self._converters = {p.name: _converter(document, p.schema) for p in mine}
        together = {
            "type": "object",
            "properties": {p.name: p.schema for p in mine},
            "required": self._required,
        }
        self._check: Check = schemas.check_for(together)
        self._complete = completer(document, schemas, together)
        # What nobody gave is the same for every request.
        self._defaults: JsonObject = self._complete({}, "", []) if self._complete else {}

    def read(self, pairs: list[tuple[str, str]], found: list[Violation]) -> JsonObject:
        values: JsonObject = fresh(self._defaults)
        if not pairs and not self._required:
            return values
        given: set[str] = set()
        for name, text in pairs:
            parameter = self.names.get(name)
            if parameter is None:
                self._unknown(name, found)
            elif name in given:
                found.append(Violation(f"{self._location}/{name}", "is given more than once"))
            else:
                given.add(name)
                values[parameter.name] = self._converters[parameter.name](text)
        if self.names:
            broken = self._check(values)
            found.extend(Violation(self._location + v.pointer, v.detail) for v in broken)
            if not broken and self._complete:
                self._complete(values, self._location, found)
        return values

    def _unknown(self, name: str, found: list[Violation]) -> None:
        # Paths and headers carry names that are not ours; a query is wholly the caller's.
        if self._location == "query" and not self._lenient:
            near = did_you_mean(name, self.names) if len(found) < _HELPED else ""
            detail = f"is not a parameter of this operation{near}"
            found.append(Violation(f"query/{name}", detail))


class _BodyReader:
    """Reads a JSON body: schema, defaults, instants in UTC."""

    def __init__(
        self, body: Body, schemas: SchemaSet, document: JsonObject, *, partial: bool
    ) -> None:
        self.media_type, self.required = body.media_type, body.required
        self._check = schemas.request_check(body.pointer)
        self._complete = completer(document, schemas, body.schema, partial=partial)

    def read(self, value: Json, found: list[Violation]) -> Json:
        violations = self._check(value)
        found.extend(violations)
        if violations or not self._complete:
            return value
        return self._complete(value, "", found)


def accepts_json(header: str) -> bool:
    """Whether an Accept header admits application/json."""
    return accepts(header, "application/json")


@lru_cache(maxsize=256)
def accepts(header: str, media_type: str) -> bool:
    """Whether an Accept header admits a media type (RFC 9110, 12.5.1)."""
    quality: dict[str, float] = {}
    for item in header.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            quality[name] = float(weight)
        except ValueError:
            quality[name] = 1.0
    for name in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        if name in quality:
            return quality[name] > 0
    return False


def _pairs(query: str, found: list[Violation]) -> list[tuple[str, str]]:
    pairs = []
    for part in filter(None, query.split("&")):
        name, _, text = part.partition("=")
        try:
            pairs.append((_unquote(name), _unquote(text)))
        except UnicodeDecodeError:
            found.append(Violation(f"query/{name}", "is not UTF-8 after percent-decoding"))
    return pairs


def _unquote(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8")


def _converter(document: JsonObject, schema: Any) -> Callable[[str], Json]:
    """Text to value. What cannot be converted stays text, for the schema to refuse by its type."""
    kinds = set(_kinds(document, schema))
    if "string" in kinds:
        return lambda text: text
    if "array" in kinds:
        item = _converter(document, schema_at(document, schema).get("items", {}))
        return lambda text: [item(part) for part in text.split(",")] if text else []
    known = [read for kind, read in _READ.items() if kind in kinds]

    def convert(text: str) -> Json:
        return next((value for read in known if (value := read(text)) is not None), text)

    return convert


def _kinds(document: JsonObject, schema: Any) -> Iterator[str]:
    """The types that a schema names, itself or in its branches."""
    declared = schema_at(document, schema)
    kind = declared.get("type", [])
    yield from [kind] if isinstance(kind, str) else kind
    for branch in [b for key in ("oneOf", "anyOf", "allOf") for b in declared.get(key, [])]:
        yield from _kinds(document, branch)


def _integer(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def _number(text: str) -> int | float | None:
    return number(text) if _NUMBER.fullmatch(text) else None


_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?")
_READ: dict[str, Callable[[str], Json]] = {
    "integer": _integer,
    "number": _number,
    "boolean": {"true": True, "false": False}.get,
}
