"""Reading a document: one-line errors, references, and lines."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import yaml

from bacasable.contract import ContractError
from bacasable.contract import document as document_module
from bacasable.contract.document import (
    at_pointer,
    objects,
    parse_document,
    pointer,
    read_document,
    resolve,
)
from bacasable.contract.lines import Lines
from tests.tables import each


def test_a_yaml_fault_is_told_in_one_line_with_file_and_line() -> None:
    with pytest.raises(ContractError, match=r"^toy\.yaml:4: [^\n]+; correct the YAML there$"):
        parse_document("a: 1\nb:\n  - [1\nc: 2\n", "toy.yaml")


def test_a_character_that_yaml_does_not_have_is_told_with_its_line() -> None:
    said = r"^toy\.yaml:2: control characters are not allowed; correct the YAML there$"
    with pytest.raises(ContractError, match=said):
        parse_document("b: 1\na: \x01", "toy.yaml")


@pytest.mark.parametrize("blank", ["\t", "  \t ", "\x83", "a\x9f"])
def test_what_the_web_is_full_of_is_read(blank: str) -> None:
    read = parse_document(f"a: >-\n  {blank}\n  told\nb: 1\n", "toy.yaml")
    assert read["a"].endswith("told")
    assert read["b"] == 1


@pytest.mark.parametrize("text", ["", "- 1\n", "only text", "42"])
def test_a_document_that_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(ContractError, match=r"^toy\.yaml: is not a mapping"):
        parse_document(text, "toy.yaml")


@pytest.mark.parametrize("text", ["a: 1\n---\nb: 2\n", "{[a]: b}", "a: !!python/name:os.system ''"])
def test_what_yaml_allows_and_json_does_not_is_refused(text: str) -> None:
    with pytest.raises(ContractError, match=r"^toy\.yaml:\d+: "):
        parse_document(text, "toy.yaml")


@pytest.mark.parametrize(
    "text", ["a: !!int word", "a: !!float word", "a: !!bool 7", "a: 1e999", "a: !!map [1]"]
)
def test_a_scalar_that_yaml_cannot_construct_is_told_in_one_line(text: str) -> None:
    with pytest.raises(ContractError, match=r"^toy\.yaml"):
        parse_document(text, "toy.yaml")


def test_keys_are_strings() -> None:
    assert parse_document("responses: {200: {}}", "toy.yaml") == {"responses": {"200": {}}}


def test_a_time_of_day_stays_text() -> None:
    assert parse_document("opens: 12:30", "toy.yaml") == {"opens": "12:30"}


@each(
    ("text", "value"),
    [
        ("12", 12),
        ("-0", 0),
        ("+1", 1),
        ("0x1F", 31),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("True", True),
        ("false", False),
        ("~", None),
        ("", None),
        *((word, word) for word in ("007", "1_000", "0o7", "0b1", "0x_", "1:30:00", ".inf")),
        *((word, word) for word in ("yes", "No", "on", "OFF", "=", "1.2.3", "2026-11-02")),
    ],
)
def test_scalars_are_told_apart_as_in_yaml_1_2(text: str, value: Any) -> None:
    read = parse_document(f"a: {text}", "toy.yaml")["a"]
    assert (read, type(read)) == (value, type(value))


def test_a_key_given_twice_is_refused_with_its_line() -> None:
    with pytest.raises(ContractError, match=r"^toy\.yaml:3: 'a' is given twice in one mapping;"):
        parse_document("a: 1\nb: 2\na: 3\n", "toy.yaml")


def test_a_merged_mapping_yields_to_its_own_keys() -> None:
    text = "base: &base {a: 1, b: 2}\nown: {<<: *base, b: 3}\n"
    assert parse_document(text, "toy.yaml")["own"] == {"a": 1, "b": 3}


def test_a_document_nested_too_deep_is_refused() -> None:
    with pytest.raises(ContractError, match=r"^toy\.yaml: is nested too deep"):
        parse_document("a: " + "[" * 900 + "]" * 900, "toy.yaml")


def test_a_value_that_contains_itself_is_refused() -> None:
    with pytest.raises(ContractError, match=r"^toy\.yaml"):
        parse_document("a: &a {b: *a}", "toy.yaml")


@pytest.mark.parametrize("date", ["2026-11-02", "2026-11-02T09:00:00Z", "2026-11-02 09:00:00"])
def test_a_date_stays_text(date: str) -> None:
    assert parse_document(f"when: {date}", "toy.yaml") == {"when": date}


def without_libyaml(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Another copy of the module, made where PyYAML has no fast loader."""
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    spec = spec_from_file_location("bacasable.contract.slow", document_module.__file__)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_values_are_the_same_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = without_libyaml(monkeypatch)
    assert not hasattr(yaml, "CSafeLoader")
    assert slow.Loader.__mro__[1] is yaml.SafeLoader
    text = "when: 2026-11-02\nlist: [1, 2.5, true, null]\n"
    assert slow.parse_document(text, "toy.yaml") == parse_document(text, "toy.yaml")


def test_json_is_read_like_yaml(tmp_path: Path) -> None:
    path = tmp_path / "toy.json"
    path.write_text('{"a": [1, true, null, "é"]}', encoding="utf-8")
    assert read_document(path) == {"a": [1, True, None, "é"]}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "absent.yaml"
    with pytest.raises(ContractError) as error:
        read_document(path)
    assert str(error.value) == f"{path}: cannot be read (No such file or directory); check the path"


def test_a_folder_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"cannot be read \(Is a directory\)"):
        read_document(tmp_path)


def test_text_that_is_not_utf_8_is_told_with_its_byte(tmp_path: Path) -> None:
    path = tmp_path / "toy.yaml"
    path.write_bytes("title: Café".encode("latin-1"))
    with pytest.raises(ContractError) as error:
        read_document(path)
    assert str(error.value) == f"{path}: is not UTF-8 (byte 10); save it as UTF-8"


def test_references_are_followed_to_the_value() -> None:
    document = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/c/1"}, "c": [0, {"type": "string"}]}
    assert resolve(document, document["a"]) == {"type": "string"}


@pytest.mark.parametrize("node", [{"type": "string"}, ["$ref"], "text", None, 5])
def test_what_is_no_reference_stays_as_it_is(node: object) -> None:
    assert resolve({}, node) is node


@pytest.mark.parametrize("dead", ["#/b", "#/a/x", "#/list/2", "#/list/first", "#/a/text/0", "#/a/"])
def test_a_dead_reference_is_named(dead: str) -> None:
    document = {"a": {"text": "word"}, "list": [1, 2]}
    with pytest.raises(ContractError) as error:
        resolve(document, {"$ref": dead})
    assert str(error.value) == f"{dead}: leads nowhere; correct the reference"


def test_a_negative_index_leads_nowhere() -> None:
    with pytest.raises(ContractError, match="leads nowhere"):
        at_pointer({"list": [1, 2]}, "#/list/-1")


BASE: dict[str, Any] = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
    "default": {},
}


@pytest.mark.parametrize(
    ("beside", "merged"),
    [
        ({"default": {"a": "x"}}, {"default": {"a": "x"}}),
        ({"required": ["b"]}, {"required": ["a", "b"]}),
        ({"allOf": [True]}, {"allOf": [True]}),
        (
            {"properties": {"b": True, "c": True}},
            {"properties": {"a": {"type": "string"}, "b": True, "c": True}},
        ),
    ],
)
def test_what_stands_beside_a_reference_is_added_to_its_target(
    beside: dict[str, Any], merged: dict[str, Any]
) -> None:
    document = {"base": BASE, "again": {"$ref": "#/base"}}
    assert resolve(document, {"$ref": "#/again"} | beside) == BASE | merged


@pytest.mark.parametrize(("target", "resolved"), [(True, {"default": 1}), (False, False)])
def test_a_reference_may_lead_to_true_or_false(target: bool, resolved: object) -> None:
    assert resolve({"a": target}, {"$ref": "#/a", "default": 1}) == resolved


def test_a_circle_of_references_is_named() -> None:
    document = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}
    with pytest.raises(ContractError, match="references lead in a circle; break it"):
        resolve(document, document["a"])


@pytest.mark.parametrize("external", ["other.yaml#/a", "https://example.com/a", "#anchor"])
def test_an_external_reference_is_refused(external: str) -> None:
    with pytest.raises(ContractError) as error:
        resolve({}, {"$ref": external})
    assert str(error.value) == f"{external}: only references within the document are supported"


def test_a_reference_that_is_no_text_is_refused() -> None:
    with pytest.raises(ContractError):
        resolve({}, {"$ref": 5})


def test_a_reference_may_be_percent_encoded() -> None:
    assert at_pointer({"paths": {"/rooms/{id}": 1}}, "#/paths/~1rooms~1%7Bid%7D") == 1


def test_a_pointer_escapes_its_parts() -> None:
    place = pointer("paths", "/rooms/~{id}", 0)
    assert place == "/paths/~1rooms~1~0{id}/0"
    assert at_pointer({"paths": {"/rooms/~{id}": ["here"]}}, f"#{place}") == "here"


def test_the_pointer_to_the_whole_is_empty() -> None:
    assert pointer() == ""


def test_the_objects_of_a_contract_are_met_without_data_and_maps_of_names() -> None:
    schema = {"example": {"$ref": 5}, "properties": {"example": {"type": "string"}}}
    document = {
        "responses": {"default": {"links": {"next": {"operationId": "x"}}}},
        "schema": schema,
        "examples": {"one": {"value": {"data": {}}}, "two": "text"},
        "tags": [{"name": "Rooms"}],
        "x-any": {"data": {}},
    }
    assert [path for path, _ in objects(document)] == [
        (),
        ("responses",),
        ("responses", "default"),
        ("responses", "default", "links", "next"),
        ("schema",),
        ("schema", "properties", "example"),
        ("examples", "one"),
        ("tags", 0),
    ]


TEXT = """\
openapi: 3.1.0
paths:
  /rooms/{id}:
    get:
      responses: {200: {description: Done}}
tags:
  - name: Rooms
  - name: Halls
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("", 1),
        ("/openapi", 1),
        ("/paths/~1rooms~1{id}/get", 4),
        ("/paths/~1rooms~1{id}/get/responses/200/description", 5),
        ("/tags/1", 8),
        ("/tags/1/name", 8),
    ],
)
def test_a_pointer_has_its_line(place: str, line: int) -> None:
    assert Lines(TEXT).of(place) == line


@pytest.mark.parametrize(
    ("place", "line"),
    [("/nowhere", 1), ("/tags/9", 6), ("/tags/name", 6), ("/tags/0/name/deeper", 7)],
)
def test_an_absent_place_has_the_line_of_its_nearest_ancestor(place: str, line: int) -> None:
    lines = Lines(TEXT)
    assert lines.of(place) == line
    assert lines.of("/tags") == 6  # the second question reads the same tree
