"""Controls of the tag Inbox: messages are listed, read, cleared, and their links followed."""

from ...contract.model import JsonObject
from ...contract.problems import Refusal
from ...contract.request import Values
from ...core import Record, Space
from ...core.messages import MESSAGES
from ..hub import Answer, Hub
from ..inbox import (
    PAGE_HEADERS,
    as_destination,
    as_json,
    as_page,
    as_text,
    find_link,
    follow,
    messages_of,
)


def list_messages(hub: Hub, values: Values) -> Answer:
    """The latest messages that fit the query, oldest first."""
    space = hub.estate.space(values.path["tenant"])
    found = [message for message in messages_of(space) if _fits(message, values.query)]
    latest = found[-values.query["limit"] :]
    return Answer(data={"items": [as_json(hub, space, message) for message in latest]})


def clear_inbox(hub: Hub, values: Values) -> Answer:
    """No messages any more."""
    hub.estate.space(values.path["tenant"]).empty(f"({MESSAGES})")
    return Answer(204)


def get_message(hub: Hub, values: Values) -> Answer:
    """One message as JSON."""
    return Answer(data=as_json(hub, *_found(hub, values)))


def show_message(hub: Hub, values: Values) -> Answer:
    """One message as a page."""
    return _page(as_page(hub, *_found(hub, values)))


def read_message(hub: Hub, values: Values) -> Answer:
    """One message as text."""
    return Answer(text=as_text(hub, *_found(hub, values)), media_type="text/plain")


def follow_link(hub: Hub, values: Values) -> Answer:
    """Where a link leads: a page for a browser, JSON for everybody else."""
    space, message, link = find_link(hub, values.path["link"])
    # What has fallen due meanwhile may have closed it.
    destination = follow(hub, hub.estate.space(space.slug), message, link)
    accepted = values.headers["accept"]
    if "text/html" in accepted and "application/json" not in accepted:
        return _page(as_destination(message, link, destination, hub.engine.contract.tenant_header))
    return Answer(data=destination)


def _page(text: str) -> Answer:
    return Answer(text=text, media_type="text/html", headers=PAGE_HEADERS)


def _found(hub: Hub, values: Values) -> tuple[Space, Record]:
    space = hub.estate.space(values.path["tenant"])
    message = space.private(MESSAGES).get(values.path["message"])
    if message is None:
        raise Refusal("NOT_FOUND")
    return space, message


def _fits(message: Record, query: JsonObject) -> bool:
    to, since = query.get("to"), query.get("since")
    return (
        (to is None or to.lower() in {message["address"].lower(), message["userId"].lower()})
        and query.get("channel") in {None, message["channel"]}
        and query.get("kind") in {None, message["kind"]}
        and (since is None or message["at"] >= since)
    )
