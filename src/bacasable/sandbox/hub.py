"""What the controls act on, gathered in one value, and what they answer."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from ..contract.model import Json, JsonObject
from ..contract.principals import Principal
from ..contract.problems import Refusal
from ..core import Accounts, Engine, Record, Space, Tokens
from ..core.sessions import Sessions
from .authorization import AuthorizationServer
from .estate import Estate
from .exchanges import Exchanges
from .faults import Faults
from .keeping import Keeper
from .telling import Teller


@dataclass(slots=True)
class Answer:
    """What a control answers: JSON `data`, or `text` of a media type, or a `stream` of its parts.

    A stream is begun when the control is over; others act between its parts. It may raise Refusal
    until its first part is there; one that is `live` is sent part by part, as they come.
    """

    status: int = 200
    data: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    media_type: str = "application/json"
    stream: AsyncGenerator[bytes, None] | None = None
    live: bool = False


@dataclass(slots=True)
class Hub:
    """Everything that the controls reach.

    `base_url` is the address of the sandbox without a path, known once it listens.
    """

    engine: Engine
    tokens: Tokens
    estate: Estate
    faults: Faults
    exchanges: Exchanges
    teller: Teller
    base_url: str = "http://127.0.0.1:4010"
    accounts: Accounts | None = None
    """Those of a document that says nothing of accounts; None where it does, or nobody is asked."""
    authorization: AuthorizationServer | None = None
    """What gives tokens for them, where the document has schemes of OAuth 2.0 or OpenID."""
    keeper: Keeper | None = None
    """What is waited for before anything is answered, where no answer may be lost."""

    @property
    def principal(self) -> Principal:
        """The accounts that the contract declares. Raises Refusal NOT_FOUND where it has none."""
        principal = self.engine.contract.principal
        if principal is None:
            raise Refusal("NOT_FOUND", "This platform has no accounts.")
        return principal

    def sign_in(self, space: Space, account: Record) -> JsonObject:
        """The tokens of a new session of an account."""
        sessions = Sessions(self.engine.contract, self.principal, self.tokens)
        pair = sessions.open(space, account, space.clock.now())
        return {
            "accessToken": pair.access,
            "refreshToken": pair.refresh,
            "expiresIn": pair.seconds,
        }
