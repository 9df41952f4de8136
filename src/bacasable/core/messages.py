"""Messages that the platform would send: written down with the fact they tell, never sent."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..contract.model import JsonObject, Operation
from .space import Space
from .store import Record

MESSAGES = "message"
ACCOUNTS = "User"
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
"""What breaks a line, turns it round or steers a terminal: control and direction characters."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a message: what it says, and the call of the API it leads to.

    `states` are those of the record in which the link leads there; none means all of them.
    """

    label: str
    operation: str
    path: Mapping[str, str] = field(default_factory=dict)
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """What an account is told. `sms` is sent besides the e-mail to whoever has a number."""

    to: str
    subject: str
    paragraphs: tuple[str, ...]
    links: tuple[Link, ...] = ()
    sms: str = ""


def post(
    space: Space, letter: Letter, *, fact: str, at: str, operations: Mapping[str, Operation]
) -> list[Record]:
    """Put a letter into the inbox of the tenant: as e-mail and, when it is to be, as SMS.

    An account that is gone or inactive gets none, and no account a link to what its roles may not
    call. Raises KeyError for a link to an operation that the contract does not have.
    """
    user = space.collection(ACCOUNTS).get(letter.to)
    if user is None or user["status"] != "ACTIVE":
        return []
    common = {"kind": fact, "at": at, "userId": user["id"]}
    common["name"] = one_line(f"{user['firstName']} {user['lastName']}")
    links = [_stored(k) for k in letter.links if _may_call(user, operations[k.operation])]
    return [_store(space, common | sent | {"links": links}) for sent in _by_channel(letter, user)]


def one_line(text: str) -> str:
    """The text without what could break its line, turn it round or steer a terminal."""
    return _UNSEEN.sub(" ", text)


def _by_channel(letter: Letter, user: Record) -> Iterator[JsonObject]:
    yield {
        "channel": "EMAIL",
        "address": user["email"],
        "subject": one_line(letter.subject),
        "paragraphs": [one_line(text) for text in letter.paragraphs],
    }
    if letter.sms and user["phone"]:
        said = [one_line(letter.sms)]
        yield {"channel": "SMS", "address": user["phone"], "subject": None, "paragraphs": said}


def _may_call(user: Record, operation: Operation) -> bool:
    return operation.roles is None or not set(operation.roles).isdisjoint(user["roles"])


def _stored(link: Link) -> JsonObject:
    return {
        "label": one_line(link.label),
        "operation": link.operation,
        "path": dict(link.path),
        "states": list(link.states),
    }


def _store(space: Space, message: JsonObject) -> Record:
    number = space.next_number(MESSAGES)
    record = {"id": f"msg_{number:020d}", **message}
    inbox = space.private(MESSAGES)
    inbox.put(record)
    inbox.trim(space.limits.max_messages)
    return record
