"""Lifecycles and rules: legal transitions work, all others are refused with what is allowed."""

import pytest

from bacasable.core import Behaviour, ContractBroken, Situation

from .toy import START, World, book_with
from .toy_document import LIFECYCLE, STATES, toy_document

pytestmark = pytest.mark.usefixtures("dialect")

TRANSITIONS = {t["operation"]: t for t in LIFECYCLE["transitions"]}
BODIES = {"retireBook": {"fate": "SOLD"}, "annotateBook": {"note": "n"}, "updateBook": {}}
PAIRS = [(name, state) for name in TRANSITIONS for state in STATES]
LEGAL = [pair for pair in PAIRS if pair[1] in TRANSITIONS[pair[0]]["from"]]
ILLEGAL = [pair for pair in PAIRS if pair not in LEGAL]


def targets(name: str, state: str) -> list[str]:
    to = TRANSITIONS[name].get("to", state)
    return [to] if isinstance(to, str) else to


@pytest.mark.parametrize(("name", "state"), LEGAL)
def test_a_legal_transition_leads_where_the_contract_says(name: str, state: str) -> None:
    world = World()
    book = world.book_in(state)
    reply = world.call(name, BODIES.get(name), id=book)
    fact = TRANSITIONS[name].get("fact", "book.reopened")
    assert world.events()[-1]["type"] == fact
    if name == "deleteBook":
        assert world.code("getBook", id=book) == "NOT_FOUND"
    else:
        assert reply.json["data"]["status"] in targets(name, state)
        assert world.data("getBook", id=book) == reply.json["data"]


@pytest.mark.parametrize(("name", "state"), ILLEGAL)
def test_an_illegal_transition_tells_the_state_and_what_it_allows(name: str, state: str) -> None:
    world = World()
    book = world.book_in(state)
    before = world.data("getBook", id=book)
    refusal = world.refusal(name, BODIES.get(name), id=book)
    assert refusal.code == "ILLEGAL_TRANSITION"
    assert refusal.members == {
        "currentState": state,
        "allowedTransitions": [
            {"operation": other} | ({"to": targets(other, state)[0]} if "to" in entry else {})
            for other, entry in TRANSITIONS.items()
            if state in entry["from"]
        ],
    }
    assert name in refusal.detail
    assert world.data("getBook", id=book) == before


@pytest.mark.parametrize("fate", ["SOLD", "LOST"])
def test_a_rule_chooses_among_the_declared_targets(fate: str) -> None:
    world = World()
    book = world.book_in("PUBLISHED")
    assert world.data("retireBook", {"fate": fate}, id=book)["status"] == fate


@pytest.mark.parametrize("fate", ["DRAFT", "PUBLISHED"])
def test_a_rule_that_chooses_another_state_is_a_defect(fate: str) -> None:
    world = World()
    book = world.book_in("PUBLISHED")
    with pytest.raises(ContractBroken, match=f"retireBook leads to {fate}"):
        world.call("retireBook", {"fate": fate}, id=book)
    assert world.data("getBook", id=book)["status"] == "PUBLISHED"


def test_a_hook_may_not_move_a_record_that_stays() -> None:
    world = World(book_with(prepare={"annotateBook": lambda s: s.draft.update(status="SOLD")}))
    with pytest.raises(ContractBroken, match="annotateBook leads to SOLD"):
        world.call("annotateBook", {"note": "n"}, id=world.book())


def test_a_hook_may_not_choose_a_first_state_that_is_not_declared() -> None:
    world = World(book_with(prepare={"createBook": lambda s: s.draft.update(status="SOLD")}))
    with pytest.raises(ContractBroken):
        world.book()


def test_an_operation_outside_the_lifecycle_changes_no_state() -> None:
    world = World()
    book = world.book_in("SOLD")
    assert world.data("praiseBook", id=book)["status"] == "SOLD"
    assert world.events()[-1]["type"] == "book.praised"


def test_a_stamp_is_the_instant_of_the_transition() -> None:
    world = World()
    book = world.book_in("DRAFT")
    world.tick(hours=2)
    assert world.data("publishBook", id=book)["publishedAt"] == "2026-11-02T11:00:01.000Z"
    assert START.hour == 9


def test_every_broken_rule_is_named() -> None:
    world = World()
    refusal = world.refusal("publishBook", id=world.book("ab"))
    assert refusal.code == "RULE_REFUSED"
    assert refusal.members == {"rules": ["TITLE_TOO_SHORT", "NO_CHAPTER"]}
    assert [v.detail for v in refusal.violations] == [
        "The title has three characters.",
        "There is a chapter.",
    ]
    assert refusal.detail == "Not kept: The title has three characters. There is a chapter."


def test_a_kept_rule_is_not_named() -> None:
    world = World()
    refusal = world.refusal("publishBook", id=world.book("abc"))
    assert refusal.members == {"rules": ["NO_CHAPTER"]}


def test_the_state_is_judged_before_the_rules() -> None:
    world = World()
    book = world.book_in("PUBLISHED")
    assert world.code("publishBook", id=book) == "ILLEGAL_TRANSITION"


# --- operations that a behaviour answers wholly


def answering(name: str) -> tuple[World, list[Situation]]:
    seen: list[Situation] = []

    def answer(s: Situation) -> dict[str, object]:
        seen.append(s)
        return s.draft

    return World(book_with(operations={name: answer})), seen


def test_a_behaviour_answers_after_state_and_rules_were_checked() -> None:
    world, seen = answering("publishBook")
    book = world.book("ab")
    assert world.code("publishBook", id=book) == "RULE_REFUSED"
    world.call("updateBook", {"chapters": [{"authorId": world.author()}]}, id=book)
    world.call("updateBook", {"title": "abc"}, id=book)
    assert seen == []
    assert world.data("publishBook", id=book)["id"] == book
    assert seen[0].draft == seen[0].record
    assert seen[0].draft is not seen[0].record


def test_a_behaviour_does_not_answer_in_an_illegal_state() -> None:
    world, seen = answering("reopenBook")
    assert world.code("reopenBook", id=world.book()) == "ILLEGAL_TRANSITION"
    assert seen == []


def test_a_found_record_is_read_and_changed_without_an_id_in_the_path() -> None:
    document = toy_document()
    item = document["paths"]["/shelves/{id}"]
    mine = {
        verb: item[verb]
        | {"operationId": f"{verb}Mine", "parameters": item[verb]["parameters"][:1]}
        for verb in ("get", "patch")
    }
    document["paths"]["/mine"] = mine

    def first(s: Situation) -> dict[str, object]:
        return next(iter(s.collection("Shelf")))

    found = Behaviour(find={"getMine": first, "patchMine": first})
    world = World({"Shelf": found}, document=document)
    shelf = world.shelf()
    assert world.data("getMine")["id"] == shelf
    assert world.data("patchMine", {"rank": 5})["rank"] == 5
    assert world.data("getShelf", id=shelf)["rank"] == 5


def test_a_behaviour_of_no_resource_may_find_and_answer() -> None:
    hooks = Behaviour(
        find={"ping": lambda s: {"id": "x"}}, operations={"ping": lambda s: {"pong": True}}
    )
    assert World({"Ping": hooks}).data("ping", roles="") == {"pong": True}
