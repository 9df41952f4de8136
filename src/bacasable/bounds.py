"""Bounds of connections and requests: each is an option of `serve`, and named where it refuses."""

from dataclasses import dataclass, field, fields
from typing import Any

KIB, MIB = 1024, 1024 * 1024


def _bound(default: float, says: str, least: float = 1) -> Any:
    return field(default=default, metadata={"says": says, "least": least})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a server takes of its clients. Sizes are in bytes, times in seconds."""

    max_target_bytes: int = _bound(16 * KIB, "Bytes of the target in a request line.", 64)
    max_header_bytes: int = _bound(64 * KIB, "Bytes of all headers of a request.", 256)
    max_headers: int = _bound(100, "Header lines of a request.", 8)
    max_query_parameters: int = _bound(256, "Parameters in a query.")
    max_control_body_bytes: int = _bound(256 * MIB, "Bytes of a body that a control takes.")
    max_body_memory: int = _bound(512 * MIB, "Bytes of all bodies that are being received.")
    max_connections: int = _bound(2000, "Connections at once.")
    max_unsent_bytes: int = _bound(256 * MIB, "Bytes of all answers that wait for their readers.")
    header_timeout: float = _bound(20.0, "Seconds until all headers are there.", 0.1)
    body_timeout: float = _bound(60.0, "Seconds until the body is there.", 0.1)
    min_body_rate: int = _bound(16 * KIB, "So many bytes of a body, or answer, give it a second.")
    keep_alive_timeout: float = _bound(5.0, "Seconds that an idle connection is kept.", 0.1)
    write_timeout: float = _bound(60.0, "Seconds that an answer waits for its reader.", 0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What a sandbox holds. What is full is refused; of what passes the oldest makes room."""

    max_records: int = _bound(2_000_000, "Records of a kind in a tenant.")
    max_tenants: int = _bound(1_000, "Tenants, forks included.")
    max_snapshots: int = _bound(100, "Snapshots of a tenant.")
    max_faults: int = _bound(100, "Faults of a tenant.")
    max_events: int = _bound(100_000, "Facts that the journal of a tenant keeps.")
    max_messages: int = _bound(10_000, "Messages that the inbox of a tenant keeps.")
    max_sessions: int = _bound(10_000, "Sessions of a tenant.")
    max_accounts: int = _bound(12, "Accounts for each security scheme of a document.")
    max_authorizations: int = _bound(1_000, "Consents, and codes, that wait to be used.")
    max_idempotency_keys: int = _bound(10_000, "Answers of a tenant kept for repeats.")
    max_log_bytes: int = _bound(128 * MIB, "Bytes that the request log keeps.")
    max_followers: int = _bound(32, "Readers who follow the request log at once.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """What is read of a body in parts: a form, or multipart. Sizes are in bytes."""

    max_parts: int = _bound(1_000, "Parts of a multipart body, or fields of a form.")
    max_part_bytes: int = _bound(MIB, "Bytes of one part, or file, of a multipart body.")
    max_part_header_bytes: int = _bound(4 * KIB, "Bytes of a header line of a part.", 64)


@dataclass(frozen=True, slots=True)
class Option:
    """One bound as an option of the command."""

    name: str
    flag: str
    default: float
    least: float
    says: str


def _options(kind: type[Bounds | Storage | Parted]) -> tuple[Option, ...]:
    return tuple(
        Option(
            one.name,
            "--" + one.name.replace("_", "-"),
            getattr(kind(), one.name),
            one.metadata["least"],
            one.metadata["says"],
        )
        for one in fields(kind)
    )


OPTIONS = _options(Bounds)
STORED = _options(Storage)
PARTED = _options(Parted)
