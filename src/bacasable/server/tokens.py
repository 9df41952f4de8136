"""Access tokens: JWT, HS256, by PyJWT."""

import hmac
from collections.abc import Callable
from typing import Any

import jwt
from jwt.types import Options

from ..contract.problems import Refusal

_ALGORITHM = "HS256"
_CLAIMS = {"sub": str, "tenant": str, "sid": str, "exp": int}
_LAST = 253_402_300_799
"""The last second of the year 9999: no calendar of ours goes on after it."""
_LONGEST = 256
"""Characters of a claim: no id or slug has more."""


class JwtTokens:
    """Signs and reads access tokens with one secret: the given one, or one made of random bytes."""

    def __init__(self, secret: str | None, random_bytes: Callable[[int], bytes]) -> None:
        self._given = secret is not None
        self.secret = secret or random_bytes(32).hex()

    def adopt(self, secret: str) -> None:
        """Go on with the secret of a state, unless one was given."""
        if not self._given:
            self.secret = secret

    def derive(self, material: bytes) -> str:
        """HMAC-SHA-256 of the material: the same under the same secret, a guess without it."""
        return hmac.new(self.secret.encode(), material, "sha256").hexdigest()

    def sign(self, claims: dict[str, Any]) -> str:
        """A token with these claims."""
        return jwt.encode(claims, self.secret, algorithm=_ALGORITHM)

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token that this secret signed. Raises Refusal TOKEN_INVALID."""
        # The algorithm is ours, never the token's own choice: `alg: none` fails here.
        # Times are judged by the tenant's clock, which need not be the machine's.
        options: Options = {
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
            "require": list(_CLAIMS),
        }
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.secret,
                algorithms=[_ALGORITHM],
                issuer="bacasable",
                options=options,
            )
        # Its header is read before it is known to be signed, and may be nested without end.
        except (jwt.PyJWTError, RecursionError, TypeError, ValueError):
            raise Refusal("TOKEN_INVALID") from None
        if not all(type(claims[name]) is kind for name, kind in _CLAIMS.items()):
            raise Refusal("TOKEN_INVALID")
        if any(len(claims[name]) > _LONGEST for name, kind in _CLAIMS.items() if kind is str):
            raise Refusal("TOKEN_INVALID")
        if not 0 <= claims["exp"] <= _LAST:
            raise Refusal("TOKEN_INVALID")
        return claims


def sign_with(claims: dict[str, Any], key: str) -> str:
    """A token with these claims that the holders of a key can check."""
    return jwt.encode(claims, key, algorithm=_ALGORITHM)
