"""Users: passwords, and sessions that end with the account."""

from collections.abc import Iterator

from ...core import Behaviour, Record, Situation
from ...core.messages import Letter, Link
from .auth import end_sessions_of
from .passwords import set_password


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
        effects={"createUser": keep_password, "deactivateUser": close_sessions},
        letters={"user.created": welcome},
    )
}
