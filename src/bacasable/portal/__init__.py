"""The portal: documentation made of the contract, and of nothing else. Imports only `contract`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..contract import Contract, load_contract
from ..contract.build import server_address
from .addresses import is_web
from .edition import Edition
from .site import File, Site

__all__ = ["Edition", "File", "Site", "load_site"]

LOCAL = "http://127.0.0.1:4010"


def load_site(
    contract: Contract | Path,
    overlays: Mapping[str, Path],
    *,
    languages: Sequence[str] = ("en",),
    base_url: str | Callable[[], str] = "",
    sandbox: bool = False,
    guides: Path | None = None,
) -> Site:
    """The site of a contract, or of that in a file. Each language is read when it is first needed.

    `languages` are tags of BCP 47, the first of them that of readers who ask for none of them;
    one that has an overlay gets the contract with it. `base_url` is the address in front of the
    API in samples; when it is empty that of the contract's first server, or this machine.
    `sandbox` tells that a sandbox serves the site, `guides` is a folder of further pages.
    Raises ContractError in one line.
    """
    source = contract if isinstance(contract, Path) else Path(contract.source)

    root = None if isinstance(contract, Path) else contract.root

    def edition(language: str) -> Edition:
        if language in overlays:
            read = load_contract(source, overlays[language], root)
        else:
            read = load_contract(source) if isinstance(contract, Path) else contract
        given = base_url if isinstance(base_url, str) else base_url()
        address = given.rstrip("/") or _first_server(read.document) or LOCAL
        return Edition(language, tuple(languages), read, address, sandbox, guides)

    return Site(languages, edition)


def _first_server(document: Mapping[str, Any]) -> str:
    """Scheme and host of the first server; empty when it is that of the document, or none."""
    servers = document.get("servers") or [{"url": "/"}]
    address = server_address(servers[0])
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if is_web(address) else ""
