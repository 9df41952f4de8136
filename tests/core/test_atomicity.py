"""Random calls against a naive model: a call does what the model says, or changes nothing."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bacasable.contract import Refusal
from bacasable.core import Behaviour, ContractBroken, Situation

from .dialects import Dialect, Theirs
from .toy import World, found_by, image

Record = dict[str, Any]
DONE = "done"
LAST_KNOWN = 12
MANY = {"Shelf": "listShelves", "Book": "listBooks", "Author": "listAuthors"}


def curse(s: Situation) -> None:
    """The deletion of a cursed shelf fails after the shelf and its boxes were removed."""
    if s.record["name"] == "cursed":
        s.emit("shelf.deleted", "Shelf", s.record)
        s.write("Shelf", s.record | {"name": "half done"})
        raise RuntimeError("half way")


class Model:
    """The library as plain dicts: records by resource and id, the number of facts, used keys."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Record]] = {
            name: {} for name in ("Shelf", "Box", "Lock", "Book", "Author")
        }
        self.facts = 0
        self.keys: dict[str, tuple[Record, float]] = {}

    def pick(self, resource: str, place: int) -> str:
        """The id of some record; the last places are an id that names nothing."""
        ids = list(self.records[resource])
        return ids[place % len(ids)] if ids and place <= LAST_KNOWN else "unknown"

    def knows(self, resource: str, record_id: str | None) -> bool:
        return record_id is None or record_id in self.records[resource]

    def under(self, resource: str, shelf: str) -> list[str]:
        return [i for i, r in self.records[resource].items() if r["shelfId"] == shelf]

    def is_held(self, shelf: str) -> bool:
        return bool(self.under("Lock", shelf) or self.under("Book", shelf))

    def has_code(self, code: str | None, but: str = "") -> bool:
        taken = {
            r["code"].lower() for i, r in self.records["Shelf"].items() if r["code"] and i != but
        }
        return code is not None and code.lower() in taken


places = st.integers(0, LAST_KNOWN + 2)
codes = st.sampled_from([None, None, "a", "A", "b", "c"])
shelves = st.sampled_from(["plain", "cursed"])
titles = st.sampled_from(["Title", "Title", "Other", "ab", "Broken", "Explosive"])
tags = st.sampled_from(["", "", "fresh", "stale"])


class Library(RuleBasedStateMachine):
    """Every rule foretells the outcome from the model, makes the call, and updates the model."""

    dialect: type[Dialect] = Dialect

    def __init__(self) -> None:
        super().__init__()
        hooks = {"Shelf": Behaviour(effects={"deleteShelf": curse})}
        self.world = World(hooks, dialect=self.dialect)
        self.model = Model()
        self.hours = 0.0
        self.furnish()

    def furnish(self) -> None:
        """Something of everything, so that few steps lead far."""
        for name in ("plain", "plain", "cursed"):
            self.create_shelf(name, None)
        for kind, shelf in (("Box", 0), ("Box", 0), ("Box", 2), ("Box", 2), ("Lock", 1)):
            self.create_child(shelf, kind)
        self.create_author(1)
        for on in (None, 1, None):
            self.create_book("Title", on, 0)
        self.publish(1, "")
        self.publish(2, "")
        self.retire(2, "SOLD")

    def attempt(self, expected: str, operation: str, body: Any = None, **options: Any) -> Any:
        """Make a call, check its outcome; its data when it is done, None when it is not."""
        platform = self.world.platform
        before = None if expected == DONE else (image(platform), found_by(platform))
        try:
            reply = self.world.call(operation, body, **options)
        except Refusal as refusal:
            outcome = refusal.code
        except (RuntimeError, ContractBroken) as error:
            outcome = type(error).__name__
        else:
            assert expected == DONE, f"{operation} was done; expected {expected}"
            gone = not reply.content or operation.startswith("delete")
            return {} if gone else reply.json["data"]
        assert outcome == expected
        assert (image(platform), found_by(platform)) == before
        return None

    def keep(self, resource: str, data: Any, facts: int = 1) -> None:
        if data:
            self.model.records[resource][data["id"]] = data
            self.model.facts += facts

    def drop(self, resource: str, record_id: str) -> None:
        del self.model.records[resource][record_id]
        self.model.facts += 1

    def etag(self, kind: str, operation: str, record_id: str) -> str:
        if kind != "fresh" or record_id == "unknown":
            return '"stale"' if kind else ""
        return self.world.call(operation, id=record_id).headers["ETag"]

    def first(self, *cases: tuple[bool, str]) -> str:
        """The first outcome whose condition holds; done when none does."""
        return next((code for holds, code in cases if holds), DONE)

    # --- plain records

    @rule(name=shelves, code=codes)
    def create_shelf(self, name: str, code: str | None) -> None:
        expected = self.first((self.model.has_code(code), "DUPLICATE"))
        body = {"name": name, "code": code}
        self.keep("Shelf", self.attempt(expected, "createShelf", body))

    @rule(key=st.sampled_from("kl"), name=shelves, code=codes)
    def create_shelf_with_a_key(self, key: str, name: str, code: str | None) -> None:
        body = {"name": name, "code": code}
        stored, until = self.model.keys.get(key, ({}, 0.0))
        if self.hours < until:
            expected = DONE if stored == body else "IDEMPOTENCY_KEY_REUSED"
            self.attempt(expected, "createShelf", body, key=key)
            return
        expected = self.first((self.model.has_code(code), "DUPLICATE"))
        data = self.attempt(expected, "createShelf", body, key=key)
        self.keep("Shelf", data)
        if data:
            self.model.keys[key] = (body, self.hours + 24)

    @rule(hours=st.sampled_from([0.5, 11.5, 24]))
    def wait(self, hours: float) -> None:
        self.hours += hours
        self.world.tick(hours=hours)

    @rule(body=st.sampled_from([{}, {"name": 1}, {"name": "x", "rank": "x"}, [], None]))
    def create_from_a_broken_body(self, body: Any) -> None:
        for operation in ("createShelf", "createBook", "createAuthor"):
            self.attempt("INVALID_REQUEST", operation, body)

    @rule(place=places, code=codes, tag=tags, whole=st.booleans())
    def change_shelf(self, place: int, code: str | None, tag: str, whole: bool) -> None:
        shelf = self.model.pick("Shelf", place)
        creates = whole and shelf == "unknown" and self.world.dialect.put_creates
        if creates:
            shelf = str(1000 + self.model.facts)
        expected = self.first(
            (shelf == "unknown", "NOT_FOUND"),
            (tag == "stale" and not creates, "PRECONDITION_FAILED"),
            (self.model.has_code(code, but=shelf), "DUPLICATE"),
        )
        if_match = "" if creates else self.etag(tag, "getShelf", shelf)
        name, body = "updateShelf", {"code": code}
        if whole:
            name, body = "replaceShelf", body | {"name": "replaced"}
        self.keep("Shelf", self.attempt(expected, name, body, id=shelf, if_match=if_match))

    @rule(place=places, tag=tags)
    def delete_shelf(self, place: int, tag: str) -> None:
        shelf = self.model.pick("Shelf", place)
        known = self.model.records["Shelf"].get(shelf, {})
        expected = self.first(
            (not known, "NOT_FOUND"),
            (tag == "stale", "PRECONDITION_FAILED"),
            (self.model.is_held(shelf), "STILL_REFERENCED"),
            (known.get("name") == "cursed", "RuntimeError"),
        )
        if_match = self.etag(tag, "getShelf", shelf)
        if self.attempt(expected, "deleteShelf", id=shelf, if_match=if_match) is not None:
            self.drop("Shelf", shelf)
            for box in self.model.under("Box", shelf):
                del self.model.records["Box"][box]

    @rule(place=places, kind=st.sampled_from(["Box", "Lock"]))
    def create_child(self, place: int, kind: str) -> None:
        shelf = self.model.pick("Shelf", place)
        expected = self.first((shelf == "unknown", "NOT_FOUND"))
        self.keep(kind, self.attempt(expected, f"create{kind}", {"name": "x"}, id=shelf))

    @rule(place=places, kind=st.sampled_from(["Box", "Lock"]), astray=st.booleans())
    def delete_child(self, place: int, kind: str, astray: bool) -> None:
        child = self.model.pick(kind, place)
        home = self.model.records[kind].get(child, {}).get("shelfId", "unknown")
        shelf = self.model.pick("Shelf", place) if astray else home
        expected = self.first((home == "unknown" or shelf != home, "NOT_FOUND"))
        path = {"id": shelf, kind.lower() + "Id": child}
        if self.attempt(expected, f"delete{kind}", **path) is not None:
            self.drop(kind, child)

    # --- records that refer to others

    @rule(number=st.integers(0, 4))
    def create_author(self, number: int) -> None:
        email = f"{number}@toys.example"
        taken = email in {r["email"] for r in self.model.records["Author"].values()}
        body = {"name": "x", "email": email}
        self.keep("Author", self.attempt(DONE if not taken else "DUPLICATE", "createAuthor", body))

    @rule(place=places)
    def delete_author(self, place: int) -> None:
        author = self.model.pick("Author", place)
        held = any(
            {"authorId": author} in b["chapters"] for b in self.model.records["Book"].values()
        )
        expected = self.first((author == "unknown", "NOT_FOUND"), (held, "STILL_REFERENCED"))
        if self.attempt(expected, "deleteAuthor", id=author) is not None:
            self.drop("Author", author)

    @rule(title=titles, on=st.none() | places, by=st.none() | places)
    def create_book(self, title: str, on: int | None, by: int | None) -> None:
        body = {"title": title} | self._references(on, by)
        expected = self.first(
            (not self._all_known(body), "UNKNOWN_REFERENCE"),
            (title == "Explosive", "RuntimeError"),
            (title == "Broken", "CONTRACT_VIOLATION"),
        )
        self.keep("Book", self.attempt(expected, "createBook", body))

    @rule(place=places, on=st.none() | places, by=st.none() | places, tag=tags)
    def change_book(self, place: int, on: int | None, by: int | None, tag: str) -> None:
        body = self._references(on, by)
        unknown = (not self._all_known(body), "UNKNOWN_REFERENCE")
        self._move("updateBook", place, ["DRAFT"], unknown, body=body, tag=tag)

    @rule(place=places, tag=tags)
    def publish(self, place: int, tag: str) -> None:
        book = self.model.records["Book"].get(self.model.pick("Book", place), {})
        broken = bool(book) and (len(book["title"]) < 3 or not book["chapters"])
        self._move("publishBook", place, ["DRAFT"], (broken, "RULE_REFUSED"), tag=tag)

    @rule(place=places, fate=st.sampled_from(["SOLD", "LOST", "DRAFT", "BURNT"]))
    def retire(self, place: int, fate: str) -> None:
        wrong = (fate not in {"SOLD", "LOST"}, "ContractBroken")
        self._move("retireBook", place, ["PUBLISHED"], wrong, body={"fate": fate})

    @rule(place=places)
    def reopen(self, place: int) -> None:
        self._move("reopenBook", place, ["SOLD", "LOST"])

    @rule(place=places)
    def delete_book(self, place: int) -> None:
        book = self.model.pick("Book", place)
        known = self.model.records["Book"].get(book, {})
        expected = self.first(
            (not known, "NOT_FOUND"),
            (known.get("status") not in {"DRAFT", "LOST"}, "ILLEGAL_TRANSITION"),
        )
        if self.attempt(expected, "deleteBook", id=book) is not None:
            self.drop("Book", book)

    def _move(
        self,
        operation: str,
        place: int,
        sources: list[str],
        *cases: tuple[bool, str],
        body: Any = None,
        tag: str = "",
    ) -> None:
        book = self.model.pick("Book", place)
        known = self.model.records["Book"].get(book, {})
        expected = self.first(
            (not known, "NOT_FOUND"),
            (tag == "stale", "PRECONDITION_FAILED"),
            (known.get("status") not in sources, "ILLEGAL_TRANSITION"),
            *cases,
        )
        if_match = self.etag(tag, "getBook", book)
        self.keep("Book", self.attempt(expected, operation, body, id=book, if_match=if_match))

    def _references(self, on: int | None, by: int | None) -> Record:
        shelf = None if on is None else self.model.pick("Shelf", on)
        authors = [] if by is None else [self.model.pick("Author", by)]
        return {"shelfId": shelf, "chapters": [{"authorId": i} for i in authors]}

    def _all_known(self, body: Record) -> bool:
        authors = [chapter["authorId"] for chapter in body["chapters"]]
        known = all(self.model.knows("Author", author) for author in authors)
        return known and self.model.knows("Shelf", body["shelfId"])

    # --- what holds after every step

    @invariant()
    def the_store_is_the_model(self) -> None:
        for resource, records in self.model.records.items():
            assert self.world.rows(resource) == list(records.values())

    @invariant()
    def lists_show_the_model(self) -> None:
        for resource, operation in MANY.items():
            rows = self.world.data(operation, query="perPage=100")
            assert rows == list(self.model.records[resource].values())

    @invariant()
    def indexes_agree_with_a_scan(self) -> None:
        for resource, records in self.model.records.items():
            for field in ("shelfId", "status", "code"):
                for value in {r.get(field) for r in records.values()}:
                    wanted = [i for i, r in records.items() if _same(r.get(field), value)]
                    assert self.world.found(resource, field, value) == wanted

    @invariant()
    def the_journal_has_one_fact_for_each_change(self) -> None:
        sequence = [event["sequence"] for event in self.world.events()]
        assert sequence == list(range(1, self.model.facts + 1))


def _same(one: str | None, two: str | None) -> bool:
    return (one and one.lower()) == (two and two.lower())


class OtherLibrary(Library):
    """The same where every convention is another one."""

    dialect = Theirs


TestLibrary, TestOtherLibrary = Library.TestCase, OtherLibrary.TestCase
for case in (TestLibrary, TestOtherLibrary):
    case.settings = settings(
        derandomize=True, deadline=None, max_examples=30, stateful_step_count=30
    )
