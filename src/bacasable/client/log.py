"""The request log, of one tenant or of the whole sandbox."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypedDict, Unpack

from . import controls
from .controls import Controls, Data
from .values import Exchange, instant, read


class Filters(TypedDict, total=False):
    """Which exchanges: a status may be a class of them ("4xx"), `limit` takes the latest."""

    operation: str
    method: str
    status: int | str
    actor: str
    since: str | datetime
    limit: int


class Log:
    """The last exchanges, secrets masked. `tenant` is a slug, or None for the whole sandbox.

    Filters are those of `readLog` in /_sandbox/openapi.json. Raises ControlRefused for others.
    """

    def __init__(self, controls: Controls, tenant: str | None) -> None:
        self._controls, self._tenant = controls, tenant

    def list(self, **filters: Unpack[Filters]) -> Sequence[Exchange]:
        """The exchanges that fit, oldest first."""
        found = self._controls.read_log(self._query(filters))
        return [read(Exchange, data) for data in found]

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.list())

    def har(self, **filters: Unpack[Filters]) -> Data:
        """The same as an HTTP archive (HAR 1.2), for the tools of a browser."""
        return self._controls.export_log(self._query(filters))

    @contextmanager
    def follow(self, **filters: Unpack[Filters]) -> Iterator[Iterator[Exchange]]:
        """Each exchange when it happens: `with tenant.log.follow() as exchanges: next(exchanges)`.

        The iterator waits for the next one, and ends only with the sandbox.
        """
        with self._controls.follow_log(self._query(filters)) as told:
            yield (read(Exchange, data) for data in told)

    def clear(self) -> None:
        """Forget the exchanges."""
        self._controls.clear_log(self._tenant)

    def _query(self, filters: Filters) -> controls.Filters:
        values: dict[str, Any] = {"tenant": self._tenant, **filters}
        if "since" in filters:
            values["since"] = instant(filters["since"])
        return values
