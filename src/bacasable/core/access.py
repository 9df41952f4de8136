"""Admission: from a token and a tenant header to a space and an actor, in the decided order.

401 no, bad or expired token → 400 no tenant → 403 other tenant → 403 suspended → 403 role.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import ref

from ..contract.model import Operation
from ..contract.principals import Credential, Principal, Tenancy
from ..contract.problems import Refusal
from .calls import Actor
from .space import Platform, Space
from .store import Record

SESSIONS = "sessions"
_REMEMBERED = 4096
_BEARER = Credential("", "header", "Authorization", "bearer")
"""What is brought where no scheme says otherwise."""

Sent = Callable[[str, str], str]
"""What a request brings at a location (header, query or cookie) under a name; empty for nothing."""


class Admission(Protocol):
    """Says in which space a call works and who calls, or refuses it."""

    @property
    def only(self) -> str:
        """The slug of the only tenant, where a document knows of none; else empty."""
        ...

    def admit(
        self, operation: Operation, sent: Sent, slug: str | None
    ) -> tuple[Space, Actor | None]:
        """The space, and who calls: None for nobody in particular. Raises Refusal."""
        ...


class Tokens(Protocol):
    """Signs and reads access tokens."""

    @property
    def secret(self) -> str:
        """What tokens are signed with: kept with the state, so that they outlive a restart."""
        ...

    def adopt(self, secret: str) -> None:
        """Go on with the secret of a state, unless one was given."""
        ...

    def sign(self, claims: dict[str, Any]) -> str:
        """A token with these claims."""
        ...

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token of ours. Raises Refusal TOKEN_INVALID. Does not judge its age."""
        ...

    def derive(self, material: bytes) -> str:
        """A code over the material that nobody can compute without the secret."""
        ...


@dataclass(frozen=True, slots=True)
class _Known:
    """An actor by the credential that was sent, with the records it was made from.

    The space is not held: a tenant that was deleted goes, whoever was logged in to it.
    """

    actor: Actor
    home: "ref[Space]"
    session: Record
    user: Record
    is_across: bool


@dataclass(frozen=True, slots=True)
class Access:
    """Admits callers: accounts that the contract declares. `tokens` reads what they carry."""

    platform: Platform
    tokens: Tokens
    principal: Principal
    tenancy: Tenancy
    _known: dict[str, "_Known"] = field(default_factory=dict)
    only: str = ""

    def admit(
        self, operation: Operation, sent: Sent, slug: str | None
    ) -> tuple[Space, Actor | None]:
        """The space a call works in, and who calls (None for an operation without security).

        Raises Refusal in the order of the module's heading.
        """
        if operation.roles is None:
            return self._public_space(operation, slug), None
        wanted = operation.security[0][0] if operation.security else _BEARER
        known = self._caller(sent(wanted.location, wanted.name), wanted)
        actor = known.actor
        space = self._space(operation, known, slug)
        if operation.roles and actor.roles.isdisjoint(operation.roles):
            needed, mine = ", ".join(operation.roles), ", ".join(sorted(actor.roles))
            raise Refusal("ROLE_REQUIRED", f"It needs one of {needed}; yours: {mine}.")
        return space, actor

    def _public_space(self, operation: Operation, slug: str | None) -> Space:
        if not operation.needs_tenant:
            return self.platform.root
        # Whether a tenant exists is nobody's business before login: one that does not is as good
        # as one without accounts, and is refused for the same reasons, in the same order and time.
        return self.platform.space(_required(slug)) or self.platform.nowhere(slug or "")

    def _caller(self, text: str, wanted: Credential) -> "_Known":
        known = self._known.get(text)
        home = self._home(known) if known else None
        if known is None or home is None:
            known, home = self._identify(text, wanted)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[text] = known
        if known.actor.expires_at <= home.clock.now().timestamp():
            raise Refusal("TOKEN_EXPIRED")
        return known

    def _home(self, known: "_Known") -> Space | None:
        """The space of an actor while account and session are the records it was made from."""
        home, actor = known.home(), known.actor
        holds = (
            home is not None
            and self.platform.space(home.slug) is home
            and home.passing(SESSIONS).get(actor.session) is known.session
            and home.collection(self.principal.resource).get(actor.id) is known.user
        )
        return home if holds else None

    def _identify(self, text: str, wanted: Credential) -> tuple["_Known", Space]:
        if not text:
            raise Refusal("TOKEN_MISSING")
        token, prefix = text, wanted.prefix
        if prefix:
            scheme, _, token = text.partition(" ")
            if scheme.lower() != prefix or not token.strip():
                said = f"The {wanted.name} header is not of the form '{prefix.title()} <token>'."
                raise Refusal("TOKEN_INVALID", said)
        claims = self.tokens.read(token.strip())
        home = self.platform.space(claims["tenant"])
        session = home.passing(SESSIONS).get(claims["sid"]) if home else None
        if home is None or session is None:
            raise Refusal("SESSION_ENDED")
        principal = self.principal
        user = home.collection(principal.resource).get(claims["sub"])
        if user is None or not principal.is_active(user) or session["userId"] != claims["sub"]:
            raise Refusal("SESSION_ENDED")
        # Grants are read from the account, so that a change holds at once.
        grants = frozenset(principal.grants_of(user))
        actor = Actor(claims["sub"], grants, home.slug, session["id"], claims["exp"])
        return _Known(actor, ref(home), session, user, principal.is_across(grants)), home

    def _space(self, operation: Operation, known: "_Known", slug: str | None) -> Space:
        if not operation.needs_tenant:
            return self.platform.root
        slug = _required(slug)
        space, home = self.platform.space(slug), known.actor.home
        if space is None and known.is_across:
            raise Refusal("TENANT_MISMATCH", f"There is no tenant '{slug}'.")
        if space is None or (space.slug != home and not known.is_across):
            said = f"The token was given for the tenant '{home}'."
            raise Refusal("TENANT_MISMATCH", said)
        if not known.is_across:
            refuse_suspended(self.platform, self.tenancy, space)
        return space


@dataclass(frozen=True, slots=True)
class OpenAccess:
    """Admits whoever calls, to the tenant `only`, or to a fork of it that is named."""

    platform: Platform
    only: str

    def admit(
        self,
        operation: Operation,  # noqa: ARG002 - one form for all admissions
        sent: Sent,  # noqa: ARG002
        slug: str | None,
    ) -> tuple[Space, Actor | None]:
        """The space, and nobody in particular. Raises Refusal NOT_FOUND."""
        space = self.platform.space(slug or self.only)
        if space is None:
            raise Refusal("NOT_FOUND", f"There is no tenant '{slug or self.only}'.")
        return space, None


def refuse_suspended(platform: Platform, tenancy: Tenancy, space: Space) -> None:
    """Raise Refusal TENANT_SUSPENDED. Login asks only after the password was found right."""
    tenant = platform.root.collection(tenancy.resource).get(space.tenant_id)
    if tenant is not None and tenancy.is_suspended(tenant):
        raise Refusal("TENANT_SUSPENDED")


def _required(slug: str | None) -> str:
    if not slug:
        raise Refusal("TENANT_HEADER_MISSING")
    return slug
