"""Keeping states in tests: sandboxes that are started, kept and read back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bacasable.sandbox.keeping import Keeper, StateRefused
from bacasable.server.launch import Assembly
from tests.qualiforma.steps import enrollment
from tests.server.controlling import SMALL, Box
from tests.server.restoring import contents

Start = Callable[..., Box]


def kept(box: Box, path: Path) -> Keeper:
    """What keeps the state of a sandbox in a file, opened."""
    keeper = Keeper(path, box.api.sandbox.hub.estate)
    keeper.open()
    return keeper


def save(box: Box, path: Path) -> None:
    """Write the state of a sandbox into a new file, as one that stops then."""
    path.unlink(missing_ok=True)
    kept(box, path).close()


def load(box: Box, path: Path) -> Box:
    """The sandbox in the state of a file."""
    kept(box, path).close()
    return box


def everything(sandbox: Assembly) -> Any:
    """All that a restart must bring back."""
    estate = sandbox.hub.estate
    spaces = [sandbox.engine.platform.root, *sandbox.engine.platform.spaces()]
    return (
        contents(sandbox),
        {s.slug: {k: v for k, v in s._counters.items() if v and s.slug} for s in spaces},
        {s.slug: sorted(s.schedule._heap) for s in spaces},
        {s.slug: (s.lineage, s.tenant_id) for s in spaces},
        [estate.describe(s) | {"now": ""} for s in estate.spaces()],
        {s.slug: sorted(estate.holding(s.slug).snapshots) for s in estate.spaces()},
    )


def lived_in(box: Box) -> Box:
    """A sandbox with forks, snapshots, sessions and clocks of all sorts."""
    admin = box.as_("ADMIN")
    admin.post("/companies", {"name": "Exemple"}, headers={"Idempotency-Key": "une-cle-unique"})
    admin.post("/enrollments", enrollment(expiresAt="2026-11-20T00:00:00Z"))
    box.put(f"{SMALL}/snapshots/avant")
    for slug, clock in {
        "gele": {"mode": "FROZEN"},
        "loin": {"now": "2027-05-05T05:05:05Z"},
        "fige": {"now": "2027-01-01T00:00:00Z", "mode": "FROZEN"},
    }.items():
        box.fork(slug)
        box.put(f"/tenants/{slug}/clock", clock)
    box.put("/tenants/loin/snapshots/ici")
    box.fork("petit", "loin")
    box.as_("ADMIN", "petit").post("/companies", {"name": "Du petit"})
    return box


def refusal(box: Box, path: Path, content: bytes) -> str:
    """What a sandbox says to a file, which is left untouched as is the sandbox."""
    path.write_bytes(content)
    before = contents(box.api.sandbox)
    with pytest.raises(StateRefused) as refused:
        kept(box, path)
    assert path.read_bytes() == content
    assert contents(box.api.sandbox) == before
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(f"{path}: ")
    return str(refused.value)
