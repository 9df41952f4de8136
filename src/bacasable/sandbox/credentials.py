"""Credentials as they are told: at the start, by the controls, to Python; ready for curl."""

from collections.abc import Iterator
from shlex import quote

from ..contract.model import JsonObject
from ..core import Account
from .authorization import CLIENT, PUBLIC_CLIENT, AuthorizationServer

ANYTHING = "anything"
"""What may stand where nothing can be judged."""


def described(account: Account) -> JsonObject:
    """An account as the controls show it."""
    credential = account.scheme.credential
    return {
        "account": account.name,
        "scheme": account.scheme.name,
        "type": account.scheme.kind,
        "scopes": list(account.scopes),
        "in": credential.location or None,
        "name": credential.name or None,
        "value": _value(account),
        "secret": _secret(account),
        "curl": for_curl(account),
    }


def for_curl(account: Account) -> str:
    """The options of curl that send a credential; empty where there is none to be sent."""
    credential = account.scheme.credential
    value = _value(account)
    if not credential.location or value is None:
        return ""
    if credential.prefix == "basic":
        return "-u " + quote(_secret(account))
    if credential.location == "query":
        return "--url-query " + quote(f"{credential.name}={value}")
    if credential.location == "cookie":
        return "-b " + quote(f"{credential.name}={value}")
    return "-H " + quote(f"{credential.name}: {value}")


def _secret(account: Account) -> str:
    is_pair = account.scheme.credential.prefix == "basic"
    return f"{account.name}:{account.secret}" if is_pair else account.secret


def _value(account: Account) -> str | None:
    """What stands at the place of the credential; None where it has none."""
    credential = account.scheme.credential
    if not credential.location:
        return None
    return account.value or f"{credential.prefix.title()} {ANYTHING}"


def account_lines(accounts: tuple[Account, ...], omitted: int) -> Iterator[str]:
    """A table of the accounts, with what curl is to be given."""
    rows = [(one, one.name, " ".join(one.scopes), for_curl(one)) for one in accounts]
    named = max((len(name) for _, name, _, _ in rows), default=0)
    scoped = max((len(scopes) for _, _, scopes, _ in rows), default=0)
    for account, name, scopes, curl in rows:
        noted = "" if account.secret else "(not judged here)"
        columns = [name.ljust(named), scopes.ljust(scoped), curl, noted]
        yield "  " + "  ".join(filter(None, columns)).rstrip()
    if omitted:
        yield f"  {omitted} sets of scopes more have no account (--max-accounts)"


def authorization_lines(authorization: AuthorizationServer, base: str) -> Iterator[str]:
    """Where tokens are given, and to whom."""
    endpoints = authorization.endpoints
    yield f"OAuth     token      {base}{endpoints.token[0]}"
    yield f"          authorize  {base}{endpoints.authorize[0]}"
    yield f"          discovery  {base}{endpoints.discovery}"
    yield f"          client     {CLIENT}, its secret {authorization.client_secret}"
    yield f"                     {PUBLIC_CLIENT}, without a secret (PKCE)"
    for account in authorization.people() if authorization.has_password else ():
        yield f"          password   of {account.name}: {authorization.password(account)}"


def unserved_flows(authorization: AuthorizationServer) -> Iterator[str]:
    """What of the flows of a document is not served, and what to do instead."""
    served = {"clientCredentials", "authorizationCode", "password"}
    for scheme in authorization.accounts.schemes.values():
        for flow in scheme.flows:
            if flow.name not in served:
                said = "use authorizationCode, or the token that is told at the start"
                yield f"the flow {flow.name} of '{scheme.name}' is not served; {said}"
