"""The documentation as files: built of a contract, and compared with it."""

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from ..console import say
from ..mistakes import Commands, Mistake
from ..resources import CONTRACT, overlays_of
from .common import root_option

if TYPE_CHECKING:
    from ..portal import Site

_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def site_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which site is meant."""
    for option in (
        click.option("--site-url", default=None, metavar="URL", help="Where it is published."),
        click.option("--base-url", default=None, metavar="URL", help="In front of the API."),
        click.option(
            "--lang", default=None, metavar="en,fr", help="Languages, the main one first."
        ),
        click.option(
            "--overlay", "overlays", multiple=True, metavar="LANG=FILE", help="A translation."
        ),
        root_option,
        click.option("--contract", default=None, metavar="FILE", help="Another contract."),
    ):
        command = option(command)
    return command


@click.group(cls=Commands)
def docs() -> None:
    """Build the documentation of a contract as files, and check it."""


@docs.command("build")
@click.option("--out", required=True, metavar="FOLDER", help="Made, or replaced if built before.")
@site_options
def docs_build(out: str, site_url: str | None, **options: Any) -> None:
    """Write the whole site into FOLDER; it needs no server. Exit 1 for links that lead nowhere.

    Those that stand in the texts of a document of others are told, and written as they are.
    """
    from ..contract import ContractError
    from ..portal.build import Refused, Unsound, build

    try:
        built = build(_site(options), Path(out), site_url=_address("--site-url", site_url))
    except (ContractError, Refused) as error:
        raise Mistake(str(error)) from error
    except Unsound as error:
        _tell(error.findings)
        sys.exit(1)
    if built.leading_nowhere:
        first, many = built.leading_nowhere[0], len(built.leading_nowhere)
        say(f"{many} link(s) of the document lead nowhere here, first {first}", err=True)
    size = f"{built.size / 1_000_000:.1f} MB"
    say(f"{built.files} files, {size}, in {built.seconds:.1f} s: {out}")


@docs.command("check")
@click.argument("folder", required=False, metavar="[SITE]")
@site_options
def docs_check(folder: str | None, site_url: str | None, **options: Any) -> None:
    """Check guides, samples, links and words; and that SITE is what its contract gives.

    SITE is a folder that `docs build` wrote; languages and addresses are those it was built with.
    Exit 1 for findings.
    """
    from ..contract import ContractError
    from ..portal.build import Refused, built_with, everything
    from ..portal.checking import differences, findings

    try:
        told = built_with(Path(folder)) if folder else {}
        options["lang"] = options["lang"] or ",".join(told.get("languages", ()))
        options["base_url"] = options["base_url"] or told.get("baseUrl")
        site = _site(options)
        found = findings(site)
        if folder and not found:
            address = _address("--site-url", site_url) or told["siteUrl"]
            found = list(differences(everything(site, address), Path(folder)))
    except (ContractError, Refused) as error:
        raise Mistake(str(error)) from error
    _tell(found)
    sys.exit(1 if found else 0)


def _site(options: dict[str, Any]) -> "Site":
    """The site that the options name. Raises Mistake and ContractError."""
    from ..contract import load_contract
    from ..platforms import PlatformPackage
    from ..portal import load_site

    package = PlatformPackage.of(
        Path(options["contract"]) if options["contract"] else CONTRACT, root=options["root"]
    )
    file = package.contract
    overlays = overlays_of(file) | dict(map(_overlay, options["overlays"]))
    languages = _languages(options["lang"], file, overlays)
    contract = load_contract(file, package.overlay, package.root)
    # An address that ends as those that `serve` prints is understood too.
    base_url = (_address("--base-url", options["base_url"]) or "").removesuffix(contract.base_path)
    return load_site(
        contract, overlays, languages=languages, base_url=base_url, guides=package.guides
    )


def _overlay(given: str) -> tuple[str, Path]:
    language, equals, file = given.partition("=")
    if not equals or not file or not _TAG.fullmatch(language):
        raise Mistake(f"--overlay {given}: give a language and a file, such as fr=fr.overlay.yaml")
    return language, Path(file)


def _languages(given: str | None, file: Path, overlays: dict[str, Path]) -> Sequence[str]:
    """The languages of the site: one may be the contract's own, the others need overlays."""
    found = (
        list(dict.fromkeys(given.split(","))) if given else ["en", *sorted({*overlays} - {"en"})]
    )
    for language in found:
        if not _TAG.fullmatch(language):
            raise Mistake(f"--lang {given}: '{language}' is no language; give tags such as fr,en")
    own = [language for language in found if language not in overlays]
    if len(own) > 1 or (file.resolve() == CONTRACT.resolve() and own not in ([], ["en"])):
        raise Mistake(f"--lang {given}: no texts in '{own[-1]}'; give --overlay {own[-1]}=FILE")
    return found


def _address(option: str, given: str | None) -> str | None:
    """An address without the slash at its end. Raises Mistake for what is none."""
    if given is None:
        return None
    try:
        parts = urlsplit(given)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise Mistake(f"{option} {given}: is no address; give one such as https://docs.example")
    return given.rstrip("/")


def _tell(found: Sequence[str]) -> None:
    for finding in found:
        say(finding)
    say(f"{len(found)} finding(s)" if found else "No findings.", err=bool(found))
