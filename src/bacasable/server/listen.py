"""Listening: the socket, the table printed at start, uvicorn."""

import asyncio
import gc
import socket as sockets
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from ..bounds import Bounds
from ..sandbox.credentials import account_lines, authorization_lines
from ..sandbox.exchanges import Exchanges
from ..sandbox.fixtures import Fixture
from .descriptors import fitting, tell_shortly
from .launch import Assembly
from .protocols import protocol_class
from .upkeep import Upkeep

_BACKLOG = 2048
_PATIENCE = 5
"""Seconds that answers under way have when the process is told to stop."""


class PortTaken(Exception):
    """The address cannot be listened on. One line with the remedy."""


def open_socket(host: str, port: int) -> sockets.socket:
    """A socket that accepts; port 0 takes any free one. Raises PortTaken in one line.

    Who connects before the server is ready waits for it, and is not refused.
    """
    try:
        family, _, _, _, address = sockets.getaddrinfo(host, port, type=sockets.SOCK_STREAM)[0]
        # Named: on no other socket asyncio sends small answers at once (TCP_NODELAY).
        bound = sockets.socket(family, sockets.SOCK_STREAM, sockets.IPPROTO_TCP)
        bound.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
        try:
            bound.bind(address)
            # Now and not when all is ready: two that start at once must not both have the port.
            bound.listen(_BACKLOG)
        except OSError:
            bound.close()
            raise
    except OSError as error:
        said = f"cannot listen on {host}:{port} ({error.strerror})"
        raise PortTaken(f"{said}; choose another with --port, or 0 for any free one") from error
    return bound


def base_url(bound: sockets.socket) -> str:
    """The address of the server without a path."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def banner(
    sandbox: Assembly,
    *,
    controls: bool = True,
    key: str | None = None,
    state: str | None = None,
) -> str:
    """The table printed at start: addresses, tenants, accounts with their password.

    `key` is what the controls ask for, `state` the file that the state is kept in.
    """
    url = sandbox.hub.base_url
    table = [*_table(sandbox), ""] if sandbox.fixtures else []
    return "\n".join(
        [
            f"Base URL  {url}{sandbox.engine.contract.base_path}",
            f"Docs      {url}/   {url}/openapi.json",
            *([f"Controls  {url}/_sandbox/openapi.json"] if controls else []),
            *([f"Records   {sandbox.first.told}"] if sandbox.first.told else []),
            "",
            *table,
            *_credentials(sandbox),
            *([f"Sandbox key  {key}", ""] if key else []),
            f"Everything is fictional and kept in {state or 'memory'}. Stop with Ctrl+C.",
        ]
    )


def _credentials(sandbox: Assembly) -> list[str]:
    """What a document of others takes, ready for curl, and where tokens are given."""
    hub = sandbox.hub
    lines: list[str] = []
    if hub.accounts is not None and hub.accounts.schemes:
        lines += ["Credentials, as options of curl"]
        lines += [*account_lines(hub.accounts.all(), hub.accounts.omitted), ""]
    if hub.authorization is not None:
        lines += [*authorization_lines(hub.authorization, hub.base_url), ""]
    return lines


def _table(sandbox: Assembly) -> list[str]:
    """The tenants with their password, and their account of each grant that one of them has."""
    contract = sandbox.engine.contract
    known = contract.principal.known if contract.principal else ()
    logins = [fixture.logins() for fixture in sandbox.fixtures]
    # One without any grant stands under no name.
    shown = [grant for grant in (*known, "") if any(grant in one for one in logins)]
    rows = [(contract.tenant_header, "password", *shown, "at")]
    for fixture, own in zip(sandbox.fixtures, logins, strict=True):
        rows.append(_row(fixture, [own.get(grant, "-") for grant in shown]))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows]


def _row(fixture: Fixture, accounts: list[str]) -> tuple[str, ...]:
    """Tenant, password, its accounts, and the host that they share, if they are addresses."""
    shared = "".join(accounts[0].partition("@")[1:])
    return (fixture.slug, fixture.password, *(a.removesuffix(shared) for a in accounts), shared)


class Server(uvicorn.Server):
    """uvicorn, except that it does not wait for the followers of the request log to leave."""

    def __init__(
        self,
        config: uvicorn.Config,
        exchanges: Exchanges | None = None,
        upkeep: Upkeep | None = None,
        ready: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(config)
        self._exchanges, self._upkeep, self._ready = exchanges, upkeep, ready
        self._keeping: asyncio.Future[None] | None = None

    async def startup(self, sockets: list[sockets.socket] | None = None) -> None:
        """Begin to answer, and say so only then."""
        asyncio.get_running_loop().set_exception_handler(tell_shortly)
        await super().startup(sockets)
        if self._upkeep is not None:
            self._keeping = asyncio.ensure_future(self._upkeep.run())
        if self._ready is not None and self.started:
            self._ready()

    async def shutdown(self, sockets: list[sockets.socket] | None = None) -> None:
        """End the open streams, then everything else; save the state when nothing can change it."""
        if self._exchanges is not None:
            self._exchanges.hang_up()
        await super().shutdown(sockets)
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        if self._upkeep is not None:
            await self._upkeep.stop()
            if self._upkeep.failed:
                # A signal that is raised anew ends the process before it has said so.
                self._captured_signals.clear()


def uvicorn_options(bounds: Bounds | None = None) -> dict[str, Any]:
    """What every uvicorn that serves a sandbox is to be configured with.

    Whoever makes a uvicorn.Config of their own spreads these into it: without the protocol class a
    fault of kind CUT finds no connection to break, and no request has bounds. Application and log
    level are theirs to choose.
    """
    return {
        "http": protocol_class(bounds or Bounds()),
        # No other protocol is offered, whatever is installed.
        "ws": "none",
        "lifespan": "off",
        "server_header": False,
        "proxy_headers": False,
    }


def listen(
    app: ASGIApp,
    bound: sockets.socket,
    log_level: str,
    *,
    bounds: Bounds | None = None,
    exchanges: Exchanges | None = None,
    upkeep: Upkeep | None = None,
    ready: Callable[[], None] | None = None,
) -> None:
    """Serve an application until the process is told to stop.

    `bounds` are those of connections and requests. `ready` is called when it answers. Followers of
    `exchanges` are told when it stops; `upkeep` is called every second, and at the end.
    """
    # Records live as long as the process and hold no cycles: the collector need not visit them.
    gc.freeze()
    # Each collection is short: one that looks at a hundred thousand new ones, as it takes to put a
    # long list in order, holds up every call for a tenth of a second.
    gc.set_threshold(5_000, 4, 5_000)
    config = uvicorn.Config(
        app,
        log_level=log_level,
        access_log=log_level in {"info", "debug"},
        **uvicorn_options(fitting(bounds or Bounds())),
        # A reader who takes nothing more would hold it up for ever.
        timeout_graceful_shutdown=_PATIENCE,
    )
    Server(config, exchanges, upkeep, ready).run(sockets=[bound])
