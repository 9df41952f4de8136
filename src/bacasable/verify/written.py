"""Bodies as a request sends them: JSON, or the form, the parts or the text that is documented."""

import json
from urllib.parse import urlencode

from ..contract.files import file_in
from ..contract.media import FORM, JSON, MULTIPART, essence, is_json, is_range
from ..contract.model import Body, Encoding, Json, JsonObject
from ..contract.multipart import is_binary
from ..contract.schema import ANYTHING, whole
from ..contract.wire import to_json

_BOUNDARY = "bacasable-7d1b6c0e"
_CONCRETE = {"*": JSON, "application": JSON, "text": "text/plain", "image": "image/png"}
_PLAIN = Encoding()


def written(document: JsonObject, declared: Body | None, body: Json) -> tuple[bytes, str]:
    """A body as it is sent, and its Content-Type."""
    media_type = declared.media_type if declared else JSON
    if is_range(media_type):
        media_type = _CONCRETE.get(media_type.partition("/")[0], "application/octet-stream")
    if declared is None or is_json(media_type) or body is None:
        return _json(body), media_type
    if essence(media_type) == FORM and isinstance(body, dict):
        return urlencode(_fields(body)).encode(), media_type
    if essence(media_type) == MULTIPART and isinstance(body, dict):
        return _parts(document, declared, body), f"{MULTIPART}; boundary={_BOUNDARY}"
    return (body.encode() if isinstance(body, str) else _json(body)), media_type


def _json(body: Json) -> bytes:
    """A body as JSON, also with numbers and half characters that a server may have given us."""
    try:
        return to_json(body)
    except TypeError:
        return json.dumps(body).encode()


def _text(value: Json) -> str:
    return value if isinstance(value, str) else _json(value).decode()


def _fields(body: JsonObject) -> list[tuple[str, str]]:
    """The fields of a form: each item of a list under its name, objects in JSON."""
    return [
        (name, _text(one))
        for name, value in body.items()
        for one in (value if isinstance(value, list) else [value])
    ]


def _parts(document: JsonObject, declared: Body, body: JsonObject) -> bytes:
    """The parts of a body: what is bytes by its schema as files."""
    members = whole(document, declared.schema).members
    encoding = declared.contents[0].encoding if declared.contents else {}
    lines: list[bytes] = []
    for name, value in body.items():
        schema = members.get(name) or whole(document, ANYTHING)
        schema = schema.items if "array" in schema.kinds else schema
        said = encoding.get(name, _PLAIN).media_type.partition(",")[0].strip()
        for one in value if isinstance(value, list) else [value]:
            lines += _part(name, one, said, is_file=is_binary(schema))
    return b"\r\n".join([*lines, f"--{_BOUNDARY}--".encode(), b""])


def _part(name: str, value: Json, said: str, *, is_file: bool) -> list[bytes]:
    quoted = name.replace('"', "%22")
    head = f'Content-Disposition: form-data; name="{quoted}"'
    file = file_in(value)
    content = file.content if file else _text(value).encode()
    kind = "" if not said or is_range(said) else said
    if is_file:
        head += '; filename="file"'
        kind = kind or ("application/octet-stream" if not said else "image/png")
    elif not kind and isinstance(value, dict | list):
        kind = JSON
    types = [f"Content-Type: {kind}".encode()] if kind else []
    return [f"--{_BOUNDARY}".encode(), head.encode(), *types, b"", content]
