"""Who calls, by the schemes of a document: one strategy for each kind of credential.

What was issued here is accepted, and nothing else, but for what cannot be judged here: signatures
of a scheme of HTTP besides Basic and Bearer are looked at by their form, and a certificate of
mutual TLS is taken as present.
"""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from hmac import compare_digest
from typing import Protocol

from ..contract.model import Operation
from ..contract.principals import Credential
from ..contract.problems import Refusal
from ..contract.security import SCOPED, Requirements, Scheme
from .access import Sent
from .accounts import FOREVER, Account, Accounts
from .calls import Actor
from .space import Platform, Space

REALM = "sandbox"
_REMEMBERED = 4096
_UNQUOTED = re.compile(r'[^\x20-\x7e]|["\\]')
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a credential gives: to whom, which scopes (None: they are not judged), until when."""

    who: str
    scopes: frozenset[str] | None
    expires_at: int = FOREVER


_ANYBODY = Grant("", None)


class Authenticator(Protocol):
    """Judges the credentials of one scheme."""

    def grant(self, text: str) -> Grant | None:
        """What a credential gives, without the name of its scheme; None for none of ours."""
        ...


class ByForm:
    """What cannot be judged here: anything."""

    def grant(self, text: str) -> Grant | None:  # noqa: ARG002 - one form for all strategies
        """Anybody."""
        return _ANYBODY


@dataclass(frozen=True, slots=True)
class Shared:
    """One key for all who may call. It is compared in the same time, however near one comes."""

    key: str

    def grant(self, text: str) -> Grant | None:
        """Anybody, for the key. What was sent is text as HTTP has it: each letter is a byte."""
        fits = compare_digest(text.encode("latin-1", "backslashreplace"), self.key.encode())
        return _ANYBODY if fits else None


@dataclass(frozen=True, slots=True)
class Issued:
    """Keys, and tokens that mean nothing to whoever has them."""

    accounts: Accounts
    scheme: str

    def grant(self, text: str) -> Grant | None:
        """The account of the key."""
        return _grant(self.accounts.having(self.scheme, text))


@dataclass(frozen=True, slots=True)
class IssuedInAuthorization:
    """Keys in the header Authorization, where many a document has a word of its own before them."""

    accounts: Accounts
    scheme: str

    def grant(self, text: str) -> Grant | None:
        """The account of the key, whatever word stands before it."""
        return _grant(self.accounts.having(self.scheme, text.rpartition(" ")[2]))


@dataclass(frozen=True, slots=True)
class Basic:
    """Name and password (RFC 7617)."""

    accounts: Accounts
    scheme: str

    def grant(self, text: str) -> Grant | None:
        """The account of the name, if the password is its own."""
        try:
            name, _, password = b64decode(text, validate=True).decode().partition(":")
        except ValueError:
            return None
        account = self.accounts.having(self.scheme, password)
        return _grant(account) if account and account.name == name else None


@dataclass(frozen=True, slots=True)
class Signed:
    """Tokens that say themselves whose they are (JWT), of a scheme, or of all that have scopes."""

    accounts: Accounts
    scheme: str

    def grant(self, text: str) -> Grant | None:
        """What the token says, if it was signed here."""
        return read_token(self.accounts, text, self.scheme, "access")


def read_token(accounts: Accounts, text: str, scheme: str, use: str) -> Grant | None:
    """What a token of ours for a use says; None for any other."""
    try:
        claims = accounts.tokens.read(text)
    except Refusal:
        return None
    said = claims["tenant"], claims.get("scheme"), claims["sid"]
    if said != (accounts.slug, scheme, use):
        return None
    return Grant(claims["sub"], frozenset(str(claims.get("scope", "")).split()), claims["exp"])


def meets(asked: Requirements, authenticators: Mapping[str, Authenticator], sent: Sent) -> bool:
    """Whether a request brings all that one of the alternatives names, or nothing is asked."""
    return not asked or any(
        all(authenticators[one.scheme].grant(sent(one.location, one.name)) for one in together)
        for together in asked
    )


def authenticators_of(accounts: Accounts) -> dict[str, Authenticator]:
    """The strategy of each scheme, by its name."""
    return {name: _authenticator(accounts, scheme) for name, scheme in accounts.schemes.items()}


def _authenticator(accounts: Accounts, scheme: Scheme) -> Authenticator:
    credential = scheme.credential
    if not credential.location or credential.prefix not in {"", "basic", "bearer"}:
        return ByForm()
    if credential.prefix == "basic":
        return Basic(accounts, scheme.name)
    if scheme.kind in SCOPED:
        return Signed(accounts, "")
    if scheme.signed:
        return Signed(accounts, scheme.name)
    in_authorization = credential.prefix == "" and credential.name.lower() == "authorization"
    kind = IssuedInAuthorization if in_authorization else Issued
    return kind(accounts, scheme.name)


def _grant(account: Account | None) -> Grant | None:
    return None if account is None else Grant(account.name, frozenset(account.scopes))


class _Found(IntEnum):
    """How near a credential comes to what is required."""

    NOTHING = 0
    UNKNOWN = 1
    EXPIRED = 2
    SCOPES_MISSING = 3
    FITTING = 4


class SchemeAccess:
    """Admits whom the schemes of a document let in, to the tenant `only` or a fork of it.

    A call is let in when it meets one of the alternatives of its operation: everything that this
    names, with the scopes that it names.
    """

    def __init__(self, platform: Platform, only: str, accounts: Accounts) -> None:
        self.platform, self.only, self.accounts = platform, only, accounts
        self._authenticators: Mapping[str, Authenticator] = authenticators_of(accounts)
        self._known: dict[tuple[str, str], Grant] = {}
        self._actors: dict[tuple[Grant, ...], Actor | None] = {}
        self._secret = accounts.tokens.secret

    def admit(
        self, operation: Operation, sent: Sent, slug: str | None
    ) -> tuple[Space, Actor | None]:
        """The space, and the account that calls: None for nobody in particular.

        Raises Refusal TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, ROLE_REQUIRED and NOT_FOUND.
        """
        space = self.platform.space(slug or self.only)
        asked = operation.security
        # Who calls is asked first: which tenants there are is nobody's business.
        actor = self._actor(asked, sent, space or self.platform.root) if asked else None
        if space is None:
            raise Refusal("NOT_FOUND", f"There is no tenant '{slug or self.only}'.")
        return space, actor

    def _actor(self, asked: Requirements, sent: Sent, space: Space) -> Actor | None:
        if self.accounts.tokens.secret is not self._secret:
            self._forget()
        for together in asked:
            judged = [self._judge(credential, sent, space) for credential in together]
            grants = tuple([grant for found, grant in judged if found is _Found.FITTING])
            if together and len(grants) == len(together):
                return self._known_actor(grants)
        if () in asked:
            return None
        raise self._refusal(asked, sent, space)

    def _known_actor(self, grants: tuple[Grant, ...]) -> Actor | None:
        if grants not in self._actors:
            if len(self._actors) >= _REMEMBERED:
                self._actors.clear()
            self._actors[grants] = _actor_of(grants, self.only)
        return self._actors[grants]

    def _forget(self) -> None:
        self._secret = self.accounts.tokens.secret
        self._known.clear()
        self._actors.clear()

    def _judge(self, credential: Credential, sent: Sent, space: Space) -> tuple[_Found, Grant]:
        text = sent(credential.location, credential.name) if credential.location else "-"
        key = credential.scheme, text
        grant = self._known.get(key)
        if grant is None:
            found, grant = self._look(credential, text)
            if grant is None:
                return found, _ANYBODY
            if len(self._known) >= _REMEMBERED:
                self._forget()
            self._known[key] = grant
        expires = grant.expires_at
        if expires != FOREVER and expires <= space.clock.now().timestamp():
            return _Found.EXPIRED, grant
        if grant.scopes is not None and not grant.scopes.issuperset(credential.scopes):
            return _Found.SCOPES_MISSING, grant
        return _Found.FITTING, grant

    def _look(self, credential: Credential, text: str) -> tuple[_Found, Grant | None]:
        if credential.prefix:
            prefix, _, text = text.partition(" ")
            text = text.strip() if prefix.lower() == credential.prefix else ""
        if not text:
            return _Found.NOTHING, None
        return _Found.UNKNOWN, self._authenticators[credential.scheme].grant(text)

    def _refusal(self, asked: Requirements, sent: Sent, space: Space) -> Refusal:
        """Why nobody was let in: of all alternatives, the one that was nearest."""
        best, nearest, mine = _Found.NOTHING, asked[0], list[Grant]()
        for together in asked:
            judged = [self._judge(credential, sent, space) for credential in together]
            found = min(how for how, _ in judged)
            if found > best:
                best, nearest, mine = found, together, [grant for _, grant in judged]
        return _refusal(best, asked, nearest, mine)


def _actor_of(grants: Sequence[Grant], home: str) -> Actor | None:
    known = [grant for grant in grants if grant.scopes is not None]
    if not known:
        return None
    scopes = frozenset[str]().union(*(grant.scopes or () for grant in known))
    return Actor(known[0].who, scopes, home, "", min(grant.expires_at for grant in known))


def _refusal(
    found: _Found, asked: Requirements, nearest: Sequence[Credential], mine: list[Grant]
) -> Refusal:
    if found is _Found.SCOPES_MISSING:
        wanted = tuple(dict.fromkeys(scope for one in nearest for scope in one.scopes))
        held = sorted({scope for grant in mine for scope in grant.scopes or ()})
        said = f"It needs {', '.join(wanted)}; yours: {', '.join(held) or 'none'}."
        bearers = any(one.prefix == "bearer" for one in nearest)
        challenge = _challenge("Bearer", error="insufficient_scope", scope=" ".join(wanted))
        headers = {"WWW-Authenticate": challenge} if bearers else None
        return Refusal("ROLE_REQUIRED", said, headers=headers)
    if found is _Found.NOTHING:
        needs = "; or ".join(" and ".join(map(_told, together)) for together in asked)
        said = f"It needs {needs}."
        return Refusal("TOKEN_MISSING", said, headers=challenges(asked))
    code = "TOKEN_EXPIRED" if found is _Found.EXPIRED else "TOKEN_INVALID"
    return Refusal(code, headers=challenges(asked, "invalid_token"))


def challenges(asked: Requirements, error: str = "") -> dict[str, str]:
    """The header of a 401: what each scheme of an operation wants (RFC 9110, 11.6.1)."""
    found = dict.fromkeys(text for one in asked for c in one for text in _challenges(c, error))
    return {"WWW-Authenticate": ", ".join(found)} if found else {}


def _challenges(credential: Credential, error: str) -> Iterator[str]:
    prefix = credential.prefix
    if prefix == "bearer":
        # An error of a token is none of a request that brought none (RFC 6750, 3.1).
        yield _challenge("Bearer", error=error, scope=" ".join(credential.scopes))
    elif prefix == "basic":
        yield _challenge("Basic", charset="UTF-8")
    elif prefix == "digest":
        yield _challenge("Digest", nonce=REALM, qop="auth")
    elif prefix and _TOKEN.fullmatch(prefix):
        yield _challenge(prefix.title())
    elif not prefix and credential.location:
        # No challenge is registered for keys; one must be sent all the same.
        where = {"in": credential.location, "name": credential.name}
        yield _challenge("ApiKey", **where)


def _challenge(scheme: str, **more: str) -> str:
    said = {"realm": REALM} | {name: value for name, value in more.items() if value}
    return f"{scheme} " + ", ".join(f'{n}="{_UNQUOTED.sub("", v)}"' for n, v in said.items())


def _told(credential: Credential) -> str:
    if not credential.location:
        return "a certificate"
    ending = f" ({credential.prefix})" if credential.prefix else ""
    return f"the {credential.location} {credential.name}{ending}"
