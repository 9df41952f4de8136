"""The exchanges of all findings as an HTTP archive (HAR 1.2), for tools that show traffic."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from ...contract.model import JsonObject
from ..transport import origin


def as_har(data: JsonObject) -> str:
    """The archive as JSON text."""
    entries = [entry for finding in data["findings"] for entry in _entries(data, finding)]
    creator = {"name": data["tool"]["name"], "version": data["tool"]["version"]}
    log = {"version": "1.2", "creator": creator, "entries": entries}
    return json.dumps({"log": log}, ensure_ascii=False, indent=1) + "\n"


def _entries(data: JsonObject, finding: JsonObject) -> Iterator[JsonObject]:
    for exchange in finding["exchanges"]:
        request, response = exchange["request"], exchange["response"]
        seconds = response["seconds"] if response else 0
        yield {
            "startedDateTime": data["started"],
            "time": seconds * 1000,
            "comment": f"{finding['id']}, request {exchange['number']}",
            "request": _request(request, origin(data["server"])),
            "response": _response(response),
            "cache": {},
            "timings": {"send": 0, "wait": seconds * 1000, "receive": 0},
        }


def _request(request: JsonObject, address: str) -> JsonObject:
    query = request["target"].partition("?")[2]
    made: dict[str, Any] = {
        "method": request["method"],
        "url": address + request["target"],
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(request["headers"]),
        "queryString": _pairs(parse_qsl(query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": -1,
    }
    if request["body"]:
        text = request["body"].get("text", request["body"].get("base64", ""))
        comment = {"comment": "base64"} if "base64" in request["body"] else {}
        made["postData"] = {"mimeType": _type(request), "text": text, **comment}
    return made


def _response(response: JsonObject | None) -> JsonObject:
    """An answer; without one status 0, as browsers write it."""
    found: Any = response or {"status": 0, "headers": [], "body": {"text": ""}, "size": 0}
    body = found["body"]
    content = {"size": found["size"], "mimeType": _type(found)}
    content |= {"text": body.get("text", body.get("base64", ""))}
    return {
        "status": found["status"],
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(found["headers"]),
        "content": content | ({"encoding": "base64"} if "base64" in body else {}),
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": found["size"],
    }


def _pairs(pairs: Any) -> list[JsonObject]:
    return [{"name": name, "value": value} for name, value in pairs]


def _type(message: JsonObject) -> str:
    found = (value for name, value in message["headers"] if name.lower() == "content-type")
    return str(next(found, ""))
