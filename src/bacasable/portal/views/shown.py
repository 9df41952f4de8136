"""Examples of bodies and answers as code."""

import json

from ...contract.document import resolve, schema_at
from ...contract.model import Json, JsonObject
from ..highlight import code
from ..model import Code

_MISSING = object()


def shown_code(document: JsonObject, media: JsonObject, media_type: str) -> Code | None:
    """The first example of a body or answer, highlighted; None where the contract shows none."""
    value = example_of(document, media)
    if value is _MISSING:
        return None
    if isinstance(value, str) and "json" not in media_type:
        return code(
            value, "xml" if "xml" in media_type else "html" if "html" in media_type else "text"
        )
    return json_code(value)


def json_code(value: Json) -> Code:
    """A JSON value as code, indented as people read it."""
    return code(json.dumps(value, ensure_ascii=False, indent=2), "json")


def example_of(document: JsonObject, media: JsonObject) -> Json:
    """The first example of a media type object, or of its schema; a mark of its own for none."""
    if "example" in media:
        return media["example"]
    for declared in media.get("examples", {}).values():
        example = resolve(document, declared)
        if "value" in example:
            return example["value"]
    schema = schema_at(document, media.get("schema", {}))
    if "example" in schema:
        return schema["example"]
    examples = schema.get("examples")
    return examples[0] if isinstance(examples, list) and examples else _MISSING


def has_example(document: JsonObject, media: JsonObject) -> bool:
    """Whether the contract shows an example of a media type object."""
    return example_of(document, media) is not _MISSING
