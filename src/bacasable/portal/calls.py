"""The calls of a contract as collections hold them: one for each operation, with shared variables.

They are the steps of the samples, but nobody logs in before each: one account that may call most
operations logs in once, and what its answer gives is kept in variables for all.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..contract import Contract, Operation
from ..contract.document import resolve
from ..contract.model import JsonObject
from ..contract.values import shown
from .edition import Edition
from .samples import program_of
from .samples.login import account_of, login_of
from .samples.model import Json, Program, Step, Take, Text, Variable
from .samples.request import encoded
from .views.places import Tag, chosen_media, places, raw_operation, raw_parameters

BASE_URL, TOKEN = "baseUrl", "token"
_PIECES = re.compile(r"\{([^{}]+)\}")
_BRACES = "{\0"
"""Stands for two braces of an example until its JSON is written: what no example holds."""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation. `step` is its request, None where no sample can show one, as an upload.

    `keeps` is what its answer gives for other calls: a token, say.
    """

    operation: Operation
    raw: JsonObject
    parameters: Sequence[JsonObject]
    step: Step | None
    keeps: tuple[Take, ...]


@dataclass(frozen=True, slots=True)
class Calls:
    """All calls of an edition, by their tags, and the variables they share with their values."""

    edition: Edition
    tags: Sequence[tuple[Tag, Sequence[Call]]]
    login: Call | None
    variables: Mapping[str, str]
    names: Mapping[Variable, str]

    def text(self, value: str | float | Text) -> str:
        """A text with its variables as {{name}}, which is how all collections write them."""
        if not isinstance(value, Text):
            return str(value)
        return "".join(p if isinstance(p, str) else self.variable(p) for p in value.parts)

    def variable(self, variable: Variable) -> str:
        """A variable as it is written in a collection."""
        return f"{{{{{self.names.get(variable, variable.name)}}}}}"

    def body(self, value: Json) -> str:
        """A body as JSON text, as people read it. Braces that name no variable are escaped."""
        text = json.dumps(self._plain(value), ensure_ascii=False, indent=2)
        return text.replace(json.dumps(_BRACES)[1:-1], "{\\u007b")

    def _plain(self, value: Json) -> Json:
        if isinstance(value, Text):
            return self.text(value)
        if isinstance(value, dict):
            return {self._plain(name): self._plain(inner) for name, inner in value.items()}
        if isinstance(value, str):
            return value.replace("{{", _BRACES)
        return [self._plain(inner) for inner in value] if isinstance(value, list) else value


def calls_of(edition: Edition) -> Calls:
    """The calls of an edition."""
    contract = edition.contract
    programs = {o.id: program_of(edition, o) for o in contract.operations.values()}
    known = [program for program in programs.values() if program]
    takes = [take for program in known for step in program.steps for take in step.takes]
    names = _names(known, takes)
    tags = [
        (tag, [_call(edition, o, programs[o.id], dict.fromkeys(takes)) for o in tag.operations])
        for tag in places(edition).tags
    ]
    operation = login_of(contract)
    every = [call for _, calls in tags for call in calls]
    login = next((call for call in every if call.operation is operation and call.keeps), None)
    return Calls(edition, tags, login, _variables(edition, known, names), names)


def path_values(call: Call) -> Mapping[str, str]:
    """The value of each parameter in the path, encoded, as the step has it."""
    template = _PIECES.split(call.operation.path)
    pattern = "".join(
        "(.+?)" if index % 2 else re.escape(encoded(piece)) for index, piece in enumerate(template)
    )
    found = re.fullmatch(pattern, _filled(call))
    return dict(zip(template[1::2], found.groups(), strict=True)) if found else {}


def example_text(edition: Edition, parameter: JsonObject) -> str:
    """An example of a parameter that no sample sends, as people would type it."""
    media: Any = next(iter(parameter.get("content", {}).values()), parameter)
    value = shown(edition.contract.document, media)
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return ",".join(map(_typed, value))
    return _typed(value)


@dataclass(frozen=True, slots=True)
class Example:
    """A documented example of an answer. `status` may be `default` or `4XX`; `body` may be None."""

    status: str
    description: str
    media_type: str
    name: str
    body: Json


def examples_of(edition: Edition, raw: JsonObject) -> list[Example]:
    """The examples of all answers of an operation, in the contract's order."""
    document, found = edition.contract.document, []
    for status, declared in raw.get("responses", {}).items():
        if status.startswith("x-"):
            continue
        answer = resolve(document, declared)
        media_type, media = chosen_media(answer.get("content", {}))
        named: dict[str, Json] = {"": media["example"]} if "example" in media else {}
        for name, each in media.get("examples", {}).items():
            example = resolve(document, each)
            named |= {name: example["value"]} if "value" in example else {}
        if not media_type:
            named = {"": None}
        said = answer.get("description", "")
        found += [
            Example(str(status), said, media_type, name, body) for name, body in named.items()
        ]
    return found


def _typed(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _filled(call: Call) -> str:
    if call.step is None:
        return call.operation.example_path
    parts = call.step.path.parts
    return "".join(p if isinstance(p, str) else f"{{{{{p.name}}}}}" for p in parts)


def _ablest(contract: Contract, login: Operation) -> Json:
    """The body of the login for the account that may call most operations."""
    operations = contract.operations.values()
    accounts = dict(account_of(contract, login, operation) for operation in operations)
    able = {role: sum(role in (o.roles or (role,)) for o in operations) for role in accounts}
    return accounts[max(able, key=lambda role: able[role])]


def _names(programs: Sequence[Program], takes: Collection[Take]) -> dict[Variable, str]:
    """What variables are called: `token` if it goes into Authorization, else as the answer says."""
    names = {take.variable: str(take.place[-1]) for take in takes}
    for program in programs:
        sent = dict(program.steps[-1].headers).get("Authorization")
        if isinstance(sent, Text) and sent.parts[0] == "Bearer ":
            names |= {part: TOKEN for part in sent.parts if isinstance(part, Variable)}
    return names


def _variables(
    edition: Edition, programs: Sequence[Program], names: Mapping[Variable, str]
) -> dict[str, str]:
    """The variables of a collection with the values they begin with."""
    settings = [setting for program in programs for setting in program.settings]
    first = {names.get(s.variable, s.variable.name): s.value or "" for s in settings}
    return {BASE_URL: edition.api_url, **first, **dict.fromkeys(names.values(), "")}


def _call(
    edition: Edition, operation: Operation, program: Program | None, takes: Collection[Take]
) -> Call:
    raw = raw_operation(edition.contract, operation)
    step = program.steps[-1] if program else None
    if step and operation is login_of(edition.contract):
        step = replace(step, body=_ablest(edition.contract, operation))
    good = [e.body for e in examples_of(edition, raw) if e.status.startswith("2")]
    keeps = tuple(t for t in takes if good and _holds(good[0], t.place))
    return Call(operation, raw, raw_parameters(edition.contract, operation), step, keeps)


def _holds(value: Json, place: tuple[str | int, ...]) -> bool:
    """Whether a value has a text at a place."""
    for step in place:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return False
    return isinstance(value, str)
