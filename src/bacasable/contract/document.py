"""Reading the document: YAML to plain values, references, and the line of any place in it."""

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

import orjson
import yaml

from .model import Json, JsonObject

try:
    from yaml import CSafeLoader as _BaseLoader
except ImportError:  # PyYAML without libyaml: the same values, several times slower
    from yaml import SafeLoader as _BaseLoader  # type: ignore[assignment]

_TAG = "tag:yaml.org,2002:"
_NUMBER = r"[-+]?(?:0|[1-9][0-9]*)"
_PATTERNS: list[tuple[str, str, str]] = [
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("int", rf"{_NUMBER}|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", rf"(?:{_NUMBER}(?:\.[0-9]*)?|[-+]?\.[0-9]+)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", r"<<", "<"),
]
_STEPS = tuple[str | int, ...]

# What stands under these keys is data, and what stands under those has names for keys. In a map
# of answers or paths, `default` is a name too, but an x- key is one of ours.
_DATA = frozenset({"default", "const", "enum", "example", "examples"})
_NAMES = frozenset(
    {"properties", "patternProperties", "$defs", "dependentSchemas", "schemas", "headers"}
    | {"parameters", "content", "requestBodies", "securitySchemes", "pathItems", "variables"}
    | {"encoding", "links"}
)
_MIXED = frozenset({"paths", "responses", "webhooks", "callbacks"})


class ContractError(Exception):
    """The contract cannot be used. One line: file, place, what is wrong, what to do.

    `place` is the pointer of the fault as long as the message names neither file nor place.
    `others` are further faults that were found with it.
    """

    def __init__(
        self, message: str, place: str | None = None, others: Sequence["ContractError"] = ()
    ) -> None:
        super().__init__(message)
        self.place, self.others = place, others


@contextmanager
def reading(place: str) -> Iterator[None]:
    """What goes wrong within is a ContractError that knows the innermost place being read."""
    try:
        yield
    except ContractError as error:
        error.place = place if error.place is None else error.place
        raise
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        said = f"is not as OpenAPI has it ({type(error).__name__}: {error}); compare it there"
        raise ContractError(said, place) from error


class Loader(_BaseLoader):
    """YAML as JSON sees it: keys are text, and so are dates, `12:30`, `007` and `yes`.

    Scalars are told apart as in YAML 1.2, not 1.1, but a leading zero makes no number: a postal
    code stays what it is. Only JSON's kinds of values are made, and no key stands twice.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - declared so by PyYAML
    yaml_constructors: ClassVar[dict[str | None, Any]] = {}


def _mapping(loader: Any, node: Any) -> JsonObject:
    _expect(node, yaml.MappingNode)
    keys = {key.value: key for key, _ in node.value if isinstance(key, yaml.ScalarNode)}
    if len(keys) < len(node.value):
        raise _wrong_key(node)
    if "<<" in keys:
        loader.flatten_mapping(node)
    # Made at once, not by a generator: so PyYAML notices a value that contains itself.
    return {key.value: loader.construct_object(value) for key, value in node.value}


def _wrong_key(node: Any) -> yaml.YAMLError:
    keys = [key for key, _ in node.value]
    for key in keys:
        if not isinstance(key, yaml.ScalarNode):
            return _fault(key, "a key is no text")
    names = [key.value for key in keys]
    again = next(key for number, key in enumerate(keys) if key.value in names[:number])
    return _fault(again, f"'{again.value}' is given twice in one mapping")


def _sequence(loader: Any, node: Any) -> list[Json]:
    _expect(node, yaml.SequenceNode)
    return [loader.construct_object(item) for item in node.value]


def _expect(node: Any, kind: type) -> None:
    if not isinstance(node, kind):
        raise _fault(node, f"does not fit its tag {node.tag}")


def _scalar(read: Callable[[str], Json]) -> Callable[[Any, Any], Json]:
    def construct(_loader: Any, node: Any) -> Json:
        _expect(node, yaml.ScalarNode)
        try:
            return read(node.value)
        except (KeyError, ValueError):
            raise _fault(node, f"does not fit its tag {node.tag}") from None

    return construct


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):  # JSON has no infinity
        raise ValueError(text)
    return number


def _fault(node: Any, problem: str) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


for _name, _pattern, _starts in _PATTERNS:
    _starts_of = [*_starts, ""] if _name == "null" else list(_starts)
    Loader.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), _starts_of)
for _name, _made in {
    "map": _mapping,
    "seq": _sequence,
    "str": _scalar(str),
    "int": _scalar(lambda text: int(text, 0)),
    "float": _scalar(_finite),
    "bool": _scalar(lambda text: {"true": True, "false": False}[text.lower()]),
    "null": _scalar(lambda _: None),
}.items():
    Loader.add_constructor(_TAG + _name, _made)
Loader.yaml_constructors[None] = Loader.construct_undefined


def read_document(path: Path) -> JsonObject:
    """Parse an OpenAPI document from a YAML or JSON file.

    Raises ContractError when the file is missing, is not UTF-8, or is no YAML mapping.
    """
    return parse_document(read_text(path), str(path))


def read_text(path: Path) -> str:
    """The text of a file; raises ContractError in one line when it cannot be had."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContractError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise ContractError(
            f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8"
        ) from error


def parse_document(text: str, name: str) -> JsonObject:
    """Parse YAML or JSON text into a mapping with string keys; `name` is used in errors."""
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        with suppress(ValueError, RecursionError):
            return _parse_json(text.removeprefix("\ufeff"))
    try:
        document = _parse_yaml(text)
    except yaml.YAMLError as error:
        mark, at = getattr(error, "problem_mark", None), getattr(error, "position", None)
        line = mark.line + 1 if mark else text.count("\n", 0, at) + 1 if at is not None else 0
        place = f"{name}:{line}" if line else name
        problem = getattr(error, "problem", None) or getattr(error, "reason", "is not YAML")
        raise ContractError(f"{place}: {problem}; correct the YAML there") from error
    except RecursionError:
        raise ContractError(f"{name}: is nested too deep to be read; flatten it") from None
    if not isinstance(document, dict):
        raise ContractError(f"{name}: is not a mapping; the document must be an object")
    if "*" in text:
        _refuse_bomb(document, name)
    return document


def _parse_yaml(text: str) -> Any:
    """YAML; a line of nothing but blanks is empty, also with a tab in it, which libyaml refuses."""
    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 - CSafeLoader is a safe loader
    except yaml.YAMLError:
        mended = _CONTROLS.sub("\ufffd", _BLANK.sub("", text))
        if mended == text:
            raise
        return yaml.load(mended, Loader=Loader)  # noqa: S506


_BLANK = re.compile(r"^[ \t]*\t[ \t]*$", re.MULTILINE)
_CONTROLS = re.compile("[\x7f-\x84\x86-\x9f]")
"""Control characters that texts of the web are full of, and YAML has none of."""


def _refuse_bomb(document: JsonObject, name: str) -> None:
    """Raise ContractError when aliases stand for far more values than are written.

    Ten lines of YAML can name a billion, and every look at the document would take them all.
    """
    sizes: dict[int, int] = {}
    waiting: list[tuple[Any, bool]] = [(document, False)]
    while waiting:
        node, is_inside = waiting.pop()
        inner = [*(node.values() if isinstance(node, dict) else node)]
        nested = [value for value in inner if isinstance(value, dict | list)]
        if is_inside:
            sizes[id(node)] = len(inner) + sum(sizes[id(value)] for value in nested)
            if sizes[id(node)] > _MOST_VALUES:
                said = f"its aliases stand for more than {_MOST_VALUES} values; write them out"
                raise ContractError(f"{name}: {said}")
        elif id(node) not in sizes:
            waiting.append((node, True))
            waiting += [(value, False) for value in nested if id(value) not in sizes]


_MOST_VALUES = 2_000_000


def _parse_json(text: str) -> JsonObject:
    """JSON, which YAML takes thirty times as long to read. What is at fault is told by YAML.

    Raises ValueError for what is no JSON, has a key twice in one object, or half a character.
    """
    orjson.loads(text)  # refuses half characters, which json lets pass
    document: JsonObject = json.loads(text, object_pairs_hook=_unique, parse_float=_finite)
    return document


def _unique(pairs: list[tuple[str, Json]]) -> JsonObject:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError(pairs)
    return made


def resolve(document: JsonObject, node: Any) -> Any:
    """Follow `$ref` until a value that is none. Raises ContractError for a dead reference.

    What stands beside a `$ref` is added to its target, and wins: a default of its own, say.
    """
    if not (isinstance(node, dict) and "$ref" in node):
        return node
    *references, node = chain(document, node)
    for one in reversed(references):
        if len(one) > 1:
            node = _beside({key: value for key, value in one.items() if key != "$ref"}, node)
    return node


def _beside(own: JsonObject, target: Any) -> Any:
    if not isinstance(target, dict):
        return target if target is False else own
    merged = target | own
    for key in own.keys() & target.keys():
        ours, theirs = own[key], target[key]
        if key == "properties" and isinstance(ours, dict) and isinstance(theirs, dict):
            merged[key] = theirs | ours
        elif key in {"allOf", "required"} and isinstance(ours, list) and isinstance(theirs, list):
            merged[key] = [*theirs, *ours]
    return merged


def schema_at(document: JsonObject, schema: Any) -> JsonObject:
    """A schema with its references followed; `true` and `false`, which list nothing, as empty."""
    found = resolve(document, schema)
    return found if isinstance(found, dict) else {}


def follow(document: JsonObject, node: Any, place: str) -> tuple[Any, str]:
    """The value that a node stands for, and the pointer to where it stands itself."""
    *references, found = chain(document, node)
    return found, unquote(references[-1]["$ref"]).removeprefix("#") if references else place


def chain(document: JsonObject, node: Any) -> list[Any]:
    """A node and those that it refers to, one after the other. Raises ContractError as above."""
    found = [node]
    while isinstance(node, dict) and "$ref" in node:
        if len(found) > _LONGEST:
            raise ContractError(f"{found[0]['$ref']}: references lead in a circle; break it")
        node = at_pointer(document, node["$ref"])
        found.append(node)
    return found


_LONGEST = 50
"""So many references may lead to one another."""


def at_pointer(document: JsonObject, reference: Any) -> Any:
    """The value at a local reference such as `#/components/schemas/User`."""
    if not isinstance(reference, str):
        raise ContractError(f"{reference!r}: is no reference; write it as text")
    if not reference.startswith("#/"):
        raise ContractError(f"{reference}: only references within the document are supported")
    node: Any = document
    for part in unquote(reference[2:]).split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        try:
            node = node[_index(key)] if isinstance(node, list) else node[key]
        except (KeyError, IndexError, TypeError, ValueError):
            raise ContractError(f"{reference}: leads nowhere; correct the reference") from None
    return node


def _index(key: str) -> int:
    if not (key.isascii() and key.isdecimal()):
        raise ValueError(key)
    return int(key)


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901) from its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


Node = tuple[_STEPS, JsonObject]
"""An object of a document, with its path."""


def objects(node: Any) -> Iterator[Node]:
    """Every object of the contract with its path: neither data nor maps whose keys are names.

    So a property called `example` or `$ref` is met as the schema it is, while the value of an
    example is not met at all.
    """
    found: list[Node] = []
    _collect(node, (), "", found)
    return iter(found)


def _collect(node: Any, path: _STEPS, above: str, found: list[Node]) -> None:
    """Add the objects in a node, which stands under the key `above`."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            _collect(item, (*path, index), "", found)
    if not isinstance(node, dict):
        return
    if above not in _NAMES:
        found.append((path, node))
    for key, value in node.items():
        if above in _NAMES or above in _MIXED:
            _collect(value, (*path, key), "", found)
        elif key == "examples" and isinstance(value, dict):
            # Each may be a reference, and is an object of the contract; its value is data.
            found += [((*path, key, n), e) for n, e in value.items() if isinstance(e, dict)]
        elif isinstance(value, dict | list) and key not in _DATA and not str(key).startswith("x-"):
            _collect(value, (*path, key), key, found)
