"""The styles of parameters: how one text holds a list or the members of an object.

OpenAPI has them from RFC 6570. Here a text is divided, and each piece decoded; what type a piece
has is no matter of style (`scalars.py`), nor which texts belong together (`parameters.py`).

Where a list of `form` or `simple` has no comma but encoded ones, it is divided at these: most
libraries encode all that they are given, and few lists have one item with a comma in it.
"""

import re
from collections.abc import Callable
from urllib.parse import unquote, unquote_to_bytes

from .model import JsonObject, Operation, Parameter
from .scalars import Form, form_of

Decode = Callable[[str], str]
Divided = list[str] | dict[str, str]
_COMMA = re.compile("%2c", re.IGNORECASE)
_DELIMITERS = {
    "spaceDelimited": re.compile(r"%20|\+| "),
    "pipeDelimited": re.compile(r"%7c|\|", re.IGNORECASE),
}
"""They may stand encoded, and mostly do: nothing of an item can be told apart from them."""


class Misstyled(ValueError):
    """A text is not written as the style of its parameter says; the message goes to the caller."""


def from_query(text: str) -> str:
    """The text of a piece of a query or form. Raises UnicodeDecodeError when it is not UTF-8."""
    text = text.replace("+", " ")
    return unquote_to_bytes(text).decode("utf-8") if "%" in text else text


def from_path(text: str) -> str:
    """The text of a piece of a path or cookie, in which a plus is a plus."""
    return unquote_to_bytes(text).decode("utf-8")


def as_it_is(text: str) -> str:
    """The text of a piece of what is not encoded: a header, a cookie."""
    return text


def divider(parameter: Parameter, form: Form, decode: Decode) -> Callable[[str], Divided]:
    """What divides the text of a parameter into decoded pieces. It raises Misstyled.

    Scalars need none; lists and objects of one name for each piece, and `deepObject`, are not for
    it.
    """
    parts = _parts(parameter, form, plain=decode is as_it_is)
    piece = str.strip if decode is as_it_is else decode
    if form == "array":
        return lambda text: [piece(part) for part in parts(text)]
    if parameter.explode:
        return lambda text: _members([_member(part, piece) for part in parts(text)])
    return lambda text: _alternating([piece(part) for part in parts(text)])


def _parts(parameter: Parameter, form: Form, *, plain: bool) -> Callable[[str], list[str]]:
    """What divides a text at the delimiters of its style."""
    style, explode, name = parameter.style, parameter.explode, f";{parameter.name}="
    if style in _DELIMITERS:
        delimiter = _DELIMITERS[style]
        return lambda text: delimiter.split(text) if text else []
    if style == "label":
        return lambda text: _split(_behind(text, ".", "."), "." if explode else ",")
    if style == "matrix" and not explode:
        return lambda text: _split(_behind(text, name, name), ",")
    if style == "matrix" and form == "object":
        return lambda text: _split(_behind(text, ";", ";name="), ";")
    if style == "matrix":
        return lambda text: _split(_behind(text, name, name), name)
    return (lambda text: _split(text, ",")) if plain else _at_commas


def _split(text: str, sign: str) -> list[str]:
    return text.split(sign) if text else []


def _at_commas(text: str) -> list[str]:
    return _split(text, ",") if "," in text or "%" not in text else _COMMA.split(text)


def _behind(text: str, begin: str, shown: str) -> str:
    if not text.startswith(begin):
        raise Misstyled(f"does not begin with '{begin}'; write it as '{shown}…'")
    return text[len(begin) :]


def _member(part: str, piece: Decode) -> tuple[str, str]:
    name, sign, value = part.partition("=")
    if not sign:
        raise Misstyled("has a member without '='; write each as 'name=value'")
    return piece(name), piece(value)


def _members(pairs: list[tuple[str, str]]) -> dict[str, str]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Misstyled("names a member twice; name each once")
    return found


def _alternating(parts: list[str]) -> dict[str, str]:
    if len(parts) % 2:
        raise Misstyled("is no list of names and values in turn; write 'name,value,name,value'")
    return _members(list(zip(parts[::2], parts[1::2], strict=True)))


def path_texts(
    document: JsonObject, operation: Operation
) -> Callable[[list[str]], dict[str, str]] | None:
    """What makes of the texts of a path's parameters, as they were sent, those to be read.

    None where each is a scalar in the style `simple`: then the decoded texts are those. Else it is
    given them in the order of the path: of the label or matrix of a scalar only the value is left,
    and lists and objects stay encoded.
    """
    declared = {p.name: p for p in operation.parameters if p.location == "path"}
    names = re.findall(r"\{([^{}/]+)\}", operation.path)
    reads = [_path_text(document, declared.get(name)) for name in names]
    if all(read is unquote for read in reads):
        return None
    return lambda sent: {n: r(t) for n, r, t in zip(names, reads, sent, strict=True)}


def _path_text(document: JsonObject, parameter: Parameter | None) -> Callable[[str], str]:
    if parameter is None or parameter.media_type:
        return unquote
    if form_of(document, parameter.schema) != "scalar":
        return as_it_is
    if parameter.style == "label":
        return lambda text: unquote(text.removeprefix("."))
    if parameter.style == "matrix":
        begin = f";{parameter.name}"
        return lambda text: unquote(text.removeprefix(begin).removeprefix("="))
    return unquote
