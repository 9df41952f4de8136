"""Listening: the socket, the table printed at start, uvicorn."""

import gc
import socket as sockets

import uvicorn

from .launch import Sandbox


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
    lines = [
        f"Base URL  {url}{sandbox.engine.contract.base_path}",
        f"Docs      {url}/swagger   {url}/openapi.json",
        "",
        f"{'X-Tenant-ID':17} {'role':12} {'e-mail':40} password",
    ]
    for fixture in sandbox.fixtures:
        for role, email in fixture.logins().items():
            lines.append(f"{fixture.slug:17} {role:12} {email:40} {fixture.password}")
    return "\n".join([*lines, "", "Everything is fictional and kept in memory. Stop with Ctrl+C."])


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
    )
    uvicorn.Server(config).run(sockets=[bound])
