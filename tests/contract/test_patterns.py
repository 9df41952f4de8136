"""Patterns are ECMA-262 with the flag u, and a finding names the line that it is about."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bacasable.contract.load import check_file

HEAD = 'info: {title: People, version: "1"}\n'
GOOD = [
    r"^[\p{L} \-]+$",
    r"\p{Script=Greek}",
    r"^\p{Lu}\p{M}*",
    r"\u{1F600}",
    "(?<=a)b",
    r"^\d{3}\/\w$",
    "(?<year>[0-9]{4})",
]
BAD = ["[", "(", "*a", "a{2,1}", "(?P<n>a)", r"\Z", "(?i)a", "[[:alpha:]]", "a++"]
UNREADABLE = [r"(?<n>a)\k<n>", r"\p{Nonsense}"]


def found_in(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "people.yaml"
    path.write_text(text, "utf-8")
    return [line.removeprefix(str(path)) for line in check_file(path)]


def people(version: str, schema: dict[str, Any]) -> str:
    parts = {"openapi": version, "paths": {}, "components": {"schemas": {"Person": schema}}}
    return HEAD + yaml.safe_dump(parts, sort_keys=False)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("pattern", GOOD)
def test_a_good_pattern_is_no_finding(tmp_path: Path, version: str, pattern: str) -> None:
    schema = {"type": "string", "pattern": pattern}
    assert found_in(tmp_path, people(version, schema)) == []


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("pattern", BAD + UNREADABLE)
def test_a_bad_pattern_is_one(tmp_path: Path, version: str, pattern: str) -> None:
    schema = {"properties": {"name": {"type": "string", "pattern": pattern}}}
    (finding,) = found_in(tmp_path, people(version, schema))
    assert finding.startswith(":10: /components/schemas/Person/properties/name/pattern: ")
    assert ("no regular expression" in finding) == (pattern in BAD)


def test_names_of_members_have_patterns_too(tmp_path: Path) -> None:
    named = {"patternProperties": {r"^\p{L}": {"type": "string"}, "^(": True}}
    (finding,) = found_in(tmp_path, people("3.1.0", named))
    assert "/components/schemas/Person/patternProperties/^(" in finding


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_default_is_held_to_a_pattern_that_python_cannot_read(
    tmp_path: Path, version: str
) -> None:
    name = {"type": "string", "pattern": r"^\p{L}+$", "default": "Zoé"}
    assert found_in(tmp_path, people(version, {"properties": {"name": name}})) == []
    (finding,) = found_in(
        tmp_path, people(version, {"properties": {"name": name | {"default": "4"}}})
    )
    assert finding.startswith(":11: /components/schemas/Person/properties/name/default: ")


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_default_may_be_null_where_null_is_allowed(tmp_path: Path, version: str) -> None:
    null = (
        {"type": "string", "nullable": True} if version == "3.0.3" else {"type": ["string", "null"]}
    )
    assert found_in(tmp_path, people(version, null | {"default": None})) == []


WRONG = """\
openapi: 3.1.0
info: {title: People, version: "1"}
paths:
  /people/{id}:
    get:
      operationId: getPerson
      parameters:
        - $ref: '#/components/parameters/Id'
      responses:
        "200":
          description: One of them.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Person'
    delete:
      operationId: getPerson
      responses: {"204": {description: Gone.}}
components:
  parameters:
    Id: {name: id, in: path, required: true, schema: {type: string}}
  schemas:
    Person:
      type: object
      properties:
        age:
          type: integer
          minimum: none
"""


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (28, "/components/schemas/Person/properties/age/minimum"),
        (16, "/paths/~1people~1{id}/delete"),
    ],
)
def test_a_finding_of_the_validator_names_its_own_line(
    tmp_path: Path, line: int, place: str
) -> None:
    found = found_in(tmp_path, WRONG)
    assert any(finding.startswith(f":{line}: {place}: ") for finding in found), found
    assert not any(finding.startswith(":1: ") for finding in found), found
