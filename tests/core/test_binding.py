"""Binding: whatever does not fit between contract and behaviours stops the start, both named."""

from typing import Any

import pytest

from bacasable.contract import ContractError
from bacasable.core import Behaviour

from .toy import BEHAVIOURS, World, book_with
from .toy_document import toy_document


def stops(behaviours: dict[str, Behaviour], document: Any = None) -> str:
    with pytest.raises(ContractError) as caught:
        World(behaviours, document=document)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("toy.yaml: ")
    return message


def test_what_fits_starts() -> None:
    world = World()
    assert set(world.engine._compiled) == set(world.contract.operations)
    assert set(BEHAVIOURS) == {"Book", "Ping"}


@pytest.mark.parametrize("hook", ["prepare", "facts", "effects", "shows", "find", "operations"])
def test_a_hook_for_an_unknown_operation_stops(hook: str) -> None:
    message = stops({"Shelf": Behaviour(**{hook: {"createShelv": lambda s: None}})})
    assert f"the behaviour of Shelf names createShelv under {hook}" in message
    assert "did you mean 'createShelf'?" in message


def test_letters_for_an_unknown_fact_stop() -> None:
    message = stops({"Book": Behaviour(letters={"book.publishd": lambda s, record: []})})
    assert "the behaviour of Book has letters for book.publishd" in message
    assert "did you mean 'book.published'?" in message


def test_a_rule_without_a_function_stops() -> None:
    document = toy_document()
    document["paths"]["/shelves"]["post"]["x-rules"] = [{"id": "FULL", "says": "It is full."}]
    message = stops({}, document)
    assert "createShelf declares the rule FULL" in message
    assert "the behaviour of Shelf has no function" in message


def test_a_rule_of_an_operation_without_a_resource_stops() -> None:
    document = toy_document()
    document["paths"]["/alone"] = {"post": {**document["paths"]["/ping"]["get"]}}
    document["paths"]["/alone"]["post"] |= {
        "operationId": "alone",
        "x-rules": [{"id": "FULL", "says": "It is full."}],
    }
    assert "the behaviour of no resource has no function" in stops({}, document)


def test_a_function_without_a_rule_stops() -> None:
    message = stops(book_with(rules={"TITLE_TO_SHORT": lambda s: True}))
    assert "the behaviour of Book has the rule TITLE_TO_SHORT" in message
    assert "did you mean 'TITLE_TOO_SHORT'?" in message


def test_a_rule_of_another_resource_stops() -> None:
    rules = {"NO_CHAPTER": lambda s: True}
    assert "Shelf has the rule NO_CHAPTER" in stops({"Shelf": Behaviour(rules=rules)})


def test_an_operation_that_nothing_answers_stops() -> None:
    message = stops({"Ping": Behaviour()})
    assert "ping (GET /ping) is no generic verb" in message
    assert "no behaviour answers it" in message


def test_a_rule_of_an_operation_belongs_to_whom_answers_it() -> None:
    document = toy_document()
    document["paths"]["/ping"]["get"]["x-rules"] = [{"id": "TIRED", "says": "It is awake."}]
    ping = Behaviour(
        operations={"ping": lambda s: {"pong": True}}, rules={"TIRED": lambda s: False}
    )
    world = World({"Ping": ping}, document=document)
    assert world.code("ping", roles="") == "RULE_REFUSED"


@pytest.mark.parametrize("hook", ["prepare", "facts", "effects", "shows"])
@pytest.mark.parametrize("owner", ["Shelf", "Nobody"])
def test_a_hook_for_an_operation_of_another_resource_stops(hook: str, owner: str) -> None:
    stops({owner: Behaviour(**{hook: {"createAuthor": lambda s: None}})})


def test_two_answers_to_one_operation_stop() -> None:
    stops({"Echo": Behaviour(operations={"ping": lambda s: {"echo": True}})})


@pytest.mark.parametrize("operation", ["getShelf", "listShelves"])
def test_a_hook_that_never_runs_stops(operation: str) -> None:
    stops({"Shelf": Behaviour(prepare={operation: lambda s: None})})


@pytest.mark.parametrize("path", ["/shelves", "/shelves/{id}"])
def test_a_rule_of_a_reading_operation_is_kept_or_stops(path: str) -> None:
    document = toy_document()
    document["paths"][path]["get"]["x-rules"] = [{"id": "CLOSED", "says": "It is open."}]
    never = Behaviour(rules={"CLOSED": lambda s: False})
    try:
        world = World({"Shelf": never}, document=document)
    except ContractError:
        return
    name = "listShelves" if path == "/shelves" else "getShelf"
    options = {} if path == "/shelves" else {"id": world.shelf()}
    assert world.code(name, **options) == "RULE_REFUSED"
