"""Keeping the state of a sandbox in a file: what is written, and how it is read back.

The first line names format, version and checksum, the second holds the state as JSON. A file that
is damaged, foreign or of a later version is refused and left as it is.
"""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ..contract.model import JsonObject
from ..contract.problems import Refusal
from ..contract.request import format_instant
from ..contract.wire import from_json, to_json
from ..core import Image, Space, TenantClock
from .estate import Estate, Holding, Saved
from .snapshots import from_file, to_file

FORMAT, VERSION = "bacasable-state", 1


class StateRefused(Exception):
    """A state file cannot be read. One line: which file, why, what to do."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """One tenant as it is to be written."""

    slug: str
    holding: Holding
    snapshots: Mapping[str, Saved]
    saved: Saved
    connections: Image


@dataclass(frozen=True, slots=True)
class Capture:
    """The state of a sandbox at one moment. Taken at once, written at leisure in another thread."""

    tenants: tuple[_Kept, ...]
    seeded: tuple[str, ...]
    root: Image
    requests: int
    closed: Mapping[str, int]


def capture(estate: Estate) -> Capture:
    """The present state."""
    tenants = []
    for space in estate.platform.spaces():
        holding = estate.holding(space.slug)
        snapshots, saved = dict(holding.snapshots), estate.save(space)
        tenants.append(_Kept(space.slug, holding, snapshots, saved, space.connections()))
    platform = estate.platform
    closed = dict(platform.closed)
    root = platform.root.image()
    return Capture(tuple(tenants), estate.seeded(), root, platform.requests, closed)


def write(path: Path, estate: Estate, state: Capture) -> None:
    """Write a state so that the file always holds a whole one, the old or the new.

    Raises OSError when the disk refuses; the old file is then as it was.
    """
    body = to_json(_document(estate, state))
    header = {"format": FORMAT, "version": VERSION, "checksum": _checksum(body)}
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        # mkstemp lets nobody else read: the file holds digests of passwords and tokens.
        with os.fdopen(handle, "wb") as file:
            file.write(to_json(header) + b"\n" + body + b"\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    # The rename itself is on the disk only when the folder is.
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read(path: Path, estate: Estate) -> None:
    """Put a sandbox into the state of a file.

    Raises StateRefused; its records are then as before, and the sandbox is not to be served.
    """
    try:
        document = _checked(path.read_bytes())
        with estate.platform.log.held():
            _restore(estate, document)
    except OSError as error:
        raise StateRefused(f"{path}: cannot be read ({error.strerror})") from error
    except Refusal as refusal:
        places = "; ".join(f"{v.pointer or '/'} {v.detail}" for v in refusal.violations[:3])
        said = f"{refusal.detail} {places}".strip()
        raise StateRefused(_remedied(path, f"does not fit this sandbox: {said}")) from refusal
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateRefused(_remedied(path, str(error).strip("'"))) from error


def _remedied(path: Path, said: str) -> str:
    return f"{path}: {said}; it was left as it is: move it away, or name another with --state"


def _checked(content: bytes) -> JsonObject:
    """The state in a file's content. Raises ValueError saying why there is none."""
    first, _, rest = content.partition(b"\n")
    header = None
    with suppress(ValueError):
        header = from_json(first)
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError("is no state of Bacasable")
    version = header.get("version")
    if version != VERSION:
        raise ValueError(f"has the version {version} of the format, and this reads {VERSION}")
    body = rest.removesuffix(b"\n")
    if header.get("checksum") != _checksum(body):
        raise ValueError("is damaged (its checksum is another)")
    document: JsonObject = from_json(body)
    return document


def _checksum(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _document(estate: Estate, state: Capture) -> JsonObject:
    contract = estate.engine.contract
    return {
        "seeded": list(state.seeded),
        "requests": state.requests,
        "closed": state.closed,
        "root": _plain(state.root),
        "tenants": [
            {
                "slug": kept.slug,
                "kind": kept.holding.kind,
                "origin": kept.holding.origin,
                "password": kept.holding.password,
                "state": to_file(contract, kept.saved),
                "ahead": _ahead(kept.saved),
                "connections": _plain(kept.connections),
                # The seeds of the others come from their fixtures.
                "seed": to_file(contract, kept.holding.seed)
                if kept.holding.seed and kept.holding.kind != "SEEDED"
                else None,
                "snapshots": {name: to_file(contract, s) for name, s in kept.snapshots.items()},
            }
            for kept in state.tenants
        ],
    }


def _plain(image: Image) -> JsonObject:
    """An image as JSON, without clock and schedule."""
    return {
        "collections": {name: list(records) for name, records in image.collections.items()},
        "counters": dict(image.counters),
    }


def _restore(estate: Estate, document: JsonObject) -> None:
    platform = estate.platform
    kept = {told["slug"] for told in document["tenants"]}
    for slug in document["seeded"]:
        space = platform.space(slug)
        if slug not in kept and space is not None:
            estate.delete(space)
    # A fixture that is new since then keeps its tenant.
    news = [s for s in platform.spaces() if s.slug not in kept]
    records = [estate.tenant(space) for space in news]
    _fill(platform.root, document["root"])
    for record in records:
        platform.root.collection("Tenant").put(record)
    # The numbers of those that come back are in the file.
    platform.closed = {}
    for told in document["tenants"]:
        _restore_tenant(estate, told)
    platform.requests, platform.closed = document["requests"], document["closed"]


def _restore_tenant(estate: Estate, told: JsonObject) -> None:
    platform, slug = estate.platform, told["slug"]
    saved = from_file(estate, told["state"])
    space = platform.space(slug) or platform.open(slug, saved.tenant["id"])
    space.tenant_id = saved.tenant["id"]
    estate.restore(space, saved, at=_resumed(estate, told, saved))
    _fill(space, told["connections"])
    holding = estate.holding(slug)
    if slug not in estate.seeded():
        # One that was seeded by a fixture that is not given any more has come from a file, too.
        holding.kind = "FIXTURE" if told["kind"] == "SEEDED" else told["kind"]
        holding.origin = told["origin"]
        holding.password = told["password"]
        holding.seed = from_file(estate, told["seed"]) if told["seed"] else None
    holding.snapshots = {n: from_file(estate, file) for n, file in told["snapshots"].items()}


def _ahead(saved: Saved) -> float:
    clock = saved.image.clock
    return clock.ahead.total_seconds() if isinstance(clock, TenantClock) else 0.0


def _resumed(estate: Estate, told: JsonObject, saved: Saved) -> str:
    """The instant to go on from: a running clock ran on meanwhile, and never goes back."""
    if told["state"]["mode"] == "FROZEN":
        return saved.now
    now = format_instant(estate.clock.now() + timedelta(seconds=told["ahead"]))
    return max(now, saved.now)


def _fill(space: Space, told: JsonObject) -> None:
    """Put collections and numbers into a space, in place of those of the same names."""
    for name, records in told["collections"].items():
        space.empty(name)
        collection = space.collection(name)
        for record in records:
            collection.put(record)
    space.count(told["counters"])
