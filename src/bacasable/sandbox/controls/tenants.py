"""Tenants of the sandbox: list, open, fork, reset, delete; what is served, tokens, credentials."""

from ...contract.document import ContractError
from ...contract.model import JsonObject, Violation
from ...contract.names import did_you_mean
from ...contract.principals import Principal
from ...contract.problems import Refusal
from ...contract.request import Values
from ...core import Record, Space
from ...core.portions import Portions
from ..credentials import described
from ..fixtures import fixture_from
from ..hub import OWN_TENANT_HEADER, Answer, Hub


def read_tenants(hub: Hub, values: Values) -> Answer:  # noqa: ARG001 - one form for all controls
    """All tenants."""
    return Answer(data={"items": [hub.estate.describe(s) for s in hub.estate.spaces()]})


def read_tenant(hub: Hub, values: Values) -> Answer:
    """One tenant."""
    return _shown(hub, _space(hub, values))


def open_tenant(hub: Hub, values: Values) -> Portions[Answer]:
    """A tenant from a fixture document in the request."""
    try:
        fixture = yield from fixture_from(values.body, "the fixture", hub.engine.contract)
        space = yield from hub.estate.open(fixture)
    except ContractError as error:
        raise Refusal("INVALID_REQUEST", violations=[Violation("", str(error))]) from error
    return _made(hub, space)


def fork_tenant(hub: Hub, values: Values) -> Answer:
    """A fork."""
    slug = values.body.get("slug") if values.body else None
    return _made(hub, hub.estate.fork(_space(hub, values), slug))


def delete_tenant(hub: Hub, values: Values) -> Answer:
    """The tenant is gone, with everything that was kept about it."""
    space = _space(hub, values)
    hub.estate.delete(space)
    hub.faults.forget(space.slug)
    hub.exchanges.forget(space.slug)
    return Answer(204)


def reset_tenant(hub: Hub, values: Values) -> Answer:
    """The tenant as it was seeded, opened or forked."""
    space = _space(hub, values)
    hub.estate.reset(space)
    return _shown(hub, hub.estate.space(space.slug))


def reset_all(hub: Hub, values: Values) -> Answer:
    """The sandbox as it was at start."""
    hub.estate.reset_all()
    hub.faults.forget_all()
    hub.exchanges.forget_all()
    return read_tenants(hub, values)


def issue_token(hub: Hub, values: Values) -> Answer:
    """A pair of tokens of an account."""
    space, principal = _space(hub, values), hub.principal
    user = _account(hub, space, principal, values.body or {})
    about: JsonObject = {"userId": str(user[principal.id]), "email": str(user[principal.login])}
    about |= {"roles": [*principal.grants_of(user)]}
    return Answer(201, hub.sign_in(space, user) | about)


def read_contract(hub: Hub, values: Values) -> Answer:  # noqa: ARG001
    """What is served."""
    contract = hub.engine.contract
    served = {
        "title": contract.title,
        "version": contract.version,
        "basePath": contract.base_path,
        "tenantHeader": contract.tenant_header if contract.strict else OWN_TENANT_HEADER,
        "hasAccounts": hub.has_accounts,
    }
    return Answer(data=served)


def list_credentials(hub: Hub, values: Values) -> Answer:  # noqa: ARG001
    """What the security schemes of a document accept."""
    accounts = hub.accounts.all() if hub.accounts else ()
    return Answer(data={"items": [described(account) for account in accounts]})


def _account(hub: Hub, space: Space, principal: Principal, wanted: Record) -> Record:
    """The first active account that fits. Raises Refusal NOT_FOUND, INVALID_REQUEST."""
    for user in space.collection(principal.resource):
        fits = {
            "role": wanted.get("role") in principal.grants_of(user),
            "email": str(wanted.get("email")).lower() == str(user[principal.login]).lower(),
            "userId": wanted.get("userId") == str(user[principal.id]),
        }
        if all(fits[member] for member in wanted) and principal.is_active(user):
            return user
    known, role = hub.engine.contract.roles, wanted.get("role")
    if role is not None and role not in known:
        said = f"is no role of the contract{did_you_mean(role, known)}"
        raise Refusal("INVALID_REQUEST", violations=[Violation("/role", said)])
    asked = f" with this {next(iter(wanted))}" if wanted else ""
    raise Refusal("NOT_FOUND", f"'{space.slug}' has no active account{asked}.")


def _space(hub: Hub, values: Values) -> Space:
    return hub.estate.space(values.path["tenant"])


def _shown(hub: Hub, space: Space) -> Answer:
    return Answer(data=hub.estate.describe(space))


def _made(hub: Hub, space: Space) -> Answer:
    location = f"/_sandbox/tenants/{space.slug}"
    return Answer(201, hub.estate.describe(space), {"Location": location})
