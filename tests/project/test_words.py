"""No word of one platform stands in what serves all of them.

`LEFT` are the places that have some yet: nothing may be added to it, and what is gone must go.
"""

import re
from pathlib import Path

import pytest

from bacasable.contract import load_contract
from bacasable.resources import CONTRACT, FIXTURES

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "bacasable"
KINDS = (".py", ".yaml", ".json", ".j2", ".html", ".js", ".css")
# What every API may have.
COMMON = {"login", "logout", "refresh", "Session", "Company", "Event", "User", "Tenant"}

LEFT = {
    # The command and its help speak of the platform that needs no file.
    "cli.py": {"QualiForma"},
}


def words() -> set[str]:
    """What only this platform calls so: operations, resources, roles, tenants, headers."""
    contract = load_contract(CONTRACT)
    roles = {role for o in contract.operations.values() for role in o.roles or ()}
    slugs = {file.stem for file in FIXTURES.glob("*.yaml")}
    named = {"QualiForma", "Qualiopi", contract.base_path, contract.tenant_header}
    found = {*contract.operations, *contract.resources, *roles, *slugs, *named}
    return {word for word in found if len(word) > 4} - COMMON


def test_only_the_places_that_are_known_have_words_of_a_platform() -> None:
    seeks = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, sorted(words()))) + r")(?![\w-])")
    found: dict[str, set[str]] = {}
    for file in sorted(SOURCES.rglob("*")):
        place = file.relative_to(SOURCES)
        if file.suffix in KINDS and not {"platforms", "vendor"} & set(place.parts):
            said = set(seeks.findall(file.read_text("utf-8")))
            if said:
                found[place.as_posix()] = said
    more = {n: said - LEFT.get(n, set()) for n, said in found.items()}
    assert not {name: said for name, said in more.items() if said}
    gone = {n: said - found.get(n, set()) for n, said in LEFT.items()}
    assert not {name: said for name, said in gone.items() if said or name not in found}


@pytest.mark.parametrize("word", ["listCourses", "QuestionnaireResponse", "SUPER_ADMIN"])
def test_the_words_are_those_of_the_contract(word: str) -> None:
    assert word in words()
