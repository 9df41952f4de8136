"""The snapshots of a tenant."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .calling import Data
from .controls import Controls
from .values import Snapshot, read


class Snapshots:
    """Saved states of one tenant, by name. Unknown names raise ControlRefused (NOT_FOUND).

    `moved` is called after a restore, which takes the clock back too.
    """

    def __init__(self, controls: Controls, slug: str, moved: Callable[[], None]) -> None:
        self._controls, self._slug, self._moved = controls, slug, moved

    def list(self) -> Sequence[Snapshot]:
        """The snapshots, oldest first."""
        return [read(Snapshot, data) for data in self._controls.list_snapshots(self._slug)]

    def __iter__(self) -> Iterator[Snapshot]:
        return iter(self.list())

    def save(self, name: str) -> Snapshot:
        """Save the present state, in place of an earlier snapshot of that name."""
        return read(Snapshot, self._controls.save_snapshot(self._slug, name))

    def restore(self, name: str) -> None:
        """Put the tenant back into a saved state: records, inbox, clock. Logins stay valid."""
        self._controls.restore_snapshot(self._slug, name)
        self._moved()

    def delete(self, name: str) -> None:
        """Delete a snapshot."""
        self._controls.delete_snapshot(self._slug, name)

    def download(self, name: str) -> Data:
        """A snapshot as a document to keep as JSON."""
        return self._controls.download_snapshot(self._slug, name)

    def upload(self, name: str, document: Mapping[str, Any]) -> Snapshot:
        """Store a downloaded document as a snapshot. Restoring it is a call of its own."""
        return read(Snapshot, self._controls.upload_snapshot(self._slug, name, document))
