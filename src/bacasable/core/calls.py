"""What goes into the engine and what comes out of it. No HTTP library is known here."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..contract.model import Json, JsonObject, Operation
from ..contract.request import RawRequest
from ..contract.wire import from_json
from .space import Space
from .store import Record


@dataclass(frozen=True, slots=True)
class Actor:
    """Who calls. `home` is the slug of the tenant the account belongs to."""

    id: str
    roles: frozenset[str]
    home: str
    session: str
    expires_at: int


@dataclass(slots=True)
class Call:
    """One admitted request. `if_match` and `if_none_match` are empty when absent.

    One that is not `answered` gets an empty reply: what is seeded is told to nobody.
    """

    operation: Operation
    space: Space
    actor: Actor | None
    request: RawRequest
    request_id: str
    if_match: str = ""
    if_none_match: str = ""
    answered: bool = True


@dataclass(slots=True)
class Reply:
    """One answer: status, JSON in UTF-8 (empty for no body), headers beside the content type.

    `pieces` are what the body was joined from, when most of it is remembered anyway.
    """

    status: int
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    pieces: tuple[bytes, ...] = ()

    @property
    def whole(self) -> bytes:
        """The body, also when only its pieces are left."""
        return self.content or b"".join(self.pieces)

    @property
    def json(self) -> Json:
        """The body as values."""
        return from_json(self.content)


@dataclass(slots=True)
class Page:
    """A page of a list, as a verb returns it. `key` tells equal pages of an unchanged list."""

    records: Sequence[Record]
    pagination: JsonObject
    links: str
    key: object
