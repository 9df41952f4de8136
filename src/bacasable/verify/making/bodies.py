"""Bodies that a server accepts: the contract's examples, with records and values of the run."""

import copy
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ...contract import Contract, Operation
from ...contract.document import resolve
from ...contract.model import Json, JsonObject, Reference
from ...contract.operations import parameters_of
from ...contract.schema import whole
from ...contract.values import matches, shown
from ..sessions import required_of
from .model import CannotMake, Record

_EXPRESSION = re.compile(r"\{((?:record|parent|body)\.[^{}]+|today(?:[+-]\d+)?|number|me)\}")
_TAIL = re.compile(r"\d+$")
_SHORT, _DIGITS = 7, 10
"""How wide a number is, in 36 digits and in ten."""
_NUMBER: JsonObject = {"pattern": "^[0-9]+$"}
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass
class Scope:
    """What expressions can speak of: the record acted upon, its parent, the body so far.

    `number` counts the records made below the same parent; `me` is the id of the caller's account.
    """

    record: Record | None = None
    parent: Record | None = None
    body: Mapping[str, Json] = field(default_factory=dict)
    number: Callable[[], int] = lambda: 1
    me: str = ""


Need = Callable[[Reference, str, int], Record]
"""Gives the record for a reference: the place as a text, and which one of several in a body."""


def example_body(contract: Contract, operation: Operation) -> Json:
    """The body that the contract shows for an operation, or one made from its schema; a copy."""
    if operation.body is None:
        raise CannotMake(f"{operation.id} takes no body")
    declared = _declared(contract, operation)
    body = resolve(contract.document, declared.get("requestBody", {}))
    media = resolve(contract.document, body.get("content", {}).get(operation.body.media_type, {}))
    return copy.deepcopy(shown(contract.document, media))


def example_parameters(contract: Contract, operation: Operation, place: str) -> JsonObject:
    """Values of the required parameters of an operation in a place (path, query), by name."""
    item = _item(contract, operation)
    found = {}
    for declared in parameters_of(contract.document, item, item.get(operation.method, {})):
        if declared["in"] == place and (declared.get("required") or place == "path"):
            value = shown(contract.document, declared)
            found[declared["name"]] = value[0] if isinstance(value, list) and value else value
    return found


def _declared(contract: Contract, operation: Operation) -> JsonObject:
    declared: JsonObject = _item(contract, operation).get(operation.method, {})
    return declared


def _item(contract: Contract, operation: Operation) -> JsonObject:
    item: JsonObject = resolve(contract.document, contract.document["paths"][operation.path])
    return item


def filled_body(body: Json, references: Iterable[Reference], need: Need, scope: Scope) -> Json:
    """A body with the ids of records in the places of references, and expressions worked out.

    Examples of different ids get different records. Raises CannotMake for an expression that
    speaks of what is not there.
    """
    used: dict[tuple[str, str], int] = {}
    for reference in references:
        for owner, key in list(_places(body, reference.path)):
            said = owner[key]
            if not isinstance(said, str | int) or _EXPRESSION.search(str(said)):
                continue
            count = sum(resource == reference.resource for resource, _ in used)
            which = used.setdefault((reference.resource, str(said)), count)
            owner[key] = need(reference, ".".join(reference.path), which).id
    return evaluated(body, scope)


def _places(value: Json, path: tuple[str, ...]) -> Iterator[tuple[Any, Any]]:
    """Every place of a path in a value, as its owner and the key or index in it."""
    head, rest = path[0], path[1:]
    if head == "*":
        keys: list[Any] = list(range(len(value))) if isinstance(value, list) else []
    else:
        keys = [head] if isinstance(value, dict) and head in value else []
    for key in keys:
        if rest:
            yield from _places(value[key], rest)
        else:
            yield value, key


def with_members(body: Json, *more: Mapping[str, Json]) -> Json:
    """A body with other members in place of its own; null leaves one out."""
    if not isinstance(body, dict):
        return body
    for members in more:
        body |= copy.deepcopy(dict(members))
    return {name: value for name, value in body.items() if value is not None or not _in(more, name)}


def _in(several: tuple[Mapping[str, Json], ...], name: str) -> bool:
    return any(name in members for members in several)


# --- expressions


def evaluated(value: Json, scope: Scope) -> Json:
    """A value with its expressions worked out. Raises CannotMake when one speaks of nothing."""
    if isinstance(value, dict):
        return {name: evaluated(member, scope) for name, member in value.items()}
    if isinstance(value, list):
        return [evaluated(item, scope) for item in value]
    if not isinstance(value, str):
        return value
    whole = _EXPRESSION.fullmatch(value)
    if whole:
        return _worth(whole[1], scope)
    return _EXPRESSION.sub(lambda found: str(_worth(found[1], scope)), value)


def split(members: Mapping[str, Json], scope: Scope) -> tuple[JsonObject, JsonObject]:
    """Members as they stand, and those that hold expressions, worked out."""
    plain: JsonObject = {}
    final: JsonObject = {}
    for name, value in members.items():
        worth = evaluated(value, scope)
        if worth == value:
            plain[name] = value
        else:
            final[name] = worth
    return plain, final


def _worth(said: str, scope: Scope) -> Json:
    if said == "number":
        return scope.number()
    if said.startswith("today"):
        day = datetime.now(UTC).date() + timedelta(days=int(said.removeprefix("today") or 0))
        return day.isoformat()
    if said == "me" and scope.me:
        return scope.me
    root, _, rest = said.partition(".")
    record = scope.record if root == "record" else scope.parent if root == "parent" else None
    if record and rest == "id":
        return record.id
    value: Json = record.value if record else scope.body if root == "body" else None
    for step in rest.split("."):
        if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    if value is None:
        raise CannotMake(f"there is no {said} to be found in what was answered")
    return value


# --- fresh values


class Fresh:
    """Values that occur once: from the seed, a series and a counter for each kind of record.

    The same seed gives the same values on a fresh server. On one that has seen an earlier run the
    series differs: it begins with how many records there are already.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed % 1000
        self._series: dict[str, int] = {}
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def knows(self, kind: str) -> bool:
        """Whether the series of a kind has begun."""
        return kind in self._series

    def begin(self, kind: str, number: int) -> None:
        """Begin the series of a kind of records, or another one."""
        self._series[kind] = number % 1000

    def skip(self, kind: str, said: int) -> None:
        """Go on with another series."""
        self.begin(kind, self._series.get(kind, 0) + 1 + said % 997)

    def next(self, kind: str) -> int:
        """The next number of a kind; no two are equal."""
        with self._lock:
            self._counts[kind] += 1
            return (self._seed * 1000 + self._series.get(kind, 0)) * 10_000 + self._counts[kind]

    def text(self, kind: str, example: str, schema: JsonObject) -> str:
        """A text like an example that no other record of a kind has."""
        number = self.next(kind)
        short, digits = _base36(number).zfill(_SHORT), str(number).zfill(_DIGITS)
        most = schema.get("maxLength", 10_000)
        candidates = [f"{example}-{short}", f"{example[: max(0, most - _SHORT)]}{short}", digits]
        if "@" in example:
            local, _, host = example.rpartition("@")
            candidates.insert(0, f"{local}-{short}@{host}")
        tail = _TAIL.search(example)
        if tail:
            width = len(example) - tail.start()
            kept = example[: tail.start() + max(0, width - _DIGITS)]
            candidates += [kept + digits, kept + digits[-width:]]
        pattern = schema.get("pattern", "")
        fitting = (c for c in candidates if len(c) <= most and matches(pattern, c))
        return next(fitting, example)


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _BASE36[digit] + text
    return text


def freshened(
    contract: Contract,
    operation: Operation,
    body: Json,
    names: Iterable[str],
    vary: Callable[[str, JsonObject], str],
) -> Json:
    """A body with fresh texts in the members of these names, where it has them.

    `vary` makes one from an example and its schema.
    """
    if not isinstance(body, dict) or operation.body is None:
        return body
    members = whole(contract.document, operation.body.schema).members
    for name in names:
        if isinstance(body.get(name), str):
            body[name] = vary(body[name], members[name].keywords if name in members else {})
    return body


def client_named(
    contract: Contract,
    create: Operation,
    naming: tuple[str, str],
    *,
    path: JsonObject,
    body: Json,
    fixed: set[str],
    vary: Callable[[str, JsonObject], str],
) -> tuple[JsonObject, Json]:
    """Path and body with a name that nothing else has, where the client names the record.

    It stands in the path of a PUT, or in the member of the body that paths name the record by:
    `naming` is that parameter and that member, `fixed` are members that stay as they are. An id
    that may be left out is: the example's is somebody's.
    """
    item, member = naming
    puts = bool(create.action.item_param)
    if puts:
        schema: Json = next((p.schema for p in create.parameters if p.name == item), {})
        example = str(path.get(item) or "made")
        path = {**path, item: vary(example, whole(contract.document, schema).keywords)}
    if not isinstance(body, dict) or member not in body or member in fixed:
        return path, body
    if puts:
        return path, {**body, member: path[item]}
    if isinstance(body[member], str):
        return path, freshened(contract, create, body, [member], vary)
    if member in required_of(contract, create):
        return path, {**body, member: int(vary("0", _NUMBER))}
    return path, {name: value for name, value in body.items() if name != member}


def free_texts(contract: Contract, operation: Operation, body: Json) -> tuple[str, ...]:
    """Members of a body that may hold any text: what is unique where the contract does not say."""
    if not isinstance(body, dict) or operation.body is None:
        return ()
    members = whole(contract.document, operation.body.schema).members
    named = {".".join(reference.path) for reference in operation.body.references}
    found = []
    for name, value in body.items():
        member = members[name].keywords if name in members else {}
        bound = {"enum", "const", "x-references"} & member.keys()
        free = not bound and member.get("format", "email") in ("email", "uuid")
        if isinstance(value, str) and free and name not in named:
            found.append(name)
    return tuple(found)
