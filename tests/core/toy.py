"""A world to play in: the toy contract, an engine in process, a clock that stands still."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bacasable.contract import RawRequest, Refusal
from bacasable.contract.build import build_contract
from bacasable.contract.wire import to_json
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

from .toy_document import toy_document

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
        s.collection("Lock").remove(other["id"])
    s.platform.open("half-done", "tnt_half")
    raise RuntimeError("half way")


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
    ) -> None:
        """`bare` is without any behaviours."""
        self.contract = build_contract(document or toy_document(), "toy.yaml")
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
            content = b"" if body is None else to_json(body)
        request = RawRequest(
            path=path,
            query=query,
            headers={} if key is None else {"idempotency-key": key},
            body=content,
            content_type="application/json" if content else "",
        )
        home = space or (self.space if known.needs_tenant else self.platform.root)
        request_id = self.platform.request_id()
        made = Call(known, home, actor, request, request_id, if_match, if_none_match)
        return self.engine.handle(made)

    def data(self, operation: str, body: Any = None, **options: Any) -> Any:
        """The data of a call that succeeds."""
        return self.call(operation, body, **options).json["data"]

    def refusal(self, operation: str, body: Any = None, **options: Any) -> Refusal:
        """The refusal of a call that is refused."""
        with pytest.raises(Refusal) as caught:
            self.call(operation, body, **options)
        return caught.value

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
    fields = ("id", "shelfId", "status", "name", "code", "note", "type")
    return {
        f"{space.slug}/{name}/{field}={value!r}": [r["id"] for r in found.where(field, value)]
        for space in [platform.root, *platform.spaces()]
        for name, found in space.collections().items()
        for field in fields
        for value in sorted({str(r[field]) for r in found if r.get(field) is not None})
    }
