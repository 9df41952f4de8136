"""Small readers of the downloads: what a tool would send for a request of a Postman collection or
an .http file, with its variables filled in."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

_VARIABLE = re.compile(r"\{\{([^{}]+)\}\}")
_SCRIPT = re.compile(r'pm\.collectionVariables\.set\("(\w+)", answer((?:\[[^\]]+\])+)\);')


@dataclass
class Sent:
    """A request as it goes over the line."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""


def filled(text: str, values: dict[str, Any]) -> str:
    """A text with its variables; one that has no value is an error, as in a careful tool."""

    def value(match: re.Match[str]) -> str:
        return str(uuid4()) if match[1] == "$guid" else filled(str(values[match[1]]), values)

    return _VARIABLE.sub(value, text)


class PostmanReader:
    """Sends the requests of a collection one by one, and runs their scripts."""

    def __init__(self, text: bytes) -> None:
        self.collection = json.loads(text)
        self.values = {each["key"]: each["value"] for each in self.collection["variable"]}

    def items(self) -> Iterator[dict[str, Any]]:
        for folder in self.collection["item"]:
            yield from folder["item"]

    def request(self, item: dict[str, Any]) -> Sent:
        request = item["request"]
        headers = {
            each["key"]: filled(each["value"], self.values)
            for each in request["header"]
            if not each.get("disabled")
        }
        headers |= self._auth(request.get("auth", self.collection.get("auth")))
        body = request.get("body", {}).get("raw", "")
        content = filled(body, self.values).encode()
        return Sent(request["method"], self._url(request["url"]), headers, content)

    def _auth(self, auth: dict[str, Any] | None) -> dict[str, str]:
        if auth is None or auth["type"] == "noauth":
            return {}
        assert auth["type"] == "bearer"
        (token,) = auth["bearer"]
        return {"Authorization": f"Bearer {filled(token['value'], self.values)}"}

    def _url(self, url: dict[str, Any]) -> str:
        known = {each["key"]: each["value"] for each in url["variable"]}
        path = [known[p[1:]] if p.startswith(":") else p for p in url["path"]]
        query = "&".join(
            f"{quote(each['key'], safe='')}={quote(each['value'], safe=',')}"
            for each in url["query"]
            if not each.get("disabled")
        )
        whole = "/".join([*url["host"], *path]) + (f"?{query}" if query else "")
        return filled(whole, self.values)

    def keep(self, item: dict[str, Any], answer: Any) -> None:
        """Run the script behind a request: it keeps parts of the answer."""
        for event in item["event"]:
            first, *lines = event["script"]["exec"]
            assert (event["listen"], first) == ("test", "const answer = pm.response.json();")
            for line in lines:
                match = _SCRIPT.fullmatch(line)
                assert match, line
                value = answer
                for step in json.loads(f"[{match[2][1:-1].replace('][', ',')}]"):
                    value = value[step]
                self.values[match[1]] = value


class HttpReader:
    """Sends the requests of an .http file by their names."""

    def __init__(self, text: str) -> None:
        self.values: dict[str, Any] = {}
        self.requests: dict[str, list[str]] = {}
        for block in re.split(r"^###.*\n", text, flags=re.MULTILINE):
            self._read(block.rstrip("\n").split("\n"))

    def _read(self, lines: list[str]) -> None:
        name = ""
        for index, line in enumerate(lines):
            if match := re.fullmatch(r"@(\w+) = ?(.*)", line):
                self.values[match[1]] = match[2]
            elif match := re.fullmatch(r"# @name (\w+)", line):
                name = match[1]
            elif re.match(r"[A-Z]+ ", line):
                assert name not in self.requests, name
                self.requests[name] = lines[index:]
                return
            else:
                assert not line or line.startswith("#"), line

    def request(self, name: str, answers: dict[str, Any]) -> Sent:
        """A request; `answers` are the bodies that named requests got before."""
        values = self.values | _places(self.values, answers)
        lines = [filled(line, values) for line in self.requests[name]]
        end = lines.index("") if "" in lines else len(lines)
        head, body = lines[:end], lines[end + 1 :]
        query = [line for line in head[1:] if line.startswith("    ")]
        method, _, url = head[0].partition(" ")
        headers = dict(line.split(": ", 1) for line in head[1 + len(query) :])
        url += "".join(line.strip() for line in query)
        return Sent(method, url, headers, "\n".join(body).encode())


def _places(values: dict[str, str], answers: dict[str, Any]) -> dict[str, Any]:
    """What {{name.response.body.$.place}} stands for, wherever a variable says so."""
    found = {}
    for text in values.values():
        for whole in _VARIABLE.findall(text):
            match = re.fullmatch(r"(\w+)\.response\.body\.\$((?:\.\w+|\[\d+\])+)", whole)
            if match and match[1] in answers:
                value = answers[match[1]]
                for step in re.findall(r"\w+", match[2]):
                    value = value[int(step) if step.isdecimal() else step]
                found[whole] = value
    return found
