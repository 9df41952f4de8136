"""The faults of a tenant: failures on demand."""

from collections.abc import Iterator, Sequence
from typing import Self, Unpack

from .calling import Data
from .controls import AddFaultOptions, Controls
from .errors import ControlRefused


class Fault:
    """One fault of a tenant. As a context manager it is removed at the end of the block."""

    def __init__(self, controls: Controls, slug: str, data: Data) -> None:
        self._controls, self._slug = controls, slug
        self.id: str = data["id"]
        self.kind: str = data["kind"]
        self.options: Data = {k: v for k, v in data.items() if k not in {"struck", "remaining"}}

    @property
    def struck(self) -> int:
        """How often it struck until now."""
        return int(self._controls.get_fault(self._slug, self.id)["struck"])

    @property
    def remaining(self) -> int | None:
        """How often it will still strike; None for no end."""
        left: int | None = self._controls.get_fault(self._slug, self.id)["remaining"]
        return left

    def remove(self) -> None:
        """Remove it."""
        self._controls.remove_fault(self._slug, self.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.remove()
        except ControlRefused as refused:
            if refused.code != "NOT_FOUND":  # cleared inside the block: it is gone, as wanted
                raise

    def __repr__(self) -> str:
        return f"<Fault {self.id} {self.kind} of {self._slug}>"


class Faults:
    """The faults of one tenant."""

    def __init__(self, controls: Controls, slug: str) -> None:
        self._controls, self._slug = controls, slug

    def add(self, kind: str, **options: Unpack[AddFaultOptions]) -> Fault:
        """Make calls fail from now on: `add("ERROR", status=503, operations="listBooks")`.

        Kinds and options are those of `addFault` in /_sandbox/openapi.json; operations and roles
        may be one name or several. Raises ControlRefused for what does not fit together.
        """
        return self._fault(self._controls.add_fault(self._slug, kind, **options))

    def list(self) -> Sequence[Fault]:
        """The faults, oldest first, those that are used up included."""
        return [self._fault(data) for data in self._controls.list_faults(self._slug)]

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.list())

    def clear(self) -> None:
        """Remove them all."""
        self._controls.clear_faults(self._slug)

    def _fault(self, data: Data) -> Fault:
        return Fault(self._controls, self._slug, data)
