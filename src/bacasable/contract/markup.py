"""XML bodies: elements become the value that a schema means, and values become elements.

How is said by the `xml` objects of the schemas: names, namespaces, attributes, lists with an
element of their own around them. Little of XML is read: there may be no DOCTYPE, so that no
entity is defined, and nothing is nested deeper than JSON may be.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from .forms import form_members
from .model import Json, JsonObject
from .problems import Refusal
from .scalars import form_of, kinds_of, scalar_of
from .schema import whole
from .schemas import SchemaSet
from .wire import to_json

_SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_BETWEEN = "\n"
"""What expat puts between a namespace and a name: no address has it."""
_WRONG_IN_NAMES = re.compile(r"[^\w.-]|^(?=[^A-Za-z_])", re.ASCII)
_NO_CHARACTERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Element:
    """An element as it came in; names are local."""

    name: str
    attributes: dict[str, str]
    is_nil: bool = False
    below: list["Element"] = field(default_factory=list)
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Member:
    """How a member of an object is written."""

    name: str
    schema: Any
    node: str
    """`element`, `attribute` or `text`."""
    items: Any = None
    """The schema of the items, where it is a list."""
    item_name: str = ""
    is_wrapped: bool = False


def is_described(document: JsonObject, schema: Any) -> bool:
    """Whether a schema says what stands in an element."""
    return form_of(document, schema) == "array" or bool(form_members(document, schema))


class Markup:
    """Reads and writes the XML of one schema."""

    def __init__(self, document: JsonObject, schemas: SchemaSet, schema: Any) -> None:
        self._document, self._schemas, self._schema = document, schemas, schema
        self._objects: dict[int, tuple[Any, dict[str, _Member]]] = {}
        named = str(schema.get("$ref", "")) if isinstance(schema, dict) else ""
        self._name = self._called(schema, named.rpartition("/")[2] or "root")

    def read(self, body: bytes, charset: str, max_depth: int) -> Json:
        """The value of a body, not judged yet. Raises Refusal MALFORMED_BODY."""
        root = _tree(body, charset, max_depth)
        stated = self._facts(self._schema).get("name")
        if stated and root.name != self._name:
            raise _malformed(f"its root is '{root.name}'; '{self._name}' is documented")
        return self._value(self._schema, root)

    def written(self, value: Json) -> bytes:
        """A value as XML."""
        pieces = self._element(self._name, self._schema, value)
        return ('<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(pieces)).encode()

    def _facts(self, schema: Any) -> JsonObject:
        facts = whole(self._document, schema).get("xml")
        return facts if isinstance(facts, dict) else {}

    def _called(self, schema: Any, name: str) -> str:
        return _safe(str(self._facts(schema).get("name") or name))

    def _members(self, schema: Any) -> dict[str, _Member]:
        """The members of an object by their names in JSON."""
        known = self._objects.get(id(schema))
        if known is None:
            members = form_members(self._document, schema)
            found = {name: self._member(name, member) for name, member in members.items()}
            # With the schema itself: what is gone may leave its id to another.
            known = self._objects[id(schema)] = (schema, found)
        return known[1]

    def _member(self, name: str, schema: Any) -> _Member:
        facts, is_list = self._facts(schema), form_of(self._document, schema) == "array"
        node = "attribute" if facts.get("attribute") is True else facts.get("nodeType", "element")
        if not is_list:
            return _Member(self._called(schema, name), schema, str(node))
        items = whole(self._document, schema).items.schema
        own, wrapped = self._called(schema, name), facts.get("wrapped") is True
        called = self._called(items, own)
        outer = own if wrapped or node == "attribute" else called
        return _Member(outer, schema, str(node), items, called, is_wrapped=wrapped)

    def _value(self, schema: Any, element: Element) -> Json:
        if element.is_nil:
            return None
        form = form_of(self._document, schema)
        if form == "array":
            items = whole(self._document, schema).items.schema
            return [self._value(items, one) for one in element.below]
        if form == "object":
            members = self._members(schema)
            takes_text = any(member.node == "text" for member in members.values())
            if element.text.strip() and not (element.below or takes_text):
                return element.text  # which is no object
            return self._object(members, element)
        return self._scalar(schema, element.text) if not element.below else _plain(element)

    def _object(self, members: dict[str, _Member], element: Element) -> JsonObject:
        value: JsonObject = {}
        taken: set[str] = set()
        for name, member in members.items():
            found = [one for one in element.below if one.name == member.name]
            if member.node == "attribute":
                if member.name in element.attributes:
                    value[name] = self._scalar(member.schema, element.attributes[member.name])
            elif member.node == "text":
                value[name] = self._scalar(member.schema, element.text)
            elif found:
                taken.add(member.name)
                value[name] = self._found(member, found)
        others = [one for one in element.below if one.name not in taken]
        return value | _plain(Element("", {}, below=others)) if others else value

    def _found(self, member: _Member, found: list[Element]) -> Json:
        if member.items is not None:
            inner = [one for outer in found for one in outer.below] if member.is_wrapped else found
            return [self._value(member.items, one) for one in inner]
        values = [self._value(member.schema, one) for one in found]
        return values[0] if len(values) == 1 else values

    def _scalar(self, schema: Any, text: str) -> Json:
        if "string" not in kinds_of(self._document, schema):
            text = text.strip()
        return scalar_of(self._document, self._schemas, schema)(text)

    def _element(self, name: str, schema: Any, value: Json) -> Iterator[str]:
        """The pieces of an element of a value."""
        facts, attributes, inner = self._facts(schema), "", list[str]()
        prefix, namespace = str(facts.get("prefix", "")), str(facts.get("namespace", ""))
        tag = f"{_safe(prefix)}:{name}" if prefix and namespace else name
        if namespace:
            attributes += f" xmlns{':' + _safe(prefix) if prefix else ''}={quoteattr(namespace)}"
        if value is None:
            attributes += f' xmlns:xsi="{_SCHEMA_INSTANCE}" xsi:nil="true"'
        elif isinstance(value, list):
            items = whole(self._document, schema).items.schema
            for one in value:
                inner += self._element(self._called(items, _item_of(items, name)), items, one)
        elif isinstance(value, dict):
            members = self._members(schema)
            for key, one in value.items():
                member = members.get(key) or _Member(_safe(key), {}, "element")
                if member.node == "attribute":
                    attributes += f" {member.name}={quoteattr(_text(one))}"
                else:
                    inner += self._pieces(member, one)
        else:
            inner.append(escape(_text(value)))
        yield f"<{tag}{attributes}>"
        yield from inner
        yield f"</{tag}>"

    def _pieces(self, member: _Member, value: Json) -> Iterator[str]:
        """The pieces of a member of an object."""
        if member.node == "text":
            yield escape(_text(value))
        elif not isinstance(value, list) or member.items is None:
            for one in value if isinstance(value, list) else [value]:
                yield from self._element(member.name, member.schema, one)
        else:
            inner = [p for v in value for p in self._element(member.item_name, member.items, v)]
            if member.is_wrapped:
                inner = [f"<{member.name}>", *inner, f"</{member.name}>"]
            yield from inner


def _item_of(items: Any, name: str) -> str:
    """What an item of a list is called that nobody names: by its schema, or as the list is."""
    reference = str(items.get("$ref", "")) if isinstance(items, dict) else ""
    return reference.rpartition("/")[2] or name


def _plain(element: Element) -> Json:
    """The value of an element that no schema tells of: its text, or what is in it by name."""
    if not element.below:
        return element.text
    value: JsonObject = {}
    for one in element.below:
        before, inner = value.get(one.name), _plain(one)
        if one.name in value:
            inner = [*(before if isinstance(before, list) else [before]), inner]
        value[one.name] = inner
    return value


def _tree(body: bytes, charset: str, max_depth: int) -> Element:
    """The elements of a body. Raises Refusal MALFORMED_BODY."""
    top = Element("", {})
    open_ = [top]

    def begin(name: str, attributes: dict[str, str]) -> None:
        if len(open_) > max_depth:
            raise _malformed(f"is nested more than {max_depth} levels deep")
        nil = attributes.pop(f"{_SCHEMA_INSTANCE}{_BETWEEN}nil", "") in ("true", "1")
        local = {_local(key): value for key, value in attributes.items()}
        element = Element(_local(name), local, nil)
        open_[-1].below.append(element)
        open_.append(element)

    def end(_: str) -> None:
        open_.pop()

    def characters(text: str) -> None:
        open_[-1].text += text

    def doctype(*_: object) -> None:
        raise _malformed("it has a DOCTYPE; leave it out")

    try:
        parser = expat.ParserCreate(charset or None, _BETWEEN)
        parser.buffer_text = True
        handlers: dict[str, Callable[..., None]] = {
            "StartElementHandler": begin,
            "EndElementHandler": end,
            "CharacterDataHandler": characters,
            "StartDoctypeDeclHandler": doctype,
        }
        for name, handler in handlers.items():
            setattr(parser, name, handler)
        parser.Parse(body, True)  # noqa: FBT003 - it takes no names
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise _malformed(str(error)) from error
    return top.below[0]


def _malformed(reason: str) -> Refusal:
    return Refusal("MALFORMED_BODY", f"The body is not XML as it is read here: {reason}.")


def _local(name: str) -> str:
    return name.rpartition(_BETWEEN)[2]


def _safe(name: str) -> str:
    """A name that an element may have."""
    return _WRONG_IN_NAMES.sub("_", name) or "_"


def _text(value: Json) -> str:
    """A value as the text of an element; what XML has no characters for is replaced."""
    text = value if isinstance(value, str) else to_json(value).decode()
    return _NO_CHARACTERS.sub("\ufffd", text)
