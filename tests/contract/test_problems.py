"""Refusals become problem documents, for every code of the repository's catalogue."""

import re

from bacasable.contract import Contract, Refusal, SchemaSet, Violation, load_contract
from bacasable.contract.kinds import KINDS, ProblemKind
from bacasable.contract.problems import render
from bacasable.resources import CONTRACT
from tests.contract.toy import built
from tests.tables import each


def kind_of(code: str) -> ProblemKind:
    """The kind of a code in the toy's catalogue, or of those that every contract has."""
    return built().problems.get(code) or KINDS[code]


CODES = sorted(load_contract(CONTRACT).problems)


@each("code", CODES)
def test_every_code_is_rendered_as_the_contract_describes_a_problem(
    contract: Contract, code: str
) -> None:
    kind = contract.problems[code]
    problem = render(
        contract.problems[code],
        Refusal(code, "It did not work."),
        instance="/users/1",
        request_id="req_1",
    )
    assert problem == {
        "type": f"/problems/{code.lower().replace('_', '-')}",
        "title": kind.title,
        "status": kind.status,
        "detail": f"It did not work. {kind.remedy}",
        "instance": "/users/1",
        "code": code,
        "requestId": "req_1",
    }
    check = SchemaSet(contract.document).answer_check("/components/schemas/Problem")
    assert check(problem) == []


@each("code", CODES)
def test_every_entry_of_the_catalogue_can_be_read_by_a_person(
    contract: Contract, code: str
) -> None:
    kind = contract.problems[code]
    assert re.fullmatch(r"[A-Z][A-Z_]+", kind.code)
    assert 400 <= kind.status < 600
    assert kind.title
    assert kind.remedy.endswith(".")


def test_violations_are_listed_with_their_places() -> None:
    refusal = Refusal("INVALID_REQUEST", violations=iter([Violation("/name", "is required")]))
    problem = render(kind_of(refusal.code), refusal, instance="/rooms", request_id="req_1")
    assert problem["errors"] == [{"pointer": "/name", "detail": "is required"}]


def test_the_detail_is_the_remedy_when_the_refusal_says_nothing() -> None:
    problem = render(
        kind_of("MALFORMED_BODY"), Refusal("MALFORMED_BODY"), instance="/rooms", request_id="req_1"
    )
    assert problem["detail"] == "Send JSON."
    assert "errors" not in problem


def test_members_of_a_refusal_are_added_as_they_are() -> None:
    refusal = Refusal("INVALID_REQUEST", rules=["A_RULE"], allowed=[])
    problem = render(kind_of(refusal.code), refusal, instance="/rooms", request_id="req_1")
    assert (problem["rules"], problem["allowed"]) == (["A_RULE"], [])


def test_the_path_is_encoded_so_that_it_is_a_reference() -> None:
    problem = render(
        kind_of("MALFORMED_BODY"), Refusal("MALFORMED_BODY"), instance="/r/é ?", request_id="req_1"
    )
    assert problem["instance"] == "/r/%C3%A9%20%3F"


def test_a_refusal_carries_what_it_was_given() -> None:
    refusal = Refusal("MALFORMED_BODY", headers={"Retry-After": "1"}, lasting=True)
    assert str(refusal) == "MALFORMED_BODY"
    assert (refusal.headers, refusal.lasting) == ({"Retry-After": "1"}, True)
    assert (Refusal("MALFORMED_BODY").headers, Refusal("MALFORMED_BODY").lasting) == ({}, False)
