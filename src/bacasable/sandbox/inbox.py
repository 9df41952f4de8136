"""The inbox: stored letters told as JSON, text and pages, and the links in them.

A link is its own permission. It names tenant, message and its place in the message, and carries a
code over all that the message says of it: nobody makes one without the secret of the sandbox, and
it never comes to mean another message that took its number after a reset.
"""

import base64
import hashlib
import hmac
import shlex
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..contract.model import JsonObject, Operation
from ..contract.problems import Refusal
from ..contract.shape import inside
from ..contract.wire import to_json
from ..core import Record, Space
from ..core.messages import MESSAGES, may_call, one_line
from .controls import controls_contract
from .hub import Hub

_TEMPLATES = Path(__file__).with_name("templates")
_STYLE = (_TEMPLATES / "page.css").read_text("utf-8")
_PAGES = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)
_PAGES.globals["style"] = _STYLE
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
PAGE_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
"""What a browser may do with a page made here: show it with its own style, and nothing else."""


def messages_of(space: Space) -> list[Record]:
    """The stored messages of a tenant, oldest first."""
    return list(space.private(MESSAGES))


def as_json(hub: Hub, space: Space, message: Record) -> JsonObject:
    """A message as the controls show it."""
    links = _links(hub, space, message)
    return {
        "id": message["id"],
        "at": message["at"],
        "channel": message["channel"],
        "kind": message["kind"],
        "to": {"userId": message["userId"], "name": message["name"], "address": message["address"]},
        "subject": message["subject"],
        "text": _text(message, links, _sender(hub, space)),
        "links": links,
    }


def as_text(hub: Hub, space: Space, message: Record) -> str:
    """A message as plain text: an e-mail in paragraphs, an SMS in one line."""
    return _text(message, _links(hub, space, message), _sender(hub, space))


def _text(message: Record, links: list[JsonObject], sender: str) -> str:
    if message["channel"] == "SMS":
        return " ".join([f"{sender} :", *message["paragraphs"], *(k["url"] for k in links)])
    said = [f"Bonjour {message['name']},", *message["paragraphs"]]
    said += [f"{link['label']} : {link['url']}" for link in links]
    return "\n\n".join([*said, sender]) + "\n"


def as_page(hub: Hub, space: Space, message: Record) -> str:
    """A message as a page of HTML; PAGE_HEADERS go with it."""
    links = _links(hub, space, message)
    template = _PAGES.get_template("message.html")
    return template.render(message=message, links=links, sender=_sender(hub, space))


def find_link(hub: Hub, token: str) -> tuple[Space, Record, JsonObject]:
    """The tenant, message and stored link of the last part of a link.

    Raises Refusal NOT_FOUND for whatever we have not made, and for a message that is gone.
    """
    slug, _, rest = token.partition(".")
    # Not by way of the estate, which helps with names: whoever has no key is told none.
    space = hub.engine.platform.space(slug)
    message = space.private(MESSAGES).get(rest.partition(".")[0]) if space else None
    if space is not None and message is not None:
        for number, link in enumerate(message["links"]):
            ours = _token(hub, space, message, number)
            if hmac.compare_digest(ours.encode(), token.encode("utf-8", "replace")):
                return space, message, link
    raise Refusal("NOT_FOUND")


def follow(hub: Hub, space: Space, message: Record, link: JsonObject) -> JsonObject:
    """The call that a link leads to, with tokens of its recipient.

    Raises Refusal LINK_CLOSED when account, role or record do not allow it any more.
    """
    contract, principal = hub.engine.contract, hub.principal
    operation = contract.operations.get(link["operation"])
    user = space.collection(principal.resource).get(message["userId"])
    if user is None or not principal.is_active(user):
        raise Refusal("LINK_CLOSED", "The account of its recipient is closed.")
    grants = principal.grants_of(user)
    is_suspended = contract.tenancy.is_suspended(hub.estate.tenant(space))
    if is_suspended and not principal.is_across(frozenset(grants)):
        raise Refusal("LINK_CLOSED", "The tenant is suspended.")
    if operation is None or not may_call(grants, operation):
        raise Refusal("LINK_CLOSED", "Its recipient may not make the call that it leads to.")
    _refuse_closed(hub, space, operation, link)
    path = operation.path
    for name, value in link["path"].items():
        path = path.replace("{" + name + "}", quote(value, safe=""))
    return {
        "tenant": space.slug,
        "operation": operation.id,
        "method": operation.method.upper(),
        "url": hub.base_url + contract.base_path + path,
        **hub.sign_in(space, user),
    }


def as_destination(message: Record, link: JsonObject, destination: JsonObject, header: str) -> str:
    """Where a link leads, as a page of HTML; PAGE_HEADERS go with it. `header` names the tenant."""
    command = ["curl", "-X", destination["method"], destination["url"]]
    command += ["-H", f"{header}: {destination['tenant']}"]
    command += ["-H", f"Authorization: Bearer {destination['accessToken']}"]
    template = _PAGES.get_template("destination.html")
    return template.render(
        message=message,
        label=link["label"],
        destination=destination,
        command=shlex.join(command),
    )


def as_line(hub: Hub, space: Space, message: Record) -> str:
    """A message in one line for the terminal: without its links, which are permissions."""
    seen = _address_of(hub, "showMessage", tenant=space.slug, message=message["id"])
    about = message["subject"] or message["paragraphs"][0]
    sent = f"{message['kind']} → {message['address']}"
    return one_line(f"✉ {space.slug}  {sent}  {about}  {seen}")


def announce(hub: Hub, write: Callable[[str], None]) -> None:
    """From now on write a line for each message that is kept; what fixtures tell is history."""
    # So is what fell due between their end and the present.
    hub.estate.spaces()
    hub.engine.platform.followers.append(lambda space, message: write(as_line(hub, space, message)))


def _refuse_closed(hub: Hub, space: Space, operation: Operation, link: JsonObject) -> None:
    """Raise Refusal LINK_CLOSED when the record is gone, or in none of the states of the link."""
    resource = hub.engine.contract.resources.get(operation.action.resource or "")
    if resource is None or operation.action.item_param is None:
        return
    record_id = link["path"].get(operation.action.item_param, "")
    record = space.collection(resource.name).get(record_id)
    if record is None:
        raise Refusal("LINK_CLOSED", f"Its {resource.name} is gone.")
    state = record[resource.lifecycle.field] if resource.lifecycle else None
    if link["states"] and state not in link["states"]:
        raise Refusal("LINK_CLOSED", f"Its {resource.name} is {state}.")


def _sender(hub: Hub, space: Space) -> str:
    tenancy, tenant = hub.engine.contract.tenancy, hub.estate.tenant(space)
    return one_line(str(inside(tenant, tenancy.sender) or tenant[tenancy.slug]))


def _links(hub: Hub, space: Space, message: Record) -> list[JsonObject]:
    return [
        {
            "label": link["label"],
            "url": _address_of(hub, "followLink", link=_token(hub, space, message, number)),
        }
        for number, link in enumerate(message["links"])
    ]


def _token(hub: Hub, space: Space, message: Record, number: int) -> str:
    """The last part of a link: tenant, message, number of the link, code."""
    place = f"{space.slug}.{message['id']}.{number}"
    said = [place, message["userId"], message["at"], message["links"][number]]
    return f"{place}.{hub.tokens.derive(b'link ' + to_json(said))}"


def _address_of(hub: Hub, control: str, **path: str) -> str:
    contract = controls_contract()
    return hub.base_url + contract.base_path + contract.operations[control].path.format(**path)
