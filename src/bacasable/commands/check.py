"""`bacasable check`: a contract, or a folder with a contract and what belongs to it."""

import sys
from pathlib import Path

import click

from ..console import say
from ..mistakes import Mistake
from ..resources import CONTRACT, overlays_of
from .common import root_option


@click.command()
@click.argument("file", required=False)
@click.option("--overlay", multiple=True, metavar="FILE", help="A translation to check with it.")
@root_option
def check(file: str | None, overlay: tuple[str, ...], root: Path | None) -> None:
    """Check a contract: OpenAPI, extensions, names, links, examples. Exit 1 for findings.

    Its translations, locales/*.overlay.yaml beside it, are checked too: every text has its twin. Of
    a folder its overlay, rules.py and fixtures are checked with it.
    """
    from ..client import Sandbox
    from ..client.errors import SandboxError
    from ..contract import ContractError
    from ..contract.load import check_file, notes_on
    from ..platforms import PlatformPackage

    try:
        package = PlatformPackage.of(Path(file) if file else CONTRACT, root=root)
        path, applied = package.contract, package.overlay
        translations = [*overlays_of(path).values(), *map(Path, overlay)]
        findings = check_file(path, translations, applied=applied, root=root)
        if package.folder and not findings:
            # What stands in its rules.py and fixtures is told when they meet the contract.
            Sandbox(package.folder, root=root, socket=False).start().stop()
        notes = [] if findings or package.code else notes_on(path, applied, root)
    except (ContractError, SandboxError) as error:
        raise Mistake(str(error)) from error
    for finding in findings:
        say(finding)
    for note in notes:
        say(f"Note: {note}")
    say(f"{len(findings)} finding(s)" if findings else "No findings.", err=bool(findings))
    sys.exit(1 if findings else 0)
