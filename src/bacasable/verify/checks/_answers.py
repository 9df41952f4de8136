"""What the contract documents of answers, found once for each operation, and which answers count.

An answer counts for an operation when its request was one that every server reads as a request of
that operation: a path with an empty segment, an encoded slash or a header of a megabyte may be
stopped by whatever stands in front of the server, which the contract does not describe.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

from ...contract import Contract, Operation
from ...contract.document import follow, pointer
from ...contract.grammar import operation_in
from ...contract.media import essence
from ...contract.model import Json
from ..bench import Subject
from ..model import Exchange, Request, Response

T = TypeVar("T")
LONGEST = 8000
"""A request line longer than this need not be read by anybody (RFC 9112, 3)."""
_REMEMBERED = 4
_HOP_BY_HOP = frozenset({"connection", "expect", "te", "transfer-encoding", "upgrade"})
_ODD_BYTE = re.compile(rb"[\x00-\x1f\x7f\\]")
_ODD_CHARACTER = re.compile(r"[^ -~]")


class PerSubject(Generic[T]):
    """Values made once for each subject: `PerSubject(make)(subject)`.

    Subjects cannot be hashed, for contracts hold maps; the last few are kept, by identity.
    """

    def __init__(self, make: Callable[[Subject], T]) -> None:
        self._make = make
        self._made: list[tuple[Subject, T]] = []

    def __call__(self, subject: Subject) -> T:
        """The value of a subject, made at the first call."""
        for known, value in self._made:
            if known is subject:
                return value
        value = self._make(subject)
        self._made = [*self._made[-_REMEMBERED + 1 :], (subject, value)]
        return value


@dataclass(frozen=True, slots=True)
class DocumentedHeader:
    """A header that an answer documents; `place` is where it is described."""

    name: str
    place: str
    required: bool
    schema: Json


@dataclass(frozen=True, slots=True)
class Documented:
    """A documented answer: `place` is its own, or its component's, pointer.

    `media` maps each media type to the pointer of its schema, which is empty without one.
    """

    place: str
    media: Mapping[str, str]
    headers: tuple[DocumentedHeader, ...]

    def schema_for(self, content_type: str) -> str:
        """The pointer of the schema of a Content-Type; empty when none is documented for it."""
        kind = essence(content_type)
        if kind in self.media:
            return self.media[kind]
        ranges = (kind.partition("/")[0] + "/*", "*/*")
        return next((self.media[r] for r in ranges if r in self.media), "")

    def documents(self, content_type: str) -> bool:
        """Whether a Content-Type is documented, itself or in a range."""
        kind = essence(content_type)
        return any(m in (kind, kind.partition("/")[0] + "/*", "*/*") for m in self.media)


@dataclass(frozen=True, slots=True)
class Counted:
    """An answer that counts for its operation. `documented` is None for an undocumented status."""

    exchange: Exchange
    operation: Operation
    response: Response
    documented: Documented | None

    @property
    def place(self) -> str:
        """The pointer of the operation's answers in the contract."""
        return responses_place(self.operation)


def responses_place(operation: Operation) -> str:
    """The pointer of the answers of an operation."""
    return pointer("paths", operation.path, operation.method, "responses")


class Answers:
    """The documented answers of a contract's operations, and which requests are theirs."""

    def __init__(self, subject: Subject) -> None:
        self.contract = subject.contract
        self._answers: dict[str, dict[str, Documented]] = {}
        self._paths: dict[str, tuple[re.Pattern[str], list[re.Pattern[str]]]] = {}
        self._last: tuple[Exchange | None, Counted | None] = (None, None)

    def counted(self, exchange: Exchange) -> Counted | None:
        """The answer of an exchange, if it counts for an operation."""
        if self._last[0] is not exchange:
            self._last = (exchange, self._count(exchange))
        return self._last[1]

    def _count(self, exchange: Exchange) -> Counted | None:
        operation, response = exchange.operation, exchange.response
        if operation is None or response is None:
            return None
        request = exchange.request
        if request.method.upper() != operation.method.upper() or not is_ordinary(request):
            return None
        if not self._is_path_of(operation, request.target):
            return None
        return Counted(exchange, operation, response, self.documented(operation, response.status))

    def documented(self, operation: Operation, status: int) -> Documented | None:
        """What is documented for a status: by itself, by its range, or for all the rest."""
        if operation.id not in self._answers:
            self._answers[operation.id] = _answers(self.contract, operation)
        known = self._answers[operation.id]
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in known:
                return known[key]
        return None

    def _is_path_of(self, operation: Operation, target: str) -> bool:
        """Whether a target leads to an operation's path, and to no path that goes before it."""
        if operation.id not in self._paths:
            paths = dict.fromkeys(o.path for o in self.contract.operations.values())
            own = operation.path
            rivals = [path for path in paths if path != own and _goes_before(path, own)]
            self._paths[operation.id] = (_pattern(own), [_pattern(path) for path in rivals])
        own_pattern, before = self._paths[operation.id]
        path = target.partition("?")[0].removeprefix(self.contract.base_path)
        return bool(own_pattern.fullmatch(path)) and not any(p.fullmatch(path) for p in before)


answers_of = PerSubject(Answers)


def counted(subject: Subject, exchange: Exchange) -> Counted | None:
    """The answer of an exchange, if it counts for an operation of the contract."""
    return answers_of(subject).counted(exchange)


def is_ordinary(request: Request) -> bool:
    """Whether a request passes whatever may stand in front of a server."""
    if len(request.target) > LONGEST or sum(len(n) + len(v) for n, v in request.headers) > LONGEST:
        return False
    path = unquote_to_bytes(request.target.partition("?")[0])
    if _ODD_BYTE.search(path):
        return False
    if any(name.lower() in _HOP_BY_HOP for name, _ in request.headers):
        return False
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    return not any(_ODD_CHARACTER.search(value) for _, value in request.headers)


def _pattern(path: str) -> re.Pattern[str]:
    """What the raw paths of a template look like. No segment is empty, dots, or holds a slash."""
    parts = re.split(r"\{[^}]*\}", path)
    segment = r"(?!(?:\.|%2[eE]){1,2}(?:/|$))(?:(?!%2[fF])[^/])+"
    return re.compile(segment.join(map(re.escape, parts)))


def _goes_before(path: str, other: str) -> bool:
    """Whether what fits both templates is read as the first: it is fixed where that is free."""
    ours, theirs = path.split("/"), other.split("/")
    if len(ours) != len(theirs):
        return False
    pairs = list(zip(ours, theirs, strict=True))
    return all(a == b or "{" in a or "{" in b for a, b in pairs) and any(
        "{" in b and "{" not in a for a, b in pairs
    )


def _answers(contract: Contract, operation: Operation) -> dict[str, Documented]:
    document = contract.document
    item, at = follow(document, document["paths"][operation.path], pointer("paths", operation.path))
    at += pointer(operation.method, "responses")
    found = {}
    for status, declared in operation_in(item, operation.method).get("responses", {}).items():
        response, place = follow(document, declared, at + pointer(status))
        media = {
            essence(name): place + pointer("content", name, "schema") if "schema" in kind else ""
            for name, kind in (response.get("content") or {}).items()
        }
        headers = []
        for name, header in (response.get("headers") or {}).items():
            described, where = follow(document, header, place + pointer("headers", name))
            if name.lower() != "content-type":
                required = bool(described.get("required"))
                schema = described.get("schema")
                headers.append(DocumentedHeader(name, where, required, schema))
        key = status if status == "default" else status.upper()
        found[key] = Documented(place, media, tuple(headers))
    return found
