"""Which values of a document are texts: what readers see, and neither data nor names."""

from typing import Any

import pytest

from bacasable.contract.document import pointer, read_document
from bacasable.contract.texts import texts
from bacasable.resources import CONTRACT


def places(document: dict[str, Any]) -> dict[str, str]:
    return {pointer(*text.path): text.value for text in texts(document)}


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"info": {"title": "T"}}, "/info/title"),
        ({"info": {"summary": "T"}}, "/info/summary"),
        ({"servers": [{"url": "/", "description": "T"}]}, "/servers/0/description"),
        (
            {"servers": [{"variables": {"title": {"description": "T"}}}]},
            "/servers/0/variables/title/description",
        ),
        ({"tags": [{"description": "T"}]}, "/tags/0/description"),
        ({"paths": {"/a": {"summary": "T"}}}, "/paths/~1a/summary"),
        ({"paths": {"/a": {"get": {"summary": "T"}}}}, "/paths/~1a/get/summary"),
        (
            {"paths": {"/a": {"get": {"parameters": [{"description": "T"}]}}}},
            "/paths/~1a/get/parameters/0/description",
        ),
        (
            {"paths": {"/a": {"get": {"x-rules": [{"id": "R", "says": "T"}]}}}},
            "/paths/~1a/get/x-rules/0/says",
        ),
        ({"webhooks": {"w": {"post": {"summary": "T"}}}}, "/webhooks/w/post/summary"),
        (
            {"components": {"responses": {"R": {"headers": {"H": {"description": "T"}}}}}},
            "/components/responses/R/headers/H/description",
        ),
        (
            {"components": {"responses": {"R": {"links": {"L": {"description": "T"}}}}}},
            "/components/responses/R/links/L/description",
        ),
        (
            {"components": {"schemas": {"P": {"oneOf": [{"const": "C", "title": "T"}]}}}},
            "/components/schemas/P/oneOf/0/title",
        ),
        (
            {"components": {"schemas": {"P": {"properties": {"links": {"title": "T"}}}}}},
            "/components/schemas/P/properties/links/title",
        ),
        (
            {"components": {"schemas": {"P": {"properties": {"links": {"properties": {
                "requestBody": {"title": "T"}}}}}}}},
            "/components/schemas/P/properties/links/properties/requestBody/title",
        ),
        (
            {"components": {"schemas": {"P": {"x-lifecycle": {"transitions": [
                {"operation": "o"}, {"timer": "t", "rules": [{"id": "R", "says": "T"}]}]}}}}},
            "/components/schemas/P/x-lifecycle/transitions/1/rules/0/says",
        ),
        (
            {"components": {"securitySchemes": {"o": {"flows": {"implicit": {
                "scopes": {"read": "T"}}}}}}},
            "/components/securitySchemes/o/flows/implicit/scopes/read",
        ),
        ({"components": {"examples": {"E": {"summary": "T"}}}}, "/components/examples/E/summary"),
    ],
)  # fmt: skip
def test_a_text_is_found_with_its_place(document: dict[str, Any], place: str) -> None:
    assert places(document) == {place: "T"}


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"title": {"type": "string"}, "description": {}, "summary": {}}},
        {"default": {"title": "T"}, "enum": [{"title": "T"}], "const": {"title": "T"}},
        {"example": {"description": "T"}, "examples": [{"description": "T"}]},
        {"discriminator": {"mapping": {"title": "#/a", "description": "#/b"}}},
        {"x-resource": {"description": "T"}, "x-rules": "T", "x-lifecycle": "T"},
        {"x-rules": ["T", {"says": 1}], "x-lifecycle": {"transitions": ["T", {"rules": "T"}]}},
        {"x-lifecycle": {"transitions": "T"}, "title": 1, "description": None},
    ],
)
def test_data_and_names_are_no_texts(schema: dict[str, Any]) -> None:
    assert places({"components": {"schemas": {"S": schema}}}) == {}


def test_what_a_link_sends_is_no_text() -> None:
    link = {"operationId": "o", "requestBody": {"title": "T", "in": {"title": "T"}}}
    assert (
        places({"components": {"links": {"L": link}, "responses": {"R": {"links": {"L": link}}}}})
        == {}
    )


def test_scopes_that_are_no_texts_are_left_out() -> None:
    assert places({"components": {"securitySchemes": {"o": {"scopes": {"read": 1}}}}}) == {}


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ({"name": "Rooms"}, {"/tags/0/x-displayName": "Rooms"}),
        ({"name": "Rooms", "x-displayName": "Salles"}, {"/tags/0/x-displayName": "Salles"}),
        ({"name": 7}, {}),
    ],
)
def test_the_name_of_a_tag_is_shown_by_its_display_name(
    tag: dict[str, Any], found: dict[str, str]
) -> None:
    assert places({"tags": [tag]}) == found


KEYS = ("title", "summary", "description", "says", "remedy", "cause")


def test_every_description_of_the_contract_is_found() -> None:
    """Counted another way: every text that stands under one of the keys and not in data."""

    def count(node: Any, above: str) -> int:
        if isinstance(node, list):
            return sum(count(item, "") for item in node)
        if not isinstance(node, dict):
            return 0
        own = sum(isinstance(node.get(k), str) for k in KEYS)
        skipped = {"example", "examples", "default", "enum", "const"} - (
            {*node} if above in {"properties", "responses"} else set()
        )
        sent = {"requestBody"} if "operationId" in node and "responses" not in node else set()
        return own + sum(count(v, k) for k, v in node.items() if k not in skipped | sent)

    document = read_document(CONTRACT)
    assert len(places(document)) == count(document, "") + len(document["tags"])
