"""The controls of /_sandbox, one method each, named after their operationId: JSON in, JSON out.

Python's `Sandbox` and the command line both stand on this class. What each control does, takes and
answers is said once, in sandbox/controls/controls.yaml (served as /_sandbox/openapi.json).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote

import httpx

from .errors import ControlRefused, SandboxUnreachable
from .places import Remote
from .proxies import through

Data = dict[str, Any]
Filters = Mapping[str, str | int | None]
"""Query parameters of a control, by their name in the document; None leaves one out."""

_PATIENCE = httpx.Timeout(10, read=300)
"""Seconds. A large tenant takes its time to insert, or to live through a year."""


@contextmanager
def controls_at(url: str, key: str | None) -> "Iterator[Controls]":
    """The controls of a sandbox at an address. Raises SandboxError for what is no address."""
    place = Remote(url)
    headers = {} if key is None else {"X-Sandbox-Key": key}
    way = place.transport()
    try:
        with httpx.Client(base_url=place.url, transport=way, headers=headers) as http:
            yield Controls(http, place.proxy)
    finally:
        place.stop()


class Controls:
    """The controls of one sandbox, reached by an httpx client whose base URL is its address.

    `proxy` is what the client asks instead, and is named in errors.

    Every method raises ControlRefused for a refusal, and SandboxUnreachable when there is no
    sandbox with controls.
    """

    def __init__(self, http: httpx.Client, proxy: str | None = None) -> None:
        self._http, self._proxy = http, proxy

    def list_tenants(self) -> list[Data]:
        """All tenants."""
        return _items(self._call("GET", ["tenants"]))

    def open_tenant(self, fixture: Mapping[str, Any]) -> Data:
        """Open a tenant from a fixture document; gives the tenant."""
        return self._data("POST", ["tenants"], body=fixture)

    def get_tenant(self, tenant: str) -> Data:
        """One tenant."""
        return self._data("GET", ["tenants", tenant])

    def delete_tenant(self, tenant: str) -> None:
        """Delete a tenant."""
        self._call("DELETE", ["tenants", tenant])

    def fork_tenant(self, tenant: str, slug: str | None = None) -> Data:
        """Fork a tenant; gives the fork. The sandbox chooses the slug when there is none."""
        body = {} if slug is None else {"slug": slug}
        return self._data("POST", ["tenants", tenant, "forks"], body=body)

    def issue_token(self, tenant: str, account: Mapping[str, str]) -> Data:
        """Log in by one of role, email and userId; gives the pair of tokens."""
        return self._data("POST", ["tenants", tenant, "tokens"], body=account)

    def list_credentials(self) -> list[Data]:
        """What the security schemes of a document accept."""
        return _items(self._call("GET", ["credentials"]))

    def reset_tenant(self, tenant: str) -> Data:
        """Reset a tenant; gives it."""
        return self._data("POST", ["tenants", tenant, "reset"])

    def reset_all(self) -> list[Data]:
        """Reset the sandbox; gives its tenants."""
        return _items(self._call("POST", ["reset"]))

    def get_clock(self, tenant: str) -> Data:
        """The clock of a tenant."""
        return self._data("GET", ["tenants", tenant, "clock"])

    def set_clock(self, tenant: str, *, now: str | None = None, mode: str | None = None) -> Data:
        """Set a clock, freeze it (FROZEN) or let it run (RUNNING); gives what fell due."""
        body = _given({"now": now, "mode": mode})
        return self._data("PUT", ["tenants", tenant, "clock"], body=body)

    def advance_clock(self, tenant: str, by: str) -> Data:
        """Advance a clock by an ISO 8601 duration; gives what fell due."""
        return self._data("POST", ["tenants", tenant, "clock", "advance"], body={"by": by})

    def list_snapshots(self, tenant: str) -> list[Data]:
        """The snapshots of a tenant."""
        return _items(self._call("GET", ["tenants", tenant, "snapshots"]))

    def get_snapshot(self, tenant: str, name: str) -> Data:
        """One snapshot."""
        return self._data("GET", ["tenants", tenant, "snapshots", name])

    def save_snapshot(self, tenant: str, name: str) -> Data:
        """Save the present state under a name; gives the snapshot."""
        return self._data("PUT", ["tenants", tenant, "snapshots", name])

    def delete_snapshot(self, tenant: str, name: str) -> None:
        """Delete a snapshot."""
        self._call("DELETE", ["tenants", tenant, "snapshots", name])

    def restore_snapshot(self, tenant: str, name: str) -> Data:
        """Put a tenant back into the state of a snapshot; gives the tenant."""
        return self._data("POST", ["tenants", tenant, "snapshots", name, "restore"])

    def download_snapshot(self, tenant: str, name: str) -> Data:
        """A snapshot as a document to keep."""
        return self._data("GET", ["tenants", tenant, "snapshots", name, "file"])

    def upload_snapshot(self, tenant: str, name: str, document: Mapping[str, Any]) -> Data:
        """Store a document that was downloaded; gives the snapshot."""
        path = ["tenants", tenant, "snapshots", name, "file"]
        return self._data("PUT", path, body=document)

    def insert_records(
        self, tenant: str, resource: str, records: Sequence[Mapping[str, Any]]
    ) -> Data:
        """Insert whole records of one resource; gives {resource, inserted, ids}."""
        body = {"resource": resource, "records": list(records)}
        return self._data("POST", ["tenants", tenant, "records"], body=body)

    def list_faults(self, tenant: str) -> list[Data]:
        """The faults of a tenant."""
        return _items(self._call("GET", ["tenants", tenant, "faults"]))

    def get_fault(self, tenant: str, fault: str) -> Data:
        """One fault, with how often it struck."""
        return self._data("GET", ["tenants", tenant, "faults", fault])

    def add_fault(self, tenant: str, options: Mapping[str, Any]) -> Data:
        """Add a fault as the document of the controls has it; gives it with its id."""
        return self._data("POST", ["tenants", tenant, "faults"], body=_given(options))

    def remove_fault(self, tenant: str, fault: str) -> None:
        """Remove one fault."""
        self._call("DELETE", ["tenants", tenant, "faults", fault])

    def clear_faults(self, tenant: str) -> None:
        """Remove all faults of a tenant."""
        self._call("DELETE", ["tenants", tenant, "faults"])

    def read_log(self, filters: Filters) -> list[Data]:
        """The last exchanges that fit, oldest first."""
        return _items(self._call("GET", ["log"], query=filters))

    @contextmanager
    def follow_log(self, filters: Filters) -> Iterator[Iterator[Data]]:
        """Exchanges from the moment this is entered, each when it happens, until it is left."""
        query = _given({**filters, "follow": "true"})
        headers = {"Accept": "text/event-stream"}
        endless = httpx.Timeout(10, read=None)
        request = self._http.build_request(
            "GET", "/_sandbox/log", params=query, headers=headers, timeout=endless
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

    def clear_log(self, tenant: str | None = None) -> None:
        """Forget the exchanges of one tenant, or of all."""
        self._call("DELETE", ["log"], query={"tenant": tenant})

    def export_log(self, filters: Filters) -> Data:
        """The exchanges that fit as an HTTP archive (HAR 1.2)."""
        return self._data("GET", ["log.har"], query=filters)

    def list_messages(self, tenant: str, filters: Filters) -> list[Data]:
        """The messages that fit, oldest first."""
        return _items(self._call("GET", ["tenants", tenant, "inbox"], query=filters))

    def clear_inbox(self, tenant: str) -> None:
        """Empty the inbox of a tenant."""
        self._call("DELETE", ["tenants", tenant, "inbox"])

    def get_message(self, tenant: str, message: str) -> Data:
        """One message."""
        return self._data("GET", ["tenants", tenant, "inbox", message])

    def show_message(self, tenant: str, message: str) -> str:
        """One message as a page."""
        return self._call("GET", ["tenants", tenant, "inbox", message, "html"]).text

    def read_message(self, tenant: str, message: str) -> str:
        """One message as plain text."""
        return self._call("GET", ["tenants", tenant, "inbox", message, "text"]).text

    def follow_link(self, link: str) -> Data:
        """Where a link of a message leads, with tokens of its recipient. `link`: its last part."""
        return self._data("GET", ["links", link])

    def _told(self, answer: httpx.Response) -> Iterator[Data]:
        try:
            yield from _events(answer.iter_lines())
        except httpx.TransportError as error:
            # When our side has stopped there is nothing more to tell, and that is no failure.
            if not self._http.is_closed:
                raise self._unreachable() from error

    def _data(self, method: str, path: Sequence[str], *, body: Any = None, **more: Any) -> Data:
        data: Data = self._call(method, path, body=body, **more).json()
        return data

    def _call(
        self, method: str, path: Sequence[str], *, body: Any = None, query: Filters | None = None
    ) -> httpx.Response:
        url = "/_sandbox/" + "/".join(map(_quoted, path))
        params = _given(query or {})
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


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _items(answer: httpx.Response) -> list[Data]:
    items: list[Data] = answer.json()["items"]
    return items


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
