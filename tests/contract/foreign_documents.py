"""Random small OpenAPI documents, 3.0 and 3.1, valid ones and bent ones, for properties."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]

texts = st.sampled_from(["", "A text.", "Größe"])


def schemas(version: str, names: Sequence[str]) -> st.SearchStrategy[Any]:
    """Schemas of a version, which may refer to components of these names."""
    old = version.startswith("3.0")
    about: dict[str, Any] = {"description": texts, "title": texts, "readOnly": st.booleans()}
    if old:
        about |= {"nullable": st.booleans(), "example": st.none() | st.integers()}
        low = st.fixed_dictionaries(
            {"minimum": st.integers(0, 3), "exclusiveMinimum": st.booleans()}
        )
    else:
        about |= {"examples": st.lists(st.integers(), max_size=2)}
        low = st.fixed_dictionaries({"exclusiveMinimum": st.integers(0, 3)})
    leaf = st.builds(
        lambda kind, more, bound: {**kind, **more, **(bound if kind["type"] == "integer" else {})},
        st.sampled_from(
            [
                {"type": "string"},
                {"type": "string", "format": "binary"},
                {"type": "string", "format": "byte"},
                {"type": "string", "enum": ["a", "b"]},
                {"type": "integer"},
                {"type": "boolean"},
            ]
        ),
        st.fixed_dictionaries({}, optional=about),
        low,
    )

    def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        some = st.lists(inner, min_size=1, max_size=2)
        members = st.dictionaries(
            st.sampled_from(["a", "$ref1", "x-a", "default"]), inner, max_size=2
        )
        return st.one_of(
            st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional=about),
            st.fixed_dictionaries(
                {"type": st.just("object"), "properties": members},
                optional={**about, "additionalProperties": st.booleans() | inner},
            ),
            *(st.fixed_dictionaries({key: some}, optional=about) for key in ("allOf", "oneOf")),
        )

    reference = st.sampled_from([{"$ref": f"#/components/schemas/{name}"} for name in names])
    return st.recursive(leaf | reference, nested, max_leaves=4)


def _bodies(schema: st.SearchStrategy[Any]) -> st.SearchStrategy[Document]:
    kinds = st.sampled_from(["application/json", "text/csv", "multipart/form-data", "*/*"])
    media = st.fixed_dictionaries({}, optional={"schema": schema})
    return st.dictionaries(kinds, media, max_size=2)


def _operations(schema: st.SearchStrategy[Any]) -> st.SearchStrategy[Document]:
    headers = st.dictionaries(
        st.sampled_from(["X-A", "x-b"]), st.builds(_schema_in, schema), max_size=1
    )
    answer = st.fixed_dictionaries(
        {"description": texts}, optional={"content": _bodies(schema), "headers": headers}
    )
    statuses = st.sampled_from(["200", "201", "404", "4XX", "default"])
    content = st.builds(lambda s: {"content": {"application/json": {"schema": s}}}, schema)
    parameter = st.builds(
        lambda name, place, told: {"name": name, "in": place, **told},
        st.sampled_from(["p", "q", "r"]),
        st.sampled_from(["query", "header", "cookie"]),
        st.builds(_schema_in, schema) | content,
    )
    return st.fixed_dictionaries(
        {"responses": st.dictionaries(statuses, answer, min_size=1, max_size=3)},
        optional={
            "tags": st.lists(st.sampled_from(["T", "U"]), max_size=2, unique=True),
            "summary": texts,
            "parameters": st.lists(parameter, max_size=2, unique_by=lambda p: (p["name"], p["in"])),
            "requestBody": st.fixed_dictionaries({"content": _bodies(schema)}),
            "security": st.lists(st.sampled_from([{}, {"key": []}]), max_size=2),
            "x-any": st.integers(),
        },
    )


def _schema_in(schema: Any) -> Document:
    return {"schema": schema}


def documents(versions: tuple[str, ...] = ("3.0.3", "3.1.0")) -> st.SearchStrategy[Document]:
    """Valid documents of some versions."""
    return st.sampled_from(versions).flatmap(_documents)


def _documents(version: str) -> st.SearchStrategy[Document]:
    plain = {"A": st.just({"type": "string"}), "c-d": st.just({"type": "object"})}
    schema = schemas(version, [*plain, "e.f"])
    methods = st.sampled_from(["get", "put", "post", "delete", "head"])
    item = st.dictionaries(methods, _operations(schema), max_size=2)
    paths = st.dictionaries(st.sampled_from(["/", "/a", "/a-b", "/a/b"]), item, max_size=3)
    components = st.fixed_dictionaries(
        {
            # The last refers to others only: one that is put together of itself has no meaning.
            "schemas": st.fixed_dictionaries({**plain, "e.f": schemas(version, [*plain])}),
            "securitySchemes": st.just({"key": {"type": "apiKey", "in": "header", "name": "k"}}),
        }
    )
    return st.fixed_dictionaries(
        {
            "openapi": st.just(version),
            "info": st.just({"title": "A", "version": "1"}),
            "paths": paths,
            "components": components,
        },
        optional={"servers": st.just([{"url": "/v1"}]), "x-all": st.none()},
    )


WRONG = ["null", "0", '""', '"a"', "[]", "{}", "[null]", '{"$ref": "#/a"}', '{"$ref": 1}', "true"]


@st.composite
def bent_documents(draw: st.DrawFn) -> Document:
    """Documents in which some value, anywhere, is another."""
    # As JSON and back, because no two places may share a value.
    document: Document = json.loads(json.dumps(draw(documents())))
    for _ in range(draw(st.integers(1, 2))):
        node: Any = document
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(node[key], dict | list) and node[key] and draw(st.integers(0, 5)):
                node = node[key]
                continue
            node[key] = json.loads(draw(st.sampled_from(WRONG)))
            break
    return document
