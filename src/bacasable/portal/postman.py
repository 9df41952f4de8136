"""The calls of a contract as a Postman collection (format 2.1.0), which many tools read.

A folder for each tag. The login keeps its token in a variable, which all other requests send;
parameters that are optional are there, and switched off.
"""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from ..contract.model import JsonObject
from .calls import BASE_URL, TOKEN, Call, Calls, Example, example_text, examples_of, path_values
from .samples.model import Take, Text
from .views.places import Tag

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_PREVIEWED = {"json": "json", "html": "html", "xml": "xml"}


def collection(calls: Calls) -> JsonObject:
    """The collection, ready to be written as JSON."""
    contract, say = calls.edition.contract, calls.edition.say
    text = contract.document["info"].get("description", "")
    if calls.login:
        first = say("downloads.login_first", name=_title(calls.login))
        text = f"{first}\n\n{text}" if text else first
    found = {
        "info": {
            "name": contract.title,
            "description": text,
            "version": contract.version,
            "schema": SCHEMA,
        },
        "item": [_folder(calls, tag, below) for tag, below in calls.tags],
        "variable": [
            {"key": name, "value": value, "type": "string"}
            for name, value in calls.variables.items()
        ],
    }
    return found | ({"auth": _bearer()} if TOKEN in calls.variables else {})


def _folder(calls: Calls, tag: Tag, below: Any) -> JsonObject:
    items = [_item(calls, call) for call in below]
    return {"name": tag.name, "description": tag.description, "item": items}


def _item(calls: Calls, call: Call) -> JsonObject:
    request = _request(calls, call)
    # The first example of each answer: those of refusals are long, and the same everywhere.
    shown = {e.status: e for e in reversed(examples_of(calls.edition, call.raw))}
    script = [_keep(calls, take) for take in call.keeps]
    if script:
        script = ["const answer = pm.response.json();", *script]
    return {
        "id": call.operation.id,
        "name": _title(call),
        "request": request,
        "response": [_response(request, example) for example in reversed(shown.values())],
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": script}}]
        if script
        else [],
    }


def _title(call: Call) -> str:
    return call.operation.summary or f"{call.operation.method.upper()} {call.operation.path}"


def _keep(calls: Calls, take: Take) -> str:
    """The line of a script that keeps a part of the answer."""
    place = "".join(f"[{json.dumps(step)}]" for step in take.place)
    name = json.dumps(calls.names[take.variable])
    return f"pm.collectionVariables.set({name}, answer{place});"


def _request(calls: Calls, call: Call) -> JsonObject:
    text = call.raw.get("description", "")
    if call.operation.roles:
        roles = calls.edition.say("downloads.roles", roles=", ".join(call.operation.roles))
        text = f"{text}\n\n{roles}" if text else roles
    request: JsonObject = {
        "method": call.operation.method.upper(),
        "url": _url(calls, call),
        "header": list(_headers(calls, call)),
        "description": text,
    }
    auth = _auth(calls, call)
    if auth is not None:
        request["auth"] = auth
    if call.step and call.step.sends:
        raw = calls.body(call.step.body)
        language = {"raw": {"language": "json"}}
        request["body"] = {"mode": "raw", "raw": raw, "options": language}
    return request


def _url(calls: Calls, call: Call) -> JsonObject:
    values = path_values(call)
    # A variable is a whole part of the path; where it is less, its value is written.
    parts = [_part(part, values) for part in call.operation.path.removeprefix("/").split("/")]
    whole = [part[1:-1] for part in call.operation.path.split("/") if _is_whole(part, values)]
    query = list(_query(calls, call))
    sent = "&".join(f"{each['key']}={each['value']}" for each in query if not each["disabled"])
    raw = "/".join([f"{{{{{BASE_URL}}}}}", *parts]) + (f"?{sent}" if sent else "")
    told = {p["name"]: p.get("description", "") for p in call.parameters if p["in"] == "path"}
    return {
        "raw": raw,
        "host": [f"{{{{{BASE_URL}}}}}"],
        "path": parts,
        "query": query,
        "variable": [
            {"key": name, "value": values[name], "description": told.get(name, "")}
            for name in whole
        ],
    }


def _is_whole(part: str, values: Any) -> bool:
    return part.startswith("{") and part.endswith("}") and part[1:-1] in values


def _part(part: str, values: Any) -> str:
    if _is_whole(part, values):
        return f":{part[1:-1]}"
    for name, value in values.items():
        part = part.replace(f"{{{name}}}", value)
    return part


def _query(calls: Calls, call: Call) -> Iterator[JsonObject]:
    """What the sample sends is sent when the call requires it; the rest waits, switched off."""
    declared = {p["name"]: p for p in call.parameters if p["in"] == "query"}
    sent = call.step.query if call.step else ()
    for name, value in sent:
        # A name that no parameter has is a key of the API, or a part of a required object.
        parameter = declared.pop(name, {"required": True})
        yield _pair(name, calls.text(value), parameter)
    for name, parameter in declared.items():
        yield _pair(name, example_text(calls.edition, parameter), parameter)


def _headers(calls: Calls, call: Call) -> Iterator[JsonObject]:
    step = call.step
    if step and step.sends and "content-type" not in {name.lower() for name, _ in step.headers}:
        yield _pair("Content-Type", "application/json", {"required": True})
    declared = {p["name"]: p for p in call.parameters if p["in"] == "header"}
    for name, value in step.headers if step else ():
        text = calls.text(value)
        parameter = declared.pop(name, {})
        if step and step.fresh and isinstance(value, Text) and step.fresh in value.parts:
            text = "{{$guid}}"
        if text != f"Bearer {{{{{TOKEN}}}}}":
            yield _pair(name, text, parameter | {"required": True})
    for name, parameter in declared.items():
        yield _pair(name, example_text(calls.edition, parameter), parameter)


def _pair(name: str, value: str, parameter: JsonObject) -> JsonObject:
    return {
        "key": name,
        "value": value,
        "description": parameter.get("description", ""),
        "disabled": not parameter.get("required", False),
    }


def _auth(calls: Calls, call: Call) -> JsonObject | None:
    """How a request says who calls; None for that of the whole collection."""
    step = call.step
    if step is None or f"Bearer {{{{{TOKEN}}}}}" in (calls.text(v) for _, v in step.headers):
        return None
    if step.basic:
        pairs = zip(("username", "password"), map(calls.variable, step.basic), strict=True)
        return {"type": "basic", "basic": [{"key": k, "value": v} for k, v in pairs]}
    return {"type": "noauth"}


def _bearer() -> JsonObject:
    token = {"key": "token", "value": f"{{{{{TOKEN}}}}}", "type": "string"}
    return {"type": "bearer", "bearer": [token]}


def _response(request: JsonObject, example: Example) -> JsonObject:
    """An example of an answer. The request it answers is told once, where it stands."""
    code = int(example.status) if example.status.isdigit() else None
    phrase = HTTPStatus(code).phrase if code in {s.value for s in HTTPStatus} else example.status
    text = example.body
    if text is not None and not (isinstance(text, str) and "json" not in example.media_type):
        text = json.dumps(text, ensure_ascii=False, indent=2)
    kind = next((shown for name, shown in _PREVIEWED.items() if name in example.media_type), "text")
    named = f"{example.status} {example.name or phrase}"
    header = [{"key": "Content-Type", "value": example.media_type}] if example.media_type else []
    found = {
        "name": named,
        "originalRequest": {"method": request["method"], "url": {"raw": request["url"]["raw"]}},
        "status": phrase,
        "_postman_previewlanguage": kind,
        "header": header,
        "cookie": [],
        "body": text,
    }
    return found | ({"code": code} if code else {})
