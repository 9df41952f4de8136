"""Reading a request by the contract: parameters and body become typed values, or violations.

Compiled once per operation. Knows no HTTP library: it is given strings and bytes.
"""

import re
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import unquote_to_bytes

import orjson

from .document import resolve
from .model import Body, Json, JsonObject, Operation, Parameter, Violation
from .names import did_you_mean
from .problems import Refusal
from .schemas import Check, SchemaSet

MAX_DEPTH = 64
MAX_BODY_BYTES = 1024 * 1024
_REMEMBERED = 256


@dataclass(slots=True)
class RawRequest:
    """A request as it came in. `body` is None when it was longer than the limit.

    `headers` are those that the contract declares, by lower-case name; `accept` and `content_type`
    are empty when absent.
    """

    path: Mapping[str, str]
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = b""
    content_type: str = ""
    accept: str = ""


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
    ) -> None:
        self._operation = operation
        self._max_bytes, self._max_depth = max_body_bytes, max_depth
        self._queries: dict[str, JsonObject] = {}
        self._query = _ParameterReader("query", operation.parameters, schemas, document)
        self._path = _ParameterReader("path", operation.parameters, schemas, document)
        self._header = _ParameterReader("header", operation.parameters, schemas, document)
        self._body = _BodyReader(operation.body, schemas, document) if operation.body else None
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
        headers = self._header.read(list(request.headers.items()), found) if request.headers else {}
        body = self._read_body(self._body, request, found) if self._body else None
        if found:
            plural = "violation" if len(found) == 1 else "violations"
            raise Refusal(
                "INVALID_REQUEST", f"{len(found)} {plural}: see errors.", violations=found
            )
        return Values(path, query, headers, body)

    def _read_query(self, text: str, found: list[Violation]) -> JsonObject:
        """Clients ask the same few queries again and again: what was read once is remembered."""
        known = self._queries.get(text)
        if known is not None:
            return known
        broken: list[Violation] = []
        values = self._query.read(_pairs(text, broken), broken)
        found.extend(broken)
        if not broken and len(self._queries) < _REMEMBERED:
            self._queries[text] = values
        return values

    def _read_body(
        self, reader: "_BodyReader", request: RawRequest, found: list[Violation]
    ) -> Json:
        if request.body is None:
            raise Refusal("BODY_TOO_LARGE", f"The body has more than {self._max_bytes} bytes.")
        if not request.body and not request.content_type:
            found.append(Violation("", "a JSON body is required"))
            return None
        media_type = request.content_type.split(";")[0].strip().lower()
        if media_type != reader.media_type:
            said = f"The body is {media_type or 'of no stated type'}."
            raise Refusal("UNSUPPORTED_MEDIA_TYPE", said)
        return reader.read(_parse(request.body, self._max_depth), found)


class _ParameterReader:
    """Reads the parameters of one location."""

    def __init__(
        self,
        location: str,
        parameters: tuple[Parameter, ...],
        schemas: SchemaSet,
        document: JsonObject,
    ) -> None:
        # X-Tenant-ID is judged at admission, before anything else of a request is looked at.
        mine = [p for p in parameters if p.location == location and p.name != "X-Tenant-ID"]
        if location == "path":
            # An id that breaks its pattern is an unknown id: 404, not 400.
            mine = [p for p in mine if resolve(document, p.schema).get("type") != "string"]
        self._location = location
        self.names = {p.name.lower() if location == "header" else p.name: p for p in mine}
        self._required = [p.name for p in mine if p.required]
        schema_of = {p.name: resolve(document, p.schema) for p in mine}
        self._converters = {name: _converter(schema) for name, schema in schema_of.items()}
        self._defaults = {n: s["default"] for n, s in schema_of.items() if "default" in s}
        self._instants = {n for n, s in schema_of.items() if s.get("format") == "date-time"}
        self._check: Check = schemas.check_for(
            {
                "type": "object",
                "properties": {p.name: p.schema for p in mine},
                "required": self._required,
            }
        )

    def read(self, pairs: list[tuple[str, str]], found: list[Violation]) -> JsonObject:
        values: JsonObject = dict(self._defaults)
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
            if not broken:
                for name in self._instants & values.keys():
                    values[name] = _instant(values[name], f"{self._location}/{name}", found)
        return values

    def _unknown(self, name: str, found: list[Violation]) -> None:
        # Paths and headers carry names that are not ours; a query is wholly the caller's.
        if self._location == "query":
            detail = f"is not a parameter of this operation{did_you_mean(name, self.names)}"
            found.append(Violation(f"query/{name}", detail))


class _BodyReader:
    """Reads a JSON body: schema, defaults, instants in UTC."""

    def __init__(self, body: Body, schemas: SchemaSet, document: JsonObject) -> None:
        self.media_type = body.media_type
        self._check = schemas.request_check(body.pointer)
        self._fill = filler(document, body.schema)
        properties = resolve(document, body.schema).get("properties", {})
        self._instants = [
            name
            for name, schema in properties.items()
            if resolve(document, schema).get("format") == "date-time"
        ]

    def read(self, value: Json, found: list[Violation]) -> Json:
        violations = self._check(value)
        found.extend(violations)
        if violations:
            return value
        self._fill(value)
        for name in self._instants:
            if isinstance(value.get(name), str):
                value[name] = _instant(value[name], f"/{name}", found)
        return value


@lru_cache(maxsize=256)
def accepts_json(header: str) -> bool:
    """Whether an Accept header admits application/json (RFC 9110, 12.5.1)."""
    quality: dict[str, float] = {}
    for item in header.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            quality[name] = float(weight)
        except ValueError:
            quality[name] = 1.0
    for name in ("application/json", "application/*", "*/*"):
        if name in quality:
            return quality[name] > 0
    return False


def filler(document: JsonObject, schema: JsonObject) -> Callable[[Json], None]:
    """A function that adds the defaults of a schema to a valid value, in place, at every depth."""
    schema = resolve(document, schema)
    defaults: JsonObject = {}
    inner: dict[str, Callable[[Json], None]] = {}
    for name, declared in schema.get("properties", {}).items():
        member = resolve(document, declared)
        if "default" in member:
            defaults[name] = member["default"]
        if "properties" in member or "items" in member:
            inner[name] = filler(document, member)
    items = filler(document, schema["items"]) if "items" in schema else None

    def fill(value: Json) -> None:
        if isinstance(value, list) and items:
            for item in value:
                items(item)
        if isinstance(value, dict):
            for name in defaults.keys() - value.keys():
                value[name] = copy(defaults[name])
            for name in inner.keys() & value.keys():
                inner[name](value[name])

    return fill


def _pairs(query: str, found: list[Violation]) -> list[tuple[str, str]]:
    pairs = []
    for part in query.split("&") if query else []:
        name, _, text = part.partition("=")
        try:
            pairs.append((_unquote(name), _unquote(text)))
        except UnicodeDecodeError:
            found.append(Violation(f"query/{name}", "is not UTF-8 after percent-decoding"))
    return pairs


def _unquote(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8")


def _converter(schema: JsonObject) -> Callable[[str], Json]:
    """Text to value. What cannot be converted stays text, for the schema to refuse by its type."""
    kind = schema.get("type")
    if kind == "integer":
        return lambda text: int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else text
    if kind == "boolean":
        return lambda text: {"true": True, "false": False}.get(text, text)
    if kind == "array":
        return lambda text: text.split(",") if text else []
    return lambda text: text


def _parse(body: bytes, max_depth: int) -> Json:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal(
            "MALFORMED_BODY", f"The body is not JSON: {error.msg} at character {error.pos}."
        ) from error
    if body.count(b"{") + body.count(b"[") > max_depth and _depth(value) > max_depth:
        raise Refusal("MALFORMED_BODY", f"The body is nested more than {max_depth} levels deep.")
    return value


def _depth(value: Json) -> int:
    deepest, level = 0, [value]
    while level:
        containers = [node for node in level if isinstance(node, dict | list)]
        deepest += bool(containers)
        level = [
            child
            for node in containers
            for child in (node.values() if isinstance(node, dict) else node)
        ]
    return deepest


def _instant(text: str, place: str, found: list[Violation]) -> str:
    """An RFC 3339 instant in UTC with milliseconds; leap seconds count as the second before."""
    normal = re.sub(r":60(?=[.Zz+-])", ":59", text).upper()
    try:
        moment = datetime.fromisoformat(normal).astimezone(UTC)
    except (ValueError, OverflowError):
        found.append(Violation(place, "lies outside the years 1 to 9999"))
        return text
    return format_instant(moment)


def format_instant(moment: datetime) -> str:
    """An instant as the contract writes it: ISO 8601, UTC, milliseconds, Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
