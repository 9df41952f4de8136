"""Admission: from a token and a tenant header to a space and an actor, in the decided order.

401 no, bad or expired token → 400 no tenant → 403 other tenant → 403 suspended → 403 role.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import ref

from ..contract.model import Operation
from ..contract.problems import Refusal
from .calls import Actor
from .space import Platform, Space
from .store import Record

ACCOUNTS, TENANTS, SESSIONS = "User", "Tenant", "sessions"
SUPER_ADMIN = "SUPER_ADMIN"
_REMEMBERED = 4096

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
    """An actor by the Authorization header, with the records it was made from.

    The space is not held: a tenant that was deleted goes, whoever was logged in to it.
    """

    actor: Actor
    home: "ref[Space]"
    session: Record
    user: Record


@dataclass(frozen=True, slots=True)
class Access:
    """Admits callers. `tokens` signs and reads what they carry."""

    platform: Platform
    tokens: Tokens
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
        actor = self._actor(sent("header", "authorization"))
        space = self._space(operation, actor, slug)
        if actor.roles.isdisjoint(operation.roles):
            wanted, mine = ", ".join(operation.roles), ", ".join(sorted(actor.roles))
            raise Refusal("ROLE_REQUIRED", f"It needs one of {wanted}; yours: {mine}.")
        return space, actor

    def _public_space(self, operation: Operation, slug: str | None) -> Space:
        if not operation.needs_tenant:
            return self.platform.root
        # Whether a tenant exists is nobody's business before login: one that does not is as good
        # as one without accounts, and is refused for the same reasons, in the same order and time.
        return self.platform.space(_required(slug)) or self.platform.nowhere(slug or "")

    def _actor(self, authorization: str | None) -> Actor:
        known = self._known.get(authorization or "")
        home = self._home(known) if known else None
        if known is None or home is None:
            known, home = self._identify(authorization)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[authorization or ""] = known
        if known.actor.expires_at <= home.clock.now().timestamp():
            raise Refusal("TOKEN_EXPIRED")
        return known.actor

    def _home(self, known: "_Known") -> Space | None:
        """The space of an actor while account and session are the records it was made from."""
        home, actor = known.home(), known.actor
        holds = (
            home is not None
            and self.platform.space(home.slug) is home
            and home.passing(SESSIONS).get(actor.session) is known.session
            and home.collection(ACCOUNTS).get(actor.id) is known.user
        )
        return home if holds else None

    def _identify(self, authorization: str | None) -> tuple["_Known", Space]:
        if not authorization:
            raise Refusal("TOKEN_MISSING")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            said = "The Authorization header is not of the form 'Bearer <accessToken>'."
            raise Refusal("TOKEN_INVALID", said)
        claims = self.tokens.read(token.strip())
        home = self.platform.space(claims["tenant"])
        session = home.passing(SESSIONS).get(claims["sid"]) if home else None
        if home is None or session is None:
            raise Refusal("SESSION_ENDED")
        user = home.collection(ACCOUNTS).get(claims["sub"])
        if user is None or user["status"] != "ACTIVE" or session["userId"] != user["id"]:
            raise Refusal("SESSION_ENDED")
        # Roles are read from the account, so that a change holds at once.
        actor = Actor(user["id"], frozenset(user["roles"]), home.slug, session["id"], claims["exp"])
        return _Known(actor, ref(home), session, user), home

    def _space(self, operation: Operation, actor: Actor, slug: str | None) -> Space:
        if not operation.needs_tenant:
            return self.platform.root
        slug = _required(slug)
        space = self.platform.space(slug)
        if space is None and SUPER_ADMIN in actor.roles:
            raise Refusal("TENANT_MISMATCH", f"There is no tenant '{slug}'.")
        if space is None or (space.slug != actor.home and SUPER_ADMIN not in actor.roles):
            said = f"The token was given for the tenant '{actor.home}'."
            raise Refusal("TENANT_MISMATCH", said)
        if SUPER_ADMIN not in actor.roles:
            refuse_suspended(self.platform, space)
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


def refuse_suspended(platform: Platform, space: Space) -> None:
    """Raise Refusal TENANT_SUSPENDED. Login asks only after the password was found right."""
    tenant = platform.root.collection(TENANTS).get(space.tenant_id)
    if tenant is not None and tenant["status"] == "SUSPENDED":
        raise Refusal("TENANT_SUSPENDED")


def _required(slug: str | None) -> str:
    if not slug:
        raise Refusal("TENANT_HEADER_MISSING")
    return slug
