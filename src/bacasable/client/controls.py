"""The controls of /_sandbox, one method each. Generated: `python3 run.py docs` writes it anew.

What each of them does is said in sandbox/controls/controls.yaml (served as /_sandbox/openapi.json).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from .calling import Calls, Data, several
from .values import duration, instant


class AddFaultOptions(TypedDict, total=False):
    """What `addFault` may be given."""

    operations: str | Sequence[str]
    roles: str | Sequence[str]
    percent: float
    count: int
    seconds: float
    jitter: float
    status: int
    code: str
    when: str
    retry_after: int
    change: str
    member: str


class ReadLogOptions(TypedDict, total=False):
    """What `readLog` may be given."""

    tenant: str
    operation: str
    method: str
    status: str | int
    actor: str
    since: str | datetime
    limit: int


class ExportLogOptions(TypedDict, total=False):
    """What `exportLog` may be given."""

    tenant: str
    operation: str
    method: str
    status: str | int
    actor: str
    since: str | datetime
    limit: int


class ListMessagesOptions(TypedDict, total=False):
    """What `listMessages` may be given."""

    to: str
    channel: str
    kind: str
    since: str | datetime
    limit: int


class Controls(Calls):
    """The controls of one sandbox. `Calls` says what they raise."""

    def read_tenants(self) -> list[Data]:
        """List the tenants of the sandbox."""
        return self._items("GET", ["tenants"])

    def open_tenant(self, document: Mapping[str, Any]) -> Data:
        """Open a tenant from a fixture document."""
        return self._data("POST", ["tenants"], body=document)

    def read_tenant(self, tenant: str) -> Data:
        """Read one tenant."""
        return self._data("GET", ["tenants", tenant])

    def delete_tenant(self, tenant: str) -> None:
        """Delete a tenant, its snapshots, faults, log and inbox."""
        self._done("DELETE", ["tenants", tenant])

    def fork_tenant(self, tenant: str, *, slug: str | None = None) -> Data:
        """Fork a tenant into a new one, with its accounts and passwords."""
        return self._data("POST", ["tenants", tenant, "forks"], given={"slug": slug})

    def issue_token(
        self,
        tenant: str,
        *,
        role: str | None = None,
        email: str | None = None,
        user_id: str | None = None,
    ) -> Data:
        """Log in without a password, by role or by account."""
        return self._data(
            "POST",
            ["tenants", tenant, "tokens"],
            given={"role": role, "email": email, "user_id": user_id},
        )

    def list_credentials(self) -> list[Data]:
        """List what the security schemes of a document accept."""
        return self._items("GET", ["credentials"])

    def read_contract(self) -> Data:
        """Read what is served, and how a call names its tenant."""
        return self._data("GET", ["contract"])

    def reset_tenant(self, tenant: str) -> Data:
        """Reset a tenant to what it was when it was seeded, opened or forked."""
        return self._data("POST", ["tenants", tenant, "reset"])

    def reset_all(self) -> list[Data]:
        """Reset the whole sandbox to what it was at start."""
        return self._items("POST", ["reset"])

    def get_clock(self, tenant: str) -> Data:
        """Read the clock of a tenant."""
        return self._data("GET", ["tenants", tenant, "clock"])

    def set_clock(
        self, tenant: str, *, now: str | datetime | None = None, mode: str | None = None
    ) -> Data:
        """Set the clock, freeze it, or let it run."""
        return self._data(
            "PUT", ["tenants", tenant, "clock"], given={"now": instant(now), "mode": mode}
        )

    def advance_clock(self, tenant: str, by: str | timedelta) -> Data:
        """Advance the clock by a duration, and fire what falls due."""
        return self._data(
            "POST", ["tenants", tenant, "clock", "advance"], given={"by": duration(by)}
        )

    def list_snapshots(self, tenant: str) -> list[Data]:
        """List the snapshots of a tenant."""
        return self._items("GET", ["tenants", tenant, "snapshots"])

    def get_snapshot(self, tenant: str, name: str) -> Data:
        """Read about one snapshot."""
        return self._data("GET", ["tenants", tenant, "snapshots", name])

    def save_snapshot(self, tenant: str, name: str) -> Data:
        """Save the present state of a tenant under a name, in place of an earlier one."""
        return self._data("PUT", ["tenants", tenant, "snapshots", name])

    def delete_snapshot(self, tenant: str, name: str) -> None:
        """Delete a snapshot."""
        self._done("DELETE", ["tenants", tenant, "snapshots", name])

    def restore_snapshot(self, tenant: str, name: str) -> Data:
        """Put a tenant back into the state of a snapshot."""
        return self._data("POST", ["tenants", tenant, "snapshots", name, "restore"])

    def download_snapshot(self, tenant: str, name: str) -> Data:
        """Download a snapshot as a file."""
        return self._data("GET", ["tenants", tenant, "snapshots", name, "file"])

    def upload_snapshot(self, tenant: str, name: str, document: Mapping[str, Any]) -> Data:
        """Upload a file as a snapshot, in place of an earlier one."""
        return self._data("PUT", ["tenants", tenant, "snapshots", name, "file"], body=document)

    def insert_records(
        self, tenant: str, resource: str, records: Sequence[Mapping[str, Any]]
    ) -> Data:
        """Insert many records of one resource at once, for big test data."""
        return self._data(
            "POST",
            ["tenants", tenant, "records"],
            given={"resource": resource, "records": records},
        )

    def list_faults(self, tenant: str) -> list[Data]:
        """List the faults of a tenant, oldest first."""
        return self._items("GET", ["tenants", tenant, "faults"])

    def add_fault(self, tenant: str, kind: str, **options: Unpack[AddFaultOptions]) -> Data:
        """Make calls of a tenant fail from now on."""
        return self._data(
            "POST",
            ["tenants", tenant, "faults"],
            given={
                "kind": kind,
                **options,
                "operations": several(options.get("operations")),
                "roles": several(options.get("roles")),
            },
        )

    def clear_faults(self, tenant: str) -> None:
        """Remove all faults of a tenant."""
        self._done("DELETE", ["tenants", tenant, "faults"])

    def get_fault(self, tenant: str, fault: str) -> Data:
        """Read one fault, with how often it struck."""
        return self._data("GET", ["tenants", tenant, "faults", fault])

    def remove_fault(self, tenant: str, fault: str) -> None:
        """Remove one fault."""
        self._done("DELETE", ["tenants", tenant, "faults", fault])

    def read_log(self, **options: Unpack[ReadLogOptions]) -> list[Data]:
        """Read the last exchanges, oldest first; or follow them."""
        return self._items(
            "GET", ["log"], query={**options, "since": instant(options.get("since"))}
        )

    def follow_log(
        self, **options: Unpack[ReadLogOptions]
    ) -> AbstractContextManager[Iterator[Data]]:
        """The same as it happens: each event from when this is entered until it is left."""
        return self._events(
            "GET", ["log"], query={**options, "since": instant(options.get("since"))}
        )

    def clear_log(self, *, tenant: str | None = None) -> None:
        """Forget the exchanges, of one tenant or of all."""
        self._done("DELETE", ["log"], query={"tenant": tenant})

    def export_log(self, **options: Unpack[ExportLogOptions]) -> Data:
        """Export the exchanges as an HTTP archive (HAR 1.2)."""
        return self._data(
            "GET", ["log.har"], query={**options, "since": instant(options.get("since"))}
        )

    def list_messages(self, tenant: str, **options: Unpack[ListMessagesOptions]) -> list[Data]:
        """List the messages that the platform would have sent, oldest first."""
        return self._items(
            "GET",
            ["tenants", tenant, "inbox"],
            query={**options, "since": instant(options.get("since"))},
        )

    def clear_inbox(self, tenant: str) -> None:
        """Empty the inbox of a tenant."""
        self._done("DELETE", ["tenants", tenant, "inbox"])

    def get_message(self, tenant: str, message: str) -> Data:
        """Read one message."""
        return self._data("GET", ["tenants", tenant, "inbox", message])

    def show_message(self, tenant: str, message: str) -> str:
        """See one message as its recipient would."""
        return self._text("GET", ["tenants", tenant, "inbox", message, "html"])

    def read_message(self, tenant: str, message: str) -> str:
        """Read one message as plain text."""
        return self._text("GET", ["tenants", tenant, "inbox", message, "text"])

    def follow_link(self, link: str) -> Data:
        """Follow a link of a message."""
        return self._data("GET", ["links", link])
