"""Passwords of accounts, kept apart from the accounts as salted scrypt hashes."""

import hashlib
import hmac

from .space import Space

_STORE = "credentials"
_COST = 256
"""Low on purpose: a sandbox prints its passwords at start, and starts in a second."""


def set_password(space: Space, account_id: str, password: str) -> None:
    """Let an account log in with this password."""
    salt = space.random_bytes(16)
    kept = {"salt": salt.hex(), "hash": _hash(password, salt).hex()}
    space.private(_STORE).put({"id": account_id, **kept})


def password_fits(space: Space, account_id: str, password: str) -> bool:
    """Whether this is the account's password. Takes as long for an account that has none."""
    stored = space.private(_STORE).get(account_id)
    salt = bytes.fromhex(stored["salt"]) if stored else b"no such account."
    computed = _hash(password, salt).hex()
    return stored is not None and hmac.compare_digest(computed, stored["hash"])


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=8, p=1, dklen=32)
