"""How controls are called: JSON in, JSON out. What controls there are is generated: controls.py.

Python's `Sandbox` and the command line both stand on it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote

import httpx

from .errors import ControlRefused, SandboxUnreachable
from .proxies import through
from .values import camel

Data = dict[str, Any]
Options = Mapping[str, object]
"""What a control takes, by its name in Python; None leaves one out."""

_PATIENCE = httpx.Timeout(10, read=300)
"""Seconds. A large tenant takes its time to insert, or to live through a year."""


class Calls:
    """Calls of the controls of one sandbox, by an httpx client whose base URL is its address.

    `proxy` is what the client asks instead, and is named in errors.

    Every method raises ControlRefused for a refusal, and SandboxUnreachable when there is no
    sandbox with controls.
    """

    def __init__(self, http: httpx.Client, proxy: str | None = None) -> None:
        self._http, self._proxy = http, proxy

    def _data(self, method: str, path: Sequence[str], **sent: Any) -> Data:
        """The object that a control answers; what is sent is as for `_call`."""
        data: Data = self._call(method, path, **sent).json()
        return data

    def _items(self, method: str, path: Sequence[str], **sent: Any) -> list[Data]:
        """The list that a control answers."""
        items: list[Data] = self._call(method, path, **sent).json()["items"]
        return items

    def _text(self, method: str, path: Sequence[str], **sent: Any) -> str:
        """The text that a control answers."""
        return self._call(method, path, **sent).text

    def _done(self, method: str, path: Sequence[str], **sent: Any) -> None:
        """Call a control that answers nothing."""
        self._call(method, path, **sent)

    @contextmanager
    def _events(
        self, method: str, path: Sequence[str], *, query: Options
    ) -> Iterator[Iterator[Data]]:
        """What a control tells from the moment this is entered, each when it happens."""
        headers = {"Accept": "text/event-stream"}
        endless = httpx.Timeout(10, read=None)
        url, params = _url(path), _given(query)
        request = self._http.build_request(
            method, url, params=params, headers=headers, timeout=endless
        )
        try:
            answer = self._http.send(request, stream=True)
        except httpx.TransportError as error:
            raise self._unreachable() from error
        with closing(answer):
            if answer.is_error:
                answer.read()
                self._refuse(answer)
            yield self._told(answer)

    def _told(self, answer: httpx.Response) -> Iterator[Data]:
        try:
            yield from _events(answer.iter_lines())
        except httpx.TransportError as error:
            # When our side has stopped there is nothing more to tell, and that is no failure.
            if not self._http.is_closed:
                raise self._unreachable() from error

    def _call(
        self,
        method: str,
        path: Sequence[str],
        *,
        query: Options | None = None,
        given: Options | None = None,
        body: Any = None,
    ) -> httpx.Response:
        """Call a control. `given` are members of the body; else it is `body` as a whole."""
        url, params = _url(path), _given(query or {})
        body = body if given is None else _given(given)
        try:
            answer = self._http.request(method, url, params=params, json=body, timeout=_PATIENCE)
        except httpx.TransportError as error:
            raise self._unreachable() from error
        if not answer.is_success:
            self._refuse(answer)
        return answer

    def _refuse(self, answer: httpx.Response) -> None:
        """Raise what a refusal says."""
        try:
            refused = ControlRefused(answer.json())
        except (ValueError, TypeError, LookupError):
            said = f"answers {answer.status_code}, and is no sandbox of Bacasable"
            raise SandboxUnreachable(f"{self._address()}: {said}") from None
        if refused.code == "UNKNOWN_PATH":
            said = "the sandbox there shows no controls: give its key (--key, BACASABLE_KEY) if it "
            said += "was started with one; else it was started with --no-controls"
            raise SandboxUnreachable(f"{self._address()}: {said}")
        raise refused

    def _unreachable(self) -> SandboxUnreachable:
        said = "no sandbox answers there; start one with 'bacasable serve'"
        return SandboxUnreachable(f"{self._address()}: {said}")

    def _address(self) -> str:
        return str(self._http.base_url).rstrip("/") + through(self._proxy)


def _url(path: Sequence[str]) -> str:
    return "/_sandbox/" + "/".join(map(_quoted, path))


def _quoted(part: str) -> str:
    """A name as part of a path. Raises ControlRefused for one that would make another path."""
    if part in {"", ".", ".."}:
        problem = {
            "code": "NOT_FOUND",
            "status": 404,
            "detail": f"There is nothing named '{part}'.",
        }
        raise ControlRefused(problem)
    return quote(part, safe="")


def several(names: str | Sequence[str] | None) -> list[str] | None:
    """Names, of which there may be one."""
    return [names] if isinstance(names, str) else names if names is None else [*names]


def _given(values: Options) -> dict[str, Any]:
    return {camel(name): value for name, value in values.items() if value is not None}


def _events(stream: Iterator[str]) -> Iterator[Data]:
    """The data of each server-sent event in a stream of lines; comments say nothing."""
    lines: list[str] = []
    for line in stream:
        if line:
            lines.append(line)
            continue
        data = "\n".join(part[5:].strip() for part in lines if part.startswith("data:"))
        told = "event: exchange" in lines
        lines = []
        if told:
            yield json.loads(data)
