"""Tokens that are their claims in plain text, for tests of whoever signs and reads them."""

import hashlib
import json
from typing import Any

from bacasable.contract import Refusal


class OpenTokens:
    """What a real signer does, without a library: a digest under the secret, then the claims."""

    def __init__(self) -> None:
        self.secret = "one"

    def adopt(self, secret: str) -> None:
        self.secret = secret

    def derive(self, material: bytes) -> str:
        return hashlib.sha256(self.secret.encode() + material).hexdigest()

    def sign(self, claims: dict[str, Any]) -> str:
        text = json.dumps(claims).encode().hex()
        return f"{self.derive(text.encode())}.{text}"

    def read(self, token: str) -> dict[str, Any]:
        digest, _, text = token.partition(".")
        if digest != self.derive(text.encode()):
            raise Refusal("TOKEN_INVALID")
        claims: dict[str, Any] = json.loads(bytes.fromhex(text))
        return claims
