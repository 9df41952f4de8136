"""The request log, of one tenant or of the whole sandbox."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Unpack

from .calling import Data
from .controls import Controls, ReadLogOptions
from .values import Exchange, read


class Log:
    """The last exchanges, secrets masked. `tenant` is a slug, or None for the whole sandbox.

    Filters are those of `readLog` in /_sandbox/openapi.json: a status may be a class of
    them ("4xx"), `limit` takes the latest.
    """

    def __init__(self, controls: Controls, tenant: str | None) -> None:
        self._controls, self._tenant = controls, tenant

    def list(self, **filters: Unpack[ReadLogOptions]) -> Sequence[Exchange]:
        """The exchanges that fit, oldest first."""
        found = self._controls.read_log(**self._of(filters))
        return [read(Exchange, data) for data in found]

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.list())

    def har(self, **filters: Unpack[ReadLogOptions]) -> Data:
        """The same as an HTTP archive (HAR 1.2), for the tools of a browser."""
        return self._controls.export_log(**self._of(filters))

    @contextmanager
    def follow(self, **filters: Unpack[ReadLogOptions]) -> Iterator[Iterator[Exchange]]:
        """Each exchange when it happens: `with tenant.log.follow() as exchanges: next(exchanges)`.

        The iterator waits for the next one, and ends only with the sandbox.
        """
        with self._controls.follow_log(**self._of(filters)) as told:
            yield (read(Exchange, data) for data in told)

    def clear(self) -> None:
        """Forget the exchanges."""
        self._controls.clear_log(tenant=self._tenant)

    def _of(self, filters: ReadLogOptions) -> ReadLogOptions:
        """Those of this tenant alone."""
        return filters if self._tenant is None else {**filters, "tenant": self._tenant}
