"""Messages that the platform would send: written down with the fact they tell, never sent."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..contract.model import JsonObject, Operation
from ..contract.principals import Principal
from .space import Space
from .store import Record

MESSAGES = "message"
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
    space: Space,
    letter: Letter,
    principal: Principal,
    *,
    fact: str,
    at: str,
    operations: Mapping[str, Operation],
) -> list[Record]:
    """Put a letter into the inbox of the tenant: as e-mail and, when it is to be, as SMS.

    An account that is gone or inactive gets none, and no account a link to what its roles may not
    call. Raises KeyError for a link to an operation that the contract does not have.
    """
    account = space.collection(principal.resource).get(letter.to)
    if account is None or not principal.is_active(account):
        return []
    common = {
        "kind": fact,
        "at": at,
        "userId": letter.to,
        "name": one_line(principal.name_of(account)),
    }
    grants = principal.grants_of(account)
    links = [_stored(k) for k in letter.links if may_call(grants, operations[k.operation])]
    sent = _by_channel(letter, principal, account)
    return [_store(space, common | one | {"links": links}) for one in sent]


def may_call(grants: tuple[str, ...], operation: Operation) -> bool:
    """Whether who has these grants may call an operation."""
    return not operation.roles or not set(operation.roles).isdisjoint(grants)


def one_line(text: str) -> str:
    """The text without what could break its line, turn it round or steer a terminal."""
    return _UNSEEN.sub(" ", text)


def _by_channel(letter: Letter, principal: Principal, account: Record) -> Iterator[JsonObject]:
    yield {
        "channel": "EMAIL",
        "address": account[principal.email or principal.login],
        "subject": one_line(letter.subject),
        "paragraphs": [one_line(text) for text in letter.paragraphs],
    }
    phone = account.get(principal.phone)
    if letter.sms and phone:
        said = [one_line(letter.sms)]
        yield {"channel": "SMS", "address": phone, "subject": None, "paragraphs": said}


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
