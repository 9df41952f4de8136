"""A contract in several files becomes one document, and reads no file that is not its own."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bacasable.contract import Contract, ContractError, load_contract
from bacasable.contract.load import check_file
from tests.contract.test_foreign import FOLDER

BODY = "content: {a/b: {schema: {$ref: '%s'}}}"


def write(folder: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else yaml.safe_dump(content), "utf-8")
    return folder / "openapi.yaml"


def referring(reference: str) -> dict[str, Any]:
    """A document whose only schema is a reference."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1"},
        "paths": {},
        "components": {"schemas": {"A": {"$ref": reference}}},
    }


def test_what_other_files_hold_becomes_components() -> None:
    contract = load_contract(FOLDER / "several/openapi.yaml")
    schemas = contract.document["components"]["schemas"]
    assert list(schemas) == [
        "Fault",
        "Instrument",
        "player",
        "horn",
        "x-strings",
        "Fault_2",
        "Name",
    ]
    assert schemas["player"] == {
        "type": "object",
        "properties": {
            "name": {"$ref": "#/components/schemas/Name"},
            "beside": {"$ref": "#/components/schemas/player"},
            "plays": {"$ref": "#/components/schemas/Instrument"},
        },
    }
    assert schemas["Name"] == {"type": ["string", "null"], "examples": ["Ana"]}
    assert schemas["Instrument"]["discriminator"]["mapping"] == {
        "horn": "#/components/schemas/horn",
        "strings": "#/components/schemas/x-strings",
    }
    cause = schemas["Fault_2"]["properties"]["cause"]
    assert cause == {"$ref": "#/components/schemas/Fault_2"}
    fault = "/components/responses/Fault/content/application~1json/schema"
    assert contract.operations["player"].ranges["default"].schema == fault
    assert contract.operations["getPlayers"].tag == "Players"


def loaded(folder: Path, files: dict[str, Any]) -> Contract:
    return load_contract(write(folder, files))


def test_a_file_of_components_may_be_all_there_is(tmp_path: Path) -> None:
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": {"$ref": "op.yaml"}}}}
    operation = f"requestBody: {{{BODY % 'b%20c.yaml#/x~1y'}}}\n"
    schema = "x/y: {type: integer, $comment: kept}\n"
    files = {"openapi.yaml": document, "op.yaml": operation, "b c.yaml": schema}
    contract = loaded(tmp_path, files)
    assert contract.document["components"] == {
        "schemas": {"x_1y": {"type": "integer", "$comment": "kept"}}
    }
    body = contract.operations["getA"].body
    assert body is not None
    assert body.schema == {"$ref": "#/components/schemas/x_1y"}


def test_a_schema_file_may_hold_true(tmp_path: Path) -> None:
    document = referring("defs.yaml#/any")
    contract = loaded(tmp_path, {"openapi.yaml": document, "defs.yaml": "any: true\n"})
    assert contract.document["components"]["schemas"]["any"] is True


def test_members_beside_a_reference_to_a_path_item_stay(tmp_path: Path) -> None:
    document = {
        "openapi": "3.0.0",
        "info": {},
        "paths": {"/a": {"$ref": "a.yaml", "summary": "Mine"}},
    }
    files = {"openapi.yaml": document, "a.yaml": "{summary: Theirs, get: {summary: x}}"}
    assert loaded(tmp_path, files).document["paths"]["/a"]["summary"] == "Mine"


def test_the_contract_itself_may_be_referred_to_by_name(tmp_path: Path) -> None:
    document = referring("openapi.yaml#/components/schemas/B")
    document["components"]["schemas"]["B"] = {
        "discriminator": {"propertyName": "p", "mapping": {"a": "A", "b": "#/components/schemas/A"}}
    }
    item = {"$ref": "openapi.yaml#/components/pathItems/P"}
    document["components"]["pathItems"] = {"P": {"get": {"responses": {}}}}
    document["paths"] = {"/p": item}
    contract = loaded(tmp_path, {"openapi.yaml": document})
    schemas = contract.document["components"]["schemas"]
    assert schemas == {
        "A": {"$ref": "#/components/schemas/B"},
        "B": document["components"]["schemas"]["B"],
    }
    assert list(contract.operations) == ["getP"]


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("absent.yaml", "there is no such file"),
        ("b\0.yaml", "there is no such file"),
        ("other.yaml#/nowhere", "leads nowhere"),
        ("../openapi.yaml", "lies outside the folder of the contract; .*: --root DIR"),
        ("/etc/hostname", "lies outside the folder"),
        ("#Name", "names an anchor"),
        ("other.yaml#Name", "names an anchor"),
        ("#/nowhere", "leads nowhere"),
        ("broken.yaml", "correct the YAML"),
        ("list.yaml", "is not a mapping"),
    ],
)
def test_a_reference_that_cannot_be_followed_is_one_line(
    tmp_path: Path, reference: str, said: str
) -> None:
    files = {
        "openapi.yaml": referring(reference),
        "other.yaml": {"list": [], "wrong": {"properties": {"a": {"enum": "b"}}}},
        "broken.yaml": "a: [",
        "list.yaml": "[]",
    }
    path = write(tmp_path / "own", files)
    (tmp_path / "openapi.yaml").write_text("{}", "utf-8")
    with pytest.raises(ContractError, match=said) as error:
        load_contract(path)
    line = str(error.value)
    assert line.startswith(f"{path.parent}/")
    assert "\n" not in line
    assert check_file(path) == [line]


def test_a_mistake_in_another_file_is_told_with_its_place_there(tmp_path: Path) -> None:
    other = "a:\n  properties:\n    b: {$ref: 'more.yaml#/c'}\n"
    path = write(tmp_path, {"openapi.yaml": referring("other.yaml#/a"), "other.yaml": other})
    with pytest.raises(ContractError) as error:
        load_contract(path)
    said = "more.yaml#/c: there is no such file; correct the reference"
    assert str(error.value) == f"{tmp_path}/other.yaml:3: /a/properties/b: {said}"


def test_files_that_hold_each_other_without_end_are_one_line(tmp_path: Path) -> None:
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"$ref": "a.yaml"}}}
    item = {"get": {"callbacks": {"c": {"{$url}": {"$ref": "a.yaml"}}}}}
    path = write(tmp_path, {"openapi.yaml": document, "a.yaml": item})
    with pytest.raises(ContractError, match="without end") as error:
        load_contract(path)
    assert check_file(path) == [str(error.value)]


def canal(folder: Path) -> Path:
    """A document that shares parts with others in a folder beside its own."""
    trace = {"name": "trace", "in": "header", "schema": {"type": "string"}}
    parts = {"components": {"parameters": {"trace": trace}}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Locks", "version": "1"},
        "paths": {
            "/locks": {
                "parameters": [{"$ref": "../common/parts.yaml#/components/parameters/trace"}],
                "get": {"responses": {"200": {"description": "All."}}},
            }
        },
    }
    write(folder, {"apis/main.yaml": document, "common/parts.yaml": parts})
    return folder / "apis/main.yaml"


def test_files_are_read_in_the_folder_that_is_named(tmp_path: Path) -> None:
    path = canal(tmp_path)
    contract = load_contract(path, root=tmp_path)
    assert [p.name for p in contract.operations["getLocks"].parameters] == ["trace"]
    assert contract.root == tmp_path
    assert not any("outside" in line for line in check_file(path, root=tmp_path))


def test_no_file_beyond_the_folder_that_is_named_is_read(tmp_path: Path) -> None:
    path = canal(tmp_path)
    reference = "../common/parts.yaml#/components/parameters/trace"
    for root, named in ((None, "the folder of the contract"), (path.parent, str(path.parent))):
        said = f"lies outside {named}; name a folder that holds both: --root DIR"
        with pytest.raises(ContractError) as error:
            load_contract(path, root=root)
        assert f"/paths/~1locks/parameters/0: {reference}: {said}" in str(error.value)


def test_the_folder_that_is_named_has_the_document_in_it(tmp_path: Path) -> None:
    path, other = canal(tmp_path), tmp_path / "common"
    said = f"{path}: does not lie in {other}; name a folder above it with --root"
    with pytest.raises(ContractError) as error:
        load_contract(path, root=other)
    assert str(error.value) == said


def test_all_that_is_not_made_as_it_should_be_is_told_at_once(tmp_path: Path) -> None:
    document = referring("other.yaml#/a")
    document["paths"] = {"/a": {"get": {"$ref": "none.yaml"}}}
    other = "a:\n  properties:\n    b: {enum: c}\n    d: {type: null}\n    e: {required: true}\n"
    path = write(tmp_path, {"openapi.yaml": document, "other.yaml": other})
    found = check_file(path)
    assert [line.partition(": ")[0] for line in found] == [
        f"{path}:11",
        *(f"{tmp_path}/other.yaml:{line}" for line in (3, 4, 5)),
    ]
    with pytest.raises(ContractError) as error:
        load_contract(path)
    assert str(error.value) == f"{found[0]}; 3 more: bacasable check tells all"


REMOTE = "https://schemas.example/a.yaml#/A"


@pytest.mark.parametrize("address", [REMOTE, "//schemas.example/a.yaml", "file:///etc/hostname"])
def test_what_lies_on_another_host_is_left_out_and_told(tmp_path: Path, address: str) -> None:
    reference = {"$ref": address}
    document = referring(address)
    document["paths"] = {
        "/a": {
            "get": {"parameters": [reference], "responses": {"200": reference}},
            "post": {"requestBody": reference, "responses": {"200": {"description": "x"}}},
        },
        "/b": reference,
    }
    path = write(tmp_path, {"openapi.yaml": document})
    contract = load_contract(path)
    assert contract.document["components"]["schemas"] == {"A": {}}
    assert list(contract.operations) == ["getA", "postA"]
    assert contract.operations["getA"].parameters == ()
    assert contract.operations["postA"].body is None
    said = f"{address}: is not fetched; save it beside the document and refer to the file"
    assert all(line.endswith(said) for line in contract.mended)
    assert len(contract.mended) == 5
    assert check_file(path)[:5] == list(contract.mended)


def test_maps_lists_and_texts_may_lie_in_other_files(tmp_path: Path) -> None:
    document: Any = {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1", "description": {"$ref": "more.yaml#/text"}},
        "paths": {
            "/a": {
                "get": {
                    "parameters": {"$ref": "more.yaml#/asked"},
                    "responses": {"200": {"description": {"$ref": "more.yaml#/none"}}},
                }
            }
        },
        "components": {
            "schemas": {"$ref": "more.yaml#/kinds"},
            "examples": {"$ref": "https://other.example/a.yaml"},
        },
    }
    more = {
        "text": "Told.",
        "asked": [{"name": "q", "in": "query", "schema": {"$ref": "#/kinds/Word"}}],
        "kinds": {"Word": {"type": "string"}},
    }
    path = write(tmp_path, {"openapi.yaml": document, "more.yaml": more})
    with pytest.raises(ContractError, match=r"more\.yaml#/none: leads nowhere"):
        load_contract(path)
    del document["paths"]["/a"]["get"]["responses"]["200"]["description"]
    contract = load_contract(write(tmp_path, {"openapi.yaml": document}))
    assert contract.document["info"]["description"] == "Told."
    assert contract.document["components"]["schemas"]["Word"] == {"type": "string"}
    assert [p.name for p in contract.operations["getA"].parameters] == ["q"]
    assert len(contract.mended) == 4


def test_a_component_that_leads_nowhere_is_not_another_of_its_name(tmp_path: Path) -> None:
    document = referring("other.yaml#/B")
    document["components"]["schemas"]["B"] = {"$ref": "absent.yaml"}
    path = write(tmp_path, {"openapi.yaml": document, "other.yaml": {"B": {}}})
    with pytest.raises(ContractError, match=r"absent\.yaml: there is no such file"):
        load_contract(path)
