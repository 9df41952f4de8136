"""Accounts, tenants and logins as frozen values: what a contract declares of them.

`accounts.py` makes these values from the document. Nothing else knows which resource holds the
accounts, what its members are called, or which grants there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Place = tuple[str, ...]
"""Names that lead to a member within a value; none lead to the value itself."""
Conditions = tuple[tuple[str, tuple[Any, ...]], ...]
"""Members, each with the values of which it has one."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential by its scheme. `location` is header, query or cookie, `name` what it is called.

    `prefix` is what stands before it in the Authorization header, in lower case: bearer or basic;
    it is empty elsewhere. Mutual TLS has no place in a request: its location is empty. `kind` is
    the type of the scheme, `scopes` what a requirement wants it to hold.
    """

    scheme: str
    location: str
    name: str
    prefix: str = ""
    kind: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Principal:
    """The resource whose records are accounts (extension x-principal).

    `id` is the member that they are kept under, `login` the one that names an account where it logs
    in. `secret` is a member of bodies alone: it is kept apart. `grants` is the member with what an
    account may do, a list or, unless `several` may stand there, a text. `known` are all grants,
    those that work `across` tenants last; `usual` is the one that is meant where none is named.
    Only accounts that are `active` log in. `stamps` takes the instant of a login; `names`, `email`
    and `phone` are what messages are addressed by. `creates` is the operation that opens one.
    """

    resource: str
    id: str
    login: str
    secret: str
    grants: str = ""
    several: bool = True
    known: tuple[str, ...] = ()
    across: tuple[str, ...] = ()
    usual: str = ""
    active: Conditions = ()
    stamps: str = ""
    names: tuple[str, ...] = ()
    email: str = ""
    phone: str = ""
    creates: str = ""

    def is_active(self, account: Mapping[str, Any]) -> bool:
        """Whether an account may log in."""
        return all(account.get(member) in values for member, values in self.active)

    def grants_of(self, account: Mapping[str, Any]) -> tuple[str, ...]:
        """What an account may do."""
        value = account.get(self.grants) or ()
        return (value,) if isinstance(value, str) else tuple(value)

    def granting(self, grant: str) -> dict[str, Any]:
        """The member of an account that has one grant alone; none where there are no grants."""
        if not self.grants:
            return {}
        return {self.grants: [grant] if self.several else grant}

    def is_across(self, grants: frozenset[str]) -> bool:
        """Whether these grants hold in all tenants, suspended ones included."""
        return not grants.isdisjoint(self.across)

    def name_of(self, account: Mapping[str, Any]) -> str:
        """How messages call an account: by its names, else by its login."""
        return " ".join(str(account[n]) for n in self.names or (self.login,) if account.get(n))


@dataclass(frozen=True, slots=True)
class Tenancy:
    """The resource whose records are tenants (extension x-tenant); as it is, of a document of none.

    `slug` is the member that calls name a tenant by, `name` the one that people do; in messages it
    is what lies at the place `sender`. `first` is the member of the body that opens a tenant, by
    the operation `opens`, which holds its first account.
    """

    resource: str = "(tenants)"
    id: str = "id"
    slug: str = "slug"
    name: str = "name"
    sender: Place = ("name",)
    suspended: Conditions = ()
    first: str = ""
    opens: str = ""

    def is_suspended(self, tenant: Mapping[str, Any]) -> bool:
        """Whether a tenant refuses all but those who may go across tenants."""
        for member, values in self.suspended:  # asked for every call, and all() takes longer
            if tenant.get(member) not in values:
                return False
        return bool(self.suspended)

    def state_of(self, tenant: Mapping[str, Any]) -> str:
        """The state of a tenant in the words of the contract; ACTIVE where it has none."""
        member = self.suspended[0][0] if self.suspended else ""
        return str(tenant.get(member, "ACTIVE"))


@dataclass(frozen=True, slots=True)
class Login:
    """An operation that issues a credential (extension x-login).

    Of the request it takes what lies at `login` and `secret`, or at `renews` the refresh token that
    it uses up. Its answer holds the `credential`, the token that `refresh`es it and when it
    `expires`, each where there is such a place. The credential lasts a duration (ISO 8601), as the
    refresh token does. Of an operation that is only believed to be one, not all places are known.
    """

    operation: str
    login: Place = ()
    secret: Place = ()
    renews: Place = ()
    credential: Place = ()
    refresh: Place = ()
    expires: Place = ()
    lasts: str = "PT1H"
    refresh_lasts: str = "P30D"
