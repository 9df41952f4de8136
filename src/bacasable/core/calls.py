"""What goes into the engine and what comes out of it. No HTTP library is known here."""

from dataclasses import dataclass, field

from ..contract.model import Json, JsonObject, Operation
from ..contract.problems import Refusal
from ..contract.request import RawRequest, Values
from ..contract.wire import from_json
from .orders import Order
from .space import Space
from .store import Collection, Record


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

    One that is not `answered` gets an empty reply: what is seeded is told to nobody. `read` is what
    the contract makes of the request, where that was found out before: the values, or a refusal.
    """

    operation: Operation
    space: Space
    actor: Actor | None
    request: RawRequest
    request_id: str
    if_match: str = ""
    if_none_match: str = ""
    answered: bool = True
    read: Values | Refusal | None = None


@dataclass(slots=True)
class Reply:
    """One answer: status, body (empty for none), headers beside the content type.

    The body is JSON in UTF-8 where no other `media_type` is named.
    `pieces` are what the body was joined from, when most of it is remembered anyway.
    """

    status: int
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    pieces: tuple[bytes, ...] = ()
    media_type: str = ""

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
    """A page of a list, as a verb returns it: where it lies in which order of which records."""

    collection: Collection
    order: Order
    place: slice
    said: JsonObject
    """What the answer says of the page, by slot (contract/template.py)."""
    links: str

    @property
    def records(self) -> list[Record]:
        """The records on it, as they are stored."""
        return self.collection.part(self.order, self.place.start, self.place.stop)
