"""Entity tags, masked values, answers that are remembered, and answers that break the contract."""

from typing import Any

import pytest

from bacasable.core import Behaviour, ContractBroken, Situation

from .toy import World, book_with, ours
from .toy_document import toy_document

pytestmark = pytest.mark.usefixtures("dialect")

ADA = {"phone": "+33639980101", "age": 36, "aliases": ["Countess"]}


@pytest.fixture
def world() -> World:
    return World()


# --- entity tags


def test_an_etag_holds_while_nothing_changes_and_changes_with_the_record(world: World) -> None:
    shelf = world.shelf()
    before = world.call("getShelf", id=shelf).headers["ETag"]
    world.tick()
    assert world.call("getShelf", id=shelf).headers["ETag"] == before
    changed = world.call("updateShelf", {"rank": 1}, id=shelf).headers["ETag"]
    assert changed != before
    assert world.call("getShelf", id=shelf).headers["ETag"] == changed


@pytest.mark.parametrize("header", ["{}", "*", '"other", {}', "{},"])
def test_a_write_with_the_present_etag_is_done(world: World, header: str) -> None:
    shelf = world.shelf()
    etag = world.call("getShelf", id=shelf).headers["ETag"]
    sent = header.format(etag)
    assert world.data("updateShelf", {"rank": 1}, id=shelf, if_match=sent)["rank"] == 1


@pytest.mark.parametrize("header", ['"other"', "W/{}", "other"])
@pytest.mark.parametrize("verb", ["updateShelf", "replaceShelf", "deleteShelf"])
def test_a_write_with_another_etag_is_refused(world: World, header: str, verb: str) -> None:
    shelf = world.shelf()
    etag = world.call("getShelf", id=shelf).headers["ETag"]
    body = None if verb == "deleteShelf" else {"name": "x"}
    refusal = world.refusal(verb, body, id=shelf, if_match=header.format(etag))
    assert refusal.code == "PRECONDITION_FAILED"
    assert refusal.headers == {"ETag": etag}
    assert world.data("getShelf", id=shelf)["name"] == "Novels"


def test_a_stale_etag_is_told_before_an_illegal_state(world: World) -> None:
    book = world.book_in("SOLD")
    assert world.code("publishBook", id=book, if_match='"old"') == "PRECONDITION_FAILED"


def test_reading_and_creating_do_not_look_at_if_match(world: World) -> None:
    shelf = world.shelf()
    assert world.call("getShelf", id=shelf, if_match='"other"').status == 200
    made = world.call("createBox", {"name": "x"}, id=shelf, if_match='"other"')
    assert made.status == world.dialect.created


@pytest.mark.parametrize("header", ["{}", "W/{}", "*", '"other",{}'])
def test_what_the_caller_has_is_not_sent_again(world: World, header: str) -> None:
    shelf = world.shelf()
    etag = world.call("getShelf", id=shelf).headers["ETag"]
    reply = world.call("getShelf", id=shelf, if_none_match=header.format(etag))
    assert (reply.status, reply.content, reply.headers) == (304, b"", {"ETag": etag})
    assert reply.json is None


def test_what_the_caller_has_not_is_sent(world: World) -> None:
    shelf = world.shelf()
    assert world.call("getShelf", id=shelf, if_none_match='"other"').status == 200
    etag = world.call("getShelf", id=shelf).headers["ETag"]
    assert world.call("updateShelf", {}, id=shelf, if_none_match=etag).status == 200


# --- masked values


def test_a_masked_value_keeps_its_type_and_gives_nothing_away(world: World) -> None:
    author = world.author(**ADA)
    seen = world.data("getAuthor", id=author, roles="AUDITOR")
    assert (seen["name"], seen["email"]) == ("Ada", "a***")
    assert (seen["phone"], seen["age"], seen["aliases"]) == (None, None, [])


def test_other_text_keeps_its_first_letter(world: World) -> None:
    author = world.author("no address")
    assert world.data("getAuthor", id=author, roles="AUDITOR")["email"] == "n***"


@pytest.mark.parametrize("roles", ["ADMIN", "ADMIN AUDITOR", ""])
def test_callers_with_another_role_see_everything(world: World, roles: str) -> None:
    author = world.author(**ADA)
    assert world.data("getAuthor", id=author, roles=roles)["phone"] == ADA["phone"]
    assert world.data("listAuthors", roles=roles)[0]["age"] == 36


def test_a_list_is_masked_whoever_asked_before(world: World) -> None:
    world.author(**ADA)
    for roles, email in (
        ("ADMIN", "ada@toys.example"),
        ("AUDITOR", "a***"),
        ("ADMIN", "ada@toys.example"),
    ):
        assert world.data("listAuthors", roles=roles)[0]["email"] == email
        author = world.data("listAuthors")[0]["id"]
        assert world.data("getAuthor", id=author, roles=roles)["email"] == email


def test_masked_values_cannot_be_found_by_filtering(world: World) -> None:
    world.author()
    assert len(world.data("listAuthors", query="email=ada@toys.example")) == 1
    assert world.data("listAuthors", query="email=ada@toys.example", roles="AUDITOR") == []


def test_a_masked_caller_matches_by_the_etag_it_was_given(world: World) -> None:
    author = world.author(**ADA)
    etag = world.call("getAuthor", id=author, roles="AUDITOR").headers["ETag"]
    assert etag != world.call("getAuthor", id=author).headers["ETag"]
    changed = world.call("updateAuthor", {"name": "x"}, id=author, roles="AUDITOR", if_match=etag)
    assert changed.status == 200


def test_fields_masked_for_different_roles_are_hidden_from_neither_together() -> None:
    document = toy_document()
    fields = document["components"]["schemas"]["Author"]["properties"]
    fields["phone"]["x-masked-for"] = ["READER"]
    world = World(document=document)
    author = world.author(**ADA)
    both = world.data("getAuthor", id=author, roles="AUDITOR READER")
    assert (both["email"], both["phone"]) == ("ada@toys.example", ADA["phone"])
    assert world.data("getAuthor", id=author, roles="READER")["phone"] is None


@pytest.mark.parametrize(
    ("schema", "value", "shown"),
    [
        ({"type": "integer"}, 36, 0),
        ({"type": "number"}, 1.5, 0),
        ({"type": "boolean"}, True, False),
        ({"type": "object"}, {"street": "Rue"}, {}),
        ({"type": "string", "format": "email"}, "a@b.example", "masked@masked.invalid"),
    ],
)
def test_a_value_of_any_type_is_masked(schema: Any, value: Any, shown: Any) -> None:
    document = toy_document()
    authors = document["paths"]["/authors"]["post"]["requestBody"]["content"]
    for one in (document["components"]["schemas"]["Author"], authors["application/json"]["schema"]):
        one["properties"]["secret"] = schema | {"x-masked-for": ["AUDITOR"]}
    world = World(document=document)
    author = world.author(secret=value)
    assert world.data("getAuthor", id=author)["secret"] == value
    assert world.data("getAuthor", id=author, roles="AUDITOR")["secret"] == shown


# --- visibility


def test_a_role_sees_only_what_the_contract_shows_it(world: World) -> None:
    draft, published = world.book_in("DRAFT"), world.book_in("PUBLISHED")
    assert [b["id"] for b in world.data("listBooks", roles="READER")] == [published]
    assert [b["id"] for b in world.data("listBooks")] == [draft, published]
    assert world.code("getBook", id=draft, roles="READER") == "NOT_FOUND"
    assert world.code("updateBook", {}, id=draft, roles="READER") == "NOT_FOUND"
    assert world.data("getBook", id=published, roles="READER")["id"] == published


def test_me_is_the_caller(world: World) -> None:
    mine, other = world.book(ownerId="usr_me"), world.book(ownerId="usr_else")
    assert [b["id"] for b in world.data("listBooks", roles="EDITOR")] == [mine]
    assert world.code("getBook", id=other, roles="EDITOR") == "NOT_FOUND"
    assert world.data("getBook", id=other, roles="EDITOR", me="usr_else")["id"] == other
    assert world.data("getBook", id=other, roles="EDITOR ADMIN")["id"] == other
    assert world.data("getBook", id=other, roles="")["id"] == other


# --- answers


def test_a_page_is_remembered(world: World) -> None:
    shelf = world.shelf()
    first = world.call("listShelves", query="perPage=1").json
    world.tick()
    second = world.call("listShelves", query="perPage=1").json
    assert first["data"] == second["data"] == [world.data("getShelf", id=shelf)]
    assert first["meta"]["pagination"] == second["meta"]["pagination"]


@ours
def test_a_remembered_page_carries_its_own_time_and_request(world: World) -> None:
    world.shelf()
    first = world.call("listShelves", query="perPage=1").json
    world.tick()
    second = world.call("listShelves", query="perPage=1").json
    assert first["meta"]["timestamp"] < second["meta"]["timestamp"]
    assert first["meta"]["requestId"] != second["meta"]["requestId"]


def test_no_more_than_some_answers_are_remembered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bacasable.core.answers._KEPT", 3)
    for number in range(10):
        world.call("getShelf", id=world.shelf(f"{number}"))
        assert len(world.space.collection("Shelf").wire) <= 3


def test_a_part_of_a_record_is_shown_where_a_behaviour_says_so(world: World) -> None:
    book = world.book("Title")
    first = world.call("getBookTitle", id=book)
    assert first.json["data"] == {"title": "Title"}
    assert world.data("getBook", id=book)["title"] == "Title"
    assert world.call("getBookTitle", id=book).headers == first.headers


def test_a_behaviour_answers_what_is_no_verb(world: World) -> None:
    world.book()
    assert world.data("countBooks") == {"count": 1}
    assert world.data("ping", roles="") == {"pong": True}


def test_an_answer_that_breaks_the_contract_is_not_sent(world: World) -> None:
    refusal = world.refusal("createBook", {"title": "Broken"})
    assert refusal.code == "CONTRACT_VIOLATION"
    assert refusal.violations[0].pointer in {"/data/note", "/note"}
    assert world.data("listBooks") == []


def test_a_stored_record_that_breaks_the_contract_is_not_listed(world: World) -> None:
    world.put("Shelf", {"id": "7", "password": "x"})
    assert world.code("listShelves") == "CONTRACT_VIOLATION"
    assert world.code("getShelf", id="7") == "CONTRACT_VIOLATION"


def test_only_a_call_with_an_actor_knows_who_calls() -> None:
    asks = {"Ping": Behaviour(operations={"ping": lambda s: {"id": s.actor.id}})}
    world = World(asks)
    assert world.data("ping", me="usr_1") == {"id": "usr_1"}
    with pytest.raises(ContractBroken, match="ping has no security"):
        world.call("ping", roles="")


def test_a_plan_without_a_resource_says_so() -> None:
    # A behaviour that owns an operation by a name that is no resource, and shows a part of nothing.
    world = World()
    compiled = world.engine._compiled["ping"]
    with pytest.raises(ContractBroken, match="ping has no resource"):
        _ = compiled.plan.kind


def test_a_hook_reads_records_by_several_fields() -> None:
    found: list[list[str]] = []

    def look(s: Situation) -> None:
        hits = s.where("Shelf", name="Novels", rank=2)
        found.append([s.contract.resources["Shelf"].id_of(shelf) for shelf in hits])
        assert s.get("Shelf", None) is None

    world = World(book_with(effects={"createBook": look}))
    world.shelf(rank=1)
    shelf = world.shelf(rank=2)
    world.book()
    assert found == [[shelf]]


def test_a_hook_that_fills_a_default_list_changes_its_own_record_only() -> None:
    fill = Behaviour(prepare={"createTicket": lambda s: s.draft["seen"].append("x")})
    document = toy_document()
    ticket = document["components"]["schemas"]["Ticket"]
    ticket["properties"]["seen"] = {"type": "array", "default": [], "readOnly": True}
    world = World({"Ticket": fill}, document=document)
    made = [world.data("createTicket", {"name": "x"})["seen"] for _ in range(2)]
    assert made == [["x"], ["x"]]


def test_a_hook_that_fills_a_list_of_the_draft_does_not_change_the_stored_record() -> None:
    def spoil(s: Situation) -> None:
        s.draft["tags"].append("half done")
        raise RuntimeError

    world = World({"Shelf": Behaviour(prepare={"updateShelf": spoil})})
    shelf = world.shelf(tags=["a"])
    with pytest.raises(RuntimeError):
        world.call("updateShelf", {"name": "x"}, id=shelf)
    assert world.data("getShelf", id=shelf)["tags"] == ["a"]
