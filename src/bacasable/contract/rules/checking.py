"""An expression checked against what it may name and how, and written for the library.

Every mistake that can be found without evaluating is found here: names, types, values of an enum.
"""

import json
from collections.abc import Mapping
from typing import Any

from ..model import JsonObject
from ..names import did_you_mean
from .binding import View
from .functions import FUNCTIONS, LOOPS, METHODS
from .plan import Condition, Element, Lookup, Place, Plan, Text, holds, scalar
from .syntax import (
    Call,
    Chain,
    Choice,
    Item,
    ListOf,
    Literal,
    Member,
    Name,
    Node,
    Unary,
    WrongExpression,
    read,
    size_of,
)
from .value_types import ANY, BOOL, INDEX, NULL, ORDERED, SCALARS, Type, type_of_value

Part = Place | Text


def condition(
    text: str, variables: Mapping[str, Type], kinds: Mapping[str, Type], absent: JsonObject
) -> Condition:
    """An expression, ready to be evaluated. Raises WrongExpression.

    `variables` are those that it may name, `kinds` the records that it may seek; `absent` says of
    other variables why they are not there.
    """
    tree = read(text)
    checker = Checker(variables, kinds, absent)
    found = checker.value(tree)
    if found.type.kind != "bool":
        raise WrongExpression(f"is {found.type.article}, and must be true or false", tree.at)
    try:
        return checker.plan.condition(found.source, size_of(tree))
    except ValueError as error:
        raise WrongExpression(str(error).splitlines()[0], tree.at) from error


class Checker:
    """Goes through one expression, and gathers what it needs."""

    def __init__(
        self, variables: Mapping[str, Type], kinds: Mapping[str, Type], absent: JsonObject
    ) -> None:
        self._variables, self.kinds, self._absent = variables, kinds, absent
        self._locals: dict[str, Place] = {}
        self.plan = Plan()
        self._rounds = 0

    @property
    def within(self) -> bool:
        """Whether what is read stands in a loop."""
        return bool(self._locals)

    def part(self, node: Node) -> Part:
        """A part of the expression, by what it is."""
        found: Part
        match node:
            case Literal(value=value):
                found = Text(literal(value), type_of_value(value))
            case Name():
                found = self._variable(node)
            case Member():
                found = self._member(node)
            case Item():
                found = self._item(node)
            case Call():
                found = self._call(node)
            case Unary():
                found = self._unary(node)
            case Chain():
                found = self._chain(node)
            case Choice():
                found = self._choice(node)
            case _:
                found = self._misplaced(node)
        return found

    def value(self, node: Node) -> Text:
        """A part that is one value: a number, a text, an instant, true or false."""
        found = self.part(node)
        if found.type.kind not in SCALARS:
            said = f"is {found.type.article}; name a member, or what is sought of it"
            raise WrongExpression(said, node.at)
        return found.read() if isinstance(found, Place) else found

    def typed(self, node: Node, *wanted: str) -> Text:
        """A value of one of these types, or of one that is not known."""
        found = self.value(node)
        if found.type.kind not in {*wanted, "any"}:
            names = " or ".join(dict.fromkeys(Type(kind).name for kind in wanted))
            raise WrongExpression(f"is {found.type.article}, and must be {names}", node.at)
        return found

    def truth(self, node: Node) -> Text:
        """A value that is true or false."""
        found = self.value(node)
        if found.type.kind != "bool":
            raise WrongExpression(f"is {found.type.article}, and must be true or false", node.at)
        return found

    def place(self, node: Node, *wanted: str) -> Place:
        """A place that holds one of these types."""
        found = self.part(node)
        if not isinstance(found, Place) or found.type.kind not in wanted:
            said = f"is {found.type.article}, and must be a {wanted[0]} of a record or body"
            raise WrongExpression(said, node.at)
        return found

    def loop(self, node: Call) -> Text:
        """A macro over a list: `list.all(name, condition)`."""
        name, body = node.arguments if len(node.arguments) == 2 else (None, node)
        if node.of is None or not isinstance(name, Name):
            raise WrongExpression(f"is written list.{node.name}(name, condition)", node.at)
        over = self.place(node.of, "list")
        items = over.read("items")
        view = items.view or View(ANY)
        if name.name in self._variables:
            raise WrongExpression(f"'{name.name}' has a meaning already", name.at)
        inner = f"x{self._rounds}"
        self._rounds += 1
        copied = self.plan.copies
        nested, hidden = self.within, self._locals.get(name.name)
        self._locals[name.name] = Place(Element(self.plan, inner, view), (), over.type.items())
        said = self.truth(body)
        del self._locals[name.name]
        if hidden is not None:
            self._locals[name.name] = hidden
        source, steps = items.source, size_of(body)
        copies = self.plan.copies - copied + (view.type.kind == "object")
        if nested or over.base.within:
            self.plan.loops = True
            number = over.read("size", ANY).source
            source = f"(s({number}, {steps}, {copies}) ? {source} : [])"
        else:
            facet = over.base.read(over.path, "items", over.type, "")[1]
            facet.steps, facet.copies = facet.steps + steps, facet.copies + copies
        text = f"{source}.{node.name}({inner}, {said.source})"
        return Text(text, BOOL, items.within or self.within)

    def _misplaced(self, node: Node) -> Part:
        said = "a list" if isinstance(node, ListOf) else "a map"
        where = "right of `in`" if isinstance(node, ListOf) else "in find()"
        raise WrongExpression(f"{said} may be written {where} only", node.at)

    def _variable(self, node: Name) -> Place:
        name = node.name
        if name in self._locals:
            return self._locals[name]
        if name in self._variables:
            return self.plan.variable(name, self._variables[name])
        if name in self._absent:
            raise WrongExpression(f"'{name}' is not there: {self._absent[name]}", node.at)
        known = [*self._locals, *self._variables]
        near = did_you_mean(name, known) or f"; there are {', '.join(known)}"
        raise WrongExpression(f"'{name}' is no variable{near}", node.at)

    def _member(self, node: Member) -> Place:
        of = self.part(node.of)
        if not isinstance(of, Place) or of.type.kind not in {"object", "any"} or of.type == NULL:
            raise WrongExpression(f"{of.type.article} has no member '{node.name}'", node.at)
        if of.type.kind == "any":
            return Place(of.base, (*of.path, node.name), ANY)
        found = of.type.member(node.name)
        if found is None:
            near = did_you_mean(node.name, of.type.members)
            raise WrongExpression(f"'{node.name}' is no member{near}", node.at)
        return Place(of.base, (*of.path, node.name), found)

    def _item(self, node: Item) -> Place:
        of = self.part(node.of)
        if isinstance(of, Text) and of.type.kind == "index" and of.view is not None:
            key = self.typed(node.key, "string", "int")
            return Place(Lookup(self.plan, of, key), (), of.view.type)
        at = node.key.value if isinstance(node.key, Literal) else None
        if isinstance(of, Place) and of.type.kind == "list" and type(at) is int and at >= 0:
            return Place(of.base, (*of.path, at), of.type.items())
        said = 'is written list[number], or index(list, "member")[key]'
        raise WrongExpression(said, node.at)

    def _call(self, node: Call) -> Part:
        if node.name in LOOPS:
            return self.loop(node)
        known = FUNCTIONS if node.of is None else METHODS
        made = known.get(node.name)
        if made is None:
            every = [*known, *LOOPS]
            near = did_you_mean(node.name, every) or f"; there are {', '.join(every)}"
            raise WrongExpression(f"'{node.name}' is no function{near}", node.at)
        return made(self, node)

    def _unary(self, node: Unary) -> Text:
        if node.sign == "!":
            of = self.truth(node.of)
            return Text(f"!({of.source})", BOOL, of.within)
        of = self.typed(node.of, "int", "double")
        return Text(f"-({of.source})", of.type, of.within)

    def _choice(self, node: Choice) -> Text:
        condition_, yes, no = self.truth(node.condition), self.value(node.yes), self.value(node.no)
        if yes.type.kind != no.type.kind and not {yes.type.kind, no.type.kind} & {"any", "null"}:
            raise WrongExpression(f"is {no.type.article} beside {yes.type.article}", node.no.at)
        result = no.type if yes.type.kind == "null" else yes.type
        within = condition_.within or yes.within or no.within
        return Text(f"({condition_.source} ? {yes.source} : {no.source})", result, within)

    def _chain(self, node: Chain) -> Text:
        sign = node.sign
        if sign in {"&&", "||"}:
            parts = [self.truth(one) for one in node.parts]
            joined = f" {sign} ".join(one.source for one in parts)
            return Text(f"({joined})", BOOL, any(one.within for one in parts))
        left, right = node.parts
        if sign == "in":
            return self._in(left, right)
        if sign in {"==", "!="}:
            return self._equal(node, left, right)
        return self._ordered(node, left, right)

    def _in(self, left: Node, right: Node) -> Text:
        sought = self.value(left)
        if isinstance(right, ListOf):
            items = [self.value(one) for one in right.items]
            for item, found in zip(right.items, items, strict=True):
                self._refuse_unequal(item, sought, found, left, item)
            every = ", ".join(one.source for one in items)
            within = sought.within or any(one.within for one in items)
            return Text(f"({sought.source} in [{every}])", BOOL, within)
        index = self.part(right)
        if isinstance(index, Place) and index.type.kind == "list":
            held = index.type.items()
            if held.kind not in {"string", "int"}:
                said = f"is a list of {held.name}; only texts and integers are sought with `in`"
                raise WrongExpression(said, right.at)
            self._refuse_unequal(right, sought, Text("", held), left, right)
            index = index.read("keys", INDEX)
        if index.type.kind != "index":
            said = f'is {index.type.article}; seek in a list, or in index(list, "member")'
            raise WrongExpression(said, right.at)
        text = scalar(index)
        source = holds(text.source, sought.source)
        return Text(source, BOOL, sought.within or text.within)

    def _equal(self, node: Chain, left: Node, right: Node) -> Text:
        for one, other in ((left, right), (right, left)):
            if isinstance(other, Literal) and other.value is None:
                found = self._given(one)
                given = found.source if node.sign == "!=" else f"!{found.source}"
                return Text(given, BOOL, found.within)
        first, second = self.value(left), self.value(right)
        self._refuse_unequal(right, first, second, left, right)
        self._looks_into(first, left, right)
        text = f"({first.source} {node.sign} {second.source})"
        return Text(text, BOOL, first.within or second.within)

    def _given(self, node: Node) -> Text:
        """Whether a part is not null."""
        found = self.part(node)
        if isinstance(found, Place) and (found.path or found.type.kind == "object"):
            return found.read("given", BOOL)
        text = scalar(found)
        return Text(f"({text.source} != null)", BOOL, text.within)

    def _ordered(self, node: Chain, left: Node, right: Node) -> Text:
        first, second, sign = self.value(left), self.value(right), node.sign
        kinds = {first.type.kind, second.type.kind}
        compares = sign[0] in "<>"
        result = _CALCULATED.get((first.type.kind, sign, second.type.kind))
        result = BOOL if compares else result
        if result is None and first.type.is_number and second.type.is_number and sign != "%":
            result = first.type if len(kinds) == 1 else Type("double")
        known = kinds - {"any", "null"} <= ORDERED
        if compares and not (known and _alike(first.type, second.type)):
            result = None
        if result is None:
            said = f"{first.type.article} and {second.type.article} have no '{sign}'"
            raise WrongExpression(said, node.at)
        self._looks_into(first, left, right)
        texts = [first.source, second.source]
        if result.kind == "double":
            texts = [f"double({text})" for text in texts]
        return Text(f"({f' {sign} '.join(texts)})", result, first.within or second.within)

    def _looks_into(self, first: Text, *nodes: Node) -> None:
        """Long texts that are compared in a loop take long, unless one of them is written out."""
        written = any(isinstance(one, Literal) for one in nodes)
        if self.within and not written and first.type.kind in {"string", "any"}:
            self.plan.textual = True

    def _refuse_unequal(self, at: Node, first: Text, second: Text, left: Node, right: Node) -> None:
        if not _alike(first.type, second.type):
            said = f"{first.type.article} is never equal to {second.type.article}"
            raise WrongExpression(said, at.at)
        for node, other in ((left, second), (right, first)):
            values = other.type.values
            if isinstance(node, Literal) and values and node.value not in (*values, None):
                near = did_you_mean(str(node.value), map(str, values))
                raise WrongExpression(f"{node.value!r} is none of its values{near}", node.at)


_CALCULATED = {
    ("int", "%", "int"): Type("int"),
    ("timestamp", "-", "timestamp"): Type("duration"),
    ("timestamp", "-", "duration"): Type("timestamp"),
    ("timestamp", "+", "duration"): Type("timestamp"),
    ("duration", "+", "duration"): Type("duration"),
    ("duration", "-", "duration"): Type("duration"),
}


def _alike(first: Type, second: Type) -> bool:
    kinds = {first.kind, second.kind}
    return len(kinds) == 1 or bool(kinds & {"any", "null"}) or kinds == {"int", "double"}


def literal(value: Any) -> str:
    """A value as CEL writes it."""
    return json.dumps(value, ensure_ascii=False)
