"""Files as JSON can keep them: the address of their content, with its type and name (RFC 2397).

A file is kept in a record as a text, `data:image/png;name=me.png;base64,…`: so it goes into every
snapshot, state file and log as all else does, and a client can use it as it stands.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error
from dataclasses import dataclass
from urllib.parse import quote, unquote

from .media import is_range
from .model import Json, JsonObject

BINARY = "application/octet-stream"
HIDDEN = "$file/"
"""What the names of members begin with that keep files for which a record has no member."""
_BEGIN, _END = "data:", ";base64,"
_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:;[\w.+-]+=[\w.+-]+)*")


@dataclass(frozen=True, slots=True)
class File:
    """The content of a file, its media type, and its name; empty where it has none."""

    content: bytes
    media_type: str = BINARY
    name: str = ""


def kept(file: File) -> str:
    """A file as a text that JSON can keep."""
    plain = file.media_type.replace(" ", "")
    media_type = plain if _TYPE.fullmatch(plain) else BINARY
    name = f";name={quote(file.name, safe='')}" if file.name else ""
    return f"{_BEGIN}{media_type}{name}{_END}{b64encode(file.content).decode()}"


def file_in(value: Json) -> File | None:
    """The file that a text keeps; None for anything else."""
    if not isinstance(value, str) or not value.startswith(_BEGIN):
        return None
    head, end, content = value[len(_BEGIN) :].partition(_END)
    media_type, _, name = head.partition(";name=")
    if not end or not _TYPE.fullmatch(media_type):
        return None
    try:
        return File(b64decode(content, validate=True), media_type, unquote(name))
    except Error:
        return None


def visible(record: JsonObject) -> JsonObject:
    """A record without what it keeps where nobody sees it; itself where that is nothing."""
    if not any(name.startswith(HIDDEN) for name in record):
        return record
    return {name: value for name, value in record.items() if not name.startswith(HIDDEN)}


def plain_name(sent: str) -> str:
    """The name of a file without the folders before it, and without what no name may have."""
    last = re.split(r"[\\/]", sent)[-1]
    return re.sub(r"[\x00-\x1f\x7f]", "", last)


def disposition(file: File) -> str:
    """The Content-Disposition of a file that is answered (RFC 6266).

    Always as an attachment: what somebody else has sent is not to be shown as a page of ours.
    """
    if not file.name:
        return "attachment"
    plain = re.sub(r"[^ !#-\[\]-~]", "_", file.name)
    exact = "" if plain == file.name else f"; filename*=UTF-8''{quote(file.name, safe='')}"
    return f'attachment; filename="{plain}"{exact}'


def answered_as(file: File, documented: str) -> str:
    """The media type that a file is answered with: its own where the document allows it."""
    return file.media_type if is_range(documented) else documented
