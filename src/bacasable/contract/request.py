"""Reading a request by the contract: parameters and body become typed values, or violations.

Compiled once per operation. Knows no HTTP library: it is given strings and bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..bounds import Parted
from .bodies import BodyReader
from .complete import format_instant, fresh
from .forms import WholeQuery
from .media import accepts, accepts_json, is_json
from .model import Json, JsonObject, Operation, Violation
from .parameters import MAX_DEPTH, ParameterReader, pairs_of
from .problems import Refusal
from .schemas import TOLD, SchemaSet

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

MAX_BODY_BYTES = 1024 * 1024
_REMEMBERED = 256
_SHORT = 256
"""Characters of a header that is remembered: those of ordinary clients have fewer."""


@dataclass(slots=True)
class RawRequest:
    """A request as it came in. `body` is None when it was longer than the limit.

    It is None too when it could not be unpacked: `unread` is then raised when its turn comes.
    `headers` are those that the contract declares, by lower-case name; `accept` and `content_type`
    are empty when absent. `path` holds what `styles.path_texts` makes of what was sent. `cookies`
    is the Cookie header, for operations that declare some.
    """

    path: Mapping[str, str]
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = b""
    content_type: str = ""
    accept: str = ""
    unread: Refusal | None = None
    cookies: str = ""


@dataclass(slots=True)
class Values:
    """A request as the contract reads it: typed, with defaults filled in."""

    path: JsonObject
    query: JsonObject
    headers: JsonObject
    body: Json
    cookies: JsonObject = field(default_factory=dict)


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
        bounds: Parted | None = None,
        lenient: bool = False,
    ) -> None:
        self._queries: dict[str, tuple[JsonObject, bool]] = {}
        parameters = operation.parameters

        # Nobody looks up what names no record, nor the id of one that is made under it.
        action = operation.action
        keys = {action.parent_param, *action.parent_key}
        looked_up = keys if action.creates else keys | {action.item_param, *action.item_key}
        ids = frozenset(filter(None, looked_up - {name for name, _ in action.places}))

        def reader(location: str) -> ParameterReader:
            return ParameterReader(
                location,
                parameters,
                schemas,
                document,
                lenient=lenient,
                max_depth=max_depth,
                ids=ids if lenient else None,
            )

        self._query, self._path, self._header = map(reader, ("query", "path", "header"))
        # Few operations have any: the others do nothing for them.
        found = {p.location: p for p in parameters}
        self._cookie = reader("cookie") if "cookie" in found else None
        whole = found.get("querystring")
        self._whole = WholeQuery(whole, schemas, document, max_depth=max_depth) if whole else None
        body = operation.body
        self._body = (
            BodyReader(
                body,
                schemas,
                document,
                partial=operation.method == "patch",
                lenient=lenient,
                max_body_bytes=max_body_bytes,
                max_depth=max_depth,
                bounds=bounds or Parted(),
            )
            if body
            else None
        )
        self._answers = _answered(operation)
        self._takes = {""}
        """Accept headers that are known to admit an answer: clients send the same few."""

    def read(self, request: RawRequest) -> Values:
        """Typed values of a request.

        Raises Refusal: NOT_ACCEPTABLE, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, MALFORMED_BODY, or
        INVALID_REQUEST with all violations of parameters and body together.
        """
        if request.accept not in self._takes:
            self._refuse_accept(request.accept)
        found: list[Violation] = []
        path = self._path.read(list(request.path.items()), found) if self._path.declared else {}
        query = self._read_query(request.query, found)
        header = self._header
        headers = header.read(list(request.headers.items()), found) if header.declared else {}
        cookies = self._cookie.read_cookies(request.cookies, found) if self._cookie else {}
        body = None
        if self._body:
            sent = request.body
            body = self._body.read(sent, request.content_type, found, request.unread)
        if found:
            plural = "violation" if len(found) == 1 else "violations"
            if len(found) > TOLD:
                rest = Violation("", f"and {len(found) - TOLD} more violations, not told here")
                shown = [*found[:TOLD], rest]
            else:
                shown = found
            said = f"{len(found)} {plural}: see errors."
            raise Refusal("INVALID_REQUEST", said, violations=shown)
        return Values(path, query, headers, body, cookies)

    def _refuse_accept(self, accept: str) -> None:
        """Raise Refusal NOT_ACCEPTABLE for an Accept header that admits no documented answer."""
        if self._answers and not any(accepts(accept, one) for one in self._answers):
            raise Refusal("NOT_ACCEPTABLE", _no_form(self._answers))
        if len(self._takes) < _REMEMBERED and len(accept) < _SHORT:
            self._takes.add(accept)

    def _read_query(self, text: str, found: list[Violation]) -> JsonObject:
        """Clients ask the same few queries again and again: what was read once is remembered.

        Each caller gets a copy: nobody else's values change with his.
        """
        known = self._queries.get(text)
        if known is not None:
            values, nested = known
            return {n: fresh(v) for n, v in values.items()} if nested else values.copy()
        broken: list[Violation] = []
        if self._whole:
            values = self._whole.read(text, broken)
        else:
            values = self._query.read(pairs_of(text, "query", broken), broken)
        found.extend(broken)
        if not broken and len(self._queries) < _REMEMBERED:
            nested = any(isinstance(value, list | dict) for value in values.values())
            self._queries[text] = (fresh(values), nested)
        return values


def _answered(operation: Operation) -> tuple[str, ...]:
    """The media types that an operation answers in when it succeeds."""
    done = [a for s, a in operation.answers.items() if s < 300] or [operation.succeeds]
    found = [
        name for answer in done for name in answer.contents or filter(None, [answer.media_type])
    ]
    return tuple(dict.fromkeys(found))


def _no_form(media_types: tuple[str, ...]) -> str:
    if all(map(is_json, media_types)):
        return "The Accept header admits no JSON."
    return f"The Accept header admits none of {', '.join(media_types)}."
