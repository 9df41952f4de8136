"""Users: protected accounts, passwords, sessions that end with the account."""

from collections.abc import Iterator

from ...core import Behaviour, Record, Situation
from ...core.access import SUPER_ADMIN
from ...core.messages import Letter, Link
from .auth import end_sessions_of
from .letters import administrators
from .passwords import set_password


def not_protected(s: Situation) -> bool:
    """PROTECTED_ACCOUNT."""
    return SUPER_ADMIN not in s.record["roles"] or SUPER_ADMIN in s.actor.roles


def admin_remains(s: Situation) -> bool:
    """LAST_ADMIN: somebody can still administer the tenant after the change."""
    if "ADMIN" not in s.record["roles"]:
        return True
    others = (u for u in administrators(s) if u["id"] != s.draft["id"])
    draft = s.draft
    return any(others) or (draft["status"] == "ACTIVE" and "ADMIN" in draft["roles"])


def not_oneself(s: Situation) -> bool:
    """OWN_ACCOUNT."""
    return bool(s.record["id"] != s.actor.id)


def keep_password(s: Situation) -> None:
    """The password goes to the credentials and never into the record."""
    if s.body.get("password"):
        set_password(s.space, s.draft["id"], s.body["password"])


def close_sessions(s: Situation) -> None:
    """The tokens of a deactivated account stop working."""
    end_sessions_of(s.space, s.draft["id"])


def welcome(_s: Situation, user: Record) -> Iterator[Letter]:
    """A new account is told its login; a password is never written down."""
    yield Letter(
        user["id"],
        "Bienvenue : votre compte est créé",
        (
            f"Un compte vient d'être créé pour vous. Votre identifiant est {user['email']}.",
            "Votre mot de passe vous est communiqué séparément.",
        ),
        (Link("Accéder à mon espace", "getSession"),),
    )


BEHAVIOURS = {
    "User": Behaviour(
        rules={
            "PROTECTED_ACCOUNT": not_protected,
            "PLATFORM_ROLE": lambda s: SUPER_ADMIN not in s.record["roles"],
            "LAST_ADMIN": admin_remains,
            "OWN_ACCOUNT": not_oneself,
        },
        effects={"createUser": keep_password, "deactivateUser": close_sessions},
        letters={"user.created": welcome},
    )
}
