"""The command `bacasable`. Heavy imports happen inside the commands, so that --help is quick.

Errors are one line on standard error, with exit status 2 (1 for findings of `check`).
"""

import ipaddress
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from .core import Clock

from . import __version__
from .commands import COMMANDS
from .commands.bounds import bounded
from .commands.common import root_option
from .console import say, written_aside
from .mistakes import Commands, Listing, Mistake
from .startup import without_collector

_LEVELS = ("critical", "error", "warning", "info", "debug")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bacasable")
def main() -> None:
    """A stateful sandbox of the QualiForma API, made from its contract. Not affiliated."""


for _command in COMMANDS:
    main.add_command(_command)


@main.command(cls=Listing, lists=("--tenants",))
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=4010, show_default=True, type=click.IntRange(0, 65535))
@click.option("--seed", default=42, show_default=True, help="Decides every generated id and name.")
@click.option(
    "--now", default="system", show_default=True, help="'system', or an instant to start at."
)
@click.option(
    "--tenants", multiple=True, metavar="FILE...", help="Fixtures instead of the packaged ones."
)
@click.option(
    "--records",
    default=0,
    show_default=True,
    type=click.IntRange(0, 100_000),
    help="Records made for each collection of FILE, beside its examples.",
)
@click.option("--locale", default="en_US", show_default=True, help="Language of their texts.")
@click.option("--platform", default=None, metavar="NAME", help="One that is installed.")
@click.option("--contract", default=None, help="Another version of the platform's contract.")
@click.option("--overlay", default=None, metavar="FILE", help="Applied to FILE: see infer.")
@root_option
@click.option("--state", default=None, metavar="FILE", help="Keep the state here; restore it.")
@click.option(
    "--state-interval",
    default=10,
    show_default=True,
    type=click.IntRange(1, 86400),
    help="Seconds after which what was answered is in the file.",
)
@click.option("--state-sync", is_flag=True, help="Answer only when it is in the file.")
@click.option("--watch", is_flag=True, help="Take over what changes in FILE; keep the records.")
@click.option("--no-controls", is_flag=True, help="No /_sandbox: neither controls nor log.")
@click.option("--open", "open_access", is_flag=True, help="Ask nobody who it is: FILE only.")
@click.option(
    "--redirect-uri",
    multiple=True,
    metavar="URI",
    help="Where the consent page of OAuth may lead besides to this machine.",
)
@click.option("--key", envvar="BACASABLE_KEY", help="What controls ask for. [env BACASABLE_KEY]")
@click.option("--log-size", default=500, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--no-response-check", is_flag=True, help="Send answers without checking them.")
@click.option("--max-body-bytes", default=1024 * 1024, show_default=True)
@click.option("--max-depth", default=64, show_default=True, help="Nesting of a JSON body.")
@bounded
@click.option(
    "--secret",
    envvar="BACASABLE_SECRET",
    default=None,
    help="Signs tokens, in place of one made at random. [env BACASABLE_SECRET]",
)
@click.option(
    "--predictable-tokens",
    is_flag=True,
    help="Make tokens from the seed, for tests that compare them. Anybody can compute them.",
)
@click.option("--root-path", default="", metavar="PATH", help="What stands in front of all paths.")
@click.option(
    "--forwarded-allow-ips",
    envvar="FORWARDED_ALLOW_IPS",
    default=None,
    metavar="IPS",
    help="Proxies that may say where it is seen; * for all.  [default: loopback]",
)
@click.option("--log-level", type=click.Choice(_LEVELS), default="warning", show_default=True)
def serve(host: str, port: int, **options: Any) -> None:
    """Start the sandbox of an OpenAPI document; without one, that of QualiForma.

    FILE is an OpenAPI document in YAML or JSON; or a folder with an openapi.yaml, whose
    overlay.yaml, rules.py, fixtures and guides belong to it. Its rules.py is run.
    """
    _refuse_weak_secrets(host, options)
    # The controls of a sandbox that others can reach are not theirs to use.
    key = options["key"] or (None if _is_loopback(host) else token_urlsafe(24))
    if key is not None and len(key) < 16:
        raise Mistake("the sandbox key has fewer than 16 characters; take a longer one")
    with without_collector():
        serve_on = _ready(host, port, key, options)
    # Ctrl+C is how it is meant to end.
    with suppress(KeyboardInterrupt), written_aside():
        serve_on()


def _ready(host: str, port: int, key: str | None, options: dict[str, Any]) -> Callable[[], None]:
    """Make everything ready; what is given back serves until the process is told to stop."""
    from .contract import ContractError
    from .sandbox.inbox import announce
    from .sandbox.keeping import StateRefused
    from .server.forwarded import prefix_of
    from .server.listen import PortTaken, banner, base_url, listen, open_socket
    from .server.upkeep import Upkeep

    try:
        with ExitStack() as refused:
            socket = refused.enter_context(open_socket(host, port))
            sandbox = _assembled(options, key)
            estate = sandbox.hub.estate
            keeper = _keeper(options, estate)
            refused.pop_all()
    except (ContractError, PortTaken, StateRefused) as error:
        raise Mistake(str(error)) from error
    sandbox.hub.keeper = keeper if options["state_sync"] else None
    sandbox.hub.base_url = base_url(socket) + prefix_of(options["root_path"])
    controls = not options["no_controls"]
    shown = key if controls else None
    upkeep = Upkeep(estate, keeper, options["state_interval"])
    watcher = _watcher(options, key, sandbox, upkeep) if options["watch"] else None

    def ready() -> None:
        say(banner(sandbox, controls=controls, key=shown, state=options["state"]))
        if controls:
            announce(sandbox.hub, _tell)
        if watcher is not None:
            watcher.start()

    level = options["log_level"]
    more: dict[str, Any] = {"upkeep": upkeep, "ready": ready}
    more |= {"bounds": sandbox.bounds, "exchanges": sandbox.hub.exchanges}

    def serve_on() -> None:
        listen(sandbox.app if watcher is None else watcher.app, socket, level, **more)
        if upkeep.failed:
            sys.exit(1)

    return serve_on


def _watcher(options: dict[str, Any], key: str | None, sandbox: Any, upkeep: Any) -> Any:
    """What looks at the files while it is served, and takes over what has changed."""
    from .sandbox.inbox import announce
    from .server.watching import Watcher, watched

    def build(served: Any) -> Any:
        return _assembled(options, key, served)

    def began(made: Any) -> None:
        upkeep.estate = made.hub.estate
        if not options["no_controls"]:
            announce(made.hub, _tell)

    beside = [Path(file) for file in (options["overlay"], *options["tenants"]) if file]

    def files() -> list[Path]:
        return [*watched(Path(options["file"])), *beside]

    return Watcher(files, sandbox, build, began, _tell)


def _keeper(options: dict[str, Any], estate: Any) -> Any:
    """What keeps the state, opened; None without a file. Raises StateRefused."""
    from .sandbox.keeping import Keeper

    if options["state_sync"] and not options["state"]:
        raise Mistake("--state-sync says how --state FILE is written; give that too")
    if not options["state"]:
        return None
    keeper = Keeper(Path(options["state"]), estate, complete=options["state_sync"])
    keeper.open()
    return keeper


def _tell(line: str) -> None:
    """Print a line if it can be printed: no request fails because the terminal is gone."""
    with suppress(OSError, ValueError):
        say(line)


def _platform(options: dict[str, Any]) -> Any:
    """What is served: a document, a platform by its name, or the one that is included."""
    from .platforms import DEFAULT, PlatformPackage, UnknownPlatform, platform_named

    if options["file"] and (options["platform"] or options["contract"]):
        other = "--platform" if options["platform"] else "--contract"
        raise Mistake(f"{options['file']} and {other} both say what is served; give one of them")
    overlay = Path(options["overlay"]) if options["overlay"] else None
    if options["file"]:
        return PlatformPackage.of(Path(options["file"]), overlay, options["root"])
    if overlay or options["root"]:
        option = "--overlay" if overlay else "--root"
        raise Mistake(f"{option} needs the document that it is for; give it as FILE")
    if options["open_access"]:
        raise Mistake("--open: the platform has accounts of its own; give it with a FILE")
    try:
        return platform_named(options["platform"] or DEFAULT)
    except UnknownPlatform as error:
        raise Mistake(f"--platform {options['platform']}: {error}") from error


def _assembled(options: dict[str, Any], key: str | None, before: Any = None) -> Any:
    """The sandbox that the options of `serve` describe; it can go on from one that was `before`.

    Raises ContractError.
    """
    from .bounds import PARTED, STORED, Parted
    from .commands.bounds import bounds_of
    from .core import Limits
    from .server.launch import build_sandbox

    if options["watch"] and (options["state"] or not options["file"]):
        said = "leave out --state" if options["file"] else "give the FILE or folder to look at"
        raise Mistake(f"--watch: is for a document that is being written; {said}")
    for name, usual in (("records", 0), ("locale", "en_US")):
        if options[name] != usual and not options["file"]:
            said = "is for a document: bacasable serve FILE; tenants begin with --tenants"
            raise Mistake(f"--{name} {said}")
    platform = _platform(options)
    named = options["tenants"] or platform.tenants
    checked = not options["no_response_check"]
    return build_sandbox(
        platform,
        contract=Path(options["contract"]) if options["contract"] else None,
        fixtures=[platform.fixture(name) for name in named],
        seed_number=options["seed"],
        clock=before.hub.estate.clock if before else _clock(options["now"]),
        secret=options["secret"],
        predictable_tokens=options["predictable_tokens"],
        limits=Limits(
            max_body_bytes=options["max_body_bytes"],
            max_depth=options["max_depth"],
            check_answers=checked,
            parted=Parted(**{one.name: options[one.name] for one in PARTED}),
            **{one.name: options[one.name] for one in STORED},
        ),
        controls=not options["no_controls"],
        key=key,
        log_size=options["log_size"],
        exchanges=before.hub.exchanges if before else None,
        fronts=_fronts(options["root_path"], options["forwarded_allow_ips"]),
        bounds=bounds_of(options),
        open_access=options["open_access"],
        redirect_uris=_redirect_uris(options["redirect_uri"]),
        records=options["records"],
        locale=options["locale"],
    )


def _redirect_uris(given: tuple[str, ...]) -> tuple[str, ...]:
    from .sandbox.authorization import is_redirect_uri

    for uri in given:
        if not is_redirect_uri(uri):
            said = "is no address to lead to; give one such as https://app.example/callback"
            raise Mistake(f"--redirect-uri {uri}: {said}")
    return given


def _fronts(root_path: str, peers: str | None) -> Any:
    from .server.forwarded import LOOPBACK, Fronts, prefix_of

    if root_path.strip("/") and not prefix_of(root_path):
        raise Mistake(f"--root-path {root_path}: is no path; give one such as /sandbox")
    trusted = LOOPBACK if peers is None else tuple(filter(None, map(str.strip, peers.split(","))))
    try:
        return Fronts(root_path, trusted)
    except ValueError as error:
        said = "give addresses or networks such as 10.0.0.0/8, with commas between, or *"
        raise Mistake(f"--forwarded-allow-ips {peers}: {error}; {said}") from error


@main.command()
@click.option("--tenant", default=None, help="Slug of a seeded tenant.")
@click.option("--role", default=None, help="The account that has it.  [default: the usual one]")
@click.option("--base-url", default="http://127.0.0.1:4010/api/v1", show_default=True)
@click.option("--email", default=None, help="Another account than the seeded one of the role.")
@click.option("--password", envvar="BACASABLE_PASSWORD", default=None)
@click.option("--scheme", default=None, help="A security scheme, in place of a tenant.")
@click.option("--scope", multiple=True, help="What the credential of a scheme is to hold.")
@click.option("--key", envvar="BACASABLE_KEY", default=None, help="[env BACASABLE_KEY]")
def token(
    tenant: str | None, base_url: str, scheme: str | None, scope: tuple[str, ...], **options: Any
) -> None:
    """Print an access token of a seeded account, and nothing else.

    Of a sandbox of another document: the credential of a security scheme, by --scheme and --scope.
    """
    from .client.errors import SandboxError
    from .client.login import access_token, fitting
    from .client.places import controls_at

    email, password = options["email"], options["password"]
    if tenant is None and scheme is None and not scope:
        raise Mistake("give --tenant, or --scheme for a sandbox of another document")
    if tenant is not None and (email is None or password is None):
        email, password = _seeded_account(tenant, options["role"])
    try:
        if tenant is not None:
            say(access_token(base_url, tenant, email, password))
        else:
            with controls_at(base_url, options["key"]) as controls:
                say(fitting(controls.list_credentials(), scheme, scope)["secret"])
    except SandboxError as error:
        raise Mistake(str(error)) from error


def _refuse_weak_secrets(host: str, options: dict[str, Any]) -> None:
    secret = options["secret"]
    if options["predictable_tokens"]:
        if not _is_loopback(host):
            raise Mistake(
                f"--predictable-tokens: {host} can be reached by others, and anybody can compute"
                " such tokens; leave it out, or listen on 127.0.0.1"
            )
        if options["state"]:
            said = "a restart would give the tokens of a kept state to others; leave one out"
            raise Mistake(f"--predictable-tokens with --state: {said}")
    if secret is not None and len(secret) < 32:
        raise Mistake("the secret has fewer than 32 characters; take a longer one (RFC 7518, 3.2)")


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
        raise Mistake(f"--now {now}: is no instant; {said}") from None


def _seeded_account(tenant: str, role: str | None) -> tuple[str, str]:
    """The login and password of a tenant that comes with the platform, by a grant or the usual."""
    from .contract import load_contract
    from .contract.document import ContractError
    from .contract.names import did_you_mean
    from .platforms import DEFAULT, platform_named
    from .sandbox.fixtures import load_fixture

    platform = platform_named(DEFAULT)
    path = platform.fixture(tenant)
    if path not in platform.own_fixtures:
        near = did_you_mean(tenant, platform.tenants)
        raise Mistake(
            f"'{tenant}' is no seeded tenant{near}; for others give --email and --password"
        )
    try:
        fixture = load_fixture(path, load_contract(platform.contract, platform.overlay))
    except ContractError as error:
        raise Mistake(str(error)) from error
    logins, role = fixture.logins(), role or fixture.principal.usual
    if role not in logins:
        near = did_you_mean(role, logins) or f"; there are {', '.join(logins)}"
        raise Mistake(f"--role {role}: no account of '{tenant}' has it{near}")
    return logins[role], fixture.password
