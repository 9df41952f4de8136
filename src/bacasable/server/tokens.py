"""Access tokens: JWT, HS256, by PyJWT."""

import hmac
from typing import Any

import jwt
from jwt.types import Options

from ..contract.problems import Refusal

_ALGORITHM = "HS256"
_CLAIMS = {"sub": str, "tenant": str, "sid": str, "exp": int}


class JwtTokens:
    """Signs and reads access tokens with one secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def derive(self, material: bytes) -> str:
        """HMAC-SHA-256 of the material: the same under the same secret, a guess without it."""
        return hmac.new(self._secret.encode(), material, "sha256").hexdigest()

    def sign(self, claims: dict[str, Any]) -> str:
        """A token with these claims."""
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM)

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
                self._secret,
                algorithms=[_ALGORITHM],
                issuer="bacasable",
                options=options,
            )
        except jwt.InvalidTokenError:
            raise Refusal("TOKEN_INVALID") from None
        if not all(isinstance(claims[name], kind) for name, kind in _CLAIMS.items()):
            raise Refusal("TOKEN_INVALID")
        return claims
