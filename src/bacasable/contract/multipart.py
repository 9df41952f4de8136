"""Bodies in parts: `multipart/form-data` (RFC 7578), read by python-multipart.

Here a body becomes parts, and parts become the members of the object that the schema means: texts
by their types, JSON where the document or the part says so, files as texts that JSON can keep.
"""

import logging
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ..bounds import Parted
from .collecting import Collector, FromContent
from .files import BINARY, File, kept, plain_name
from .forms import form_members, form_parameters
from .media import JSON, covers, essence, is_json, is_text, parameter_of
from .model import Content, Json, JsonObject, Violation
from .parameters import from_content
from .problems import Refusal
from .scalars import form_of
from .schema import SchemaView, whole
from .schemas import SchemaSet
from .styles import Misstyled, as_it_is

# It tells of what every client may send wrong, and then refuses it.
logging.getLogger("python_multipart").setLevel(logging.ERROR)
_HEADERS = 16
"""Header lines of a part: forms have three at most."""


@dataclass(slots=True)
class Part:
    """One part as it came in. `file` is its name as a file, None where it is none."""

    content: bytes
    name: str = ""
    file: str | None = None
    media_type: str = ""


@dataclass(slots=True)
class Placed:
    """A file with the place in the value where it stands for now as a text of its bytes."""

    within: Any
    key: str | int
    file: File


class _Parts:
    """What python-multipart tells of a body, put together. Raises Refusal beyond the bounds."""

    def __init__(self, bounds: Parted) -> None:
        self.parts: list[Part] = []
        self.ended = False
        self._bounds = bounds
        self._headers: dict[str, str] = {}
        self._name = self._value = b""
        self._content = bytearray()

    def on_part_begin(self) -> None:
        if len(self.parts) >= self._bounds.max_parts:
            raise _too_large(f"The body has more than {self._bounds.max_parts} parts", "parts")
        self._headers, self._content = {}, bytearray()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        name = self._name.decode("latin-1").lower()
        self._headers[name] = self._value.decode("utf-8", "replace")
        self._name = self._value = b""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        most = self._bounds.max_part_bytes
        if len(self._content) + end - start > most:
            raise _too_large(f"A part of the body has more than {most} bytes", "part-bytes")
        self._content += data[start:end]

    def on_part_end(self) -> None:
        said, media_type = self._headers.get("content-disposition", ""), "content-type"
        content = bytes(self._content)
        if self._headers.get("content-transfer-encoding", "").strip().lower() == "base64":
            try:
                content = b64decode(b"".join(content.split()), validate=True)
            except Error as error:
                raise _malformed(f"a part is not base64, as it says ({error})") from error
        name = _option(said, "name")
        if name is None:
            raise _malformed("a part has no name in its Content-Disposition")
        file = _option(said, "filename")
        part = Part(content, name, file, self._headers.get(media_type, "").strip())
        self.parts.append(part)

    def on_end(self) -> None:
        self.ended = True


def parts_of(body: bytes, content_type: str, bounds: Parted) -> list[Part]:
    """The parts of a body. Raises Refusal MALFORMED_BODY, and BODY_TOO_LARGE beyond the bounds."""
    # It is needed for few documents only.
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser

    boundary = parameter_of(content_type, "boundary")
    if not boundary:
        raise _malformed("its Content-Type names no boundary")
    told = _Parts(bounds)
    names = [name for name in dir(told) if name.startswith("on_")]
    callbacks: Any = {name: getattr(told, name) for name in names}
    most = bounds.max_part_header_bytes
    try:
        parser = MultipartParser(
            boundary, callbacks, max_header_count=_HEADERS, max_header_size=most
        )
        parser.write(body)
    except FormParserError as error:
        said = str(error)
        if said.startswith("Maximum header size"):
            what = f"A header line of a part has more than {most} bytes"
            raise _too_large(what, "part-header-bytes") from error
        raise _malformed(said[:1].lower() + said[1:]) from error
    if not told.ended:
        raise _malformed("it ends before its last boundary")
    return told.parts


_OPTION = r'(?:^|;)\s*%s\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))'
_EXTENDED = re.compile(r"(?:^|;)\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]*)", re.IGNORECASE)
_NAMED = {n: re.compile(_OPTION % n, re.IGNORECASE) for n in ("name", "filename")}


def _option(header: str, name: str) -> str | None:
    """The value of a parameter of Content-Disposition; None where it has none."""
    extended = _EXTENDED.search(header) if name == "filename" else None
    if extended:
        return unquote(extended[1])
    found = _NAMED[name].search(header)
    if found is None:
        return None
    # Browsers write a quotation mark as its code, others with a backslash before it.
    return re.sub(r'\\(["\\])', r"\1", found[1] or found[2] or "").replace("%22", '"')


def _malformed(why: str) -> Refusal:
    return Refusal("MALFORMED_BODY", f"The body is not multipart/form-data: {why}.")


def _too_large(what: str, option: str) -> Refusal:
    return Refusal("BODY_TOO_LARGE", f"{what} (--max-{option}).")


@dataclass(slots=True)
class _Member:
    """What is known of a member before any part of it has come."""

    is_list: bool = False
    is_file: bool = False
    is_json: bool = False
    allowed: tuple[str, ...] = ()
    """The media types that its encoding names."""


@dataclass(slots=True)
class _Reading:
    """One body while it is read."""

    found: list[Violation]
    values: JsonObject = field(default_factory=dict)
    texts: list[tuple[str, str]] = field(default_factory=list)
    files: list[Placed] = field(default_factory=list)


class MultipartReader:
    """Reads the parts of a body into the object that its schema means, not judged yet."""

    def __init__(
        self,
        content: Content,
        schemas: SchemaSet,
        document: JsonObject,
        bounds: Parted,
        *,
        max_depth: int,
    ) -> None:
        self._bounds = bounds
        self._from_content: FromContent = from_content(max_depth)
        self._collector = Collector(
            "",
            form_parameters(document, content.schema, content.encoding),
            schemas,
            document,
            decode=lambda _: as_it_is,
            from_content=self._from_content,
            others="kept",
            max_depth=max_depth,
        )
        self._members = {
            name: _member(document, content, name, schema)
            for name, schema in form_members(document, content.schema).items()
        }

    def read(
        self, body: bytes, content_type: str, found: list[Violation]
    ) -> tuple[JsonObject, list[Placed]]:
        """The members of a body, and where files stand in them. Raises Refusal as `parts_of`."""
        reading = _Reading(found)
        for part in parts_of(body, content_type, self._bounds):
            self._take(part, reading)
        self._collector.read(reading.texts, reading.values, found)
        return reading.values, reading.files

    def _take(self, part: Part, reading: _Reading) -> None:
        member = self._members.get(part.name) or _Member()
        plain = JSON if member.is_json else "text/plain"
        sent = part.media_type or (plain if part.file is None else BINARY)
        if member.allowed and not any(covers(one, sent) for one in member.allowed):
            said = f"is {essence(sent)}; send {' or '.join(member.allowed)}"
            reading.found.append(Violation(f"/{part.name}", said))
        elif not member.is_file and (is_json(sent) or (member.is_json and part.file is None)):
            self._take_json(part, member, reading)
        elif member.is_file or part.file is not None or not is_text(sent):
            file = File(part.content, sent, plain_name(part.file or ""))
            _put(reading, part.name, member, part.content.decode("latin-1"), file)
        else:
            try:
                text = part.content.decode(parameter_of(part.media_type, "charset") or "utf-8")
            except (LookupError, UnicodeDecodeError):
                said = "is not in the charset it is said to be"
                reading.found.append(Violation(f"/{part.name}", said))
                return
            reading.texts.append((part.name, text))

    def _take_json(self, part: Part, member: _Member, reading: _Reading) -> None:
        found = reading.found
        try:
            value = self._from_content(JSON, part.content.decode())
        except UnicodeDecodeError:
            found.append(Violation(f"/{part.name}", "is not UTF-8; send JSON in UTF-8"))
        except Misstyled as error:
            found.append(Violation(f"/{part.name}", str(error)))
        else:
            whole = member.is_list and isinstance(value, list)
            plain = _Member() if whole else member
            _put(reading, part.name, plain, value)


def _put(
    reading: _Reading, name: str, member: _Member, value: Json, file: File | None = None
) -> None:
    """Put a value, or what stands for a file, where it belongs."""
    values = reading.values
    if name in values and not member.is_list:
        reading.found.append(Violation(f"/{name}", "is given more than once"))
        return
    within: Any = values.setdefault(name, []) if member.is_list else values
    key: str | int = len(within) if member.is_list else name
    if member.is_list:
        within.append(value)
    else:
        values[name] = value
    if file is not None:
        reading.files.append(Placed(within, key, file))


def settle(files: list[Placed]) -> None:
    """Put what keeps each file in its place, when all was judged by its bytes."""
    for placed in files:
        placed.within[placed.key] = kept(placed.file)


def _member(document: JsonObject, content: Content, name: str, schema: Any) -> _Member:
    declared = whole(document, schema)
    is_list = form_of(document, schema) == "array"
    item = declared.items if is_list else declared
    encoding = content.encoding.get(name)
    allowed = tuple(_allowed(encoding.media_type if encoding else ""))
    said = bool(allowed) and all(is_json(one) for one in allowed)
    styled = encoding is not None and bool(encoding.style)
    in_json = said or (form_of(document, item.schema) == "object" and not styled)
    return _Member(is_list, is_binary(item), in_json, allowed)


def _allowed(said: str) -> Iterator[str]:
    return filter(None, (one.strip() for one in said.split(",")))


def is_binary(schema: SchemaView) -> bool:
    """Whether the values of a whole schema are bytes, and no text of these."""
    if "contentEncoding" in schema:
        return False
    media_type = str(schema.get("contentMediaType", ""))
    plain = media_type and not is_json(media_type) and not is_text(media_type)
    return bool(plain) or schema.get("format") == "binary"
