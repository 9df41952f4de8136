"""The inbox of a tenant on the command line."""

from typing import TYPE_CHECKING

import click

from ..mistakes import Commands
from .common import Data, Said, control, table, tenant_option
from .forwarding import Given, forwarded

if TYPE_CHECKING:
    from ..client.controls import Controls


@click.group(cls=Commands)
def inbox() -> None:
    """Read the messages that the platform would have sent."""


@inbox.command("list")
@forwarded("list_messages")
def inbox_list(found: list[Data], _given: Given) -> Said:
    """List the messages, oldest first."""
    return found, table(["id", "at", "channel", "to", "subject"], [*map(_row, found)])


@inbox.command("show")
@click.argument("message")
@click.option("--html", is_flag=True, help="As HTML.")
@tenant_option
@control
def inbox_show(controls: "Controls", tenant: str, message: str, html: bool) -> Said:
    """Print the message with the id MESSAGE."""
    data = controls.get_message(tenant, message)
    if html:
        return data, controls.show_message(tenant, message).splitlines()
    return data, [f"To: {data['to']['name']} <{data['to']['address']}>", *_body(data)]


@inbox.command("clear")
@forwarded("clear_inbox")
def inbox_clear(_none: None, given: Given) -> Said:
    """Empty the inbox."""
    return {"cleared": given["tenant"]}, [f"the inbox of {given['tenant']} is empty"]


def _row(message: Data) -> list[object]:
    said = message["subject"] or message["text"].split("\n", 1)[0]
    return [message["id"], message["at"], message["channel"], message["to"]["address"], said]


def _body(message: Data) -> list[str]:
    subject = [f"Subject: {message['subject']}"] if message["subject"] else []
    return [*subject, "", *message["text"].splitlines()]
