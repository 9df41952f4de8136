"""The commands of the test kit: judge a server by a contract, and show a finding again."""

import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ..mistakes import Mistake, plain
from ..resources import CONTRACT
from .common import root_option

if TYPE_CHECKING:
    from ..verify.known import Known
    from ..verify.model import Account, Options, Report

KEPT = Path(".bacasable") / "report.json"
"""The report of the last run, which `replay` reads."""
KNOWN = "bacasable-known.toml"
ACCEPTED = timedelta(days=90)
"""How long a line that --baseline writes is good for, unless its reader changes it."""
_PROFILES = ("quick", "standard", "deep")
_SETTINGS: dict[str, type] = {
    "url": str,
    "tenant": str,
    "email": str,
    "password": str,
    "token": str,
    "header": list,
    "as": list,
    "other_tenant": list,
    "wfc_auth": str,
    "contract": str,
    "root": str,
    "only": list,
    "exclude": list,
    "allow": list,
    "check": list,
    "profile": str,
    "max_time": str,
    "rate": str,
    "timeout": str,
    "seed": int,
    "workers": int,
    "read_only": bool,
    "ca": str,
    "insecure": bool,
    "proxy": str,
    "wait": str,
    "report": list,
    "known": str,
}
"""The settings of the configuration file: the options by their names, and their types."""


def _configured(context: click.Context, _param: click.Parameter, _value: object) -> None:
    """Settings of the file stand in for options that were not given."""
    from ..verify.config import read_config

    try:
        settings, file = read_config(Path.cwd(), _SETTINGS)
    except ValueError as error:
        raise Mistake(str(error)) from error
    names = {"as": "roles", "check": "checks", "report": "reports", "header": "headers"}
    names |= {"other_tenant": "others", "known": "known_file"}
    context.default_map = {names.get(k, k): v for k, v in settings.items()}
    context.meta["bacasable.config"] = file


def judging_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which server is judged, as whom, and how much."""
    for option in (
        *_reaching(),
        click.option("--timeout", default="10s", show_default=True, help="For one answer."),
        click.option("--read-only", is_flag=True, help="Send nothing but GET and HEAD."),
        click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 32)),
        click.option("--seed", default=1, show_default=True, help="Decides what is generated."),
        click.option("--rate", default=None, metavar="50/s", help="Requests per second, at most."),
        click.option("--max-time", default=None, metavar="5m", help="The run ends in this time."),
        click.option(
            "--profile", default="standard", show_default=True, type=click.Choice(_PROFILES)
        ),
        click.option("--check", "checks", multiple=True, metavar="ID", help="Only these checks."),
        click.option(
            "--allow",
            multiple=True,
            metavar="OPERATION",
            help="Call it, though it acts on what the run did not make.",
        ),
        click.option("--exclude", multiple=True, metavar="TAG|OPERATION"),
        click.option("--only", multiple=True, metavar="TAG|OPERATION"),
        root_option,
        click.option("--contract", default=None, metavar="FILE", help="Another contract."),
        click.option("--wfc-auth", default=None, metavar="FILE", help="Credentials in WFC format."),
        click.option(
            "--other-tenant",
            "others",
            multiple=True,
            metavar="SLUG:EMAIL:PASSWORD",
            envvar="BACASABLE_OTHER_TENANT",
            help="An account of another tenant. [env BACASABLE_OTHER_TENANT]",
        ),
        click.option(
            "--as",
            "roles",
            multiple=True,
            metavar="ROLE:EMAIL:PASSWORD",
            envvar="BACASABLE_AS",
            help="An account for each role. [env BACASABLE_AS, separated by blanks]",
        ),
        click.option("--header", "headers", multiple=True, metavar="'N: V'"),
        click.option("--token", envvar="BACASABLE_TOKEN", help="[env BACASABLE_TOKEN]"),
        click.option("--password", envvar="BACASABLE_PASSWORD", help="[env BACASABLE_PASSWORD]"),
        click.option("--email", envvar="BACASABLE_EMAIL", help="[env BACASABLE_EMAIL]"),
        click.option("--tenant", default="", metavar="SLUG", envvar="BACASABLE_TENANT"),
    ):
        command = option(command)
    return command


def _reaching() -> Iterator[Callable[[Any], Any]]:
    """The options that say how a server is reached, the last first."""
    yield click.option(
        "--wait", default=None, metavar="60s", help="Wait so long for a server that starts."
    )
    yield click.option(
        "--proxy",
        default=None,
        metavar="URL",
        help="http://USER:PASSWORD@HOST:PORT. [env HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY]",
    )
    yield click.option("--insecure", is_flag=True, help="Do not verify certificates.")
    yield click.option(
        "--ca", default=None, metavar="FILE", help="Certificates (PEM) to trust; or a folder."
    )


@click.command()
@click.option("--config", is_eager=True, expose_value=False, hidden=True, callback=_configured)
@click.argument("url", required=False)
@judging_options
@click.option("--report", "reports", multiple=True, metavar="FORMAT=PATH", help="Also there.")
@click.option("--known", "known_file", default=None, metavar="FILE", help="Accepted findings.")
@click.option("--baseline", is_flag=True, help=f"Accept what is found: write it to {KNOWN}.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.option("--list-checks", is_flag=True, help="Say what is checked, and stop.")
def verify(
    *,
    url: str | None,
    reports: tuple[str, ...],
    known_file: str | None,
    baseline: bool,
    list_checks: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Find out whether the server at URL keeps the contract.

    Exit 0: it does; 1: it does not, or too little was tried to say so; 2: it could not be judged.
    Settings may also stand in bacasable.toml or pyproject.toml.
    """
    if list_checks:
        _list_checks()
        return
    from ..contract import ContractError, load_contract
    from ..verify.progress import told
    from ..verify.reports import FORMATS
    from ..verify.run import verify as judge
    from ..verify.scope import CannotJudge

    try:
        options = options_of(url, given)
        known = _known(known_file, baseline=baseline)
        outputs = [_output(text, FORMATS) for text in reports]
        file = Path(given["contract"]) if given["contract"] else CONTRACT
        contract = load_contract(file, root=given["root"])
        with nullcontext() if quiet else told(options) as tell:
            report = judge(contract, options, known=known, told=tell)
    except KeyboardInterrupt as error:
        raise Mistake("interrupted before anything was judged") from error
    except (ContractError, CannotJudge, ValueError) as error:
        raise Mistake(str(error)) from error
    for form, path in [("json", KEPT), *outputs]:
        _write(report, form, path)
    _print(report)
    if baseline:
        _baseline(report, Path(known_file or KNOWN))
    sys.exit(0 if baseline and not report.stopped else report.status)


@click.command()
@click.option("--config", is_eager=True, expose_value=False, hidden=True, callback=_configured)
@click.argument("finding")
@click.option("--report", "source", default=str(KEPT), show_default=True, metavar="FILE")
@click.option("--url", default=None, help="Another server than that of the report.")
@judging_options
def replay(finding: str, source: str, url: str | None, **given: Any) -> None:
    """Try FINDING of the last run again. Exit 1: it is still there; 0: it is gone; 2: unclear."""
    from ..contract import ContractError
    from ..verify.progress import told
    from ..verify.replay import NotReplayable, address_of
    from ..verify.replay import replay as again
    from ..verify.scope import CannotJudge

    # The server that the report is about goes before that of the file.
    typed = click.get_current_context().get_parameter_source("url") is ParameterSource.COMMANDLINE
    try:
        options = options_of(url if typed else address_of(Path(source)), given)
        contract = Path(given["contract"]) if given["contract"] else CONTRACT
        with told(options) if options.wait else nullcontext() as tell:
            said = again(Path(source), finding, options, contract, root=given["root"], told=tell)
    except (ContractError, CannotJudge, NotReplayable, ValueError) as error:
        raise Mistake(str(error)) from error
    for line in said.lines:
        click.echo(plain(line))
    sys.exit(said.status)


def options_of(url: str | None, given: dict[str, Any]) -> "Options":
    """The options of a run from those of the command. Raises Mistake, ValueError."""
    from ..verify import config
    from ..verify.model import PROFILES, Options
    from ..verify.wfc import accounts_in

    if not url:
        raise Mistake("verify: URL is missing; write 'bacasable verify http://127.0.0.1:4010', say")
    account = _account(given)
    headers = tuple(_read("--header", config.header, text) for text in given["headers"])
    roles = tuple(_read("--as", config.role_account, text) for text in given["roles"])
    if given["wfc_auth"]:
        found = accounts_in(Path(given["wfc_auth"]))
        account, roles = account or found[0], (*roles, *found[1:])
    return Options(
        url=_read("URL", config.address, url),
        tenant=given["tenant"],
        account=account,
        roles=roles,
        others=tuple(
            _read("--other-tenant", config.tenant_account, text) for text in given["others"]
        ),
        headers=headers,
        only=tuple(given["only"]),
        exclude=tuple(given["exclude"]),
        allow=tuple(given["allow"]),
        checks=tuple(given["checks"]),
        profile=PROFILES[given["profile"]],
        max_time=_read("--max-time", config.seconds, given["max_time"]) or 0.0,
        rate=_read("--rate", config.per_second, given["rate"]) or 0.0,
        timeout=_read("--timeout", config.seconds, given["timeout"]) or 10.0,
        seed=given["seed"],
        workers=given["workers"],
        read_only=given["read_only"],
        ca=_read("--ca", config.certificates, given["ca"] or None) or "",
        insecure=given["insecure"],
        proxy=_read("--proxy", config.proxy, given["proxy"] or None) or "",
        wait=_read("--wait", config.seconds, given["wait"]) or 0.0,
    )


def _account(given: dict[str, Any]) -> "Account | None":
    """Whom the calls are made as: token or login, what stands nearer to the command line first."""
    from ..verify.model import Account

    email, password = given["email"], given["password"]
    if given["token"] and not _nearer("email", "token"):
        return Account(token=given["token"])
    if bool(email) != bool(password):
        missing = "--password (or BACASABLE_PASSWORD)" if email else "--email"
        raise Mistake(f"--email and --password belong together; {missing} is missing")
    return Account(email=email, password=password) if email and password else None


def _nearer(one: str, other: str) -> bool:
    """Whether an option was given nearer than another: command line, environment, file."""
    ranks = list(ParameterSource)
    context = click.get_current_context()
    near, far = (ranks.index(_source(context, name)) for name in (one, other))
    return near < far


def _source(context: click.Context, name: str) -> ParameterSource:
    return context.get_parameter_source(name) or ParameterSource.DEFAULT


def _read(option: str, reader: Callable[[str], Any], text: str | None) -> Any:
    try:
        return reader(text) if text is not None else None
    except ValueError as error:
        raise Mistake(f"{option}: {error}") from error


def _known(file: str | None, *, baseline: bool) -> "Known | None":
    """The accepted findings: of the file that was named, or the usual one where it is there."""
    from ..verify.known import Known

    path = Path(file or KNOWN)
    if not path.exists():
        if file and not baseline:
            raise Mistake(f"--known {file}: there is no such file; --baseline writes one")
        return None
    return Known.read(path)


def _output(text: str, formats: tuple[str, ...]) -> tuple[str, Path]:
    from ..contract.names import did_you_mean

    form, equals, path = text.partition("=")
    if not equals or not path:
        raise Mistake(f"--report {text}: write FORMAT=PATH, such as html=report.html")
    if form not in formats:
        near = did_you_mean(form, formats) or f"; known are {', '.join(formats)}"
        raise Mistake(f"--report {text}: there is no format '{form}'{near}")
    if not Path(path).absolute().parent.is_dir():
        raise Mistake(f"--report {text}: there is no folder {Path(path).parent}")
    if Path(path).is_dir():
        raise Mistake(f"--report {text}: {path} is a folder; write the name of a file")
    return form, Path(path)


def _write(report: "Report", form: str, path: Path) -> None:
    from ..verify.reports import write

    try:
        if path == KEPT:
            KEPT.parent.mkdir(exist_ok=True)
            (KEPT.parent / ".gitignore").write_text("*\n", "utf-8")
        write(report, form, path)
    except OSError as error:
        # What was found must reach the user, whatever becomes of a file.
        click.echo(plain(f"bacasable: {path}: cannot be written: {error.strerror}"), err=True)


def _print(report: "Report") -> None:
    from rich.console import Console

    from ..verify.reports.terminal import show

    show(report, Console(highlight=False))


def _baseline(report: "Report", path: Path) -> None:
    from datetime import date

    from ..verify.known import Known

    day = date.fromisoformat(report.started[:10])
    reason = f"accepted as it was on {day}"
    accepted = report.findings, report.unproved
    profile = report.options.profile.name
    written = Known.baseline(*accepted, path, reason, day + ACCEPTED, profile=profile)
    click.echo(f"{written} line(s) added to {path}; give each its reason and date.", err=True)


def _list_checks() -> None:
    from ..verify.checks import all_checks

    for check in all_checks().values():
        click.echo(f"{check.id:26} {check.severity:8} {check.enforces}")
