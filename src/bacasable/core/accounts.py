"""The accounts of a document that knows of none: one for each scheme and each set of scopes.

Their credentials are made of the secret that tokens are signed with. So they are random, and last
as long as that: over a restart with a state, and no longer without one.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..contract.model import Contract
from ..contract.security import SCOPED, Scheme, schemes_of
from .access import Tokens

FOREVER = 253_402_300_799
"""The last second of the year 9999."""
ISSUER = "bacasable"
_LONGEST_NAME = 64
_LONGEST_SECRET = 40


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a scheme. `scopes` are what it holds, roles included; `secret` proves it.

    The secret of one that has none, a certificate or a signature, is empty: what is sent is not
    judged.
    """

    name: str
    scheme: Scheme
    scopes: tuple[str, ...] = ()
    secret: str = ""

    @property
    def value(self) -> str:
        """What is sent at the place of the credential; empty where it is not judged."""
        prefix = self.scheme.credential.prefix
        if prefix == "basic":
            pair = f"{self.name}:{self.secret}".encode()
            return "Basic " + b64encode(pair).decode()
        return f"Bearer {self.secret}" if prefix == "bearer" and self.secret else self.secret


class Accounts:
    """The accounts of a contract, for the tenant of a slug. At most `most` stand for a scheme."""

    def __init__(self, contract: Contract, tokens: Tokens, slug: str, most: int) -> None:
        self.schemes = schemes_of(contract.document)
        self.tokens, self.slug = tokens, slug
        self.omitted = 0
        """Sets of scopes that have no account."""
        self._planned = [*self._plan(contract, most)]
        self._made: tuple[Account, ...] = ()
        self._by_secret: dict[tuple[str, str], Account] = {}
        self._secret: str | None = None

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of all schemes that have scopes: declared, or wanted by an operation."""
        scoped = [account for account in self._planned if account.scheme.kind in SCOPED]
        declared = (scope for account in scoped for scope in account.scheme.scopes)
        wanted = (scope for account in scoped for scope in account.scopes)
        return tuple(dict.fromkeys((*declared, *wanted)))

    def all(self) -> tuple[Account, ...]:
        """Every account, made anew when a state has brought another secret."""
        if self._secret != self.tokens.secret:
            self._secret = self.tokens.secret
            self._made = tuple(replace(one, secret=self._prove(one)) for one in self._planned)
            self._by_secret = {(one.scheme.name, one.secret): one for one in self._made}
        return self._made

    def having(self, scheme: str, secret: str) -> Account | None:
        """The account of a scheme that has this secret."""
        self.all()
        return self._by_secret.get((scheme, secret))

    def sign(self, who: str, scheme: str, scopes: Iterable[str], until: int, use: str) -> str:
        """A signed token. Without a scheme it is of all those that have scopes."""
        return self.tokens.sign(
            {
                "iss": ISSUER,
                "sub": who,
                "tenant": self.slug,
                "sid": use,
                "exp": until,
                "scheme": scheme,
                "scope": " ".join(scopes),
            }
        )

    def _plan(self, contract: Contract, most: int) -> Iterator[Account]:
        """The accounts without their secrets: of each scheme first the one that may do most."""
        wanted: dict[str, dict[frozenset[str], None]] = {name: {} for name in self.schemes}
        for operation in contract.operations.values():
            for together in operation.security:
                for credential in together:
                    wanted[credential.scheme][frozenset(credential.scopes)] = None
        names: set[str] = set()
        for name, scheme in self.schemes.items():
            whole = frozenset(scope for scopes in wanted[name] for scope in scopes)
            sets = dict.fromkeys([whole, *sorted(wanted[name], key=lambda s: (-len(s), sorted(s)))])
            self.omitted += max(0, len(sets) - most)
            for scopes in [*sets][:most]:
                called = _free(name[:_LONGEST_NAME].replace(":", "-"), names)
                names.add(called)
                yield Account(called, scheme, tuple(sorted(scopes)))

    def _prove(self, account: Account) -> str:
        credential, scheme = account.scheme.credential, account.scheme
        if not credential.location or credential.prefix not in {"", "basic", "bearer"}:
            return ""
        if scheme.kind in SCOPED:
            return self.sign(account.name, "", account.scopes, FOREVER, "access")
        if scheme.signed:
            return self.sign(account.name, scheme.name, account.scopes, FOREVER, "access")
        return self.derived("account", scheme.name, *account.scopes)

    def derived(self, *what: str) -> str:
        """A secret that nobody can guess, the same each time."""
        return self.tokens.derive("\0".join(what).encode())[:_LONGEST_SECRET]


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
