"""What operations do by what the contract declares of accounts and tenants, without any code.

An operation with x-login issues tokens; a secret that is sent with an account is kept apart; an
account that may not log in any more has no sessions; a tenant that is created has a space, with its
first account.
"""

from collections.abc import Callable
from functools import partial

from ..contract.model import Contract, Json
from ..contract.principals import Login, Principal, Tenancy
from .access import Tokens
from .passwords import set_password
from .sessions import LoginAnswer, Pair, Sessions, end_sessions_of
from .situation import Behaviour, Hook, Situation

_CHANGES = frozenset({"create", "update", "transition"})


def account_hooks(contract: Contract, tokens: Tokens) -> Behaviour:
    """The hooks of all operations that have to do with accounts; none without any.

    Raises ContractError for a login that does not answer what it declares.
    """
    principal, tenancy = contract.principal, contract.tenancy
    if principal is None:
        return Behaviour()
    sessions = Sessions(contract, principal, tokens)
    effects: dict[str, Hook] = {
        operation.id: partial(_keep, principal)
        for operation in contract.operations.values()
        if operation.action.resource == principal.resource and operation.action.kind in _CHANGES
    }
    if tenancy.opens:
        effects[tenancy.opens] = partial(_open, principal, tenancy)
    operations = {
        login.operation: _issuing(
            contract, login, sessions.log_in if login.login else sessions.renew
        )
        for login in contract.logins.values()
    }
    return Behaviour(operations=operations, effects=effects)


def _issuing(
    contract: Contract, login: Login, issue: Callable[[Login, Situation], Pair]
) -> Callable[[Situation], Json]:
    answer = LoginAnswer(contract, login)
    return lambda situation: answer.of(issue(login, situation))


def _keep(principal: Principal, s: Situation) -> None:
    """Keep the secret of an account apart; end the sessions of one that is not active."""
    account_id = str(s.draft[principal.id])
    secret = s.body.get(principal.secret) if isinstance(s.body, dict) else None
    if secret:
        set_password(s.space, account_id, str(secret))
    if not principal.is_active(s.draft):
        end_sessions_of(s.space, account_id)


def _open(principal: Principal, tenancy: Tenancy, s: Situation) -> None:
    """Open the space of a new tenant, with its first account."""
    space = s.platform.open(s.draft[tenancy.slug], str(s.draft[tenancy.id]))
    first = dict(s.body[tenancy.first])
    secret = first.pop(principal.secret, None)
    kind = s.contract.resources[principal.resource]
    account_id = s.space.pinned.pop(kind.name, "") or space.new_id(kind)
    given = {**first, **principal.granting(principal.usual), kind.id_member: account_id}
    account = s.new(kind.name, **given)
    space.collection(kind.name).put(account)
    if secret:
        set_password(space, str(account[principal.id]), str(secret))
