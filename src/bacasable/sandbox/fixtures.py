"""Fixture files: a tenant told as calls of the API, each at its instant, by one of its accounts.

Because a fixture is played through the engine, no rule can be broken by seeded data, and the
journal holds the history that led to them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs

from ..contract.document import ContractError, parse_document, pointer, read_text
from ..contract.lines import Lines
from ..contract.model import Contract, JsonObject
from ..contract.principals import Principal, Tenancy
from ..core.portions import PORTION, Portions, at_once, some


@dataclass(frozen=True, slots=True)
class Step:
    """One call: who (`user`) does what (`operation`) and when (`at`, ISO 8601).

    `pinned` is the id that the created record takes.
    """

    at: str
    operation: str
    user: str = ""
    path: dict[str, str] = field(default_factory=dict)
    body: Any = None
    pinned: str = ""


@dataclass(frozen=True, slots=True)
class Fixture:
    """A tenant to seed. `accounts` are the ids shown at start; their password is the same.

    `super_administrator` has the grant over all tenants. `generate` names a population and its
    sizes, played after the steps of the file.
    """

    source: str
    text: str
    slug: str
    password: str
    super_administrator: str
    principal: Principal
    tenancy: Tenancy
    accounts: tuple[str, ...]
    steps: tuple[Step, ...]
    generate: JsonObject | None

    def logins(self) -> dict[str, str]:
        """The login of each account that is shown at start, by its first grant."""
        principal, shown = self.principal, dict[str, str]()
        for number, step in enumerate(self.steps):
            account, name = step.body, step.pinned
            if number == 0:
                account = account[self.tenancy.first] | principal.granting(principal.usual)
                name = self.accounts[0]
            elif step.operation != principal.creates or name not in self.accounts:
                continue
            granted = principal.grants_of(account)
            if name == self.super_administrator:
                granted = principal.across
            shown[next(iter(granted), "")] = account[principal.login]
        return shown

    def error(self, place: str, detail: str) -> ContractError:
        """A ContractError in one line that names file, line and place."""
        return _error(self.source, self.text, place, detail)


def _error(source: str, text: str, place: str, detail: str) -> ContractError:
    line = f":{Lines(text).of(place)}" if text else ""
    return ContractError(f"{source}{line}: {place or '/'}: {detail}")


@cache
def _schema() -> JsonObject:
    text = files(__package__).joinpath("fixture.schema.json").read_text("utf-8")
    return dict(json.loads(text))


def load_fixture(path: Path, contract: Contract) -> Fixture:
    """Read a fixture file, for a contract that declares accounts and tenants.

    Raises ContractError in one line: file, line, place, what to do.
    """
    text = read_text(path)
    return at_once(fixture_from(parse_document(text, str(path)), str(path), contract, text))


def fixture_from(
    document: Any, source: str, contract: Contract, text: str = ""
) -> Portions[Fixture]:
    """A fixture from its document as values. Errors name the line when the text is given."""
    principal, tenancy = contract.principal, contract.tenancy
    if principal is None or not tenancy.opens:
        said = "needs a contract that declares accounts (x-principal) and tenants (x-tenant)"
        raise _error(source, text, "", said)
    validator = jsonschema_rs.Draft202012Validator(_schema())
    steps: list[Step] = []
    for start, part in _parts(document):
        for error in validator.iter_errors(part):
            place = error.instance_path
            if place[:1] == ["steps"] and len(place) > 1:
                place = ["steps", start + int(place[1]), *place[2:]]
            raise _error(source, text, pointer(*place), error.message)
        steps += [step_from(one, part["admin"]["id"]) for one in part.get("steps", [])]
        yield
    tenant, first = document["tenant"], document["admin"]["account"]
    if tenancy.slug not in tenant:
        raise _error(source, text, "/tenant", f"has no {tenancy.slug}; give it one")
    opening = Step(
        at=document["opened"],
        operation=tenancy.opens,
        body=tenant | {tenancy.first: first | {principal.secret: document["password"]}},
        pinned=document["id"],
    )
    return Fixture(
        source=source,
        text=text,
        slug=str(tenant[tenancy.slug]),
        password=document["password"],
        super_administrator=document.get("superAdministrator", ""),
        principal=principal,
        tenancy=tenancy,
        accounts=(document["admin"]["id"], *document.get("accounts", [])),
        steps=(opening, *steps),
        generate=document.get("generate"),
    )


def _parts(document: Any) -> Iterator[tuple[int, Any]]:
    """The document with some of its steps at a time, and how many there are before them."""
    steps = document.get("steps") if isinstance(document, dict) else None
    if not isinstance(steps, list) or not steps:
        yield 0, document
        return
    for at, some_steps in enumerate(some(steps)):
        yield at * PORTION, document | {"steps": some_steps}


def step_from(declared: JsonObject, admin: str) -> Step:
    """A step from its mapping in a fixture file or a population."""
    return Step(
        at=declared["at"],
        operation=declared["do"],
        user=declared.get("as", admin),
        path={name: str(value) for name, value in declared.get("path", {}).items()},
        body=declared.get("body"),
        pinned=declared.get("id", ""),
    )
