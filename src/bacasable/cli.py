"""The command `bacasable`. Heavy imports happen inside the commands, so that --help is quick.

Errors are one line on standard error, with exit status 2 (1 for findings of `check`).
"""

import ipaddress
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import click

if TYPE_CHECKING:
    from .core import Clock

from . import __version__
from .resources import CONTRACT, DEFAULT_TENANTS, FIXTURES, fixture_path

_LEVELS = ("critical", "error", "warning", "info", "debug")
_ROLES = ("SUPER_ADMIN", "ADMIN", "TRAINER", "LEARNER", "AUDITOR")


class _Fault(click.ClickException):
    """A mistake of the user: one line, exit 2."""

    exit_code = 2

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        """Print the line."""
        click.echo(f"bacasable: {self.message}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bacasable")
def main() -> None:
    """A stateful sandbox of the QualiForma API, made from its contract. Not affiliated."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=4010, show_default=True, type=click.IntRange(0, 65535))
@click.option("--seed", default=42, show_default=True, help="Decides every generated id and name.")
@click.option(
    "--now", default="system", show_default=True, help="'system', or an instant to start at."
)
@click.option(
    "--tenants", multiple=True, metavar="FILE...", help="Fixtures instead of the packaged ones."
)
@click.argument("more_tenants", nargs=-1, metavar="")
@click.option("--contract", default=None, help="Another version of the contract.")
@click.option("--no-response-check", is_flag=True, help="Send answers without checking them.")
@click.option("--max-body-bytes", default=1024 * 1024, show_default=True)
@click.option("--max-depth", default=64, show_default=True, help="Nesting of a JSON body.")
@click.option(
    "--secret", envvar="BACASABLE_SECRET", default=None, help="Signs tokens. [env BACASABLE_SECRET]"
)
@click.option("--log-level", type=click.Choice(_LEVELS), default="warning", show_default=True)
def serve(  # noqa: PLR0917 - one argument an option
    host: str,
    port: int,
    seed: int,
    now: str,
    tenants: tuple[str, ...],
    more_tenants: tuple[str, ...],
    contract: str | None,
    no_response_check: bool,
    max_body_bytes: int,
    max_depth: int,
    secret: str | None,
    log_level: str,
) -> None:
    """Start the sandbox."""
    _refuse_public_default(host, secret)
    if more_tenants and not tenants:
        raise _Fault(f"unexpected '{more_tenants[0]}'; fixtures follow --tenants")
    from .contract import ContractError
    from .core import Limits
    from .server.launch import LOCAL_SECRET, build_sandbox
    from .server.listen import PortTaken, listen, open_socket

    try:
        socket = open_socket(host, port)
        sandbox = build_sandbox(
            contract=Path(contract) if contract else CONTRACT,
            fixtures=[fixture_path(name) for name in (*tenants, *more_tenants) or DEFAULT_TENANTS],
            seed_number=seed,
            clock=_clock(now),
            secret=secret or LOCAL_SECRET,
            limits=Limits(max_body_bytes, max_depth, not no_response_check),
        )
    except (ContractError, PortTaken) as error:
        raise _Fault(str(error)) from error
    from .server.listen import banner

    click.echo(banner(sandbox, socket))
    listen(sandbox, socket, log_level)


@main.command()
@click.option("--tenant", required=True, help="Slug of a seeded tenant.")
@click.option("--role", type=click.Choice(_ROLES), default="ADMIN", show_default=True)
@click.option("--base-url", default="http://127.0.0.1:4010/api/v1", show_default=True)
@click.option("--email", default=None, help="Another account than the seeded one of the role.")
@click.option("--password", envvar="BACASABLE_PASSWORD", default=None)
def token(tenant: str, role: str, base_url: str, email: str | None, password: str | None) -> None:
    """Print an access token of a seeded account, and nothing else."""
    if email is None or password is None:
        email, password = _seeded_account(tenant, role)
    body = json.dumps({"email": email, "password": password}).encode()
    headers = {"Content-Type": "application/json", "X-Tenant-ID": tenant}
    # Both addresses that `serve` prints are understood: with the prefix of the API and without.
    base_url = base_url.rstrip("/").removesuffix("/api/v1") + "/api/v1"
    request = Request(f"{base_url}/auth/login", body, headers)  # noqa: S310
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - the user's own address
            click.echo(json.load(answer)["data"]["accessToken"])
    except HTTPError as error:
        wrong = "the address" if error.code == 404 else "tenant and account"
        said = f"login refused with {error.code}; check {wrong}"
        raise _Fault(f"{base_url}: {said}") from error
    except (URLError, OSError, ValueError, KeyError) as error:
        said = "no sandbox answers there; start one with 'bacasable serve'"
        raise _Fault(f"{base_url}: {said}") from error


@main.command()
@click.argument("file", required=False)
def check(file: str | None) -> None:
    """Check a contract: OpenAPI, extensions, names, links, examples. Exit 1 for findings."""
    from .contract import ContractError
    from .contract.load import check_file

    try:
        findings = check_file(Path(file) if file else CONTRACT)
    except ContractError as error:
        raise _Fault(str(error)) from error
    for finding in findings:
        click.echo(finding)
    click.echo(f"{len(findings)} finding(s)" if findings else "No findings.", err=bool(findings))
    sys.exit(1 if findings else 0)


@main.command()
@click.argument("file", required=False)
def routes(file: str | None) -> None:
    """List operations with their roles."""
    from .contract import ContractError, load_contract

    try:
        contract = load_contract(Path(file) if file else CONTRACT)
    except ContractError as error:
        raise _Fault(str(error)) from error
    for operation in contract.operations.values():
        roles = "public" if operation.roles is None else ",".join(operation.roles)
        path = contract.base_path + operation.path
        click.echo(f"{operation.method.upper():6} {path:72} {operation.id:32} {roles}")


def _refuse_public_default(host: str, secret: str | None) -> None:
    if secret is None and not _is_loopback(host):
        raise _Fault(
            f"{host} can be reached by others, and the built-in secret is public: set"
            " BACASABLE_SECRET (32 characters or more), or listen on 127.0.0.1"
        )
    if secret is not None and len(secret) < 32:
        raise _Fault("the secret has fewer than 32 characters; take a longer one (RFC 7518, 3.2)")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _clock(now: str) -> "Clock":
    from .core import RunningClock, SystemClock
    from .core.clock import parse_instant

    if now == "system":
        return SystemClock()
    try:
        return RunningClock(parse_instant(now))
    except ValueError:
        said = "give 'system' or an instant such as 2026-09-01T09:00:00Z"
        raise _Fault(f"--now {now}: is no instant; {said}") from None


def _seeded_account(tenant: str, role: str) -> tuple[str, str]:
    from .contract.document import ContractError
    from .contract.names import did_you_mean
    from .sandbox.fixtures import load_fixture

    if not (FIXTURES / f"{Path(tenant).name}.yaml").is_file():
        near = did_you_mean(tenant, DEFAULT_TENANTS)
        raise _Fault(
            f"'{tenant}' is no seeded tenant{near}; for others give --email and --password"
        )
    try:
        fixture = load_fixture(fixture_path(tenant))
    except ContractError as error:
        raise _Fault(str(error)) from error
    return fixture.logins()[role], fixture.password
