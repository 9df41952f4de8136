"""Credentials from a file in the authentication format of the Web Fuzzing Commons.

https://github.com/WebFuzzing/Commons: a list `auth` of callers, each with fixed headers, or a login
endpoint and how its answer becomes a token or cookies, or both; `authTemplate` fills in what they
leave out. A caller whose name is a role of the contract has that role.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import jsonschema_rs
import yaml

from ..contract.document import ContractError, at_pointer
from ..contract.model import Json, JsonObject
from .credentials import Grant, life_of
from .model import Account, Request, Response

_TEXT = {"type": "string"}
_HEADERS = {
    "type": "array",
    "items": {"type": "object", "required": ["name", "value"], "additionalProperties": _TEXT},
}
_LOGIN = {
    "type": "object",
    "required": ["verb"],
    "oneOf": [{"required": ["endpoint"]}, {"required": ["externalEndpointURL"]}],
    "not": {"required": ["payloadRaw", "payloadUserPwd"]},
    "anyOf": [
        {"required": ["token"]},
        {"required": ["expectCookies"], "properties": {"expectCookies": {"const": True}}},
    ],
    "properties": {
        "endpoint": {"type": "string", "pattern": "^/"},
        "externalEndpointURL": {"type": "string", "pattern": "^https?://"},
        "verb": {"enum": ["POST", "GET", "PATCH", "DELETE", "PUT"]},
        "payloadRaw": _TEXT,
        "contentType": _TEXT,
        "headers": _HEADERS,
        "expectCookies": {"type": "boolean"},
        "payloadUserPwd": {
            "type": "object",
            "required": ["username", "usernameField", "password", "passwordField"],
            "additionalProperties": _TEXT,
        },
        "token": {
            "type": "object",
            "required": ["extractFrom", "extractSelector", "sendIn", "sendName"],
            "properties": {
                "extractFrom": {"enum": ["body", "header"]},
                "extractSelector": _TEXT,
                "sendIn": {"enum": ["header", "query"]},
                "sendName": _TEXT,
                "sendTemplate": {"type": "string", "pattern": r"\{token\}"},
            },
        },
    },
}
_FORMAT = {
    "type": "object",
    "required": ["auth"],
    "properties": {
        "auth": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name"],
                "anyOf": [{"required": ["fixedHeaders"]}, {"required": ["loginEndpointAuth"]}],
                "properties": {
                    "name": _TEXT,
                    "fixedHeaders": _HEADERS,
                    "loginEndpointAuth": _LOGIN,
                },
            },
        }
    },
}
_FORM = "application/x-www-form-urlencoded"


class NoToken(Exception):
    """The answer of a login does not hold what the file says: the text says what is missing."""


@dataclass(frozen=True)
class Entry:
    """One caller of a file: headers that it always sends, and the login that gives it the rest."""

    name: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    login: JsonObject = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """The address of the login, where it is on another server than the API; or nothing."""
        return str(self.login.get("externalEndpointURL", ""))

    def secrets(self) -> set[str]:
        """Texts of the entry that no report may show."""
        given = self.login.get("payloadUserPwd", {})
        raw = {self.login.get("payloadRaw", ""), given.get("password", "")}
        return {text for text in raw | set(self.headers.values()) if len(text) > 3}

    def request(self) -> Request:
        """The request that logs in; its target is relative to the root of the server."""
        headers = {"Accept": "*/*", **_named(self.login.get("headers", ()))}
        kind, body = self.login.get("contentType", "application/json"), None
        if "payloadRaw" in self.login:
            body = self.login["payloadRaw"].encode()
        elif "payloadUserPwd" in self.login:
            body = _payload(self.login["payloadUserPwd"], kind).encode()
        if body is not None and "content-type" not in {name.lower() for name in headers}:
            headers["Content-Type"] = kind
        parts = urlsplit(self.url or self.login["endpoint"])
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Request(self.login["verb"], target, tuple(headers.items()), body)

    def grant(self, response: Response) -> Grant:
        """What the answer of the login gives. Raises NoToken."""
        handling = self.login.get("token")
        if not handling:
            return Grant({"Cookie": _cookies(response)}, {}, "", 0.0, response.json)
        token = _token(handling, response)
        sent = {
            handling["sendName"]: handling.get("sendTemplate", "{token}").replace("{token}", token)
        }
        life = life_of(response.json, token)
        if handling["sendIn"] == "query":
            return Grant({}, sent, token, life, response.json)
        return Grant(sent, {}, token, life, response.json)


def accounts_in(path: Path) -> list[Account]:
    """The callers of a file (YAML, JSON or TOML), in its order.

    Raises ValueError in one line that names the file and the place, and shows no secret.
    """
    found = _read(path)
    template = found.get("authTemplate")
    if isinstance(template, dict) and isinstance(found.get("auth"), list):
        found = {**found, "auth": [_filled(entry, template) for entry in found["auth"]]}
    fault = next(_validator().iter_errors(found), None)
    if fault is not None:
        # The message of the validator shows values: they may be secret.
        where = "/".join(str(step) for step in fault.instance_path) or "the document"
        keyword = str(fault.schema_path[-1]) if fault.schema_path else "schema"
        raise ValueError(f"{path}: {where} does not fit the WFC format ({keyword})")
    names = [entry["name"] for entry in found["auth"]]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{path}: two entries of auth are called '{twice}'")
    return [_account(entry) for entry in found["auth"]]


@cache
def _validator() -> Any:
    return jsonschema_rs.validator_for(_FORMAT)


def _account(entry: JsonObject) -> Account:
    headers = _named(entry.get("fixedHeaders", ()))
    login = entry.get("loginEndpointAuth", {})
    name = login.get("payloadUserPwd", {}).get("username", "")
    return Account(email=name, entry=Entry(entry["name"], headers, login))


def _read(path: Path) -> JsonObject:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise ValueError(f"{path}: cannot be read: {said}") from error
    try:
        found = tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        # Neither the text nor the parser's excerpt of it: there are passwords in it.
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        kind = "TOML" if path.suffix == ".toml" else "YAML or JSON"
        raise ValueError(f"{path}{line}: it is no {kind}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path}: it must be a map with the key 'auth'")  # noqa: TRY004 - a text's
    return found


def _filled(entry: Any, template: JsonObject) -> Any:
    """An entry with what it leaves out taken from the template; what it says itself stays."""
    if not isinstance(entry, dict):
        return entry
    filled = {**template, **entry}
    for key, value in template.items():
        if isinstance(value, dict) and key in entry:
            filled[key] = _filled(entry[key], value)
    return filled


def _named(headers: Any) -> dict[str, str]:
    return {header["name"]: header["value"] for header in headers}


def _payload(given: JsonObject, kind: str) -> str:
    values = {
        given["usernameField"]: given["username"],
        given["passwordField"]: given["password"],
    }
    return urlencode(values) if kind.partition(";")[0].strip() == _FORM else json.dumps(values)


def _token(handling: JsonObject, response: Response) -> str:
    selector, found = handling["extractSelector"], None
    if handling["extractFrom"] == "header":
        found = response.header(selector)
    else:
        found = _at(response.json, selector)
    if not isinstance(found, str) or not found:
        raise NoToken(f"there is no token at {selector} of its {handling['extractFrom']}")
    return found


def _at(value: Json, selector: str) -> Json:
    try:
        return at_pointer(value, "#" + selector) if isinstance(value, dict) else None
    except (ContractError, ValueError):
        return None


def _cookies(response: Response) -> str:
    found: dict[str, str] = {}
    for text in response.all("set-cookie"):
        try:
            found |= {name: morsel.value for name, morsel in SimpleCookie(text).items()}
        except CookieError:
            continue
    if not found:
        raise NoToken("it set no cookie")
    return "; ".join(f"{name}={value}" for name, value in found.items())
