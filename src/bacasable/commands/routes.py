"""`bacasable routes`: the operations of a contract."""

from pathlib import Path

import click

from ..console import say
from ..mistakes import Mistake
from ..resources import CONTRACT
from .common import root_option


@click.command()
@click.argument("file", required=False)
@root_option
def routes(file: str | None, root: Path | None) -> None:
    """List operations with their roles."""
    from ..contract import ContractError, load_contract
    from ..platforms import PlatformPackage

    try:
        package = PlatformPackage.of(Path(file) if file else CONTRACT, root=root)
        contract = load_contract(package.contract, package.overlay, root)
    except ContractError as error:
        raise Mistake(str(error)) from error
    for operation in contract.operations.values():
        roles = "public" if operation.roles is None else ",".join(operation.roles)
        path = contract.base_path + operation.path
        say(f"{operation.method.upper():6} {path:72} {operation.id:32} {roles}")
