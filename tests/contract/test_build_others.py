"""What is read of documents of others that leave out, or narrow, what others have."""

from typing import Any

import pytest

from bacasable.contract.build import server_address
from bacasable.contract.operations import operation_of
from bacasable.contract.resource_types import id_format_of
from bacasable.contract.schema import whole


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ({"url": "https://{host}/api/{version}"}, "https://host/api/version"),
        (
            {"url": "/{version}/x", "variables": {"version": {"enum": ["v2", "v1"]}}},
            "/v2/x",
        ),
        ({"url": "/{a}", "variables": {"a": {"enum": ["b"], "default": "c"}}}, "/c"),
    ],
)
def test_no_brace_is_left_in_an_address(server: Any, address: str) -> None:
    assert server_address(server) == address


@pytest.mark.parametrize(
    ("statuses", "success"),
    [
        (["302", "404"], 302),
        (["304", "303"], 303),
        (["304"], 200),
        (["302", "default"], 200),
        (["302", "2XX"], 200),
        (["302", "204"], 204),
    ],
)
def test_what_documents_only_a_redirect_answers_it(statuses: list[str], success: int) -> None:
    answers = {status: {"description": "x"} for status in statuses}
    operation = {"operationId": "x", "responses": answers}
    document = {"openapi": "3.1.0", "paths": {"/x": {"get": operation}}}
    made = operation_of(document, "/x", "get", operation, {}, schemes={}, strict=False)
    assert made.success == success


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        ({}, ("random", "", 0)),
        ({"maxLength": 20}, ("random", "", 0)),
        ({"maxLength": 19}, ("number", "", 0)),
        ({"minLength": "many"}, ("random", "", 0)),
        ({"pattern": "^[0-9]+$"}, ("number", "", 0)),
        ({"pattern": "^cus_[a-z0-9]{4,}$"}, ("random", "cus_", 0)),
        ({"pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-"}, ("uuid", "", 0)),
        ({"pattern": "^N[0-9]{6}$"}, ("number", "N", 6)),
        ({"minLength": 3, "maxLength": 3}, ("number", "", 3)),
        ({"enum": ["x"], "pattern": "[", "maxLength": 0}, ("random", "", 0)),
    ],
)
def test_ids_are_made_as_their_schema_takes_them(schema: Any, made: tuple[str, str, int]) -> None:
    assert id_format_of(whole({}, {"type": "string"} | schema)) == made
