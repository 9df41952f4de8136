"""The inbox of a tenant: what the platform would have sent."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Unpack

import httpx

from .calling import Data
from .controls import Controls, ListMessagesOptions
from .values import Recipient, read


@dataclass(frozen=True)
class Destination:
    """Where a link leads: a call of the API, and an httpx client that is its recipient."""

    operation: str
    method: str
    url: str
    client: httpx.Client

    def call(self) -> httpx.Response:
        """Make the call that the link leads to."""
        return self.client.request(self.method, self.url)


Login = Callable[[str], httpx.Client]
"""Makes a client of a tenant from an access token."""


@dataclass(frozen=True)
class Link:
    """A link of a message: what it says, and where it leads."""

    label: str
    url: str
    _controls: Controls = field(repr=False)
    _login: Login = field(repr=False)

    def follow(self) -> Destination:
        """Open it as its recipient. Raises ControlRefused (LINK_CLOSED) once it leads nowhere."""
        data = self._controls.follow_link(self.url.rstrip("/").rpartition("/")[2])
        client = self._login(data["accessToken"])
        return Destination(data["operation"], data["method"], data["url"], client)


class Message:
    """One e-mail or text message."""

    def __init__(self, controls: Controls, slug: str, data: Data, login: Login) -> None:
        self._controls, self._slug = controls, slug
        self.id: str = data["id"]
        self.at: datetime = datetime.fromisoformat(data["at"])
        self.channel: str = data["channel"]
        self.kind: str = data["kind"]
        self.to: Recipient = read(Recipient, data["to"])
        self.subject: str | None = data["subject"]
        self.text: str = data["text"]
        self.links: list[Link] = [
            Link(link["label"], link["url"], controls, login) for link in data["links"]
        ]

    @property
    def html(self) -> str:
        """The message as its recipient would see it."""
        return self._controls.show_message(self._slug, self.id)

    def __repr__(self) -> str:
        return f"<Message {self.id} {self.kind} to {self.to.address}>"


class Inbox:
    """The messages of one tenant.

    Filters are those of `listMessages` in /_sandbox/openapi.json: `to` (address, number or account
    id), `channel` (EMAIL or SMS), `kind` (the fact that is told), `since` and `limit`.
    """

    def __init__(self, controls: Controls, slug: str, login: Login) -> None:
        self._controls, self._slug, self._login = controls, slug, login

    def list(self, **filters: Unpack[ListMessagesOptions]) -> Sequence[Message]:
        """The messages that fit, oldest first; at most `limit`, the latest."""
        found = self._controls.list_messages(self._slug, **filters)
        return [Message(self._controls, self._slug, data, self._login) for data in found]

    def __iter__(self) -> Iterator[Message]:
        return iter(self.list())

    def __len__(self) -> int:
        return len(self.list(limit=10_000))

    def last(self, **filters: Unpack[ListMessagesOptions]) -> Message:
        """The latest message that fits. Raises LookupError when there is none."""
        latest: ListMessagesOptions = {**filters, "limit": 1}
        found = self.list(**latest)
        if not found:
            asked = ", ".join(f"{name}={value!r}" for name, value in filters.items() if value)
            said = f"no message with {asked}" if asked else "no message"
            raise LookupError(f"{said} among {len(self)} in the inbox of {self._slug}")
        return found[0]

    def clear(self) -> None:
        """Empty it."""
        self._controls.clear_inbox(self._slug)
