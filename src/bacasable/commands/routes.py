"""`bacasable routes`: the operations of a contract."""

from pathlib import Path

import click

from ..console import say
from ..mistakes import Mistake
from ..resources import CONTRACT


@click.command()
@click.argument("file", required=False)
def routes(file: str | None) -> None:
    """List operations with their roles."""
    from ..contract import ContractError, load_contract
    from ..platforms import PlatformPackage

    try:
        package = PlatformPackage.of(Path(file) if file else CONTRACT)
        contract = load_contract(package.contract, package.overlay)
    except ContractError as error:
        raise Mistake(str(error)) from error
    for operation in contract.operations.values():
        roles = "public" if operation.roles is None else ",".join(operation.roles)
        path = contract.base_path + operation.path
        say(f"{operation.method.upper():6} {path:72} {operation.id:32} {roles}")
