"""The clock of a tenant."""

from collections.abc import Callable
from datetime import datetime, timedelta

from .calling import Data
from .controls import Controls
from .values import Fired, read


class Clock:
    """Time in one tenant. Moving it forwards fires what falls due, in order, each at its instant.

    `moved` is called after each change. Methods that move the clock raise ControlRefused when it
    cannot be moved there, and ValueError for what is no instant.
    """

    def __init__(self, controls: Controls, slug: str, moved: Callable[[], None]) -> None:
        self._controls, self._slug, self._moved = controls, slug, moved

    @property
    def now(self) -> datetime:
        """The present instant of the tenant, in UTC."""
        return datetime.fromisoformat(self._controls.get_clock(self._slug)["now"])

    @property
    def frozen(self) -> bool:
        """Whether the clock stands still."""
        return bool(self._controls.get_clock(self._slug)["mode"] == "FROZEN")

    def set(self, when: str | datetime) -> list[Fired]:
        """Set the instant; the clock goes on running, or standing still. Gives what fell due."""
        return self._fired(self._controls.set_clock(self._slug, now=when))

    def freeze(self, at: str | datetime | None = None) -> list[Fired]:
        """Let the clock stand still, now or at an instant. Gives what fell due until then."""
        return self._fired(self._controls.set_clock(self._slug, now=at, mode="FROZEN"))

    def run(self) -> None:
        """Let the clock run on from where it stands."""
        self._controls.set_clock(self._slug, mode="RUNNING")

    def advance(self, by: str | timedelta) -> list[Fired]:
        """Advance by an ISO 8601 duration ("P90D") or a timedelta. Gives what fell due."""
        return self._fired(self._controls.advance_clock(self._slug, by))

    def _fired(self, data: Data) -> list[Fired]:
        self._moved()
        return [read(Fired, fired) for fired in data["fired"]]
