"""The functions that an expression may call, each with how it is checked and written.

What CEL has beyond these is left out where it cannot be bounded: `map` and `filter`, which copy
what they have gathered with each item, `matches`, texts that are put together.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..complete import parse_instant
from ..model import JsonObject
from ..names import did_you_mean
from .plan import Place, Text
from .syntax import Call, ListOf, Literal, MapOf, Node, WrongExpression
from .value_types import ANY, BOOL, INDEX, INT, TIMESTAMP, Type

if TYPE_CHECKING:
    from .checking import Checker

Function = Callable[["Checker", Call], Place | Text]
_DURATION = re.compile(r"-?(\d+(\.\d+)?(h|m|s|ms))+")
LOOPS = ("all", "exists", "exists_one")


def _arguments(node: Call, number: int, written: str) -> tuple[Node, ...]:
    if len(node.arguments) != number:
        raise WrongExpression(f"is written {written}", node.at)
    return node.arguments


def _text_of(node: Node, said: str) -> str:
    if not isinstance(node, Literal) or not isinstance(node.value, str):
        raise WrongExpression(f"{said} is written out, as a text", node.at)
    return node.value


def _kind(checker: "Checker", node: Node) -> str:
    kind = _text_of(node, "the kind of record")
    if kind not in checker.kinds:
        near = did_you_mean(kind, checker.kinds)
        raise WrongExpression(f"{kind!r} is no kind of record{near}", node.at)
    return kind


def _get(checker: "Checker", node: Call) -> Place:
    """`get(kind, id)`: a record, whose members are null when there is none."""
    named, identity = _arguments(node, 2, 'get("Kind", id)')
    kind = _kind(checker, named)
    wanted, literals = _wanted(checker, {"": identity})
    return checker.plan.sought_place(kind, checker.kinds[kind], wanted, literals)


def _find(checker: "Checker", node: Call) -> Place:
    """`find(kind, {member: value})`: the records with these values."""
    named, mapping = _arguments(node, 2, 'find("Kind", {"member": value})')
    kind = _kind(checker, named)
    if not isinstance(mapping, MapOf) or not mapping.entries:
        raise WrongExpression('what is sought is written {"member": value}', mapping.at)
    type_, members = checker.kinds[kind], dict[str, Node]()
    for key, value in mapping.entries:
        member = _text_of(key, "a member")
        if type_.member(member) is None:
            near = did_you_mean(member, type_.members)
            raise WrongExpression(f"{member!r} is no member of {kind}{near}", key.at)
        members[member] = value
        values = value.items if isinstance(value, ListOf) else (value,)
        for one in values:
            _refuse_other_value(type_, member, one)
    wanted, literals = _wanted(checker, members)
    found = Type("list", type_.document, item=_schema_of(type_))
    return checker.plan.sought_place(kind, found, wanted, literals)


def _schema_of(type_: Type) -> JsonObject:
    return {"properties": dict(type_.members), "additionalProperties": type_.is_open}


def _refuse_other_value(type_: Type, member: str, node: Node) -> None:
    """A value that is written out and that the member's enum does not have."""
    of = type_.member(member)
    of = of.items() if of is not None and of.kind == "list" else of
    if of is not None and of.values and isinstance(node, Literal) and node.value not in of.values:
        near = did_you_mean(str(node.value), map(str, of.values))
        raise WrongExpression(f"{node.value!r} is none of the values of {member}{near}", node.at)


def _wanted(
    checker: "Checker", members: Mapping[str, Node]
) -> tuple[dict[str, Place | Text], dict[str, Any]]:
    """What is sought by, and the values of what is written out of it."""
    wanted: dict[str, Place | Text] = {}
    literals: dict[str, Any] = {}
    for name, node in members.items():
        if isinstance(node, ListOf):
            if not all(isinstance(one, Literal) for one in node.items):
                raise WrongExpression("the values of a list are written out", node.at)
            literals[name] = [one.value for one in node.items if isinstance(one, Literal)]
            every = ", ".join(checker.value(one).source for one in node.items)
            wanted[name] = Text(f"[{every}]", Type("list"))
            continue
        if isinstance(node, Literal):
            literals[name] = node.value
        found = checker.part(node)
        if found.type.kind not in {"string", "int", "bool", "any", "null"}:
            said = "records are sought by texts, integers, true and false"
            raise WrongExpression(f"{said}, not by {found.type.article}", node.at)
        wanted[name] = found
    return wanted, literals


def _index(checker: "Checker", node: Call) -> Text:
    """`index(list, "member")`: the items of a list by a member, a text or an integer."""
    place, member = _indexed(checker, node)
    return replace(place.read("index", place.type, member), type=INDEX, index=(place, member))


def _indexed(checker: "Checker", node: Call) -> tuple[Place, str]:
    """The list and the member of an index."""
    over, named = _arguments(node, 2, 'index(list, "member")')
    place, member = checker.place(over, "list"), _text_of(named, "a member")
    items = place.type.items()
    of = ANY if items.kind == "any" else items.member(member)
    if of is None or of.kind not in {"string", "int", "any"}:
        near = did_you_mean(member, items.members)
        said = f"{member!r} is no member that is a text or an integer{near}"
        raise WrongExpression(said, named.at)
    return place, member


def _size(checker: "Checker", node: Call) -> Text:
    """`size(x)`: how long a list or a text is, how many keys an index has; 0 for null."""
    (of,) = _arguments(node, 1, "size(list)") if node.of is None else (node.of,)
    if isinstance(of, Call) and of.name == "index" and of.of is None:
        place, member = _indexed(checker, of)
        return place.read("count", INT, member)
    found = checker.part(of)
    if isinstance(found, Place) and found.type.kind in {"list", "string"}:
        return found.read("size", INT)
    raise WrongExpression(f"is {found.type.article}, and must be a list or a text", of.at)


def _has(checker: "Checker", node: Call) -> Text:
    """`has(record.member)`: whether it is given, and not null."""
    (of,) = _arguments(node, 1, "has(record.member)")
    found = checker.part(of)
    if not isinstance(found, Place) or not found.path:
        raise WrongExpression("is written has(record.member)", node.at)
    return found.read("given", BOOL)


def _timestamp(checker: "Checker", node: Call) -> Place | Text:
    """`timestamp(x)`: an instant from a text, or the first one of a day."""
    (of,) = _arguments(node, 1, 'timestamp("2027-01-01T00:00:00Z")')
    found = checker.part(of)
    if isinstance(found, Place) and found.path and found.type.kind in {"string", "any"}:
        return found.read("instant", TIMESTAMP)
    if found.type.kind == "timestamp":
        return found
    return Text(f'timestamp("{_instant(_text_of(of, "an instant"), of)}")', TIMESTAMP)


def _instant(text: str, node: Node) -> str:
    try:
        return parse_instant(text).isoformat()
    except ValueError:
        raise WrongExpression(f"{text!r} is no instant", node.at) from None


def _duration(_: "Checker", node: Call) -> Text:
    """`duration("36h")`."""
    (of,) = _arguments(node, 1, 'duration("36h")')
    text = _text_of(of, "a duration")
    if not _DURATION.fullmatch(text):
        raise WrongExpression(f'{text!r} is no duration; write hours: duration("36h")', of.at)
    return Text(f'duration("{text}")', Type("duration"))


def _number(checker: "Checker", node: Call) -> Text:
    """`int(x)` and `double(x)`."""
    (of,) = _arguments(node, 1, f"{node.name}(number)")
    found = checker.typed(of, "int", "double", "string")
    return Text(f"{node.name}({found.source})", Type(node.name), found.within)


def _of_text(checker: "Checker", node: Call) -> Text:
    """`text.startsWith(other)` and its like."""
    (other,) = _arguments(node, 1, f"text.{node.name}(text)")
    whole, part = checker.typed(_receiver(node), "string"), checker.typed(other, "string")
    checker.plan.textual = True
    text = f"{whole.source}.{node.name}({part.source})"
    return Text(text, BOOL, whole.within or part.within)


def _of_instant(checker: "Checker", node: Call) -> Text:
    """`instant.getFullYear()` and its like, in UTC."""
    _arguments(node, 0, f"instant.{node.name}()")
    of = checker.typed(_receiver(node), "timestamp")
    return Text(f"{of.source}.{node.name}()", INT, of.within)


def _receiver(node: Call) -> Node:
    return node.of or node


FUNCTIONS: dict[str, Function] = {
    "get": _get,
    "find": _find,
    "index": _index,
    "size": _size,
    "has": _has,
    "timestamp": _timestamp,
    "duration": _duration,
    "int": _number,
    "double": _number,
}
METHODS: dict[str, Function] = {
    "size": _size,
    "startsWith": _of_text,
    "endsWith": _of_text,
    "contains": _of_text,
    "getFullYear": _of_instant,
    "getMonth": _of_instant,
    "getDate": _of_instant,
    "getDayOfWeek": _of_instant,
    "getHours": _of_instant,
    "getMinutes": _of_instant,
}
