"""A world to play in: the toy contract, an engine in process, a clock that stands still."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bacasable.contract import RawRequest, Refusal
from bacasable.contract.build import build_contract
from bacasable.contract.wire import from_json, to_json
from bacasable.core import (
    Actor,
    Behaviour,
    Call,
    Engine,
    FixedClock,
    Limits,
    Platform,
    Reply,
    Situation,
    Space,
)

from .dialects import Dialect
from .toy_document import toy_document

SPOKEN = Dialect
"""The dialect of the worlds that are made (see `conftest.py`)."""

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


def spoil(s: Situation) -> None:
    """A title chooses how the creation goes wrong."""
    if s.draft["title"] == "Broken":
        s.draft["note"] = 42


def explode(s: Situation) -> None:
    if s.draft["title"] != "Explosive":
        return
    shelf = s.new("Shelf", name="half done", code="HALF")
    s.write("Shelf", shelf)
    s.space.private("half").put({"id": "done"})
    s.emit("book.created", "Shelf", shelf)
    for other in list(s.collection("Book"))[:2]:
        s.write("Book", other | {"note": "half done"})
    for other in list(s.collection("Lock"))[:2]:
        s.collection("Lock").remove(s.contract.resources["Lock"].id_of(other))
    s.platform.open("half-done", "tnt_half")
    raise RuntimeError("half way")


def ours(test: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a test of what only the conventions of our own contract have."""
    test.is_ours = True  # type: ignore[attr-defined]
    return test


@dataclass(slots=True)
class Seen(Reply):
    """A reply as a test reads it."""

    dialect: Dialect = field(default_factory=Dialect)

    @property
    def json(self) -> Any:
        return self.dialect.answer(from_json(self.content)) if self.content else None


def choose_fate(s: Situation) -> None:
    s.draft["status"] = s.body["fate"]


BOOK = Behaviour(
    prepare={"createBook": spoil, "retireBook": choose_fate},
    rules={
        "TITLE_TOO_SHORT": lambda s: len(s.draft["title"]) >= 3,
        "NO_CHAPTER": lambda s: bool(s.draft["chapters"]),
    },
    facts={"annotateBook": lambda s: [] if s.draft["note"] is None else ["book.annotated"]},
    effects={"createBook": explode},
    shows={"getBookTitle": lambda record: {"title": record["title"]}},
    operations={"countBooks": lambda s: {"count": len(s.collection("Book"))}},
)


def book_with(**hooks: Mapping[str, Any]) -> dict[str, Behaviour]:
    """The books' behaviour with more hooks: `book_with(prepare={"createBook": f})`."""
    return {"Book": replace(BOOK, **{k: getattr(BOOK, k) | v for k, v in hooks.items()})}


PING = Behaviour(operations={"ping": lambda s: {"pong": True}})
BEHAVIOURS = {"Book": BOOK, "Ping": PING}


class World:
    """An engine for the toy contract with one tenant, and calls that read well."""

    def __init__(
        self,
        behaviours: Mapping[str, Behaviour] | None = None,
        *,
        document: dict[str, Any] | None = None,
        seed: int = 7,
        limits: Limits | None = None,
        bare: bool = False,
        dialect: type[Dialect] | None = None,
    ) -> None:
        """`bare` is without any behaviours."""
        self.dialect = (dialect or SPOKEN)()
        said = self.dialect.document(document or toy_document())
        self.contract = build_contract(said, "toy.yaml")
        if not self.dialect.tenants:  # as the server does: its forks have records of their own
            kinds = {n: replace(k, scope="tenant") for n, k in self.contract.resources.items()}
            self.contract = replace(self.contract, resources=kinds)
        self.clock = FixedClock(START)
        self.platform = Platform(seed, self.clock, limits=limits or Limits())
        hooks = {} if bare else BEHAVIOURS | dict(behaviours or {})
        self.engine = Engine(self.contract, self.platform, hooks)
        self.space = self.platform.open("toys", "tnt_toys")

    def call(
        self,
        operation: str,
        body: Any = None,
        *,
        query: str = "",
        roles: str = "ADMIN",
        me: str = "usr_me",
        of: str = "toys",
        key: str | None = None,
        if_match: str = "",
        if_none_match: str = "",
        content: bytes | None = None,
        space: Space | None = None,
        **path: str,
    ) -> Reply:
        """One call. `roles` are separated by blanks; empty for a call without an actor.

        `me` is an account `of` a tenant.
        """
        known = self.contract.operations[operation]
        actor = Actor(me, frozenset(roles.split()), of, "ses_1", 0) if roles else None
        if content is None:
            content = b"" if body is None else to_json(self.dialect.out(body))
        request = RawRequest(
            path=dict(self.dialect.path(*one) for one in path.items()),
            query=self.dialect.query(query),
            headers={} if key is None else {"idempotency-key": key},
            body=content,
            content_type="application/json" if content else "",
        )
        is_root = self.dialect.tenants and not known.needs_tenant
        home = space or (self.platform.root if is_root else self.space)
        request_id = self.platform.request_id()
        made = Call(known, home, actor, request, request_id, if_match, if_none_match)
        reply = self.engine.handle(made)
        return Seen(
            reply.status,
            reply.content,
            reply.headers,
            reply.pieces,
            reply.media_type,
            dialect=self.dialect,
        )

    def data(self, operation: str, body: Any = None, **options: Any) -> Any:
        """The data of a call that succeeds."""
        return self.call(operation, body, **options).json["data"]

    def rows(self, resource: str, space: Space | None = None) -> list[dict[str, Any]]:
        """The stored records of a resource, as tests read them."""
        found: list[dict[str, Any]] = self.dialect.back(
            list((space or self.space).collection(resource))
        )
        return found

    def found(self, resource: str, field: str, value: Any) -> list[str]:
        """The ids of the stored records that are found by a field."""
        name, (said,) = self.dialect.name_of(field), self.dialect.out({field: value}).values()
        found = self.space.collection(resource).where(name, said)
        return [row["id"] for row in self.dialect.back(found)]

    def gone(self, resource: str, record_id: str) -> None:
        """Take a record away behind the back of the contract."""
        self.space.collection(resource).remove(record_id)

    def put(self, resource: str, record: dict[str, Any]) -> None:
        """Store a record behind the back of the contract."""
        said = self.dialect.out(record)
        own = self.contract.resources[resource].id_member
        if "id" in record:
            said[own] = self.dialect.id(resource, record["id"])
        self.space.collection(resource).put(said)

    def refusal(self, operation: str, body: Any = None, **options: Any) -> Refusal:
        """The refusal of a call that is refused."""
        with pytest.raises(Refusal) as caught:
            self.call(operation, body, **options)
        refused = caught.value
        found = [replace(v, pointer=self.dialect.pointer(v.pointer)) for v in refused.violations]
        refused.violations = tuple(found)
        return refused

    def code(self, operation: str, body: Any = None, **options: Any) -> str:
        return self.refusal(operation, body, **options).code

    def shelf(self, name: str = "Novels", **members: Any) -> str:
        return str(self.data("createShelf", {"name": name, **members})["id"])

    def author(self, email: str = "ada@toys.example", **members: Any) -> str:
        return str(self.data("createAuthor", {"name": "Ada", "email": email, **members})["id"])

    def book(self, title: str = "Title", **members: Any) -> str:
        return str(self.data("createBook", {"title": title, **members})["id"])

    def book_in(self, state: str) -> str:
        """A book that was led to a state by legal transitions."""
        book = self.book(
            chapters=[{"authorId": self.author(f"{state}-{self.tick()}@toys.example")}]
        )
        if state != "DRAFT":
            self.call("publishBook", id=book)
        if state in {"SOLD", "LOST"}:
            self.call("retireBook", {"fate": state}, id=book)
        return book

    def tick(self, **time: float) -> str:
        """Let time pass: one second, or what is given; the new instant as text."""
        self.clock.instant += timedelta(**time or {"seconds": 1})
        return self.clock.instant.isoformat()

    def events(self, space: Space | None = None) -> list[dict[str, Any]]:
        return list((space or self.space).collection("Event"))


def image(platform: Platform) -> dict[str, Any]:
    """Everything a call can change, as a deep copy: records in order, running numbers, spaces."""
    spaces = [platform.root, *platform.spaces()]
    return {
        space.slug: {
            "records": {
                name: deepcopy(list(found)) for name, found in space.collections().items() if found
            },
            "numbers": {k: v for k, v in space._counters.items() if v},
            "pinned": dict(space.pinned),
        }
        for space in spaces
    }


def found_by(platform: Platform) -> dict[str, list[str]]:
    """What `where` finds for every value of every field, by a readable key, in order."""
    fields = ("id", "key", "shelfId", "shelf_id", "status", "name", "code", "note", "type")
    return {
        f"{space.slug}/{name}/{field}={value!r}": [
            r.get("id", r.get("key")) for r in found.where(field, value)
        ]
        for space in [platform.root, *platform.spaces()]
        for name, found in space.collections().items()
        for field in fields
        for value in sorted({str(r[field]) for r in found if r.get(field) is not None})
    }
