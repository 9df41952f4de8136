"""Admission: from a token and a tenant header to a space and an actor, in the decided order.

401 no, bad or expired token → 400 no tenant → 403 other tenant → 403 suspended → 403 role.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

from ..contract.model import Operation
from ..contract.problems import Refusal
from .calls import Actor
from .space import Platform, Space
from .store import Record

ACCOUNTS, TENANTS, SESSIONS = "User", "Tenant", "sessions"
SUPER_ADMIN = "SUPER_ADMIN"
_REMEMBERED = 4096


class Tokens(Protocol):
    """Signs and reads access tokens."""

    def sign(self, claims: dict[str, Any]) -> str:
        """A token with these claims."""
        ...

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token of ours. Raises Refusal TOKEN_INVALID. Does not judge its age."""
        ...

    def derive(self, material: bytes) -> str:
        """A token that nobody can compute from the material without the secret."""
        ...


@dataclass(frozen=True, slots=True)
class _Known:
    """An actor by the Authorization header, with the records it was made from."""

    actor: Actor
    home: Space
    session: Record
    user: Record


@dataclass(frozen=True, slots=True)
class Access:
    """Admits callers. `tokens` signs and reads what they carry."""

    platform: Platform
    tokens: Tokens
    _known: dict[str, "_Known"] = field(default_factory=dict)

    def admit(
        self, operation: Operation, authorization: str | None, slug: str | None
    ) -> tuple[Space, Actor | None]:
        """The space a call works in, and who calls (None for an operation without security).

        Raises Refusal in the order of the module's heading.
        """
        if operation.roles is None:
            return self._public_space(operation, slug), None
        actor = self._actor(authorization)
        space = self._space(operation, actor, slug)
        if actor.roles.isdisjoint(operation.roles):
            wanted, mine = ", ".join(operation.roles), ", ".join(sorted(actor.roles))
            raise Refusal("ROLE_REQUIRED", f"It needs one of {wanted}; yours: {mine}.")
        return space, actor

    def _public_space(self, operation: Operation, slug: str | None) -> Space:
        if not operation.needs_tenant:
            return self.platform.root
        space = self.platform.space(_required(slug))
        if space is None:
            # Whether a tenant exists is nobody's business before login.
            raise Refusal("INVALID_CREDENTIALS")
        return space

    def _actor(self, authorization: str | None) -> Actor:
        known = self._known.get(authorization or "")
        if known is None or not self._still_holds(known):
            known = self._identify(authorization)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[authorization or ""] = known
        if known.actor.expires_at <= known.home.clock.now().timestamp():
            raise Refusal("TOKEN_EXPIRED")
        return known.actor

    def _still_holds(self, known: "_Known") -> bool:
        """Whether account and session are the very records that the actor was made from."""
        home, actor = known.home, known.actor
        return (
            self.platform.space(home.slug) is home
            and home.passing(SESSIONS).get(actor.session) is known.session
            and home.collection(ACCOUNTS).get(actor.id) is known.user
        )

    def _identify(self, authorization: str | None) -> "_Known":
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
        return _Known(actor, home, session, user)

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


def refuse_suspended(platform: Platform, space: Space) -> None:
    """Raise Refusal TENANT_SUSPENDED. Login asks only after the password was found right."""
    tenant = platform.root.collection(TENANTS).get(space.tenant_id)
    if tenant is not None and tenant["status"] == "SUSPENDED":
        raise Refusal("TENANT_SUSPENDED")


def _required(slug: str | None) -> str:
    if not slug:
        raise Refusal("TENANT_HEADER_MISSING")
    return slug
