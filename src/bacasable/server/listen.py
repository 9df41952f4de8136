"""Listening: the socket, the table printed at start, uvicorn."""

import gc
import socket as sockets

import uvicorn

from ..sandbox.fixtures import Fixture
from .launch import Sandbox

ROLES = ("ADMIN", "TRAINER", "LEARNER", "AUDITOR", "SUPER_ADMIN")


class PortTaken(Exception):
    """The address cannot be listened on. One line with the remedy."""


def open_socket(host: str, port: int) -> sockets.socket:
    """A bound socket; port 0 takes any free one. Raises PortTaken in one line."""
    try:
        family, _, _, _, address = sockets.getaddrinfo(host, port, type=sockets.SOCK_STREAM)[0]
        bound = sockets.socket(family, sockets.SOCK_STREAM)
        bound.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        said = f"cannot listen on {host}:{port} ({error.strerror})"
        raise PortTaken(f"{said}; choose another with --port, or 0 for any free one") from error
    return bound


def base_url(bound: sockets.socket) -> str:
    """The address of the server without a path."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def banner(sandbox: Sandbox, bound: sockets.socket) -> str:
    """The table printed at start: addresses, tenants, accounts with their password."""
    url = base_url(bound)
    rows: list[tuple[str, ...]] = [("X-Tenant-ID", "password", *ROLES, "at")]
    rows += [_row(fixture) for fixture in sandbox.fixtures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    table = ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows]
    return "\n".join(
        [
            f"Base URL  {url}{sandbox.engine.contract.base_path}",
            f"Docs      {url}/swagger   {url}/openapi.json",
            "",
            *table,
            "",
            "Everything is fictional and kept in memory. Stop with Ctrl+C.",
        ]
    )


def _row(fixture: Fixture) -> tuple[str, ...]:
    """Tenant, password, account of each role, and the host that they share."""
    logins = fixture.logins()
    host = "@" + logins["ADMIN"].partition("@")[2]
    accounts = [logins.get(role, "-").removesuffix(host) for role in ROLES]
    return (fixture.slug, fixture.password, *accounts, host)


def listen(sandbox: Sandbox, bound: sockets.socket, log_level: str) -> None:
    """Serve until the process is told to stop."""
    # Records live as long as the process and hold no cycles: the collector need not visit them.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    config = uvicorn.Config(
        sandbox.app,
        log_level=log_level,
        access_log=log_level in {"info", "debug"},
        lifespan="off",
        server_header=False,
        proxy_headers=False,
    )
    uvicorn.Server(config).run(sockets=[bound])
