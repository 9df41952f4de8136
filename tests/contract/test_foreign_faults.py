"""Mistakes in documents of others: one line each, with file, line, place and remedy."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import ContractError, load_contract
from bacasable.contract.load import check_file

HEAD = "openapi: 3.1.0\ninfo: {title: A, version: '1'}\n"
SCHEMA = "components: {schemas: {A: %s}}\n"
OPERATION = "paths: {/a: {get: %s}}\n"


def refused(folder: Path, text: str, name: str = "openapi.yaml") -> str:
    """The line, without the name of the file, by which a text is refused or its fault is told."""
    path = folder / name
    path.write_text(text, "utf-8")
    try:
        said = load_contract(path).mended[0]
        assert said in check_file(path)
    except ContractError as error:
        said = str(error)
    assert said.startswith(f"{path}:")
    assert "\n" not in said
    return said.removeprefix(f"{path}:")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\n", "1: /openapi: is missing; write it in OpenAPI 3.0, 3.1 or 3.2"),
        ("\nopenapi: 4.0.0\n", "2: /openapi: is '4.0.0'; write it in OpenAPI 3.0, 3.1 or 3.2"),
        ("openapi: 3.10.0\n", "1: /openapi: is '3.10.0'; write it in OpenAPI 3.0, 3.1 or 3.2"),
        ("swagger: '1.2'\n", "1: /openapi: is missing, and swagger is '1.2'; write it in"),
        ("asyncapi: 3.0.0\n", "1: /openapi: is missing: this is AsyncAPI, which describes"),
        ("info: {}\nitem: []\n", "1: /openapi: is missing: this is a Postman collection; export"),
        ("openapi: 3.1.0\n", "1: /: has no info; add it"),
        (f"{HEAD}paths: []\n", "3: /paths: is no object; write one"),
        (f"{HEAD}paths:\n  /a:\n", "4: /paths/~1a: is no pathItem; write an object"),
        (f"{HEAD}paths:\n  /a:\n    get:\n", "5: /paths/~1a/get: is no operation; write an object"),
        (f"{HEAD}tags: [a]\n", "3: /tags/0: is no tag; write an object"),
        (f"{HEAD}tags: [{{}}]\n", "3: /tags/0: has no name; add it"),
        (f"{HEAD}servers: {{}}\n", "3: /servers: is no list; write one"),
        (f"{HEAD}servers: [{{url: 1}}]\n", "3: /servers/0/url: is no text; quote it"),
        (f"{HEAD}servers: [{{url: 'http://['}}]\n", "3: /servers: is not as OpenAPI has it"),
        (f"{HEAD}security: {{}}\n", "3: /security: is no list of objects; write one"),
        (HEAD + OPERATION % "{tags: A}", "3: /paths/~1a/get/tags: is no list; write one"),
        (HEAD + OPERATION % "{tags: [1]}", "3: /paths/~1a/get/tags: names what is no text"),
        (HEAD + OPERATION % "{operationId: 7}", "3: /paths/~1a/get/operationId: is no text"),
        (HEAD + OPERATION % "{summary: {a: b}}", "3: /paths/~1a/get/summary: is no text"),
        (
            HEAD + OPERATION % "{parameters: [{name: a}]}",
            "3: /paths/~1a/get/parameters/0: has no in; add it",
        ),
        (
            HEAD + OPERATION % "{requestBody: {}}",
            "3: /paths/~1a/get/requestBody: has no content; add it",
        ),
        (
            HEAD + OPERATION % "{callbacks: {a: {'{$url}': 1}}}",
            "3: /paths/~1a/get/callbacks/a/{$url}: is no pathItem; write an object",
        ),
        (HEAD + SCHEMA % "1", "3: /components/schemas/A: is no schema; write an object"),
        (HEAD + SCHEMA % "{required: true}", "3: /components/schemas/A/required: is no list"),
        (HEAD + SCHEMA % "{allOf: {}}", "3: /components/schemas/A/allOf: is no list; write one"),
        (
            HEAD + SCHEMA % "{type: [string, null]}",
            "3: /components/schemas/A/type: names what is no text; quote it",
        ),
        (HEAD + SCHEMA % "{$ref: 5}", "3: /components/schemas/A: 5: is no reference"),
        (
            f"{HEAD}paths: {{/a: {{$ref: '#/components/schemas/A'}}}}\n{SCHEMA % 'true'}",
            "3: /paths/~1a: is not as OpenAPI has it",
        ),
    ],
)
def test_a_mistake_is_told_in_its_place(tmp_path: Path, text: str, said: str) -> None:
    assert refused(tmp_path, text).startswith(said)
    found = check_file(tmp_path / "openapi.yaml")
    assert found
    assert all(re.fullmatch(r"[^\n]*openapi\.yaml:\d+: /[^\n]*: [^\n]+", line) for line in found)


def test_a_link_to_nowhere_stops_nothing_and_is_found(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    answer = "{responses: {'200': {description: a, links: {b: {operationId: c}}}}}"
    path.write_text(HEAD + OPERATION % answer, "utf-8")
    assert len(load_contract(path).operations) == 1
    (found,) = check_file(path)
    assert found.endswith(
        "openapi.yaml:3: /paths/~1a/get/responses/200/links/b: 'c' is no operation"
    )


def test_an_id_that_is_given_twice_stops_nothing_and_is_found(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    ok = "responses: {'200': {description: A}}"
    twice = f"paths: {{/a: {{get: {{operationId: x, {ok}}}, put: {{operationId: x, {ok}}}}}}}\n"
    path.write_text(HEAD + twice, "utf-8")
    assert list(load_contract(path).operations) == ["x", "putA"]
    (found,) = check_file(path)
    assert "/paths/~1a/put: Operation ID 'x' for 'put' in '/a' is not unique" in found


def keyed(strict: bool) -> str:
    """A document that has a key that is nearly one of ours, and one that is somebody else's."""
    word = {"x-resource": {"collection": "/words"}, "x-refrences": "Word", "x-more": 1}
    document: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "A", "version": "1"}}
    document |= {"paths": {}, "components": {"schemas": {"Word": word}}}
    return json.dumps(document | ({"x-serving": {"strict": True}} if strict else {}))


def test_who_says_all_of_a_document_may_use_no_unknown_key(tmp_path: Path) -> None:
    said = "is no known extension; did you mean 'x-references'?"
    assert refused(tmp_path, keyed(strict=True)).endswith(
        f"/components/schemas/Word/x-refrences: {said}"
    )


def test_elsewhere_only_what_is_nearly_ours_is_found_and_by_check_alone(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(keyed(strict=False), "utf-8")
    assert not load_contract(path).strict
    (found,) = check_file(path)
    assert found.endswith("x-refrences: is no known extension; did you mean 'x-references'?")


def test_an_extension_that_others_have_too_makes_no_document_ours(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(f"{HEAD}tags: [{{name: a, x-displayName: A, x-more: 1}}]\n", "utf-8")
    assert not load_contract(path).strict


@pytest.mark.parametrize(
    "text",
    [
        '{"openapi": "3.1.0", "openapi": "3.1.0"}',
        '{"openapi": "3.1.0",}x',
        '{"info": "\\ud800"}',
        '{"info": 1e999}',
        '{"info": NaN}\n- a',
    ],
)
def test_json_at_fault_is_told_as_yaml_is(tmp_path: Path, text: str) -> None:
    assert re.match(r"1: |2: ", refused(tmp_path, text, "openapi.json"))


def test_a_mistake_in_json_has_its_line_whatever_characters_it_has(tmp_path: Path) -> None:
    document: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "\U0001f600"}, "paths": []}
    text = json.dumps(document, indent="\t")
    assert refused(tmp_path, text, "openapi.json") == "6: /paths: is no object; write one"
    text = json.dumps(document | {"x": "\x7f"}, indent=1, ensure_ascii=False)
    assert refused(tmp_path, text, "openapi.json") == "1: /paths: is no object; write one"


def test_what_is_nested_too_deep_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    deep = '{"items":' * 900 + "{}" + "}" * 900
    head = '{"openapi": "3.1.0", "info": {}, "components": {"schemas": {"A": '
    path.write_text(f"{head}{deep}}}}}}}", "utf-8")
    with pytest.raises(ContractError, match=r"^[^\n]*nested too deep[^\n]*$"):
        load_contract(path)


def test_every_fault_of_shape_is_told_with_its_line(tmp_path: Path) -> None:
    text = f"""{HEAD}paths:
  /kites:
    get:
      responses:
        "200":
          description: All.
          content:
            application/json:
              schema:
                examples: {{one: red}}
components:
  schemas:
    Kite:
      required: true
      properties:
        $ref: '#/components/schemas/Tail/properties'
        tail: {{type: null}}
    Tail: {{properties: {{long: {{type: integer}}}}}}
    Wing: null
"""
    path = tmp_path / "openapi.yaml"
    path.write_text(text, "utf-8")
    at = "/components/schemas/Kite"
    answer = "/paths/~1kites/get/responses/200/content/application~1json/schema"
    taken = "#/components/schemas/Tail/properties: may not stand here; what it leads to is taken"
    assert check_file(path) == [
        f"{path}:17: {at}/properties: {taken}",
        f"{path}:12: {answer}/examples: is no list; write one",
        f"{path}:16: {at}/required: is no list; write one",
        f"{path}:19: {at}/properties/tail/type: names what is no text; quote it",
        f"{path}:21: /components/schemas/Wing: is no schema; write an object",
    ]
    schemas = load_contract(path).document["components"]["schemas"]
    assert schemas["Kite"] == {
        "properties": {"long": {"$ref": "#/components/schemas/Tail/properties/long"}, "tail": {}}
    }
    assert list(schemas) == ["Kite", "Tail"]


@pytest.mark.parametrize("text", ["paths: []", "components: 1", "info: null", "tags: {}"])
def test_a_document_of_which_too_little_is_left_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(f"openapi: 3.1.0\ninfo: {{title: A, version: '1'}}\n{text}\n", "utf-8")
    if text.startswith("info"):
        path.write_text(f"openapi: 3.1.0\n{text}\n", "utf-8")
    with pytest.raises(ContractError, match=r"/\w+: is no \w+; write "):
        load_contract(path)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("#/components/schemas/None", "leads nowhere; correct the reference"),
        ("#/components/schemas/A", "references lead in a circle; break it"),
    ],
)
def test_without_what_a_dead_reference_means_the_rest_goes_on(
    tmp_path: Path, address: str, said: str
) -> None:
    text = HEAD + SCHEMA % f"{{$ref: '{address}'}}"
    text += OPERATION % "{parameters: [{$ref: '#/components/parameters/None'}]}"
    path = tmp_path / "openapi.yaml"
    path.write_text(text, "utf-8")
    contract = load_contract(path)
    assert contract.document["components"]["schemas"] == {"A": {}}
    assert contract.operations["getA"].parameters == ()
    other = "#/components/parameters/None: leads nowhere; correct the reference"
    assert sorted(contract.mended) == [
        f"{path}:3: /components/schemas/A: {address}: {said}",
        f"{path}:4: /paths/~1a/get/parameters/0: {other}",
    ]
    assert set(contract.mended) <= set(check_file(path))


def test_a_reference_that_no_reader_knows_is_refused(tmp_path: Path) -> None:
    text = HEAD + "x-a: {}\nexternalDocs: {$ref: '#/nowhere'}\n"
    assert refused(tmp_path, text).startswith("4: /externalDocs: #/nowhere: leads nowhere")
