"""The controls as Python source: the client's methods, and what the commands ask for.

Both are written from the document by `python3 run.py docs`, so that a control is described once. A
test fails while they differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...contract import Contract
from ...contract.build import each_operation
from ...contract.document import resolve
from ...contract.model import JsonObject
from ...contract.names import snake
from . import controls_contract

_WIDTH = 100
_FEW = 3
"""So many options stand in a signature; more have a type of their own."""
_STREAM = "text/event-stream"

_CLIENT = '''\
"""The controls of /_sandbox, one method each. Generated: `python3 run.py docs` writes it anew.

What each of them does is said in sandbox/controls/controls.yaml (served as /_sandbox/openapi.json).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from .calling import Calls, Data, several
from .values import duration, instant
'''
_CLASS = '''

class Controls(Calls):
    """The controls of one sandbox. `Calls` says what they raise."""

'''
_PARAMETERS = '''\
"""What controls take, for the options of commands. Generated: `python3 run.py docs`."""

from typing import NamedTuple


class Parameter(NamedTuple):
    """One thing that a control takes; of what must be given it `says` nothing."""

    name: str
    says: str = ""
    kind: str = "string"
    choices: tuple[str, ...] = ()


CONTROLS: dict[str, list[Parameter]] = {
'''
_TYPES = {"integer": "int", "number": "float", "boolean": "bool", "object": "Mapping[str, Any]"}


@dataclass(frozen=True, slots=True)
class Argument:
    """What a control takes: a parameter, a member of its body, or (`document`) the whole body."""

    name: str
    place: str
    schema: JsonObject
    says: str
    required: bool

    @property
    def kind(self) -> str:
        """What it is: instant, duration, names, objects, or the type that JSON Schema has."""
        named = self.schema.get("type")
        kind = str(named[0] if isinstance(named, list) else named)
        if kind == "array":
            return "names" if self.schema["items"].get("type") == "string" else "objects"
        formats = {"date-time": "instant", "duration": "duration"}
        return formats.get(self.schema.get("format", ""), kind)

    @property
    def type(self) -> str:
        """Its type in Python."""
        if self.kind == "string":
            # A pattern may be one of figures: status=404.
            return "str | int" if self.place == "query" and "pattern" in self.schema else "str"
        others = {"instant": "str | datetime", "duration": "str | timedelta"}
        others |= {"names": "str | Sequence[str]", "objects": "Sequence[Mapping[str, Any]]"}
        return (_TYPES | others)[self.kind]

    def sent(self, value: str) -> str:
        """The expression of what is sent for an expression of what was given."""
        functions = {"instant": "instant", "duration": "duration", "names": "several"}
        function = functions.get(self.kind)
        return f"{function}({value})" if function else value


@dataclass(frozen=True, slots=True)
class _Control:
    """A control as its source needs it."""

    id: str
    method: str
    path: str
    summary: str
    arguments: tuple[Argument, ...]
    has_members: bool
    """Whether members of a body are among the arguments, or may be."""
    answer: tuple[str, str]
    """The method that calls it, and what that gives."""
    is_stream: bool

    @property
    def options(self) -> list[Argument]:
        """What may be left out."""
        return [one for one in self.arguments if not one.required]

    @property
    def options_type(self) -> str:
        """The name of the type of its options; empty where these are few."""
        many = len(self.options) > _FEW
        return f"{self.id[:1].upper()}{self.id[1:]}Options" if many else ""


def as_client(contract: Contract | None = None) -> str:
    """The source of client/controls.py."""
    controls = list(_controls(contract or controls_contract()))
    types = [_options_type(one) for one in controls if one.options_type]
    methods = [text for one in controls for text in _methods(one)]
    return _CLIENT + "".join(f"\n\n{one}" for one in types) + _CLASS + "\n".join(methods)


def as_parameters(contract: Contract | None = None) -> str:
    """The source of commands/parameters.py."""
    controls = _controls(contract or controls_contract())
    return _PARAMETERS + "".join(_entry(one) + ",\n" for one in controls) + "}\n"


def _controls(contract: Contract) -> Iterator[_Control]:
    document = contract.document
    for path, method, declared in each_operation(document):
        first = next(iter(declared["responses"].values()))
        content = first.get("content", {})
        is_stream = _STREAM in content
        body = declared.get("requestBody", {}).get("content", {}).get("application/json")
        arguments = [*_parameters(document, path, declared)]
        arguments += _members(document, body["schema"]) if body else ()
        if is_stream:
            # Its other answer has a method of its own.
            arguments = [one for one in arguments if one.name != "follow"]
        yield _Control(
            declared["operationId"],
            method.upper(),
            path,
            declared["summary"],
            tuple(sorted(arguments, key=lambda one: not one.required)),
            body is not None and all(one.place != "document" for one in arguments),
            _answer(document, content),
            is_stream,
        )


def _parameters(document: JsonObject, path: str, declared: JsonObject) -> Iterator[Argument]:
    listed = [*document["paths"][path].get("parameters", ()), *declared.get("parameters", ())]
    for one in (resolve(document, each) for each in listed):
        schema = resolve(document, one["schema"])
        says, required = one["description"], one["required"]
        yield Argument(one["name"], one["in"], schema, says, required=required)


def _members(document: JsonObject, schema: JsonObject) -> Iterator[Argument]:
    """The members of a body; of one that is described in words alone, the whole."""
    schema = resolve(document, schema)
    if "properties" not in schema:
        yield Argument("document", "document", schema, schema["description"], required=True)
    for name, member in schema.get("properties", {}).items():
        known = resolve(document, member)
        says = member.get("description") or known["description"]
        required = name in schema.get("required", ())
        yield Argument(name, "body", known, says, required=required)


def _answer(document: JsonObject, content: JsonObject) -> tuple[str, str]:
    if "application/json" not in content:
        return ("_text", "str") if content else ("_done", "None")
    schema = resolve(document, content["application/json"]["schema"])
    if list(schema.get("properties", ())) == ["items"]:
        return "_items", "list[Data]"
    return "_data", "Data"


def _options_type(control: _Control) -> str:
    lines = [
        f"class {control.options_type}(TypedDict, total=False):",
        f'    """What `{control.id}` may be given."""',
        "",
        *(f"    {snake(one.name)}: {one.type}" for one in control.options),
    ]
    return "\n".join(lines) + "\n"


def _methods(control: _Control) -> Iterator[str]:
    name = snake(control.id)
    yield _method(control, name, control.summary, *control.answer)
    if control.is_stream:
        told = "The same as it happens: each event from when this is entered until it is left."
        streamed = "AbstractContextManager[Iterator[Data]]"
        yield _method(control, "follow_" + name.partition("_")[2], told, "_events", streamed)


def _method(control: _Control, name: str, says: str, caller: str, gives: str) -> str:
    required = [f"{snake(one.name)}: {one.type}" for one in control.arguments if one.required]
    options = [f"{snake(one.name)}: {one.type} | None = None" for one in control.options]
    if control.options_type:
        options = [f"**options: Unpack[{control.options_type}]"]
    elif options:
        options = ["*", *options]
    head = _fitted((f"def {name}(", ["self", *required, *options], f") -> {gives}:"), 4)
    steps = control.path.strip("/").split("/")
    path = ", ".join(p[1:-1] if p.startswith("{") else f'"{p}"' for p in steps)
    sent: list[Any] = [f'"{control.method}"', f"[{path}]", *_sent(control)]
    returned = "" if gives == "None" else "return "
    call = _fitted((f"{returned}self.{caller}(", sent, ")"), 8)
    return f'{head}\n        """{says}"""\n{call}\n'


def _sent(control: _Control) -> Iterator[Any]:
    """The arguments of a call beside method and path."""
    for place, keyword in (("query", "query"), ("body", "given")):
        mine = [one for one in control.arguments if one.place == place]
        if mine or (place == "body" and control.has_members):
            yield (f"{keyword}={{", list(_entries(control, mine)), "}")
    if any(one.place == "document" for one in control.arguments):
        yield "body=document"


def _entries(control: _Control, arguments: Sequence[Argument]) -> Iterator[str]:
    spread = bool(control.options_type)
    for one in arguments:
        name = snake(one.name)
        if one.required or not spread:
            yield f'"{name}": {one.sent(name)}'
    if spread:
        yield "**options"
        for one in arguments:
            name = snake(one.name)
            value = f'options.get("{name}")'
            if not one.required and one.sent(value) != value:
                yield f'"{name}": {one.sent(value)}'


def _entry(control: _Control) -> str:
    """What a command may ask for: a line of the table."""
    parameters = [_parameter(one) for one in control.arguments if one.place != "document"]
    return _fitted((f'"{snake(control.id)}": [', parameters, "]"), 4)


def _parameter(argument: Argument) -> Any:
    # Of a description the help has room for the first sentence.
    says = argument.says.partition(". ")[0].rstrip(".") + "."
    said = [f'"{snake(argument.name)}"']
    if not argument.required:
        said += [f'"{says}"']
    if argument.kind != "string":
        said += [f'kind="{argument.kind}"']
    choices = [f'"{one}"' for one in argument.schema.get("enum", ())]
    return ("Parameter(", [*said, ("choices=(", choices, ")")] if choices else said, ")")


def _fitted(part: Any, indent: int) -> str:
    """A call as the formatter has it: in a line, in three, or each argument in one of its own."""
    margin = " " * indent
    if isinstance(part, str):
        return margin + part
    head, inner, tail = part
    flat = _flat(part)
    if len(margin + flat) < _WIDTH:
        return margin + flat
    joined = ", ".join(map(_flat, inner))
    if len(margin + joined) + 4 < _WIDTH and not head.endswith("["):
        return f"{margin}{head}\n{margin}    {joined}\n{margin}{tail}"
    lines = "".join(_fitted(one, indent + 4) + ",\n" for one in inner)
    return f"{margin}{head}\n{lines}{margin}{tail}"


def _flat(part: Any) -> str:
    if isinstance(part, str):
        return part
    head, inner, tail = part
    return f"{head}{', '.join(map(_flat, inner))}{tail}"
