"""Postman Collection 2.1.0 as JSON Schema: what the format requires of the parts that we write."""

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
KINDS = ["bearer", "basic", "noauth"]


def closed(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object with these members and no others."""
    return {
        "type": "object",
        "required": [*required],
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


def several(item: dict[str, Any], **limits: int) -> dict[str, Any]:
    return {"type": "array", "items": item, **limits}


# A value of a parameter is a text or null in this format, never a number.
PAIR = closed(
    {"key": TEXT, "value": TEXT},
    {"description": TEXT, "disabled": {"type": "boolean"}, "type": {"const": "string"}},
)
# Each kind of authorization holds its values under its own name.
AUTH = {
    "oneOf": [
        closed({"type": {"const": "noauth"}}),
        closed({"type": {"const": "bearer"}, "bearer": several(PAIR, minItems=1, maxItems=1)}),
        closed({"type": {"const": "basic"}, "basic": several(PAIR, minItems=2, maxItems=2)}),
    ]
}
URL = closed(
    {"raw": TEXT},
    {
        "host": several(TEXT, minItems=1),
        "path": several(TEXT, minItems=1),
        "query": several(PAIR),
        "variable": several(PAIR),
    },
)
BODY = closed(
    {"mode": {"const": "raw"}, "raw": TEXT},
    {"options": closed({"raw": closed({"language": {"const": "json"}})})},
)
REQUEST = closed(
    {"method": {"pattern": "^[A-Z]+$"}, "url": URL},
    {"header": several(PAIR), "description": TEXT, "auth": AUTH, "body": BODY},
)
RESPONSE = closed(
    {"name": TEXT},
    {
        "originalRequest": REQUEST,
        "status": TEXT,
        "code": {"type": "integer", "minimum": 100, "maximum": 599},
        "header": several(PAIR),
        "cookie": several(TEXT, maxItems=0),
        "body": {"type": ["string", "null"]},
        "_postman_previewlanguage": {"enum": ["json", "html", "xml", "text"]},
    },
)
EVENT = closed(
    {
        "listen": {"enum": ["test", "prerequest"]},
        "script": closed({"type": {"const": "text/javascript"}, "exec": several(TEXT, minItems=1)}),
    }
)
ITEM = closed(
    {"request": REQUEST, "name": TEXT},
    {"id": TEXT, "response": several(RESPONSE), "event": several(EVENT)},
)
FOLDER = closed({"name": TEXT, "item": several(ITEM)}, {"description": TEXT})
COLLECTION = closed(
    {
        "info": closed(
            {
                "name": TEXT,
                "schema": {
                    "const": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
                },
            },
            {"description": TEXT, "version": TEXT},
        ),
        "item": several(FOLDER),
    },
    {"variable": several(PAIR), "auth": AUTH},
)
