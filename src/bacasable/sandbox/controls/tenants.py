"""Tenants of the sandbox: list, open, fork, reset, delete; tokens and credentials."""

from ...contract.document import ContractError
from ...contract.model import JsonObject, Violation
from ...contract.principals import Principal
from ...contract.problems import Refusal
from ...contract.request import Values
from ...core import Record, Space
from ...core.portions import Portions
from ..credentials import described
from ..fixtures import fixture_from
from ..hub import Answer, Hub


def list_tenants(hub: Hub, values: Values) -> Answer:  # noqa: ARG001 - one form for all controls
    """All tenants."""
    return Answer(data={"items": [hub.estate.describe(s) for s in hub.estate.spaces()]})


def get_tenant(hub: Hub, values: Values) -> Answer:
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
    return list_tenants(hub, values)


def issue_token(hub: Hub, values: Values) -> Answer:
    """A pair of tokens of an account."""
    space, principal = _space(hub, values), hub.principal
    user = _account(space, principal, values.body)
    about: JsonObject = {"userId": str(user[principal.id]), "email": str(user[principal.login])}
    about |= {"roles": [*principal.grants_of(user)]}
    return Answer(201, hub.sign_in(space, user) | about)


def list_credentials(hub: Hub, values: Values) -> Answer:  # noqa: ARG001
    """What the security schemes of a document accept."""
    accounts = hub.accounts.all() if hub.accounts else ()
    return Answer(data={"items": [described(account) for account in accounts]})


def _account(space: Space, principal: Principal, wanted: Record) -> Record:
    """The first active account that fits. Raises Refusal NOT_FOUND."""
    ((member, value),) = wanted.items()
    for user in space.collection(principal.resource):
        fits = {
            "role": value in principal.grants_of(user),
            "email": str(value).lower() == str(user[principal.login]).lower(),
            "userId": value == str(user[principal.id]),
        }
        if fits[member] and principal.is_active(user):
            return user
    raise Refusal("NOT_FOUND", f"'{space.slug}' has no active account with this {member}.")


def _space(hub: Hub, values: Values) -> Space:
    return hub.estate.space(values.path["tenant"])


def _shown(hub: Hub, space: Space) -> Answer:
    return Answer(data=hub.estate.describe(space))


def _made(hub: Hub, space: Space) -> Answer:
    location = f"/_sandbox/tenants/{space.slug}"
    return Answer(201, hub.estate.describe(space), {"Location": location})


OPERATIONS = {
    "listTenants": list_tenants,
    "getTenant": get_tenant,
    "openTenant": open_tenant,
    "forkTenant": fork_tenant,
    "deleteTenant": delete_tenant,
    "resetTenant": reset_tenant,
    "resetAll": reset_all,
    "issueToken": issue_token,
    "listCredentials": list_credentials,
}
