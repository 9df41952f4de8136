"""A broken fixture stops the start with one line: file, line, place, reason."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bacasable.contract import Contract, ContractError
from bacasable.resources import fixture_path
from bacasable.server.launch import build_sandbox

HEAD = """\
id: tnt_00000000-0000-4000-8000-0000000000aa
opened: 2026-01-05T08:00:00Z
tenant: {slug: essai, name: Essai}
password: bac-a-sable-2026
admin:
  id: usr_essai
  account: {email: admin@essai.example, firstName: Alix, lastName: Exemple}
steps:
  - {at: 2026-01-05T09:00:00Z, do: createCompany, id: cmp_un, body: {name: Un}}
"""
Build = Callable[[str], None]


@pytest.fixture
def start(tmp_path: Path, contract: Contract) -> Build:
    """Start a sandbox with a fixture of this text."""

    def build(text: str) -> None:
        path = tmp_path / "essai.yaml"
        path.write_text(text, encoding="utf-8")
        build_sandbox(contract=contract, fixtures=[path])

    return build


def line_of(start: Build, text: str) -> tuple[int, str, str]:
    """The number of the line named, the place and the reason."""
    with pytest.raises(ContractError) as stopped:
        start(text)
    message = str(stopped.value)
    assert "\n" not in message
    found = re.fullmatch(r".*essai\.yaml:(\d+): (\S+): (.*)", message)
    assert found, message
    return int(found[1]), found[2], found[3]


def step(text: str) -> str:
    return f"{HEAD}  - {{{text}}}\n"


def test_the_fixture_all_others_are_made_from_is_sound(start: Build) -> None:
    start(HEAD)


BROKEN = {
    "a rule": (
        "at: 2026-01-06T09:00:00Z, do: deactivateUser, path: {id: usr_essai}",
        "RULE_REFUSED",
    ),
    "a schema": (
        "at: 2026-01-06T09:00:00Z, do: createCompany, body: {name: 5}",
        "createCompany at 2026-01-06T09:00:00Z: INVALID_REQUEST",
    ),
    "an unknown record": (
        "at: 2026-01-06T09:00:00Z, do: getCompany, path: {id: cmp_x}",
        "NOT_FOUND",
    ),
    "an unknown operation": (
        "at: 2026-01-06T09:00:00Z, do: createCompnay",
        "'createCompnay' is no operation; did you mean 'createCompany'?",
    ),
    "steps that are not sorted": (
        "at: 2026-01-05T08:59:59Z, do: createCompany, body: {name: Deux}",
        "2026-01-05T08:59:59Z lies before the step above; sort the steps",
    ),
    "a value of somebody": (
        "at: 2026-01-06T09:00:00Z, do: createCompany, body: {name: Deux, phone: '+33612345678'}",
        "'+33612345678' could belong to somebody: phones are of ARCEP's ranges",
    ),
}


@pytest.mark.parametrize(("text", "reason"), BROKEN.values(), ids=list(BROKEN))
def test_a_step_that_cannot_be_played_is_named_by_its_line(
    start: Build, text: str, reason: str
) -> None:
    line, place, said = line_of(start, step(text))
    assert (line, place) == (10, "/steps/1")
    assert reason in said


def test_a_wrong_key_is_named_by_its_place(start: Build) -> None:
    line, place, said = line_of(start, step("at: 2026-01-06T09:00:00Z, does: createCompany"))
    assert (line, place) == (10, "/steps/1")
    assert "does" in said or "do" in said


def test_a_wrong_key_at_the_top_is_named(start: Build) -> None:
    _, place, said = line_of(start, HEAD + "passwrd: x\n")
    assert place == "/"
    assert "passwrd" in said


@pytest.mark.parametrize("missing", ["id", "opened", "tenant", "password", "admin"])
def test_a_missing_member_is_named(start: Build, missing: str) -> None:
    text = re.sub(rf"(?m)^{missing}:.*\n(?:  (?!- ).*\n)*", "", HEAD)
    _, place, said = line_of(start, text)
    assert place == "/"
    assert f'"{missing}"' in said


def test_an_instant_of_another_form_is_refused(start: Build) -> None:
    line, place, _ = line_of(start, step("at: 2026-01-06, do: createCompany"))
    assert (line, place) == (10, "/steps/1/at")


def test_a_tenant_that_breaks_the_contract_is_refused(start: Build) -> None:
    line, place, said = line_of(start, HEAD.replace("slug: essai", "slug: PAS BON"))
    assert (line, place) == (3, "/tenant")
    assert "/slug" in said


def test_an_unknown_population_is_refused_with_the_closest_name(start: Build) -> None:
    line, place, said = line_of(start, HEAD + "generate:\n  population: training-boby\n")
    assert (line, place) == (11, "/generate/population")
    assert said == "is unknown; did you mean 'training-body'?"


def test_text_that_is_no_yaml_is_refused_by_its_line(start: Build) -> None:
    with pytest.raises(ContractError, match=r"essai\.yaml:\d+: ") as stopped:
        start(HEAD + "  - {at: [\n")
    assert "\n" not in str(stopped.value)


def test_a_missing_file_is_named(contract: Contract) -> None:
    with pytest.raises(ContractError, match=r"^/nowhere/x\.yaml: cannot be read"):
        build_sandbox(contract=contract, fixtures=[fixture_path("/nowhere/x.yaml")])


def test_a_step_behind_many_others_is_named_by_its_number(start: Build) -> None:
    good = "at: 2026-01-05T09:00:00Z, do: createCompany, body: {name: Un}"
    many = HEAD + f"  - {{{good}}}\n" * 249
    line, place, _ = line_of(start, many + "  - {at: 2026-01-05T09:00:00Z, do: 7}\n")
    assert (line, place) == (HEAD.count("\n") + 250, "/steps/250/do")
