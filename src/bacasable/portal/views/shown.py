"""Examples of bodies and answers as code."""

import json

from ...contract.model import Json, JsonObject
from ...contract.values import NONE, example_of
from ..highlight import code
from ..model import Code


def shown_code(document: JsonObject, media: JsonObject, media_type: str) -> Code | None:
    """The first example of a body or answer, highlighted; None where the contract shows none."""
    value = example_of(document, media)
    if value is NONE:
        return None
    if isinstance(value, str) and "json" not in media_type:
        return code(
            value, "xml" if "xml" in media_type else "html" if "html" in media_type else "text"
        )
    return json_code(value)


def json_code(value: Json) -> Code:
    """A JSON value as code, indented as people read it."""
    return code(json.dumps(value, ensure_ascii=False, indent=2), "json")


def has_example(document: JsonObject, media: JsonObject) -> bool:
    """Whether the contract shows an example of a media type object."""
    return example_of(document, media) is not NONE
