"""Valid and invalid parameters. On the wire these are text, so that little is surely wrong.

A text counts as wrong if the schema refuses every value that somebody may read from it: the text
itself, without spaces, in another case, as a number, as a boolean, as nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..contract import Contract, Operation
from ..contract.document import follow, pointer
from ..contract.grammar import operation_in
from ..contract.members import kinds, merged
from ..contract.model import Json, JsonObject, Parameter
from ..contract.operations import parameters_of
from .mutations import Mutation, allowed_values, broken_values
from .places import Places

_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")
_UNREAD = frozenset({"accept", "content-type", "authorization"})
"""Headers that OpenAPI says are no parameters."""


@dataclass(frozen=True, slots=True)
class Spelt:
    """A parameter with the texts that are sent for it; with none it is left out.

    `keyword` is what is tried, `place` where the contract says it, `says` a few words on it.
    """

    parameter: Parameter
    keyword: str
    place: str
    says: str
    texts: tuple[str, ...]


def parameter_violations(
    contract: Contract, places: Places, operation: Operation, headers: tuple[str, ...] = ()
) -> list[Spelt]:
    """What breaks the parameters of an operation, in their order.

    `headers` are those that the caller sends anyway, in lower case: they are left alone.
    """
    found: list[Spelt] = []
    for parameter in operation.parameters:
        name = parameter.name.lower()
        if parameter.location == "header" and (name in headers or name in _UNREAD):
            continue
        if parameter.location in ("query", "header", "path"):
            found += _of(contract, places, operation, parameter)
    return found


def allowed_parameters(
    contract: Contract, places: Places, operation: Operation
) -> list[list[Spelt]]:
    """Valid texts for each query parameter of an operation, in their order."""
    found = []
    for parameter in operation.parameters:
        declared, place = _declared(contract, operation, parameter)
        if parameter.location == "query" and "schema" in declared:
            values = allowed_values(places, parameter.schema, place + "/schema")
            listed = _is_list(contract, parameter)
            row: dict[tuple[str, ...], Spelt] = {}
            for value in values:
                texts = _texts(declared, parameter, value.value, listed=listed)
                if texts and not (listed and not isinstance(value.value, list)):
                    row.setdefault(texts, _spelt(parameter, value, texts))
            found.append(list(row.values()))
    return [row for row in found if row]


def _of(
    contract: Contract, places: Places, operation: Operation, parameter: Parameter
) -> Iterator[Spelt]:
    declared, place = _declared(contract, operation, parameter)
    if "schema" not in declared:  # one with a content, of which nothing is known here
        return
    if parameter.required and parameter.location != "path":
        yield Spelt(parameter, "required", place + "/required", "left out", ())
    schema = merged(contract.document, parameter.schema)
    listed = _is_list(contract, parameter)
    inner = merged(contract.document, schema.get("items", {})) if listed else schema
    seen: set[str] = set()
    for mutation in broken_values(places, parameter.schema, place + "/schema"):
        texts = _texts(declared, parameter, mutation.value, listed=listed)
        said = mutation.place + mutation.says
        of_kind = mutation.keyword == "type" and "string" in kinds(inner)  # all text is text
        if not texts or of_kind or not seen.isdisjoint({said, *texts}):
            continue
        if not _may_be_read(places, parameter, texts, listed=listed):
            seen |= {said, *texts}
            yield _spelt(parameter, mutation, texts)


def _is_list(contract: Contract, parameter: Parameter) -> bool:
    return "array" in kinds(merged(contract.document, parameter.schema))


def _spelt(parameter: Parameter, mutation: Mutation, texts: tuple[str, ...]) -> Spelt:
    return Spelt(parameter, mutation.keyword, mutation.place, mutation.says, texts)


def _declared(
    contract: Contract, operation: Operation, parameter: Parameter
) -> tuple[JsonObject, str]:
    """The parameter as the document has it, and where."""
    document = contract.document
    item, at = follow(document, document["paths"][operation.path], pointer("paths", operation.path))
    own = operation_in(item, operation.method)
    for holder, below in ((own, at + pointer(operation.method)), (item, at)):
        for number, node in enumerate(holder.get("parameters", ())):
            found, place = follow(document, node, below + pointer("parameters", number))
            if (found["name"], found["in"]) == (parameter.name, parameter.location):
                return found, place
    found = next(p for p in parameters_of(document, item, own) if p["name"] == parameter.name)
    return found, at


def _texts(
    declared: JsonObject, parameter: Parameter, value: Json, *, listed: bool
) -> tuple[str, ...]:
    """A value as it is written; nothing for one that text cannot say in one way only."""
    items = value if isinstance(value, list) and listed else [value]
    if not items or not all(isinstance(item, str | int | float) for item in items):
        return ()
    texts = tuple(_text(item) for item in items)
    if any(not _sendable(text, parameter) for text in texts):
        return ()
    if not listed or len(texts) == 1:
        return texts
    style = declared.get("style", "form" if parameter.location == "query" else "simple")
    if style not in ("form", "simple") or any("," in text for text in texts):
        return ()
    apart = declared.get("explode", style == "form") and parameter.location == "query"
    return texts if apart else (",".join(texts),)


def _text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sendable(text: str, parameter: Parameter) -> bool:
    """Whether a text reaches the server as it is. One of nothing but spaces may be cut away."""
    if not text.strip():
        return False
    if parameter.location == "header":
        return text.isascii() and text.isprintable() and text == text.strip()
    return parameter.location != "path" or (text.isprintable() and not set(text) & set("/\\.;"))


def _may_be_read(
    places: Places, parameter: Parameter, texts: tuple[str, ...], *, listed: bool
) -> bool:
    """Whether somebody may read a value from the texts that the schema allows."""
    test = places.test(parameter.schema)
    if not listed:
        return any(test(value) for value in readings(texts[0]))
    parts = [part for text in texts for part in text.split(",")]
    each = [list(readings(part)) for part in parts]
    alike = ([values[min(turn, len(values) - 1)] for values in each] for turn in range(8))
    return test(parts) or any(test(value) for value in alike)


def readings(text: str) -> Iterator[Any]:
    """What somebody may take a text for."""
    bare = text.strip()
    yield from (text, bare, bare.upper(), bare.lower())
    for read in (int, float):
        try:
            number = read(bare)
        except ValueError:
            continue
        yield number
        if number == number and abs(number) < 1e15 and number == int(number):  # noqa: PLR0124 - no NaN
            yield int(number)
    if bare.lower() in _TRUE:
        yield True
    if bare.lower() in _FALSE:
        yield False
    if bare.lower() in ("", "null", "none"):
        yield None
