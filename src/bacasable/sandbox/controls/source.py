"""The controls as Python source: the client's methods, and what commands ask for.

Both are written from the document by `python3 run.py docs`, so that a control is described once. A
test fails while they differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...contract.build import each_operation
from ...contract.document import resolve
from ...contract.model import JsonObject
from ...contract.names import snake
from . import controls_contract

_WIDTH = 100
_FEW = 3
"""So many options stand in a signature; more have a type of their own."""
_KINDS = {
    "string": ("str", ""),
    "text": ("str | int", ""),
    "integer": ("int", ""),
    "number": ("float", ""),
    "boolean": ("bool", ""),
    "object": ("Mapping[str, Any]", ""),
    "instant": ("str | datetime", "instant"),
    "duration": ("str | timedelta", "duration"),
    "names": ("str | Sequence[str]", "several"),
    "objects": ("Sequence[Mapping[str, Any]]", ""),
}
"""By kind of value, its type in Python, and the function that makes of it what is sent."""
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


@dataclass(frozen=True, slots=True)
class _Argument:
    """What a control takes: in path or query, as a member of its body (given), or as all of that.

    Of what must be given it says nothing.
    """

    name: str
    keyword: str
    kind: str
    says: str
    required: bool
    choices: Sequence[str]

    @property
    def type(self) -> str:
        return _KINDS[self.kind][0]

    def sent(self, value: str) -> str:
        """The expression of what is sent for that of what was given."""
        function = _KINDS[self.kind][1]
        return f"{function}({value})" if function else value


@dataclass(frozen=True, slots=True)
class _Control:
    """A control as its source needs it. `calls` and `gives` are of the method that calls it."""

    name: str
    id: str
    method: str
    path: str
    summary: str
    arguments: Sequence[_Argument]
    calls: str
    gives: str
    is_stream: bool
    keywords: Sequence[str]

    @property
    def required(self) -> list[_Argument]:
        return [one for one in self.arguments if one.required]

    @property
    def options(self) -> list[_Argument]:
        return [one for one in self.arguments if not one.required]

    @property
    def options_type(self) -> str:
        """The name of the type of its options; empty where these are few."""
        return f"{self.id[0].upper()}{self.id[1:]}Options" if len(self.options) > _FEW else ""


def as_client() -> str:
    """The source of client/controls.py."""
    controls = list(_controls(controls_contract().document))
    types = [_options_type(one) for one in controls if one.options_type]
    methods = [text for one in controls for text in _methods(one)]
    return _CLIENT + "".join(types) + _CLASS + "\n".join(methods)


def as_parameters() -> str:
    """The source of commands/parameters.py."""
    controls = _controls(controls_contract().document)
    return _PARAMETERS + "".join(_entry(one) + ",\n" for one in controls) + "}\n"


def _controls(document: JsonObject) -> Iterator[_Control]:
    for path, method, declared in each_operation(document):
        content = next(iter(declared["responses"].values())).get("content", {})
        body = declared.get("requestBody", {}).get("content", {}).get("application/json", {})
        arguments = [*_parameters(document, path, declared), *_members(document, body)]
        name, is_stream = snake(declared["operationId"]), "text/event-stream" in content
        yield _Control(
            name,
            declared["operationId"],
            method.upper(),
            path,
            declared["summary"],
            # To follow is another answer, which has a method of its own.
            [one for one in arguments if not (is_stream and one.name == "follow")],
            *_answer(document, content),
            is_stream,
            [k for k in ("query", "given") if any(one.keyword == k for one in arguments)],
        )


def _parameters(document: JsonObject, path: str, declared: JsonObject) -> Iterator[_Argument]:
    listed = [*document["paths"][path].get("parameters", ()), *declared.get("parameters", ())]
    for one in (resolve(document, each) for each in listed):
        yield _argument(document, one["name"], one["in"], one, required=one["required"])


def _members(document: JsonObject, body: JsonObject) -> Iterator[_Argument]:
    """The members of a body; of one that is described in words alone, the whole."""
    schema = resolve(document, body.get("schema", {"properties": {}}))
    if "properties" not in schema:
        yield _Argument("document", "body", "object", "", required=True, choices=())
    for name, member in schema.get("properties", {}).items():
        required = name in schema.get("required", ())
        yield _argument(document, name, "given", member, required=required)


def _argument(
    document: JsonObject, name: str, keyword: str, told: JsonObject, *, required: bool
) -> _Argument:
    schema = resolve(document, told.get("schema", told))
    # Of a description the help of a command has room for the first sentence.
    says = (told.get("description") or schema["description"]).partition(". ")[0].rstrip(".") + "."
    kind = _kind(schema)
    if kind == "string" and keyword == "query" and "pattern" in schema:
        kind = "text"  # it may be one of figures: status=404
    choices = schema.get("enum", ())
    return _Argument(snake(name), keyword, kind, "" if required else says, required, choices)


def _kind(schema: JsonObject) -> str:
    named = schema["type"]
    kind = str(named[0] if isinstance(named, list) else named)
    if kind == "array":
        return "names" if schema["items"]["type"] == "string" else "objects"
    return {"date-time": "instant", "duration": "duration"}.get(schema.get("format", ""), kind)


def _answer(document: JsonObject, content: JsonObject) -> tuple[str, str]:
    """The method that calls a control, and what that gives."""
    if "application/json" not in content:
        return ("_text", "str") if content else ("_done", "None")
    schema = resolve(document, content["application/json"]["schema"])
    is_list = list(schema.get("properties", ())) == ["items"]
    return ("_items", "list[Data]") if is_list else ("_data", "Data")


def _options_type(control: _Control) -> str:
    members = "".join(f"    {one.name}: {one.type}\n" for one in control.options)
    says = f'    """What `{control.id}` may be given."""\n\n'
    return f"\n\nclass {control.options_type}(TypedDict, total=False):\n{says}{members}"


def _methods(control: _Control) -> Iterator[str]:
    yield _method(control, control.name, control.summary, control.calls, control.gives)
    if control.is_stream:
        name = "follow_" + control.name.partition("_")[2]
        told = "The same as it happens: each event from when this is entered until it is left."
        yield _method(control, name, told, "_events", "AbstractContextManager[Iterator[Data]]")


def _method(control: _Control, name: str, says: str, calls: str, gives: str) -> str:
    required = [f"{one.name}: {one.type}" for one in control.required]
    options = [f"{one.name}: {one.type} | None = None" for one in control.options]
    if control.options_type:
        options = [f"**options: Unpack[{control.options_type}]"]
    elif options:
        options = ["*", *options]
    head = _fitted((f"def {name}(", ["self", *required, *options], f") -> {gives}:"), 4)
    steps = control.path.strip("/").split("/")
    path = ", ".join(step[1:-1] if step.startswith("{") else f'"{step}"' for step in steps)
    sent: list[Any] = [f'"{control.method}"', f"[{path}]"]
    sent += [(f"{one}={{", [*_entries(control, one)], "}") for one in control.keywords]
    sent += [f"body={one.name}" for one in control.arguments if one.keyword == "body"]
    call = _fitted((f"{'' if gives == 'None' else 'return '}self.{calls}(", sent, ")"), 8)
    return f'{head}\n        """{says}"""\n{call}\n'


def _entries(control: _Control, keyword: str) -> Iterator[str]:
    mine = [one for one in control.arguments if one.keyword == keyword]
    if not control.options_type:
        yield from (f'"{one.name}": {one.sent(one.name)}' for one in mine)
        return
    yield from (f'"{one.name}": {one.sent(one.name)}' for one in mine if one.required)
    yield "**options"
    given = ((one, f'options.get("{one.name}")') for one in mine if not one.required)
    yield from (f'"{one.name}": {one.sent(text)}' for one, text in given if one.sent(text) != text)


def _entry(control: _Control) -> str:
    """What a command may ask for: a line of the table."""
    named = [one for one in control.arguments if one.keyword != "body"]
    return _fitted((f'"{control.name}": [', [*map(_parameter, named)], "]"), 4)


def _parameter(argument: _Argument) -> Any:
    said: list[Any] = [f'"{argument.name}"']
    said += [f'"{argument.says}"'] if argument.says else []
    said += [f'kind="{argument.kind}"'] if argument.kind != "string" else []
    choices = [f'"{one}"' for one in argument.choices]
    return ("Parameter(", [*said, ("choices=(", choices, ")")] if choices else said, ")")


def _fitted(part: Any, indent: int) -> str:
    """A call as the formatter has it: in a line, in three, or each argument in one of its own."""
    margin = " " * indent
    if len(margin + _flat(part)) < _WIDTH or isinstance(part, str):
        return margin + _flat(part)
    head, inner, tail = part
    joined = ", ".join(map(_flat, inner))
    if len(margin + joined) + 4 < _WIDTH and not head.endswith("["):
        return f"{margin}{head}\n{margin}    {joined}\n{margin}{tail}"
    lines = "".join(_fitted(one, indent + 4) + ",\n" for one in inner)
    return f"{margin}{head}\n{lines}{margin}{tail}"


def _flat(part: Any) -> str:
    """It in one line."""
    return part if isinstance(part, str) else part[0] + ", ".join(map(_flat, part[1])) + part[2]
