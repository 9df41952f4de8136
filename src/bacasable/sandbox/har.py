"""The request log as an HTTP archive (HAR 1.2), made from exchanges that are told already.

What the format has no place for stands in members with an underscore, as it asks.
"""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from importlib.metadata import version
from urllib.parse import parse_qsl

from ..contract.model import Json, JsonObject
from ..contract.problems import as_sent
from ..contract.wire import to_json

_OMITTED = {
    "LARGE": "Not kept, because it is large or was long ago.",
    "UNREAD": "The request was refused before its body was read.",
    "UNSAFE": "Not shown: it may hold a secret that cannot be told from the rest.",
}


def archive(told: Sequence[JsonObject], base_url: str) -> JsonObject:
    """The archive of exchanges as `Teller.tell` gives them; `base_url` is that of the sandbox."""
    found = _frame()
    found["log"]["entries"] = [entry(exchange, base_url) for exchange in told]
    return found


def archive_around() -> tuple[bytes, bytes]:
    """What stands before the entries of an archive, and after them, as JSON."""
    head, _, tail = to_json(_frame()).rpartition(b"[]")
    return head + b"[", b"]" + tail


def _frame() -> JsonObject:
    creator = {"name": "Bacasable", "version": version("bacasable")}
    return {"log": {"version": "1.2", "creator": creator, "entries": []}}


def entry(told: JsonObject, base_url: str) -> JsonObject:
    """One exchange as an entry of an archive."""
    query = "?" + told["query"] if told["query"] else ""
    return {
        "startedDateTime": told["at"],
        "time": told["durationMs"],
        "request": {
            "method": told["method"],
            "url": base_url + as_sent(told["path"]) + query,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _pairs(told["request"]["headers"].items()),
            "queryString": _pairs(parse_qsl(told["query"], keep_blank_values=True)),
            **_post_data(told["request"]),
            "headersSize": -1,
            "bodySize": told["request"]["bytes"],
        },
        "response": _response(told),
        "cache": {},
        "timings": {"send": 0, "wait": told["durationMs"], "receive": 0},
        **{f"_{name}": told[name] for name in _OURS},
    }


_OURS = ("id", "tenant", "operation", "actor", "code", "violations", "faults")


def _response(told: JsonObject) -> JsonObject:
    part, status = told["response"], told["status"]
    known = status in set(HTTPStatus)
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if known else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(part["headers"].items()),
        "content": {
            "size": part["bytes"],
            "mimeType": part["headers"].get("content-type", "x-unknown"),
            **_text(part),
        },
        "redirectURL": part["headers"].get("location", ""),
        "headersSize": -1,
        "bodySize": part["bytes"],
    }


def _post_data(part: JsonObject) -> JsonObject:
    """The member for a body, where there is one. The archive wants its text, were it empty."""
    if not part["bytes"] and part["omitted"] is None:
        return {}
    kind = part["headers"].get("content-type", "")
    return {"postData": {"mimeType": kind, "params": [], **({"text": ""} | _text(part))}}


def _text(part: JsonObject) -> JsonObject:
    if part["omitted"] is not None:
        return {"comment": _OMITTED[part["omitted"]]}
    body: Json = part["body"]
    if not part["bytes"]:
        return {}
    return {"text": body if isinstance(body, str) else to_json(body).decode()}


def _pairs(items: Iterable[tuple[str, str]]) -> list[JsonObject]:
    return [{"name": name, "value": value} for name, value in items]
