"""The engine over a second contract, in which every convention is another than in the toy's.

It declares nothing: what it does to records is inferred.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import RawRequest, Refusal, load_contract
from bacasable.contract.inference import inferred
from bacasable.contract.wire import to_json
from bacasable.core import Call, Engine, FixedClock, Platform, Reply

DOCUMENTS = Path(__file__).parent / "documents"
START = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Others:
    """A document of others in an engine. A call gives the JSON of its answer."""

    def __init__(self, name: str = "library.yaml", *, likely: bool = False) -> None:
        contract = inferred(load_contract(DOCUMENTS / name), likely=likely)
        kinds = {n: replace(kind, scope="tenant") for n, kind in contract.resources.items()}
        self.contract = replace(contract, resources=kinds)
        self.platform = Platform(42, FixedClock(START))
        self.space = self.platform.open("only", "tnt_only")
        self.engine = Engine(self.contract, self.platform, {})

    def reply(self, operation: str, body: Any = None, query: str = "", **path: Any) -> Reply:
        content = b"" if body is None else to_json(body)
        kind = "application/json" if content else ""
        named = {name: str(value) for name, value in path.items()}
        request = RawRequest(named, query=query, body=content, content_type=kind)
        called = self.contract.operations[operation]
        return self.engine.handle(Call(called, self.space, None, request, "req_1"))

    def changed(self, operation: str, body: Any, if_match: str, **path: Any) -> Reply:
        """The reply to a change of a record in the state that an ETag names."""
        request = RawRequest(path, body=to_json(body), content_type="application/json")
        called = self.contract.operations[operation]
        call = Call(called, self.space, None, request, "req_1", if_match=if_match)
        return self.engine.handle(call)

    def __call__(self, operation: str, body: Any = None, query: str = "", **path: Any) -> Any:
        return self.reply(operation, body, query, **path).json

    def code(self, *given: Any, **path: Any) -> str:
        with pytest.raises(Refusal) as refused:
            self.reply(*given, **path)
        return refused.value.code


@pytest.fixture
def library() -> Others:
    return Others()


def test_ids_are_what_the_document_has_for_them(library: Others) -> None:
    made = [library("addBook", {"title": f"Tome {n}"})["bookNumber"] for n in range(3)]
    assert made == [1, 2, 3]
    assert library("getBook", bookNumber=2)["title"] == "Tome 1"
    assert library.code("getBook", bookNumber=4) == "NOT_FOUND"
    assert library.code("getBook", bookNumber="two") == "NOT_FOUND"


def test_records_are_judged_by_what_the_document_says_of_them(library: Others) -> None:
    check = library.engine.schemas.record_check(library.contract.resources["Book"])
    made = library("addBook", {"title": "Tome"})
    assert check(made) == []
    assert [found.pointer for found in check(made | {"pages": 0})] == ["/pages"]


def test_a_number_that_a_record_has_is_given_to_no_other(library: Others) -> None:
    library("addBook", {"title": "Tome"})
    library.space.count({"Book": 0})
    assert library("addBook", {"title": "Autre"})["bookNumber"] == 2


def test_stamps_stand_where_the_document_has_them(library: Others) -> None:
    made = library("addBook", {"title": "Tome"})
    assert made["addedAt"] == "2026-11-02T09:00:00.000Z"
    changed = library("replaceBook", {"title": "Autre"}, bookNumber=1)
    assert changed == made | {"title": "Autre"}


def test_a_part_of_a_list_begins_where_it_is_asked_to(library: Others) -> None:
    for number in range(5):
        library("addBook", {"title": f"Tome {number}"})
    page = library("findBooks", query="offset=3&limit=5")
    assert [book["bookNumber"] for book in page["items"]] == [4, 5]
    assert page["total"] == 5
    assert len(library("findBooks")["items"]) == 2
    assert library("findBooks", query="offset=9")["items"] == []
    assert library.code("findBooks", None, "offset=-1") == "INVALID_REQUEST"


def test_parameters_that_nobody_knows_are_overlooked(library: Others) -> None:
    assert library("findBooks", query="utm_source=mail")["items"] == []


def test_a_deletion_is_answered_with_nothing(library: Others) -> None:
    library("addBook", {"title": "Tome"})
    assert library.reply("removeBook", bookNumber=1).content == b""
    assert library.code("getBook", bookNumber=1) == "NOT_FOUND"


def test_what_is_no_verb_of_a_collection_is_answered_by_its_example(library: Others) -> None:
    reply = library.reply("health")
    assert (reply.status, reply.json) == (200, {"up": True})
    assert reply.headers == {"X-Sandbox-Answer": "example"}
    assert library.reply("restart").content == b""
    text = library.reply("motto")
    assert (text.content, text.media_type) == (b"read", "text/plain")
    assert library.reply("card").content == b'{"no":1}'


def test_an_answer_shows_of_a_record_what_its_schema_has(library: Others) -> None:
    """The id alone, a few members, and more than what is known."""
    number = library("addShelf", {"label": "A", "secret": "s"})
    assert number == library("listShelves")[0]["shelfId"]
    assert library("listShelves") == [{"shelfId": number, "label": "A"}]
    shown = library("getShelf", shelfId=number)
    assert shown == {"shelfId": number, "label": "A", "places": 1}
    assert library("changeShelf", {"label": "B", "colour": "red"}, shelfId=number) == {
        "shelfId": number,
        "label": "B",
        "places": 1,
        "secret": "s",
        "colour": "red",
    }


def test_an_id_of_the_clients_own_choice_is_taken_once(library: Others) -> None:
    assert library("addReader", {"login": "ada", "name": "Ada"}) == {"login": "ada", "name": "Ada"}
    assert library("getReader", login="ada")["name"] == "Ada"
    assert library.code("addReader", {"login": "ada", "name": "Autre"}) == "DUPLICATE"
    assert library("addReader", {"name": "Bob"})["login"]


def test_what_lies_below_a_record_is_its_own(library: Others) -> None:
    for label in "AB":
        library("addShelf", {"label": label})
    first, second = (shelf["shelfId"] for shelf in library("listShelves"))
    library("addLabel", {"text": "red"}, shelfId=first)
    (label,) = library("listLabels", shelfId=first)
    assert label["shelfId"] == first
    assert library("listLabels", shelfId=second) == []
    assert library("getLabel", shelfId=first, labelId=label["labelId"]) == label
    assert library.code("getLabel", shelfId=second, labelId=label["labelId"]) == "NOT_FOUND"
    assert library.code("listLabels", shelfId="none") == "NOT_FOUND"


def test_a_list_is_sorted_by_what_the_query_names(library: Others) -> None:
    for name in ("Bob", "Ada", "Cid"):
        library("addReader", {"name": name})
    found = library("listReaders", query="sort=-name,colour")
    assert [reader["name"] for reader in found] == ["Cid", "Bob", "Ada"]


def test_an_answer_that_does_not_fit_is_mended(library: Others) -> None:
    """The record has a text where the answer wants a number: the document contradicts itself.

    Its id is answered all the same, for nobody would find it without.
    """
    reply = library.reply("addTicket", {"ticketId": "t1", "price": "free"})
    assert reply.headers == {"X-Sandbox-Answer": "mended"}
    assert reply.json == {"ticketId": "t1", "price": 1}
    assert library("getTicket", ticketId="t1") == reply.json
    assert len(library.space.collection("Ticket")) == 1


@pytest.fixture(scope="module")
def two_minded() -> Others:
    return Others("two_minded.yaml", likely=True)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"owner": {"id": "7"}}, {"owner": {"id": "7", "kind": "person"}}),
        ({"owner": {"id": 7}}, {"owner": {"id": "example", "kind": "person"}}),
        ({"parts": [{"name": "a"}]}, {"parts": [{"name": "a", "kind": "x"}]}),
        ({"note": 5}, {"note": "example"}),
        ({"never": 5}, {}),
    ],
)
def test_what_an_answer_has_no_room_for_is_completed_or_left_out(
    two_minded: Others, sent: Any, shown: Any
) -> None:
    made = two_minded("addThing", sent)
    assert made == {"id": made["id"]} | shown
    assert two_minded("getThing", thingId=made["id"]) == made
    page = two_minded.reply("listThings")
    assert made in page.json["things"]
    assert page.headers == {"X-Sandbox-Answer": "mended"}
    assert two_minded("removeThing", thingId=made["id"]) == {"id": made["id"], "gone": True}
    assert two_minded.code("getThing", thingId=made["id"]) == "NOT_FOUND"


def test_an_answer_under_a_name_of_its_own_is_mended_there(two_minded: Others) -> None:
    made = two_minded("addBox", {"size": "large"})
    assert made == {"box": {"id": made["box"]["id"], "size": 1}}


def test_an_answer_that_nothing_fits_is_the_example(two_minded: Others) -> None:
    for sent in ({"id": "r1", "a": 5}, {"id": "no"}):
        reply = two_minded.reply("addRiddle", sent)
        assert reply.headers == {"X-Sandbox-Answer": "example"}


def test_ids_are_texts_that_their_schema_takes(two_minded: Others) -> None:
    assert two_minded("addBadge", {"id": "2"})["id"] == "2"
    assert [two_minded("addBadge", {"label": n})["id"] for n in "ab"] == ["1", "3"]


def test_what_is_shown_as_it_is_is_not_mended(library: Others) -> None:
    compiled = library.engine._compiled
    compiled["addTicket"] = replace(compiled["addTicket"], show=None, mend=None)
    reply = library.reply("addTicket", {"ticketId": "t1", "price": "free"})
    assert reply.headers == {"X-Sandbox-Answer": "example"}


def test_a_record_without_room_for_its_parent_lies_below_it() -> None:
    depot = Others("depot.yaml")
    shops = [depot("addShop", {})["id"] for _ in range(2)]
    made = depot("addPart", {"label": "a"}, shopId=shops[0])
    shown = depot("getPart", shopId=shops[0], partId=made["id"])
    assert shown == made == {"id": made["id"], "label": "a"}
    assert depot("listParts", shopId=shops[0]) == [made]
    assert depot("listParts", shopId=shops[1]) == []
    with pytest.raises(Refusal, match="NOT_FOUND"):
        depot.reply("getPart", shopId=shops[1], partId=made["id"])
