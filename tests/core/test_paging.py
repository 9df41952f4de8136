"""Lists are turned page by page in the way that a document has for it, whatever its words are."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract import Refusal
from bacasable.contract.document import objects
from bacasable.contract.model import Parameter
from bacasable.contract.paging import paging_findings, paging_of
from bacasable.contract.schema import whole
from bacasable.contract.shape import Shape, shape_of
from bacasable.core.paging import page_of
from tests.contract.toy import built, line_told
from tests.core.test_other_conventions import Others

TOTALS, SIZES = st.integers(0, 40), st.integers(1, 12)
WAYS = {
    "page": Shape(None, (), None, page="nr", per_page="rows"),
    "page from 0": Shape(None, (), None, page="nr", per_page="rows", first=0),
    "offset": Shape(None, (), None, offset="behind", per_page="rows"),
    "token": Shape(None, (), None, token="after", per_page="rows"),
}


def following(shape: Shape, said: dict[str, Any]) -> dict[str, Any] | None:
    """The query of the next page by what a client is told; None behind the last."""
    if not said["hasMore"]:
        return None
    if shape.token:
        return {shape.token: said["nextToken"]}
    if shape.offset:
        return {shape.offset: said["offset"] + said["size"]}
    return {shape.page: said["page"] + 1}


@given(way=st.sampled_from(sorted(WAYS)), total=TOTALS, size=SIZES)
def test_turning_the_pages_meets_each_record_once(way: str, total: int, size: int) -> None:
    shape, seen = WAYS[way], list[int]()
    query: dict[str, Any] | None = {}
    while query is not None:
        place, said = page_of(shape, query | {"rows": size}, total)
        seen += range(total)[place]
        assert (said["total"], said["size"], said["totalPages"]) == (total, size, -(-total // size))
        query = following(shape, said)
    assert seen == list(range(total))


@given(way=st.sampled_from(sorted(WAYS)), total=TOTALS, size=SIZES, number=st.integers(1, 60))
def test_every_page_is_the_part_that_its_query_names(
    way: str, total: int, size: int, number: int
) -> None:
    query = WAYS[way].page_query(number, size)
    if query:  # tokens are given, and not made
        place, _ = page_of(WAYS[way], query, total)
        assert list(range(total)[place]) == list(range(total))[(number - 1) * size : number * size]


@given(token=st.text(min_size=1))
def test_a_token_that_was_not_given_is_refused_with_its_place(token: str) -> None:
    with pytest.raises(Refusal) as refused:
        page_of(WAYS["token"], {"after": token}, 9)
    assert [v.pointer for v in refused.value.violations] == ["query/after"]


def ferry() -> Others:
    sailing = Others("ferry.yaml", likely=True)
    for number in range(5):
        sailing("addCrossing", {"label": f"Line {number}"})
    return sailing


def sky() -> Others:
    dome = Others("strict/observatory.yaml")
    for number in range(5):
        dome("nameStar", {"called": f"Star {number}"})
    return dome


def test_a_part_lies_behind_so_many_by_the_documents_words() -> None:
    """What is called like a page may be none."""
    sailing = ferry()
    page = sailing("listCrossings", query="behind=3&page=7")
    assert ([line["nr"] for line in page["lines"]], page["total"]) == ([4, 5], 5)
    assert [line["nr"] for line in sailing("listCrossings")["lines"]] == [1, 2]
    assert [line["nr"] for line in sailing("listCrossings", query="rows=4")["lines"]] == [
        1,
        2,
        3,
        4,
    ]


def test_the_next_part_is_asked_for_by_the_token_of_the_one_before() -> None:
    dome, seen, query = sky(), list[str](), {"many": "2"}
    for more in (True, True, False):
        page = dome("watchStars", query=urlencode(query))
        seen += [star["called"] for star in page["seen"]]
        assert page["more"] is more
        query |= {"after": page.get("next", "")}
    assert seen == [f"Star {number}" for number in range(5)]
    assert "next" not in page
    assert dome.code("watchStars", None, "after=nonsense") == "INVALID_REQUEST"
    assert len(dome("watchStars", query="after=")["seen"]) == 3


def asked(*parameters: Parameter, **schema: Any) -> dict[str, str]:
    contract = built()
    operation = contract.operations["listRooms"]
    query = tuple(parameters)
    found = paging_of(_with(operation, query), whole(contract.document, {"properties": schema}))
    return {role: parameter.name for role, parameter in found.items()}


def _with(operation: Any, parameters: tuple[Parameter, ...]) -> Any:
    return replace(operation, parameters=parameters)


def named(name: str, paging: str = "", location: str = "query") -> Parameter:
    return Parameter(name, location, required=False, schema={"type": "string"}, paging=paging)


def test_what_is_stated_goes_before_names() -> None:
    assert asked(named("page"), named("per_page")) == {"page": "page", "size": "per_page"}
    assert asked(named("page"), named("from", "offset")) == {"offset": "from"}
    assert asked(named("page", "none"), named("skip"), named("limit", "none")) == {"offset": "skip"}
    assert asked(named("limit"), named("rows", "size")) == {"size": "rows"}
    assert asked(named("page", location="header")) == {}
    assert asked(named("page"), named("offset")) == {"page": "page"}


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        ({}, {}),
        ({"next": {"type": "string"}}, {}),
        ({"cursor": {"type": "integer"}}, {}),
        ({"nextCursor": {"type": "string"}}, {"token": "cursor"}),
        ({"more": {"type": "string", "x-fills": "nextToken"}}, {"token": "cursor"}),
        (
            {"meta": {"type": "object", "properties": {"next_token": {"type": "string"}}}},
            {"token": "cursor"},
        ),
    ],
)
def test_a_token_is_one_where_answers_give_the_next(schema: Any, found: dict[str, str]) -> None:
    assert asked(named("cursor"), **schema) == found


LIST = "/paths/~1rooms/get"


@pytest.mark.parametrize(
    ("changes", "line", "said"),
    [
        (
            {"/components/schemas/Room/properties/name/x-paging": "page"},
            "x-paging",
            "stands on no query parameter",
        ),
        (
            {"/components/parameters/TenantHeader/x-paging": "page"},
            "x-paging",
            "stands on no query parameter",
        ),
        (
            {
                f"{LIST}/parameters/-": {"name": "a", "in": "query", "x-paging": "size"}
                | {"schema": {"type": "integer"}},
                "/components/parameters/Page/x-paging": "size",
            },
            "parameters",
            "page and a are both the size of its pages",
        ),
        (
            {
                f"{LIST}/parameters/-": {"name": "a", "in": "query", "x-paging": "token"}
                | {"schema": {"type": "string"}},
                "/components/parameters/Page/x-paging": "page",
            },
            "parameters",
            "has both page and token",
        ),
        (
            {f"{LIST}/x-action": {"does": "list", "resource": "Room", "paging": {"pag": "page"}}},
            "pag",
            "'pag' is no query parameter; did you mean 'page'?",
        ),
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_what_a_document_says_wrong_of_pages_is_told_with_its_line(
    tmp_path: Path, changes: dict[str, Any], line: str, said: str, strict: bool
) -> None:
    assert line in line_told(tmp_path, changes, said, strict=strict)


def test_the_shape_of_a_list_has_what_is_stated() -> None:
    found = sky().contract
    shape = shape_of(found, found.operations["watchStars"])
    assert (shape.token, shape.per_page, shape.page, shape.offset) == ("after", "many", "", "")
    assert shape.page_query(1, 5) == {}


def test_sound_documents_have_no_findings() -> None:
    for contract in (sky().contract, ferry().contract):
        assert list(paging_findings(contract, [*objects(contract.document)])) == []
