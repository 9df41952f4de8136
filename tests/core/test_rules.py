"""Rules that the contract says whole: of what creates, changes, moves and deletes, and of time."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from bacasable.contract import ContractError
from bacasable.contract.build import build_contract
from bacasable.contract.check import contract_findings
from bacasable.contract.rules import rules_of_contract, unenforced
from bacasable.core import Behaviour, rules

from .loans import LOAN, Library, after, loan_document
from .toy import BOOK, World
from .toy_document import toy_document

pytestmark = pytest.mark.usefixtures("dialect")

Json = dict[str, Any]


def rule(rule_id: str, when: str = "") -> Json:
    said: Json = {"id": rule_id, "says": f"It is {rule_id.lower()}."}
    return said | ({"when": when} if when else {})


RULES: dict[tuple[str, str], list[Json]] = {
    ("/shelves", "post"): [
        rule("NAMED", 'draft.name != "None"'),
        rule("FREE", 'find("Shelf", {"rank": body.rank}).all(s, s.id == draft.id)'),
        rule("TAGGED_ONCE", 'draft.tags.all(t, size(find("Shelf", {"tags": t})) == 0)'),
        rule("FEW", 'size(find("Shelf", {"code": null})) < 3'),
    ],
    ("/shelves/{id}", "patch"): [
        rule("NEVER_LOWER", "record.rank == null || draft.rank >= record.rank"),
        rule("NOT_MINE", 'path.id == draft.id && (me.id != "usr_thief" && "ADMIN" in me.roles)'),
        rule("AT_HOME", 'me.tenantId == "tnt_toys" && now > timestamp("2026-01-01")'),
    ],
    ("/shelves/{id}", "delete"): [rule("EMPTY", 'size(find("Box", {"shelfId": record.id})) == 0')],
    ("/shelves/{id}", "get"): [rule("SHOWN", 'record.name != "Hidden"')],
    ("/shelves", "get"): [rule("OPEN", 'me.id != "usr_thief"')],
    ("/shelves/{id}/boxes", "post"): [
        rule("NOT_CLOSED", 'parent.name != "Closed" && draft.shelfId == parent.id')
    ],
    ("/books/{id}/publish", "post"): [
        rule("CHAPTERS", "size(draft.chapters) > 0 && record.status != draft.status"),
        rule("AUTHORS", 'draft.chapters.all(c, get("Author", c.authorId).name != "Nobody")'),
        rule("ON_SHELF", 'draft.shelfId == null || get("Shelf", draft.shelfId).rank == 1'),
    ],
    ("/ping", "get"): [rule("ASKED_BY_NOBODY", "me.id == null")],
}
"""By path and method."""


def ruled(more: dict[tuple[str, str], list[Json]] | None = None) -> Json:
    document = toy_document()
    for (path, method), declared in (RULES | (more or {})).items():
        document["paths"][path][method]["x-rules"] = declared
    return document


NO_RULES = replace(BOOK, rules={})


@pytest.fixture
def world() -> World:
    return World({"Book": NO_RULES}, document=ruled())


def broken(world: World, operation: str, body: Any = None, **options: Any) -> list[str]:
    """The rules that a refused call breaks."""
    refusal = world.refusal(operation, body, **options)
    assert refusal.code == "RULE_REFUSED"
    said = [violation.detail for violation in refusal.violations]
    assert [text.split(".")[0] for text in said] == [
        f"It is {name.lower()}" for name in refusal.members["rules"]
    ]
    return list(refusal.members["rules"])


def test_the_contract_of_these_rules_is_sound(world: World) -> None:
    assert list(contract_findings(world.contract)) == []
    names = {(path, r["id"]) for (path, _), declared in RULES.items() for r in declared}
    assert len(rules_of_contract(world.contract).conditions) == len(names)


def test_what_creates_is_held_to_its_rules(world: World) -> None:
    world.shelf(rank=1, tags=["a"])
    assert broken(world, "createShelf", {"name": "None", "rank": 2}) == ["NAMED"]
    assert broken(world, "createShelf", {"name": "Two", "rank": 1}) == ["FREE"]
    assert broken(world, "createShelf", {"name": "Two", "tags": ["b", "a"]}) == ["TAGGED_ONCE"]
    both = {"name": "None", "rank": 1, "tags": ["a"]}
    assert broken(world, "createShelf", both) == ["NAMED", "FREE", "TAGGED_ONCE"]
    world.shelf()
    world.shelf(tags=["b"])
    assert broken(world, "createShelf", {"name": "Four"}) == ["FEW"]


def test_nothing_is_found_by_a_value_that_is_not_given(world: World) -> None:
    world.shelf(rank=None)
    world.shelf(rank=None)


def test_what_is_found_is_not_only_alike(world: World) -> None:
    world.shelf(tags=["A"], code="x")
    world.shelf(tags=["a"], code="y")
    assert broken(world, "createShelf", {"name": "B", "tags": ["a"]}) == ["TAGGED_ONCE"]


def test_what_changes_sees_the_record_before_and_after(world: World) -> None:
    shelf = world.shelf(rank=2)
    assert broken(world, "updateShelf", {"rank": 1}, id=shelf) == ["NEVER_LOWER"]
    assert broken(world, "updateShelf", {"rank": 3}, id=shelf, me="usr_thief") == ["NOT_MINE"]
    assert broken(world, "updateShelf", {}, id=shelf, roles="EDITOR") == ["NOT_MINE"]
    assert broken(world, "updateShelf", {}, id=shelf, of="nowhere") == ["AT_HOME"]
    world.call("updateShelf", {"rank": 3}, id=shelf)
    assert world.data("getShelf", id=shelf)["rank"] == 3


def test_what_cannot_be_decided_is_refused_and_says_so(world: World) -> None:
    shelf = world.shelf(rank=2)
    refusal = world.refusal("updateShelf", {"rank": None}, id=shelf)
    assert refusal.members["rules"] == ["NEVER_LOWER"]
    (violation,) = refusal.violations
    assert "It is never_lower. It cannot be told whether it is kept: a value" in violation.detail
    assert violation.detail in (refusal.detail or "")


def test_what_deletes_and_what_reads_is_held_to_them_too(world: World) -> None:
    shelf = world.shelf("Hidden")
    box = world.data("createBox", {"name": "Box"}, id=shelf)["id"]
    assert broken(world, "deleteShelf", id=shelf) == ["EMPTY"]
    assert broken(world, "getShelf", id=shelf) == ["SHOWN"]
    assert broken(world, "listShelves", me="usr_thief") == ["OPEN"]
    world.call("deleteBox", id=shelf, boxId=box)
    world.call("deleteShelf", id=shelf)
    assert world.data("listShelves") == []


def test_what_lies_above_is_seen(world: World) -> None:
    closed = world.shelf("Closed")
    assert broken(world, "createBox", {"name": "Box"}, id=closed) == ["NOT_CLOSED"]


def test_what_moves_seeks_other_records(world: World) -> None:
    nobody = world.data("createAuthor", {"name": "Nobody", "email": "n@toys.example"})["id"]
    low, high = world.shelf(rank=1), world.shelf(rank=2)
    chapters = [{"authorId": world.author()}]
    for members, names in (
        ({"shelfId": high}, ["CHAPTERS", "ON_SHELF"]),
        ({"chapters": [*chapters, {"authorId": nobody}]}, ["AUTHORS"]),
        ({"chapters": chapters, "shelfId": high}, ["ON_SHELF"]),
    ):
        assert broken(world, "publishBook", id=world.book(**members)) == names
    book = world.book(chapters=chapters, shelfId=low)
    assert world.data("publishBook", id=book)["status"] == "PUBLISHED"


def test_an_operation_without_security_has_nobody_who_calls(world: World) -> None:
    assert world.data("ping", roles="") == {"pong": True}
    assert broken(world, "ping") == ["ASKED_BY_NOBODY"]


def test_the_rule_of_a_timer_prevents_it() -> None:
    document = deepcopy(loan_document())
    step = document["components"]["schemas"]["Loan"]["x-lifecycle"]["transitions"][2]
    step["rules"] = [rule("SHELF_OPEN", 'parent.name != "Closed" && record.calls < 1')]
    library = Library(document=document, Loan=replace(LOAN, rules={}))
    closed = library.shelf("Closed")
    library.lend(closed, beganAt=after(0))
    loan = library.lend(beganAt=after(0))
    assert library.wait(48) == [(after(1), "loanCalled", loan)]


def test_the_rule_of_an_operation_that_time_does_too_is_asked_then() -> None:
    document = loan_document()
    path = document["paths"]["/shelves/{id}/loans/{loanId}/close"]["post"]
    path["x-rules"] = [rule("FRIENDLY", 'record.name != "Stays" && me.id != "usr_thief"')]
    library = Library(document=document)
    stays, goes = (library.lend(name=n, closesAt=after(1)) for n in ("Stays", "Goes"))
    library.wait(2)
    assert library.loan(goes)["status"] == "CLOSED"
    assert library.loan(stays)["status"] == "OPEN"
    thief = {"me": "usr_thief", "id": library.shelf_id, "loanId": library.lend()}
    assert broken(library, "closeLoan", **thief) == ["FRIENDLY"]


def test_too_many_records_to_look_among_leave_it_undecided(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "_MOST", 3)
    for _ in range(4):
        world.put("Shelf", {"id": f"90{_}", "name": "A", "code": "x", "rank": _, "tags": []})
    assert world.shelf(code="y")
    for number in range(4):
        world.put("Box", {"id": f"80{number}", "shelfId": "901"})
    refusal = world.refusal("deleteShelf", id="901")
    field = world.dialect.name_of("shelfId")
    assert f"more than 3 records of Box have this {field}" in refusal.violations[0].detail
    assert refusal.members["rules"] == ["EMPTY"]


def test_what_rules_look_by_is_kept_in_order_from_the_start(world: World) -> None:
    assert set(world.platform.indexed["Shelf"]) == {"rank", "code", ("tags", "*")}


# --- what stops the start


def stops(document: Json, **hooks: Behaviour) -> str:
    with pytest.raises(ContractError) as caught:
        World({"Book": NO_RULES} | hooks, document=document)
    return str(caught.value)


def test_a_rule_with_neither_expression_nor_function_stops_a_platform() -> None:
    told = stops(ruled({("/shelves", "post"): [rule("FULL")]}))
    assert "createShelf declares the rule FULL, without an expression (when)" in told
    assert "the behaviour of Shelf has no function for it" in told


def test_a_function_for_a_rule_that_has_an_expression_stops() -> None:
    twice = Behaviour(rules={"NAMED": lambda s: True})
    told = stops(ruled(), Shelf=twice)
    assert "has the rule NAMED, which no operation declares under x-rules without" in told


def test_expression_and_function_may_stand_side_by_side() -> None:
    more = {("/shelves", "post"): [rule("NAMED", 'draft.name != "None"'), rule("CODED")]}
    coded = Behaviour(rules={"CODED": lambda s: s.draft["code"] is not None})
    world = World({"Book": NO_RULES, "Shelf": coded}, document=ruled(more))
    assert broken(world, "createShelf", {"name": "None"}) == ["NAMED", "CODED"]
    world.shelf(code="x")


def test_nothing_enforces_a_rule_without_an_expression_where_there_is_no_code() -> None:
    document = ruled({("/shelves", "post"): [rule("FULL"), rule("NAMED", 'draft.name != "None"')]})
    for path in ("/books/count", "/books/{id}/title", "/ping"):
        del document["paths"][path]
    assert [v.pointer for v in unenforced(build_contract(document, "toy.yaml"))] == [
        "/paths/~1shelves/post/x-rules/0"
    ]
    world = World(document=document, bare=True)
    world.shelf()
    assert broken(world, "createShelf", {"name": "None"}) == ["NAMED"]
