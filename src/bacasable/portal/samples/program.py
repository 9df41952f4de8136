"""From an operation of the contract to the program that calls it.

The program logs in first where the operation needs a token, or a value that a link of the login's
answer provides (a refresh token, say). Where the contract has no login, credentials
come from the environment.
"""

from dataclasses import replace

from ...contract import Contract, Operation
from ...contract.values import shown
from ..edition import Edition
from ..views.places import raw_operation, raw_parameters
from .login import account_of, login_of, provided_by, token_of
from .model import Program, Setting, Step, Take, Text
from .request import TENANT, one_line, request_of
from .security import Credentials, Unshowable, credentials_of


def program_of(edition: Edition, operation: Operation) -> Program | None:
    """The program that makes one call; None for one that no sample can show, as an upload."""
    try:
        return _program(edition, operation)
    except Unshowable:
        return None


def _program(edition: Edition, operation: Operation) -> Program:
    contract = edition.contract
    declared = raw_operation(contract, operation)
    credentials = credentials_of(contract, declared)
    login = login_of(contract)
    if login is None or login is operation:
        return _complete(edition, (request_of(contract, operation, credentials, {}),), credentials)
    provided, takes = provided_by(contract, login, operation)
    if credentials.bearer:
        token = token_of(contract)
        sent = Text(("Bearer ", token.variable))
        credentials = Credentials(headers=(("Authorization", sent),))
        takes = [token, *takes]
    step = request_of(contract, operation, credentials, provided)
    before = (_login_step(edition, login, operation, tuple(takes)),) if takes else ()
    return _complete(edition, (*before, step), credentials)


def _login_step(
    edition: Edition, login: Operation, operation: Operation, takes: tuple[Take, ...]
) -> Step:
    role, body = account_of(edition.contract, login, operation)
    said = edition.say("samples.login_as", role=role) if role else edition.say("samples.login")
    step = request_of(edition.contract, login, Credentials(), {})
    return replace(step, comment=one_line(said), body=body, takes=takes)


def _complete(edition: Edition, steps: tuple[Step, ...], credentials: Credentials) -> Program:
    """The program of some steps, with the settings they need at its head."""
    header = edition.contract.tenant_header
    tenant = any((header, Text((TENANT,))) in step.headers for step in steps)
    settings = [Setting(TENANT, _tenant(edition.contract))] if tenant else []
    settings += [Setting(variable, None) for variable in credentials.variables]
    said = edition.say("samples.environment") if credentials.variables else ""
    key = edition.say("samples.key")
    told = tuple(replace(step, fresh_comment=key) if step.fresh else step for step in steps)
    return Program(edition.api_url, tuple(settings), said, told)


def _tenant(contract: Contract) -> str:
    """The tenant of the examples: that of the first operation that names one."""
    operation = next(o for o in contract.operations.values() if o.needs_tenant)
    parameters = raw_parameters(contract, operation)
    return str(
        shown(contract.document, next(p for p in parameters if p["name"] == contract.tenant_header))
    )
