"""Names and texts become values: which of them belong to which parameter, or member of a form.

Compiled once. What is sent is a list of names and texts, of a query, cookies, a form, or of the
parts of a multipart body; what comes out are values by the names of the parameters. Whether these
are allowed is for their schemas to say.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from .media import JSON
from .model import Json, JsonObject, Parameter, Violation
from .names import did_you_mean
from .scalars import Convert, Form, form_of, kinds_of, scalar_of
from .schema import SchemaView, whole
from .schemas import SchemaSet
from .styles import Decode, Misstyled, divider

Others = Literal["refused", "ignored", "kept"]
"""What is done with names that belong to nothing."""
FromContent = Callable[[str, str], Json]
"""The value of a text of a media type. Raises Misstyled."""
Sent = list[tuple[str, str]]
_HELPED = 20
"""For so many unknown parameters the closest known name is sought, which takes its time."""
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_ANY: JsonObject = {}
EITHER = "deepObject or JSON"
"""The style of an object in a form for which none is stated: clients write it so or so."""


@dataclass(slots=True)
class _Single:
    """A parameter that one text holds."""

    name: str
    read: Convert
    may_be_empty: bool = False


@dataclass(slots=True)
class _Gathered:
    """A parameter that several names or texts hold; `finish` makes its value of all of them."""

    name: str
    finish: Callable[[Sent], Json]


@dataclass(slots=True)
class _Known:
    """What is needed of a schema again and again, its references followed."""

    declared: SchemaView
    form: Form
    convert: Convert


class Collector:
    """Reads names and texts by the parameters of one place, which violations name.

    `decode` gives what the texts of a parameter are decoded by; names are decoded before.
    """

    def __init__(
        self,
        place: str,
        parameters: Iterable[Parameter],
        schemas: SchemaSet,
        document: JsonObject,
        *,
        decode: Callable[[Parameter], Decode],
        from_content: FromContent,
        others: Others = "ignored",
        max_depth: int = 64,
    ) -> None:
        self._place, self._others = place, others
        self._schemas, self._document = schemas, document
        self._from_content, self._max_depth = from_content, max_depth
        self._single: dict[str, _Single] = {}
        self._claimed: dict[str, _Gathered] = {}
        self._bracketed: dict[str, _Gathered] = {}
        self._free: _Gathered | None = None
        self._schemas_known: dict[int, tuple[Any, _Known]] = {}
        for parameter in parameters:
            self._add(parameter, decode(parameter))
        self._names = [*self._single, *self._claimed, *self._bracketed]

    def read(
        self, pairs: Iterable[tuple[str, str]], values: JsonObject, found: list[Violation]
    ) -> list[str]:
        """Put what was sent among the values. Names that were sent and have none are given back.

        They were left empty, as they may be, or are at fault.
        """
        given: set[str] = set()
        without: list[str] = []
        gathered: dict[str, tuple[_Gathered, Sent]] = {}
        for name, text in pairs:
            single = self._single.get(name)
            if single is None:
                owner = self._owner(name)
                if owner is not None:
                    gathered.setdefault(owner.name, (owner, []))[1].append((name, text))
                elif self._others != "ignored":
                    self._other(name, text, values, found)
            elif name in given:
                found.append(Violation(f"{self._place}/{name}", "is given more than once"))
            else:
                given.add(name)
                if single.may_be_empty and not text:
                    without.append(single.name)
                    continue
                try:
                    values[single.name] = single.read(text)
                except ValueError as error:
                    without.append(single.name)
                    found.append(Violation(f"{self._place}/{single.name}", _said(error)))
        for owner, sent in gathered.values():
            try:
                values[owner.name] = owner.finish(sent)
            except ValueError as error:
                without.append(owner.name)
                found.append(Violation(f"{self._place}/{owner.name}", _said(error)))
        return without

    def gathers(self, name: str) -> bool:
        """Whether a name may be one of several of a parameter."""
        return self._owner(name) is not None

    def _owner(self, name: str) -> _Gathered | None:
        known = self._claimed.get(name)
        if known is None and self._bracketed:
            known = self._bracketed.get(name.partition("[")[0])
        return known or self._free

    def _other(self, name: str, text: str, values: JsonObject, found: list[Violation]) -> None:
        if self._others == "refused":
            near = did_you_mean(name, self._names) if len(found) < _HELPED else ""
            said = f"is not a parameter of this operation{near}"
            found.append(Violation(f"{self._place}/{name}", said))
        elif name in values:
            before = values[name]
            values[name] = [*(before if isinstance(before, list) else [before]), text]
        else:
            values[name] = text

    def _add(self, parameter: Parameter, decode: Decode) -> None:
        name, schema, key = parameter.name, parameter.schema, _key(parameter)
        # Only queries, cookies and forms may have a name for each piece.
        exploded = parameter.explode and parameter.location in {"query", "cookie"}
        form = form_of(self._document, schema)
        if parameter.media_type:
            media_type, read = parameter.media_type, self._from_content
            self._single[key] = _Single(name, lambda text: read(media_type, decode(text)))
        elif parameter.style in {"deepObject", EITHER}:
            self._add_deep(parameter, decode)
        elif form == "scalar":
            convert = scalar_of(self._document, self._schemas, schema)
            read_one = _decoded(convert, decode)
            if exploded and "array" in kinds_of(self._document, schema):
                self._claimed[name] = self._one_or_many(name, read_one, schema, decode)
            else:
                self._single[key] = _Single(name, read_one, parameter.may_be_empty)
        elif not exploded:
            read_whole = self._whole(schema, divider(parameter, form, decode))
            self._single[key] = _Single(name, read_whole, parameter.may_be_empty)
        elif form == "array":
            self._claimed[name] = self._listed(name, schema, decode)
        else:
            self._add_members(name, schema, decode)

    def _value(self, schema: Any) -> Convert:
        """What reads one piece: of a list or object inside another it is JSON."""
        if form_of(self._document, schema) == "scalar":
            return scalar_of(self._document, self._schemas, schema)
        read = self._from_content

        def inner(text: str) -> Json:
            try:
                return read(JSON, text)
            except Misstyled:
                return text

        return inner

    def _members(self, declared: SchemaView) -> tuple[dict[str, Convert], Convert]:
        """What reads the members of an object, and what reads those that are not listed."""
        known = {name: self._value(member.schema) for name, member in declared.members.items()}
        return known, self._value(declared.get("additionalProperties", _ANY))

    def _whole(self, schema: Any, divide: Callable[[str], Any]) -> Convert:
        """What reads a list or object that one text holds."""
        declared = whole(self._document, schema)
        item = self._value(declared.items.schema)
        members, other = self._members(declared)

        def read(text: str) -> Json:
            divided = divide(text)
            if isinstance(divided, list):
                return [item(piece) for piece in divided]
            return {n: members.get(n, other)(piece) for n, piece in divided.items()}

        return read

    def _listed(self, name: str, schema: Any, decode: Decode) -> _Gathered:
        """A list of which each item is sent under the same name."""
        item = self._value(whole(self._document, schema).items.schema)

        def finish(sent: Sent) -> Json:
            if len(sent) == 1 and not sent[0][1]:
                return []
            return [item(decode(text)) for _, text in sent]

        return _Gathered(name, finish)

    def _one_or_many(self, name: str, one: Convert, schema: Any, decode: Decode) -> _Gathered:
        """What may be a scalar, or a list if it is sent several times."""
        branches = [one.schema for one in SchemaView(self._document, schema).branches]
        lists = (one for one in branches if form_of(self._document, one) == "array")
        several = self._listed(name, next(lists, schema), decode)
        finish = several.finish
        several.finish = lambda sent: one(sent[0][1]) if len(sent) == 1 else finish(sent)
        return several

    def _add_members(self, name: str, schema: Any, decode: Decode) -> None:
        """An object of which each member is sent under its own name."""
        declared = whole(self._document, schema)
        members, other = self._members(declared)

        def finish(sent: Sent) -> Json:
            value: JsonObject = {}
            for member, text in sent:
                if member in value:
                    raise Misstyled(f"has the member '{member}' more than once; give it once")
                value[member] = members.get(member, other)(decode(text))
            return value

        gathered = _Gathered(name, finish)
        for member in members:
            self._claimed.setdefault(member, gathered)
        if declared.get("additionalProperties", "properties" not in declared) is not False:
            self._free = self._free or gathered

    def _add_deep(self, parameter: Parameter, decode: Decode) -> None:
        """An object of which each member is sent under its name in brackets."""
        name, schema = parameter.name, parameter.schema

        def finish(sent: Sent) -> Json:
            if parameter.style == EITHER and sent[0][0] == name and len(sent) == 1:
                return self._from_content(JSON, decode(sent[0][1]))
            tree = _Tree()
            for path, text in sent:
                tree.add(_steps(name, path, self._max_depth), decode(text))
            return self._typed(schema, tree)

        self._bracketed[name] = _Gathered(name, finish)

    def _typed(self, schema: Any, tree: "_Tree") -> Json:
        """The value that texts under names in brackets mean by their schema."""
        known = self._known(schema)
        items = known.declared.items.schema
        if not tree.below:
            if known.form == "array":
                return [self._known(items).convert(text) for text in tree.texts]
            return known.convert(tree.texts[0]) if len(tree.texts) == 1 else tree.texts
        if known.form == "array":
            return [self._typed(items, one) for one in tree.in_order()]
        members, other = known.declared.members, known.declared.get("additionalProperties", _ANY)
        return {
            n: self._typed(members[n].schema if n in members else other, one)
            for n, one in tree.below.items()
        }

    def _known(self, schema: Any) -> _Known:
        found = self._schemas_known.get(id(schema))
        if found is None:
            declared = whole(self._document, schema)
            form = form_of(self._document, schema)
            convert = scalar_of(self._document, self._schemas, schema)
            # With the schema itself: what is gone may leave its id to another.
            found = self._schemas_known[id(schema)] = (schema, _Known(declared, form, convert))
        return found[1]


@dataclass(slots=True)
class _Tree:
    """What stands under a name in brackets: texts, or more names."""

    texts: list[str] = field(default_factory=list)
    below: dict[str, "_Tree"] = field(default_factory=dict)

    def add(self, steps: list[str], text: str) -> None:
        node = self
        for step in steps:
            if node.texts:
                raise Misstyled("is given both as a value and by members; give one of them")
            node = node.below.setdefault(step, _Tree())
        if node.below:
            raise Misstyled("is given both as a value and by members; give one of them")
        node.texts.append(text)

    def in_order(self) -> Iterator["_Tree"]:
        """The items of a list: first those with a number, by it."""
        for name in sorted(self.below, key=lambda n: (not n.isdecimal(), n.zfill(20))):
            one = self.below[name]
            # Empty brackets stand for one item each time.
            yield from (_Tree([text]) for text in one.texts) if one.texts else (one,)


def _key(parameter: Parameter) -> str:
    return parameter.name.lower() if parameter.location == "header" else parameter.name


def _decoded(convert: Convert, decode: Decode) -> Convert:
    return lambda text: convert(decode(text))


def _said(error: ValueError) -> str:
    decoded = isinstance(error, UnicodeDecodeError)
    return "is not UTF-8 after percent-decoding" if decoded else str(error)


def _steps(name: str, sent: str, most: int) -> list[str]:
    """The names in brackets behind the name of a parameter."""
    rest = sent[len(name) :]
    steps = _BRACKETS.findall(rest)
    if not rest or "".join(f"[{step}]" for step in steps) != rest:
        raise Misstyled(f"is not in the style deepObject; write '{name}[member]=value'")
    if len(steps) > most:
        raise Misstyled(f"is nested more than {most} levels deep; send it flatter")
    return steps
