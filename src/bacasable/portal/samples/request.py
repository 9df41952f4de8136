"""The request of an operation, with the contract's examples as its values."""

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

from ...contract import Contract, Operation
from ...contract.document import resolve, schema_at
from ...contract.media import is_json
from ...contract.paging import paging_of
from ...contract.shape import success_schema
from ...contract.values import matches, shown
from ..views.places import raw_operation, raw_parameters
from .model import Json, Step, Text, Variable
from .security import Credentials, Unshowable

TENANT = Variable("tenant", setting=True)
_KEY = "idempotency-key"
_SHOWN_ROWS = 5
_OWN_HEADERS = ("accept", "authorization", "content-type")  # OpenAPI ignores parameters so named
_JOINED = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_NEW_KEY = "0123456789abcdef0123456789abcdef"
# RFC 9110: a name of a header is a token, and no value of one holds control characters.
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

Query = tuple[str, str | float | Text]
Header = tuple[str, str | Text]


def request_of(
    contract: Contract, operation: Operation, credentials: Credentials, provided: dict[str, Json]
) -> Step:
    """The request of an operation.

    `provided` are values by the name of a parameter, in place of the examples; the one under the
    empty name is the body. Raises Unshowable for a body that is no JSON and cannot be left out,
    and for parameters that are written in a way that samples do not know.
    """
    document = contract.document
    declared = raw_operation(contract, operation)
    size = paging_of(operation, success_schema(document, operation)).get("size")
    rows = size.name if size and operation.method == "get" else ""
    given = [p for p in raw_parameters(contract, operation) if _is_shown(p, rows)]
    values = {p["name"]: provided.get(p["name"], _value(document, p, rows)) for p in given}
    fresh = next((p["name"] for p in given if _is_fresh(document, p)), None)
    if fresh:
        values[fresh] = Text((Variable(snake(fresh)),))
    if operation.needs_tenant:
        values[operation.tenant_header] = Text((TENANT,))
    media_type, body = body_of(document, declared, provided)
    status, shows = _answer(document, declared, operation.method)
    return Step(
        name=snake(operation.id),
        comment=one_line(operation.summary).rstrip(".")
        or one_line(f"{operation.method.upper()} {operation.path}"),
        method=operation.method.upper(),
        path=_path(operation.path, [p for p in given if p["in"] == "path"], values),
        query=(*_query(given, values), *credentials.query),
        headers=_sendable((*credentials.headers, *_headers(given, values, media_type))),
        basic=credentials.basic,
        fresh=Variable(snake(fresh)) if fresh else None,
        sends=bool(media_type),
        body=body,
        shows=shows,
        status=status,
    )


def body_of(document: Json, declared: Json, provided: dict[str, Json]) -> tuple[str, Json]:
    """Media type and value of the JSON body of an operation; an empty media type for no body."""
    if "requestBody" not in declared:
        return "", None
    body = resolve(document, declared["requestBody"])
    for media_type, media in body.get("content", {}).items():
        if is_json(media_type):
            return media_type, provided[""] if "" in provided else shown(document, media)
    if body.get("required"):
        raise Unshowable
    return "", None


def snake(name: str) -> str:
    """A name in snake_case: refreshToken and Idempotency-Key are refresh_token, idempotency_key."""
    split = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"\W+", "_", split, flags=re.ASCII).strip("_").lower()


def one_line(text: str) -> str:
    """A text of the contract as a comment, which a line break would end."""
    return " ".join(text.split())


def encoded(piece: str) -> str:
    """What a path has between its parameters, percent-encoded unless it is so already."""
    return quote(piece, safe="/:@!$&'()*+,;=~%")


def _sendable(headers: tuple[Header, ...]) -> tuple[Header, ...]:
    """The headers as they are. Raises Unshowable for what would not be one header on the wire."""
    for name, value in headers:
        parts = value.parts if isinstance(value, Text) else (value,)
        if not _TOKEN.fullmatch(name) or any(
            isinstance(part, str) and _CONTROL.search(part) for part in parts
        ):
            raise Unshowable
    return headers


def _answer(document: Json, declared: Json, method: str) -> tuple[int | None, str]:
    """The status of success, and what the answer is worth showing: json, text or its status."""
    answers = declared.get("responses", {})
    good = sorted(status for status in answers if status.startswith("2"))
    chosen = good[0] if good else "default"
    answer = resolve(document, answers.get(chosen, {}))
    status = int(chosen) if chosen.isdigit() else None
    media_type = next(iter(answer.get("content") or {}), "")
    if method == "head" or not media_type:
        return status, "status"
    if is_json(media_type):
        return status, "json"
    return status, "text" if media_type.startswith("text/") else "status"


# --- parameters


def _is_shown(parameter: Json, rows: str) -> bool:
    """Whether a sample sends it: what is required, the size of a page, a key to create once."""
    name, place = parameter["name"], parameter["in"]
    if place == "header" and name.lower() in _OWN_HEADERS:
        return False
    if place == "header" and name.lower() == _KEY:
        return True
    return bool(parameter.get("required")) or (place == "query" and name == rows != "")


def _is_fresh(document: Json, parameter: Json) -> bool:
    """Whether it is a key that a program makes by chance, in hexadecimal digits."""
    schema = schema_at(document, parameter.get("schema", {}))
    if parameter["in"] != "header" or parameter["name"].lower() != _KEY or "format" in schema:
        return False
    fits = matches(str(schema.get("pattern", "")), _NEW_KEY)
    return schema.get("type") == "string" and schema.get("maxLength", 99) >= 36 and fits


def _value(document: Json, parameter: Json, rows: str) -> Json:
    if "content" in parameter:
        return json.dumps(shown(document, next(iter(parameter["content"].values()))))
    value = shown(document, parameter)
    if parameter["in"] == "query" and parameter["name"] == rows and "example" not in parameter:
        schema = schema_at(document, parameter.get("schema", {}))
        return max(schema.get("minimum", 1), min(_SHOWN_ROWS, schema.get("maximum", _SHOWN_ROWS)))
    return value


def _path(template: str, parameters: list[Json], values: dict[str, Json]) -> Text:
    names = {p["name"] for p in parameters}
    if any(p.get("style", "simple") != "simple" for p in parameters):
        raise Unshowable
    parts: list[str | Variable] = []
    for piece in re.split(r"(\{[^{}]+\})", template):
        name = piece[1:-1]
        if piece.startswith("{") and name not in names:
            raise Unshowable
        found = values[name] if piece.startswith("{") else Text((encoded(piece),))
        parts += found.parts if isinstance(found, Text) else (quote(_plain(found), safe=","),)
    return Text(_merged(parts))


def _merged(parts: list[str | Variable]) -> tuple[str | Variable, ...]:
    """Neighbouring texts as one."""
    found: list[str | Variable] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, str) and isinstance(last, str):
            found[-1] = last + part
        elif part != "":
            found.append(part)
    return tuple(found)


def _headers(parameters: list[Json], values: dict[str, Json], media_type: str) -> Iterator[Header]:
    for parameter in parameters:
        name = parameter["name"]
        value = values[name]
        if parameter["in"] == "header":
            yield name, value if isinstance(value, Text) else _plain(value)
    cookies = [
        f"{p['name']}={_plain(values[p['name']])}" for p in parameters if p["in"] == "cookie"
    ]
    if cookies:
        yield "Cookie", "; ".join(cookies)
    if media_type not in ("", "application/json"):
        yield "Content-Type", media_type


def _query(parameters: list[Json], values: dict[str, Json]) -> Iterator[Query]:
    for parameter in parameters:
        if parameter["in"] == "query":
            yield from _pairs(parameter, values[parameter["name"]])


def _pairs(parameter: Json, value: Json) -> Iterator[Query]:
    """A parameter as names and values, by its style (OpenAPI 3.1, "Style Values")."""
    name, style = parameter["name"], parameter.get("style", "form")
    spread = parameter.get("explode", style == "form")
    if isinstance(value, dict):
        if style == "deepObject":
            yield from ((f"{name}[{key}]", _plain(inner)) for key, inner in value.items())
        elif style == "form" and spread:
            yield from ((key, _plain(inner)) for key, inner in value.items())
        else:
            raise Unshowable
    elif isinstance(value, list) and not spread and style in _JOINED:
        yield name, _JOINED[style].join(_plain(item) for item in value)
    elif isinstance(value, list) and style == "form":
        yield from ((name, _plain(item)) for item in value)
    elif isinstance(value, list):
        raise Unshowable
    else:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        yield name, value if number or isinstance(value, Text) else _plain(value)


def _plain(value: Json) -> str:
    """A value as it travels in paths, queries and headers. Raises Unshowable for a nested one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return ",".join(_plain(item) for item in value)
    if isinstance(value, dict | list | Text):
        raise Unshowable
    return "" if value is None else str(value)
