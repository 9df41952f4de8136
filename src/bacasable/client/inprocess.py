"""A sandbox of this process: put together, seeded, and served from a thread of its own."""

import asyncio
import gc
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from socket import socket

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from ..contract import ContractError
from ..core import Clock, RunningClock, SystemClock
from ..core.clock import parse_instant
from ..platforms import DEFAULT, PlatformPackage, platform_named
from ..server.launch import build_sandbox
from ..server.listen import PortTaken, base_url, open_socket, uvicorn_options
from .errors import SandboxError
from .loop import LoopThread
from .memory import MemoryTransport
from .places import Place, Remote

WITHOUT_SOCKET = "http://localhost"
"""The address in links and answers of a sandbox that does not listen."""


class InProcess:
    """A sandbox in a thread; on a port of loopback, or only in memory when `port` is None."""

    def __init__(
        self,
        *,
        document: str | Path | None,
        root: str | Path | None,
        seed: int,
        records: int,
        locale: str,
        tenants: Sequence[str | Path] | None,
        now: str | None,
        contract: str | Path | None,
        port: int | None,
    ) -> None:
        try:
            within = None if root is None else Path(root)
            platform = (
                PlatformPackage.of(Path(document), root=within)
                if document
                else platform_named(DEFAULT)
            )
            names = platform.tenants if tenants is None else tenants
            built = build_sandbox(
                platform,
                contract=Path(contract) if contract else None,
                fixtures=[platform.fixture(str(name)) for name in names],
                seed_number=seed,
                clock=_clock(now),
                records=records,
                locale=locale,
            )
            listening = None if port is None else open_socket("127.0.0.1", port)
        except (ContractError, PortTaken) as error:
            raise SandboxError(str(error)) from error
        self._loop, self._exchanges = LoopThread("bacasable"), built.hub.exchanges
        self._server: _Server | None = None
        self._way: Place | MemoryTransport = MemoryTransport(built.app, self._loop)
        self.url = WITHOUT_SOCKET
        self.proxy: str | None = None
        if listening is not None:
            self.url = base_url(listening)
            self._server = _Server(_configuration(_calmly(built.app)))
            self._loop.run(self._server.begin(listening))
            self._way = Remote(self.url)
        built.hub.base_url = self.url

    def transport(self) -> httpx.BaseTransport:
        """The way of a synchronous client."""
        return self._way if isinstance(self._way, MemoryTransport) else self._way.transport()

    def async_transport(self) -> httpx.AsyncBaseTransport:
        """The way of an asynchronous client."""
        return self._way if isinstance(self._way, MemoryTransport) else self._way.async_transport()

    def stop(self) -> None:
        """Close connections and port, end the thread."""
        self._loop.run(self._end())
        gc.unfreeze()  # what the start had set aside may go
        if not isinstance(self._way, MemoryTransport):
            self._way.stop()
        self._loop.stop()

    async def _end(self) -> None:
        self._exchanges.hang_up()
        # So that followers of the log read the end of their stream before their connection goes.
        for _ in range(50):
            await asyncio.sleep(0)
        if self._server is not None:
            await self._server.end()


class _Server(uvicorn.Server):
    """uvicorn on a loop that is not its own: no signals, no process to end."""

    async def begin(self, listening: socket) -> None:
        """Serve on a bound socket from now on."""
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup(sockets=[listening])
        self._ticking = asyncio.ensure_future(self.main_loop())

    async def end(self) -> None:
        """Serve no more. Unlike `shutdown`, this waits for nobody: a test is over at once."""
        self._ticking.cancel()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


def _calmly(app: ASGIApp) -> ASGIApp:
    """The application, whose answers under way end without a word when the sandbox stops."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(asyncio.CancelledError):
            await app(scope, receive, send)

    return call


def _configuration(app: ASGIApp) -> uvicorn.Config:
    configuration = uvicorn.Config(
        app,
        **uvicorn_options(),
        log_config=None,  # the logging of the process belongs to its tests
    )
    # Not by the argument, which takes the handlers of a logger that others may use.
    configuration.access_log = False
    return configuration


def _clock(now: str | None) -> Clock:
    if now is None:
        return SystemClock()
    try:
        return RunningClock(parse_instant(now))
    except ValueError:
        said = "give an instant such as 2026-09-01T09:00:00Z"
        raise SandboxError(f"now='{now}' is no instant; {said}") from None
