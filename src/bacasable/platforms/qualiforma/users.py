"""Users: what a new account is told. Secrets and sessions are the contract's (x-principal)."""

from collections.abc import Iterator

from ...core import Behaviour, Record, Situation
from ...core.messages import Letter, Link


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


BEHAVIOURS = {"User": Behaviour(letters={"user.created": welcome})}
