"""HAR 1.2 as JSON Schema: what the format requires, and nothing that it does not know."""

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
COUNT = {"type": "integer", "minimum": -1}


def closed(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object with these members, a comment, and members of one's own after an underscore."""
    return {
        "type": "object",
        "required": [*required],
        "properties": {**required, **(optional or {}), "comment": TEXT},
        "patternProperties": {"^_": True},
        "additionalProperties": False,
    }


def several(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


PAIR = closed({"name": TEXT, "value": TEXT})
COOKIE = closed({"name": TEXT, "value": TEXT})
MESSAGE = {
    "httpVersion": {"const": "HTTP/1.1"},
    "cookies": several(COOKIE),
    "headers": several(PAIR),
    "headersSize": COUNT,
    "bodySize": COUNT,
}
REQUEST = closed(
    {
        "method": TEXT,
        "url": {"type": "string", "format": "uri", "pattern": "^https?://"},
        "queryString": several(PAIR),
        **MESSAGE,
    },
    {"postData": closed({"mimeType": TEXT, "params": several(PAIR), "text": TEXT})},
)
RESPONSE = closed(
    {
        "status": {"type": "integer"},
        "statusText": TEXT,
        "content": closed(
            {"size": {"type": "integer", "minimum": 0}, "mimeType": TEXT}, {"text": TEXT}
        ),
        "redirectURL": TEXT,
        **MESSAGE,
    }
)
TIME = {"type": "number", "minimum": 0}
ENTRY = closed(
    {
        "startedDateTime": {"type": "string", "format": "date-time"},
        "time": TIME,
        "request": REQUEST,
        "response": RESPONSE,
        "cache": {"type": "object", "maxProperties": 0},
        "timings": closed({"send": TIME, "wait": TIME, "receive": TIME}),
    }
)
HAR = {
    "type": "object",
    "required": ["log"],
    "additionalProperties": False,
    "properties": {
        "log": closed(
            {
                "version": {"const": "1.2"},
                "creator": closed({"name": TEXT, "version": TEXT}),
                "entries": several(ENTRY),
            }
        )
    },
}
