"""What public documents are like: each kind by a small document of our own, as it is served."""

from pathlib import Path
from typing import Any

import pytest

from bacasable.contract.load import check_file
from tests.core.public import (
    BOATS,
    EXAMPLE,
    ID,
    LIST,
    REF,
    TEXT,
    WHOLE,
    answer,
    document,
    operation,
    served,
    taking,
)


def test_an_id_that_is_taken_is_refused_where_the_document_says_so(tmp_path: Path) -> None:
    paths = BOATS | {"/boats": {**BOATS["/boats"]}}
    for refuses in (False, True):
        post = operation(REF, body=REF, status="201")
        boat = {"type": "object", "properties": {"id": {**TEXT, "format": "uuid"}}}
        if refuses:
            post["responses"]["409"] = answer()
        paths["/boats"]["post"] = post
        own = {"id": "3be6453c-03eb-4357-ae5a-984a0e574a54"}
        with served(tmp_path, document(paths, Boat=boat)) as api:
            assert api.post("/boats", own).json == own
            again = api.post("/boats", own)
            assert again.status == (409 if refuses else 201)
            assert refuses or again.json["id"] != own["id"]
            assert len(api.get("/boats").json) == (1 if refuses else 2)


@pytest.mark.parametrize("query", ["page=&size=", "page=2x&size=1.5", "page=1&size=1000"])
def test_pages_may_be_asked_for_by_texts(tmp_path: Path, query: str) -> None:
    asked = [{"name": n, "in": "query", "schema": TEXT} for n in ("page", "size")]
    paths = BOATS | {"/boats": {**BOATS["/boats"], "get": operation(LIST, parameters=asked)}}
    with served(tmp_path, document(paths)) as api:
        for name in "abc":
            api.post("/boats", {"id": name})
        assert len(api.get(f"/boats?{query}").json) == 3
        assert [one["id"] for one in api.get("/boats?page=2&size=2").json] == ["c"]


def test_a_number_of_many_digits_is_an_integer_in_a_query(tmp_path: Path) -> None:
    asked = [{"name": "page", "in": "query", "schema": WHOLE}]
    paths = BOATS | {"/boats": {**BOATS["/boats"], "get": operation(LIST, parameters=asked)}}
    with served(tmp_path, document(paths)) as api:
        api.post("/boats", {})
        assert api.get("/boats?page=6389091450490410827906962948096").json == []
        assert api.get("/boats?page=" + "9" * 400).status == 400


def test_a_file_that_is_not_there_yet_has_its_media_type(tmp_path: Path) -> None:
    file = answer({"type": "string", "format": "byte"}, "application/octet-stream")
    with served(tmp_path, document({"/log": {"get": {"responses": {"200": file}}}})) as api:
        found = api.get("/log")
        assert (found.status, found.headers["content-type"]) == (200, "application/octet-stream")


def test_digits_are_lost_only_where_the_document_knows_of_no_number(tmp_path: Path) -> None:
    boat = {"type": "object", "properties": {"id": TEXT, "tons": {"type": "number"}}}
    number = b"218835057049215795201"
    with served(tmp_path, document(BOATS, Boat=boat)) as api:
        headers = {"Content-Type": "application/json"}
        known = api.post("/boats", content=b'{"tons": %b}' % number, headers=headers)
        assert (known.status, known.json["errors"][0]["pointer"]) == (400, "/tons")
        other = api.post("/boats", content=b'{"x": [{"y": %b}]}' % number, headers=headers)
        assert other.status == 201
        alone = api.post("/boats", content=number, headers=headers)
        assert alone.status == 400


@pytest.mark.parametrize(("form", "most"), [("int32", 2**31 - 1), ("int64", 2**63 - 1)])
def test_the_format_of_an_integer_bounds_it(tmp_path: Path, form: str, most: int) -> None:
    sized = {"type": "integer", "format": form}
    boat = {"type": "object", "properties": {"id": TEXT, "tons": sized}}
    asked = [{"name": "tons", "in": "query", "schema": sized}]
    paths = BOATS | {"/boats": {**BOATS["/boats"], "get": operation(LIST, parameters=asked)}}
    with served(tmp_path, document(paths, Boat=boat)) as api:
        assert api.post("/boats", {"tons": most}).json["tons"] == most
        assert api.post("/boats", {"tons": most + 1}).status == 400
        assert api.get(f"/boats?tons={-most - 1}").status == 200
        assert api.get(f"/boats?tons={-most - 2}").status == 400
        assert "minimum" not in api.get("!/openapi.json").json["components"]["schemas"]["Boat"]


def test_a_discriminator_says_which_of_several_it_is(tmp_path: Path) -> None:
    kinds: Any = {n: {"type": "object", "properties": {"kind": TEXT}} for n in ("Sail", "Motor")}
    both = [{"$ref": f"#/components/schemas/{name}"} for name in kinds]
    boat = {"oneOf": both, "discriminator": {"propertyName": "kind"}}
    paths = {"/boats": {"post": operation(body=boat)}}
    with served(tmp_path, document(paths, **kinds)) as api:
        assert api.post("/boats", {"kind": "Sail"}).status == 200
        assert api.post("/boats", 5).status == 400


def test_addresses_of_problems_are_as_their_format_has_them(tmp_path: Path) -> None:
    address = {"type": "string", "format": "uri"}
    problem = {"type": "object", "properties": {"type": address, "instance": address}}
    paths = {"/boats/{id}": {**BOATS["/boats/{id}"], "get": operation(REF)}, **BOATS}
    paths["/boats/{id}"]["get"]["responses"]["404"] = answer(problem)
    with served(tmp_path, document(paths)) as api:
        assert api.get("/boats/none").json == {
            "type": "http://localhost/problems/not-found",
            "instance": "http://localhost/boats/none",
        }


def test_a_switch_of_protocols_is_no_success(tmp_path: Path) -> None:
    both = {"responses": {"101": answer(), "200": answer(TEXT)}}
    with served(tmp_path, document({"/attach": {"post": both}})) as api:
        assert api.post("/attach").status == 200


def test_headers_that_are_told_elsewhere_are_no_parameters(tmp_path: Path) -> None:
    enum = {"type": "string", "enum": ["a/b"]}
    names = ("Accept", "Content-Type", "authorization")
    asked = [{"name": n, "in": "header", "required": True, "schema": enum} for n in names]
    with served(tmp_path, document({"/boats": {"get": operation(LIST, parameters=asked)}})) as api:
        assert api.get("/boats").status == 200


def test_what_nobody_can_make_is_there(tmp_path: Path) -> None:
    paths = {path: {**item} for path, item in BOATS.items()}
    del paths["/boats"]["post"]
    paths["/boats/{id}/trips"] = {"parameters": [ID], "get": operation(LIST)}
    with served(tmp_path, document(paths)) as api:
        (one,) = api.get("/boats").json
        assert api.get(f"/boats/{one['id']}").json == one
    with served(tmp_path, document(BOATS)) as api:
        assert api.get("/boats").json == []


def test_a_path_is_answered_without_what_is_never_sent(tmp_path: Path) -> None:
    paths = {
        "/boats/{id}#rename": {"parameters": [ID], "get": operation(TEXT), "put": operation(REF)},
        **BOATS,
        "/crews?all=true": {"get": operation(WHOLE)},
    }
    paths["/boats/{id}#rename"]["put"]["requestBody"] = taking(REF)
    with served(tmp_path, document(paths)) as api:
        api.post("/boats", {"id": "a", "name": "A"})
        assert api.get("/boats/a").json == {"id": "a", "name": "A"}
        assert api.put("/boats/a", {"name": "B"}).json == {"id": "a", "name": "B"}
        assert api.get("/crews").json == 1
        assert api.get("/boats/a%23rename").status == 404
    at = f"{tmp_path}/openapi.yaml"
    said = "'#rename' is no part of a path that is sent; it is answered at /boats/{id}"
    found = check_file(tmp_path / "openapi.yaml")
    assert f"{at}:6: /paths/~1boats~1{{id}}#rename: {said}" in found
    assert f"{said}, where GET is another operation: describe both in one" in " ".join(found)
    assert any("'?all=true' is no part of a path" in line for line in found)


def test_a_keyword_that_is_written_wrong_spoils_nothing(tmp_path: Path) -> None:
    boat = {
        "type": "object",
        "required": ["id", "id"],
        "properties": {
            "id": {"type": "string", "pattern": "(", "minLength": -1, "default": 5},
            "tons": {"type": ["number", "real"], "minimum": 2, "exclusiveMinimum": True},
            "flag": {"type": "any", "readOnly": "no", "allOf": [], "maximum": False},
            "crew": {"type": "object", "patternProperties": {"[": {}}, "multipleOf": 0},
            "port": {"type": "string", "nullable": True},
        },
    }
    with served(tmp_path, document(BOATS, Boat=boat)) as api:
        assert (
            api.post("/boats", {"id": "a", "tons": 3, "flag": 1, "crew": {}, "port": None}).status
            == 201
        )
        assert api.post("/boats", {"id": "b", "tons": 2}).status == 400
        assert len(api.get("/boats").json) == 1
    told = " ".join(check_file(tmp_path / "openapi.yaml"))
    assert "'(' is no regular expression" in told


def test_a_parent_is_named_as_the_path_below_it_names_it(tmp_path: Path) -> None:
    berth = {"type": "object", "properties": {"sid": TEXT, "boat_sid": TEXT}}
    boat = {"type": "object", "properties": {"sid": TEXT}}
    own, above = ({**ID, "name": name} for name in ("Sid", "BoatSid"))
    below = {"$ref": "#/components/schemas/Berth"}
    paths = {
        "/boats": BOATS["/boats"],
        "/boats/{Sid}": {"parameters": [own], "get": operation(REF)},
        "/boats/{BoatSid}/berths": {
            "parameters": [above],
            "get": operation({"type": "array", "items": below}),
            "post": operation(below, body={"type": "object"}, status="201"),
        },
        "/boats/{BoatSid}/berths/{Sid}": {"parameters": [above, own], "get": operation(below)},
    }
    with served(tmp_path, document(paths, Boat=boat, Berth=berth)) as api:
        at = f"/boats/{api.post('/boats', {}).json['sid']}"
        made = api.post(f"{at}/berths", {})
        assert EXAMPLE not in made.headers.items()
        assert made.json["boat_sid"] != made.json["sid"]
        assert f"/boats/{made.json['boat_sid']}" == at
        assert api.get(f"{at}/berths/{made.json['sid']}").json == made.json
