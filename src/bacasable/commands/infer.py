"""`bacasable infer`: what is inferred of a document, as an overlay to keep and correct."""

import sys
from pathlib import Path

import click

from ..console import say
from ..mistakes import Mistake
from .common import root_option

_HEAD = """\
# What is inferred of {name}, each with its reason. Correct it, and serve the document with it:
#   bacasable serve {name} --overlay overlay.yaml
# What stands here stays as it is; what is left out is inferred again. The keys: docs/extensions.md.
"""


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--overlay", default=None, metavar="FILE", help="What is stated already.")
@click.option("--output", "-o", default=None, metavar="FILE", help="Write it here.")
@root_option
def infer(file: str, overlay: str | None, output: str | None, root: Path | None) -> None:
    """Print what is inferred of a document, as an OpenAPI Overlay.

    Its collections, and what each operation does to their records. Exit 1 where there is nothing.
    """
    from ..contract import ContractError, load_contract
    from ..contract.declaring import inferred_overlay
    from ..contract.writing import to_yaml
    from ..platforms import PlatformPackage

    try:
        package = PlatformPackage.of(Path(file), Path(overlay) if overlay else None, root)
        contract = load_contract(package.contract, package.overlay, root)
        found = inferred_overlay(contract)
    except ContractError as error:
        raise Mistake(str(error)) from error
    if not found["actions"]:
        say(f"{file}: nothing is inferred; each operation answers what it declares", err=True)
        sys.exit(1)
    text = _HEAD.format(name=file) + to_yaml(found)
    if output is None:
        say(text.rstrip("\n"))
        return
    try:
        # Somebody may have corrected it.
        with Path(output).open("x", encoding="utf-8") as written:
            written.write(text)
    except FileExistsError:
        raise Mistake(f"{output}: is there already; give another name, or remove it") from None
    except OSError as error:
        raise Mistake(f"{output}: cannot be written ({error.strerror}); check the path") from error
