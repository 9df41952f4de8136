"""Bodies as clients send them, and readers of operations that take them."""

import json
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from bacasable.contract import RawRequest, Refusal, RequestReader, Violation
from bacasable.contract.operations import operation_of
from bacasable.contract.schemas import SchemaSet

FAST = settings(max_examples=60, deadline=None, derandomize=True, database=None)
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
BINARY = {"type": "string", "contentMediaType": "application/octet-stream"}
MEMBERS = {
    "count": {"type": "integer"},
    "share": {"type": "number"},
    "on": {"type": "boolean"},
    "name": {"type": "string"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "sizes": {"type": "array", "items": {"type": "integer"}},
    "point": {"type": "object", "properties": {"x": {"type": "integer"}}},
    "points": {"type": "array", "items": {"type": "object", "properties": {"x": {}}}},
    "photo": BINARY,
    "scans": {"type": "array", "items": BINARY},
    "code": {"type": "string", "contentEncoding": "base64"},
}
OBJECT = {"type": "object", "properties": MEMBERS}
MIXED = f"{PARTS}; boundary=cut"
END = b"--cut--\r\n"
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
plain = {
    "count": st.integers(-(10**9), 10**9),
    "share": st.integers(-99, 99) | st.floats(-99, 99).map(lambda f: float(f"{f:.3f}")),
    "on": st.booleans(),
    "name": texts,
    "tags": st.lists(texts.filter(bool), min_size=1, max_size=3),
    "sizes": st.lists(st.integers(0, 99), min_size=1, max_size=3),
    "point": st.fixed_dictionaries({"x": st.integers()}),
}
objects = st.fixed_dictionaries({}, optional=plain)


def reader(contents: dict[str, Any], **options: Any) -> RequestReader:
    """The reader of an operation whose body has these media types."""
    required = options.pop("required", True)
    body = {"content": contents, "required": required}
    operation = {"operationId": "x", "requestBody": body, "responses": {}}
    method = options.pop("method", "post")
    document = {"openapi": "3.1.0", "paths": {"/x": {method: operation}}}
    document |= {"components": {"schemas": options.pop("schemas", {})}}
    made = operation_of(document, "/x", method, operation, {}, schemes={}, strict=False)
    return RequestReader(
        made, SchemaSet(document, closing=False), document, lenient=True, **options
    )


def send(made: RequestReader, body: bytes | str, content_type: str) -> Any:
    content = body if isinstance(body, bytes) else body.encode()
    return made.read(RawRequest(path={}, body=content, content_type=content_type)).body


def refused(made: RequestReader, body: bytes | str, content_type: str) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        send(made, body, content_type)
    return refusal.value


def told(made: RequestReader, body: bytes | str, content_type: str) -> list[Violation]:
    refusal = refused(made, body, content_type)
    assert refusal.code == "INVALID_REQUEST"
    return list(refusal.violations)


def whole(media_type: str, schema: Any = OBJECT, **more: Any) -> RequestReader:
    options = {k: more.pop(k) for k in ("bounds", "schemas", "method", "required") if k in more}
    return reader({media_type: {"schema": schema, **more}}, **options)


def pairs(value: dict[str, Any], point: str) -> list[tuple[str, str]]:
    """The fields of a form; `point` is how the object in it is written."""
    found = []
    for name, member in value.items():
        if isinstance(member, dict):
            one = [(name, json.dumps(member))]
            found += (
                one if point == "json" else [(f"{name}[{k}]", str(v)) for k, v in member.items()]
            )
        else:
            for item in member if isinstance(member, list) else [member]:
                found.append((name, item if isinstance(item, str) else json.dumps(item)))
    return found


def part(name: str, content: bytes, more: str = "", head: str = "") -> bytes:
    lines = f'--cut\r\nContent-Disposition: form-data; name="{name}"{more}\r\n{head}\r\n'
    return lines.encode() + content + b"\r\n"


def file_part(name: str, content: bytes, file: str = "a.bin", kind: str = "image/png") -> bytes:
    return part(name, content, f'; filename="{file}"', f"Content-Type: {kind}\r\n")
