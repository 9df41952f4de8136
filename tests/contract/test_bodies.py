"""Bodies of every documented media type: forms, parts, texts, files; what is sent is read back."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.bounds import Parted
from bacasable.contract import RawRequest, Refusal, RequestReader, Violation
from bacasable.contract.files import File, file_in, kept
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


def reader(contents: dict[str, Any], **options: Any) -> RequestReader:
    """The reader of an operation whose body has these media types."""
    required = options.pop("required", True)
    body = {"content": contents, "required": required}
    operation = {"operationId": "x", "requestBody": body, "responses": {}}
    method = options.pop("method", "post")
    document = {"openapi": "3.1.0", "paths": {"/x": {method: operation}}}
    document |= {"components": {"schemas": options.pop("schemas", {})}}
    made = operation_of(document, "/x", method, operation, {}, extended=False)
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


@FAST
@given(objects, st.sampled_from(["json", "brackets"]), st.sampled_from([quote, None]))
def test_a_form_is_read_back(value: dict[str, Any], point: str, code: Any) -> None:
    fields = pairs(value, point)
    body = urlencode(fields, quote_via=code) if code else urlencode(fields)
    if abs(value.get("point", {}).get("x", 0)) < 10**17:
        assert send(whole(FORM), body, FORM) == value


def part(name: str, content: bytes, more: str = "", head: str = "") -> bytes:
    lines = f'--cut\r\nContent-Disposition: form-data; name="{name}"{more}\r\n{head}\r\n'
    return lines.encode() + content + b"\r\n"


def file_part(name: str, content: bytes, file: str = "a.bin", kind: str = "image/png") -> bytes:
    return part(name, content, f'; filename="{file}"', f"Content-Type: {kind}\r\n")


MIXED = f"{PARTS}; boundary=cut"
END = b"--cut--\r\n"
names = st.text(st.characters(exclude_categories=["C"], exclude_characters='"\\/%'), max_size=8)
files = st.tuples(st.binary(max_size=40), names)


@FAST
@given(objects, st.none() | files, st.lists(files, max_size=3))
def test_a_body_in_parts_is_read_back(
    value: dict[str, Any], photo: Any, scans: list[tuple[bytes, str]]
) -> None:
    if abs(value.get("point", {}).get("x", 0)) >= 10**17:
        return
    body = b"".join(part(name, text.encode()) for name, text in pairs(value, "json"))
    if photo:
        body += file_part("photo", *photo)
    body += b"".join(file_part("scans", *scan) for scan in scans)
    read = send(whole(PARTS), body + END, MIXED)
    found = [read.pop("photo", None), *read.pop("scans", [])]
    sent = [photo, *scans]
    assert [file_in(one) for one in found] == [
        File(one[0], "image/png", one[1]) if one else None for one in sent
    ]
    assert read == value


@FAST
@given(st.binary(max_size=60), names, st.sampled_from(["image/png", "text/a; charset=x", "a b"]))
def test_what_is_kept_of_a_file_is_found_again(content: bytes, name: str, kind: str) -> None:
    found = file_in(kept(File(content, kind, name)))
    assert found is not None
    assert (found.content, found.name) == (content, name)
    assert found.media_type == {"a b": "application/octet-stream"}.get(kind, kind.replace(" ", ""))


@pytest.mark.parametrize(
    "value", [None, 5, "", "data:", "data:image/png;base64,%", "data:x;base64,YQ==", "data:a/b,c"]
)
def test_what_keeps_no_file_is_none(value: Any) -> None:
    assert file_in(value) is None


@pytest.mark.parametrize(
    ("encoding", "body", "value"),
    [
        ({"tags": {"style": "form", "explode": False}}, "tags=a,b", ["a", "b"]),
        ({"tags": {"explode": False}}, "tags=a,b", ["a", "b"]),
        ({"tags": {"style": "pipeDelimited"}}, "tags=a%7Cb", ["a", "b"]),
        ({"tags": {"style": "spaceDelimited"}}, "tags=a+b", ["a", "b"]),
        ({"tags": {"contentType": "application/json"}}, 'tags=["a"]', ["a"]),
        ({"tags": {"contentType": "text/plain"}}, "tags=a&tags=b", ["a", "b"]),
        ({}, "tags=", []),
        ({}, "tags=a%2Cb", ["a,b"]),
    ],
)
def test_the_encoding_of_a_field_says_how_it_is_written(
    encoding: Any, body: str, value: Any
) -> None:
    assert send(whole(FORM, encoding=encoding), body, FORM) == {"tags": value}


@pytest.mark.parametrize(
    ("encoding", "body", "value"),
    [
        ({"point": {"style": "deepObject", "explode": True}}, "point[x]=1", {"x": 1}),
        ({"point": {"style": "form", "explode": True}}, "x=1", {"x": 1}),
        ({"point": {"style": "form", "explode": False}}, "point=x,1", {"x": 1}),
        ({"point": {"contentType": "application/json"}}, 'point={"x":1}', {"x": 1}),
    ],
)
def test_an_object_in_a_form_is_written_as_its_encoding_says(
    encoding: Any, body: str, value: Any
) -> None:
    assert send(whole(FORM, encoding=encoding), body, FORM) == {"point": value}


def test_a_list_of_objects_in_a_form_has_numbers_in_brackets() -> None:
    assert send(whole(FORM), "points[1][x]=b&points[0][x]=a", FORM) == {
        "points": [{"x": "a"}, {"x": "b"}]
    }


def test_fields_that_a_form_does_not_list_are_kept_for_its_schema_to_judge() -> None:
    assert send(whole(FORM), "more=1&more=2&more=3&one=4", FORM) == {
        "more": ["1", "2", "3"],
        "one": "4",
    }
    closed = {"type": "object", "properties": {"name": {}}, "additionalProperties": False}
    assert told(whole(FORM, closed), "nmae=1", FORM) == [
        Violation("/nmae", "is not a known member; did you mean 'name'?")
    ]


def test_the_branches_of_a_choice_say_what_fields_a_form_has() -> None:
    one = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    other = {"type": "object", "required": ["b"], "properties": {"b": {"type": "boolean"}}}
    made = whole(FORM, {"oneOf": [one, other]})
    assert send(made, "a=1", FORM) == {"a": 1}
    assert send(made, "b=true", FORM) == {"b": True}


def test_a_schema_that_chooses_itself_comes_to_an_end() -> None:
    again = {"$ref": "#/components/schemas/Again"}
    schemas = {"Again": {"properties": {"a": {"type": "integer"}}, "anyOf": [again, {}]}}
    made = whole(FORM, again, schemas=schemas)
    assert made is not None


def test_defaults_of_a_form_are_filled_in() -> None:
    schema = {"type": "object", "properties": {"copies": {"type": "integer", "default": 1}}}
    assert send(whole(FORM, schema), "", FORM) == {"copies": 1}


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ("count=a&on=1", ["/count", "/on"]),
        ("count=1&count=2", ["/count"]),
        ("name=%FF", ["/name"]),
        ("%FF=a", ["/%FF"]),
        ("sizes=1&sizes=x", ["/sizes/1"]),
        ("point[x]=a", ["/point/x"]),
        ("point={", ["/point"]),
    ],
)
def test_fields_at_fault_are_named(body: str, pointers: list[str]) -> None:
    assert [v.pointer for v in told(whole(FORM), body, FORM)] == pointers


def test_a_form_in_no_utf_8_cannot_be_read() -> None:
    assert refused(whole(FORM), b"a=\xff", FORM).code == "MALFORMED_BODY"


def test_a_form_has_only_so_many_fields() -> None:
    made = whole(FORM, bounds=Parted(max_parts=2))
    assert send(made, "a=1&b=2", FORM) == {"a": "1", "b": "2"}
    refusal = refused(made, "a=1&b=2&c=3", FORM)
    assert (refusal.code, refusal.detail) == (
        "BODY_TOO_LARGE",
        "The form has more than 2 fields (--max-parts).",
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it ends before its last boundary"),
        (part("a", b"1"), "it ends before its last boundary"),
        (b"--cut\r\n\r\n1\r\n" + END, "a part has no name in its Content-Disposition"),
        (b"nothing", "expected boundary character"),
        (
            part("a", b"-", head="Content-Transfer-Encoding: base64\r\n") + END,
            "a part is not base64",
        ),
    ],
)
def test_a_body_that_is_not_in_parts_cannot_be_read(body: bytes, why: str) -> None:
    refusal = refused(whole(PARTS), body, MIXED)
    assert refusal.code == "MALFORMED_BODY"
    assert refusal.detail.startswith(f"The body is not multipart/form-data: {why}")


def test_a_body_in_parts_says_what_is_between_them() -> None:
    refusal = refused(whole(PARTS), END, PARTS)
    assert refusal.detail.endswith("its Content-Type names no boundary.")


@pytest.mark.parametrize(
    ("bounds", "body", "said"),
    [
        (Parted(max_parts=1), part("a", b"") * 2, "The body has more than 1 parts (--max-parts)."),
        (
            Parted(max_part_bytes=3),
            part("a", b"1234"),
            "A part of the body has more than 3 bytes (--max-part-bytes).",
        ),
        (
            Parted(max_part_header_bytes=64),
            part("a" * 64, b""),
            "A header line of a part has more than 64 bytes (--max-part-header-bytes).",
        ),
    ],
)
def test_the_bounds_of_parts_are_named(bounds: Parted, body: bytes, said: str) -> None:
    refusal = refused(whole(PARTS, bounds=bounds), body + END, MIXED)
    assert (refusal.code, refusal.detail) == ("BODY_TOO_LARGE", said)


@pytest.mark.parametrize(
    ("sent", "told_"),
    [
        (file_part("photo", b"1", kind="image/gif"), "is image/gif; send image/png or image/jpeg"),
        (part("photo", b"1"), "is text/plain; send image/png or image/jpeg"),
        (file_part("photo", b"1") * 2, "is given more than once"),
    ],
)
def test_the_encoding_of_a_part_says_what_it_may_be(sent: bytes, told_: str) -> None:
    made = whole(PARTS, encoding={"photo": {"contentType": "image/png, image/jpeg"}})
    assert told(made, sent + END, MIXED) == [Violation("/photo", told_)]
    kinds = [file_part("photo", b"1", kind=f"image/{kind}") for kind in ("png", "jpeg")]
    assert all(send(made, kind + END, MIXED)["photo"] for kind in kinds)


JSON_PART = "Content-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (part("point", b'{"x": 1}', head=JSON_PART), {"point": {"x": 1}}),
        (part("point", b'{"x": 1}'), {"point": {"x": 1}}),
        (part("points", b'[{"x": 1}]', head=JSON_PART), {"points": [{"x": 1}]}),
        (
            part("points", b'{"x": 1}') + part("points", b'{"x": 2}'),
            {"points": [{"x": 1}, {"x": 2}]},
        ),
        (part("other", b"[1]", head=JSON_PART), {"other": [1]}),
        (part("code", b"YQ=="), {"code": "YQ=="}),
        (
            part(
                "name", "é".encode("latin-1"), head="Content-Type: text/plain; charset=latin-1\r\n"
            ),
            {"name": "é"},
        ),
        (part("name", b"w6k=", head="Content-Transfer-Encoding: base64\r\n"), {"name": "é"}),
    ],
)
def test_parts_are_read_by_what_they_are(body: bytes, value: Any) -> None:
    assert send(whole(PARTS), body + END, MIXED) == value


def test_a_part_may_be_json_by_its_encoding_alone() -> None:
    made = whole(PARTS, encoding={"tags": {"contentType": "application/json"}})
    assert send(made, part("tags", b'["a"]', head=JSON_PART) + END, MIXED) == {"tags": ["a"]}


def test_a_part_may_have_a_style() -> None:
    made = whole(PARTS, encoding={"sizes": {"style": "form", "explode": False}})
    assert send(made, part("sizes", b"1,2") + END, MIXED) == {"sizes": [1, 2]}
    deep = whole(PARTS, encoding={"point": {"style": "deepObject"}})
    assert send(deep, part("point[x]", b"1") + END, MIXED) == {"point": {"x": 1}}


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ('; filename="C:\\\\tmp\\\\a.txt"', "a.txt"),
        ('; filename="../../etc/passwd"', "passwd"),
        ('; filename="a \\"b\\".txt"', 'a "b".txt'),
        ('; filename="a %22b%22.txt"', 'a "b".txt'),
        ("; filename=a.txt", "a.txt"),
        ("; filename=\"a\"; filename*=UTF-8''%C3%A9.txt", "é.txt"),
        ('; filename="é.txt"', "é.txt"),
        ('; filename=""', ""),
    ],
)
def test_the_name_of_a_file_is_found(more: str, name: str) -> None:
    read = send(whole(PARTS), part("photo", b"1", more) + END, MIXED)
    assert file_in(read["photo"]) == File(b"1", "application/octet-stream", name)


@pytest.mark.parametrize(
    ("body", "told_"),
    [
        (part("point", b"{", head=JSON_PART), "is not JSON: unexpected end of data"),
        (part("point", b"\xff", head=JSON_PART), "is not UTF-8; send JSON in UTF-8"),
        (part("name", b"\xff"), "is not in the charset it is said to be"),
        (part("name", b"a", head="Content-Type: text/plain; charset=none\r\n"), "is not in the"),
        (part("count", b"a"), "is not of type"),
        (part("point", b"{}", head=JSON_PART) * 2, "is given more than once"),
    ],
)
def test_parts_at_fault_are_named(body: bytes, told_: str) -> None:
    (violation,) = told(whole(PARTS), body + END, MIXED)
    assert violation.pointer.count("/") == 1
    assert violation.detail.startswith(told_)


def test_a_file_is_as_long_as_its_bytes() -> None:
    short = {"type": "object", "properties": {"photo": {**BINARY, "maxLength": 3}}}
    made = whole(PARTS, short)
    assert file_in(send(made, file_part("photo", b"\xff\xfe\xfd") + END, MIXED)["photo"])
    assert [v.pointer for v in told(made, file_part("photo", b"1234") + END, MIXED)] == ["/photo"]


def test_a_file_that_is_not_listed_is_kept_too() -> None:
    read = send(whole(PARTS), file_part("other", b"1", "o.png") + END, MIXED)
    assert file_in(read["other"]) == File(b"1", "image/png", "o.png")


@pytest.mark.parametrize(
    ("documented", "sent", "body", "value"),
    [
        ("text/plain", "text/plain", b"h\xc3\xa9", "hé"),
        ("text/plain", "text/plain; charset=latin-1", b"h\xe9", "hé"),
        ("text/*", "text/csv", b"a;b", "a;b"),
        ("application/vnd.x+json", "application/vnd.x+json", b"[1]", [1]),
        ("application/*", "application/json", b"[1]", [1]),
        ("*/*", "application/problem+json; a=b", b"{}", {}),
        ("*/*", FORM, b"a=1", {"a": "1"}),
        ("application/xml", "application/xml", b"<a/>", "<a/>"),
    ],
)
def test_a_body_is_read_by_its_media_type(
    documented: str, sent: str, body: bytes, value: Any
) -> None:
    assert send(whole(documented, {}), body, sent) == value


def test_text_is_what_its_schema_means() -> None:
    assert send(whole("text/plain", {"type": "integer"}), "12", "text/plain") == 12
    assert [
        v.pointer for v in told(whole("text/plain", {"type": "integer"}), "a", "text/plain")
    ] == [""]
    assert [v.pointer for v in told(whole("text/csv", {"type": "array"}), "a", "text/csv")] == [""]


def test_nothing_judges_the_elements_of_xml() -> None:
    assert send(whole("application/xml"), "<a/>", "application/xml") == "<a/>"


def test_another_charset_is_refused_where_it_is_unknown_or_wrong() -> None:
    made = whole("text/plain", {})
    unknown = refused(made, b"a", "text/plain; charset=klingon")
    assert unknown.code == "UNSUPPORTED_MEDIA_TYPE"
    assert unknown.detail == "The body is in the charset klingon, which is not known; send UTF-8."
    assert refused(made, b"\xff", "text/plain; charset=ascii").code == "MALFORMED_BODY"


@FAST
@given(st.binary(max_size=80))
def test_any_other_body_is_a_file(content: bytes) -> None:
    for documented in ("application/octet-stream", "image/*", "*/*"):
        sent = "image/png" if documented == "image/*" else "application/octet-stream"
        read = send(whole(documented, {}), content, sent)
        assert file_in(read) == File(content, sent)


def test_a_file_that_is_too_long_is_named() -> None:
    made = whole("image/*", {"type": "string", "maxLength": 2})
    assert [v.pointer for v in told(made, b"\xff\xfe\xfd", "image/png")] == [""]
    assert send(made, b"\xff\xfe", "image/png")


def test_the_most_specific_media_type_counts() -> None:
    contents = {
        "*/*": {"schema": {"const": "any"}},
        "text/*": {"schema": {"const": "texts"}},
        "text/plain": {"schema": {"const": "plain"}},
        "text/plain; version=2": {"schema": {"const": "second"}},
    }
    made = reader(contents)
    assert send(made, "plain", "text/plain") == "plain"
    assert send(made, "second", "text/plain; version=2") == "second"
    assert send(made, "texts", "text/html") == "texts"
    assert send(made, '"any"', "application/json") == "any"


def test_a_body_of_another_type_is_told_those_that_are_documented() -> None:
    made = reader(
        {"image/*": {"schema": {}}, FORM: {"schema": {}}, "application/json": {"schema": {}}}
    )
    refusal = refused(made, b"a", "text/plain")
    assert refusal.code == "UNSUPPORTED_MEDIA_TYPE"
    assert (
        refusal.detail
        == f"The body is text/plain; application/json or image/* or {FORM} is documented."
    )


def test_a_body_that_is_missing_is_told_what_it_may_be() -> None:
    made = reader({"image/*": {"schema": {}}, FORM: {"schema": {}}})
    assert told(made, b"", "") == [Violation("", f"a body is required; send image/* or {FORM}")]


def test_only_so_many_content_types_are_remembered() -> None:
    made = whole("text/*", {})
    for number in range(100):
        assert send(made, "a", f"text/plain; n={number}") == "a"
    assert len(made._body._known) == 64  # type: ignore[union-attr]


OWNED = {
    "type": "object",
    "required": ["id", "name", "secret"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "secret": {"type": "string", "writeOnly": True},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
    },
}
PART = {
    "allOf": [
        {"type": "object", "properties": {"no": {"allOf": [{"readOnly": True}], "default": 1}}},
        {"type": "object", "required": ["no", "at"], "properties": {"at": {"type": "string"}}},
    ]
}


@pytest.mark.parametrize("media_type", ["application/json", PARTS])
def test_what_a_server_sets_itself_is_neither_required_nor_kept(media_type: str) -> None:
    made = whole(media_type, OWNED, schemas={"Part": PART})

    def sent(value: dict[str, Any]) -> Any:
        if media_type == PARTS:
            texts = [
                part(n, v.encode() if isinstance(v, str) else json.dumps(v).encode())
                for n, v in value.items()
            ]
            return send(made, b"".join(texts) + END, MIXED)
        return send(made, json.dumps(value), media_type)

    assert sent({"name": "a", "secret": "s"}) == {"name": "a", "secret": "s"}
    owned = {"id": "whatever", "name": "a", "secret": "s"}
    assert sent(owned) == {"name": "a", "secret": "s"}


def test_what_a_server_sets_itself_is_taken_out_at_every_depth() -> None:
    made = whole("application/json", OWNED, schemas={"Part": PART})
    value = {"name": "a", "secret": "s", "parts": [{"no": 7, "at": "x"}, {"at": "y"}]}
    assert send(made, json.dumps(value), "application/json") == {
        "name": "a",
        "secret": "s",
        "parts": [{"at": "x"}, {"at": "y"}],
    }
    missing = told(made, '{"parts": [{}]}', "application/json")
    assert {v.pointer for v in missing} == {"/name", "/secret", "/parts/0/at"}
