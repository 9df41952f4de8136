"""The inbox of a tenant on the command line."""

from typing import TYPE_CHECKING

import click

from ..mistakes import Commands
from .common import Data, Said, control, instant, table, tenant_option

if TYPE_CHECKING:
    from ..client.controls import Controls


@click.group(cls=Commands)
def inbox() -> None:
    """Read the messages that the platform would have sent."""


@inbox.command("list")
@click.option("--to", default=None, help="Address, number or account id of the recipient.")
@click.option("--channel", type=click.Choice(["EMAIL", "SMS"]), default=None)
@click.option("--kind", default=None, help="The fact that is told, questionnaire.sent for example.")
@click.option("--since", default=None, help="An instant of the tenant's clock.")
@click.option("--limit", type=int, default=None, help="At most so many, the latest.")
@tenant_option
@control
def inbox_list(controls: "Controls", tenant: str, since: str | None, **filters: str | None) -> Said:
    """List the messages, oldest first."""
    found = controls.list_messages(tenant, {**filters, "since": instant(since)})
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
@tenant_option
@control
def inbox_clear(controls: "Controls", tenant: str) -> Said:
    """Empty the inbox."""
    controls.clear_inbox(tenant)
    return {"cleared": tenant}, [f"the inbox of {tenant} is empty"]


def _row(message: Data) -> list[object]:
    said = message["subject"] or message["text"].split("\n", 1)[0]
    return [message["id"], message["at"], message["channel"], message["to"]["address"], said]


def _body(message: Data) -> list[str]:
    subject = [f"Subject: {message['subject']}"] if message["subject"] else []
    return [*subject, "", *message["text"].splitlines()]
