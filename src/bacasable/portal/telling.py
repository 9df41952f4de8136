"""What guides can ask for: links and tables that come from the contract, never from the guide.

Everything returned is Markdown, or a block of HTML within it.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from ..contract import Operation
from ..contract.accounts import login_of
from ..contract.document import resolve
from ..contract.examples import shown_answers
from ..contract.values import shown
from .edition import Edition
from .model import Link
from .pages import fragment
from .samples import samples_of
from .views.catalogue import event_entries, problem_entries
from .views.places import chosen_media, raw_operation, raw_parameters
from .views.reference import operation_link
from .views.resources import model_link, model_views

_BLANK = re.compile(r"\n([ \t]*)\n")
_SHELL = r"""
```sh
API={api}
TENANT={tenant}
JSON="Content-Type: application/json"
TOKEN=$(curl -s "$API{path}" -H "{header}: $TENANT" -H "$JSON" \
  -d '{body}' \
  | sed 's/.*"{token}": *"\([^"]*\)".*/\1/')
call() {{
  curl -s -H "Authorization: Bearer $TOKEN" -H "{header}: $TENANT" "$@"
  echo
}}
```
"""


def tools(edition: Edition, slug: str) -> dict[str, Any]:
    """The names that a guide can use, for the guide of a slug."""
    here = "index.html" if slug == "index" else f"guides/{slug}.html"
    asked: tuple[Callable[..., str], ...] = (
        *(op, problem, fact, model, url, samples, terminal, example_request, example_answer),
        *(problems_table, events_table, lifecycles, id_prefixes, roles_table, servers_table),
    )
    given: dict[str, Any] = {tool.__name__: partial(tool, edition, here) for tool in asked}
    addresses = {"base_url": edition.base_url, "api_url": edition.api_url}
    return {**given, **addresses, "contract": edition.contract, "sandbox": edition.sandbox}


def url(_edition: Edition, here: str, href: str) -> str:
    """A place of this language, as a link from here."""
    return "../" * here.count("/") + href


def op(edition: Edition, here: str, operation: str) -> str:
    """A link to an operation: its verb and path. Raises KeyError for one that does not exist."""
    found = edition.contract.operations[operation]
    link = operation_link(edition, operation)
    return f"[`{found.method.upper()} {found.path}`]({url(edition, here, link.href)})"


def problem(edition: Edition, here: str, code: str) -> str:
    """A link to a kind of problem. Raises KeyError for a code that is not in the catalogue."""
    found = edition.contract.problems[code]
    return f"[`{found.code}`]({url(edition, here, f'guides/errors.html#{found.code}')})"


def fact(edition: Edition, here: str, name: str) -> str:
    """A link to a fact. Raises KeyError for a name that no webhook has."""
    assert edition.contract.facts[name]  # noqa: S101 - asked for its KeyError
    return f"[`{name}`]({url(edition, here, f'guides/events.html#{name}')})"


def model(edition: Edition, here: str, name: str) -> str:
    """A link to a resource. Raises KeyError for one that does not exist."""
    return _markdown_link(edition, here, model_link(edition, name))


def samples(edition: Edition, here: str, operation: str) -> str:
    """The programs that make a call, one for each language, as tabs."""
    context = {"samples": samples_of(edition, operation), "group": f"sample-{operation}"}
    return _block(edition, here, "_samples.html.j2", context)


def terminal(edition: Edition, _here: str, *, opened: bool = False) -> str:
    """What the shell blocks of a guide stand on: the address, a token, and `call`; folded in.

    The account is that of the login's example, the tenant that of the header's example. Raises
    KeyError for a contract without a login.
    """
    login = login_of(edition.contract)
    if login is None:
        raise KeyError("x-login")
    found = edition.contract.operations[login.operation]
    body = json.dumps(_example_body(edition, found), ensure_ascii=False)
    declared = raw_parameters(edition.contract, found)
    tenant = shown(edition.contract.document, next(p for p in declared if p["in"] == "header"))
    settings = {"api": edition.api_url, "path": found.path, "tenant": tenant, "body": body}
    settings["token"] = "".join(login.credential[-1:])
    written = _SHELL.format(**settings, header=found.tenant_header)
    summary = f"<summary>{edition.say('guides.terminal')}</summary>"
    return written if opened else f"\n<details>{summary}\n{written}\n</details>\n"


def example_request(edition: Edition, _here: str, operation: str) -> str:
    """The body of the example of an operation, as a block of JSON."""
    return _json(_example_body(edition, edition.contract.operations[operation]))


def example_answer(edition: Edition, _here: str, operation: str) -> str:
    """The answer of success that the contract shows for an operation, as a block of JSON."""
    found = edition.contract.operations[operation]
    bodies = shown_answers(edition.contract, found)[found.success].bodies
    return _json(next(iter(bodies.values())))


def problems_table(edition: Edition, here: str) -> str:
    """The catalogue of problems, each with the request that provokes it."""
    return _block(edition, here, "_problems.html.j2", {"problems": problem_entries(edition)})


def events_table(edition: Edition, here: str) -> str:
    """Every fact, with its payload and what records it."""
    return _block(edition, here, "_events.html.j2", {"events": event_entries(edition)})


def lifecycles(edition: Edition, here: str) -> str:
    """The lifecycle of each resource that has one, drawn, with its transitions."""
    living = [found for found in model_views(edition) if found.lifecycle]
    return _block(edition, here, "_lifecycles.html.j2", {"models": living})


def id_prefixes(edition: Edition, here: str) -> str:
    """Each prefix of ids: the resource, and the operations whose answers hold such ids."""
    say, rows = edition.say, []
    for name, resource in edition.contract.resources.items():
        where = ", ".join(op(edition, here, found.id) for found in _giving(edition, name))
        rows.append((f"`{resource.id_prefix}`", model(edition, here, name), where))
    heads = (say("guides.prefix"), say("guides.resource"), say("guides.found_in"))
    return _table(heads, rows)


def _giving(edition: Edition, resource: str) -> Iterator[Operation]:
    """The operations that list or create a resource."""
    for operation in edition.contract.operations.values():
        if operation.action.resource == resource and operation.action.kind in ("list", "create"):
            yield operation


def roles_table(edition: Edition, here: str) -> str:
    """Each operation with the roles that may call it, for all roles that the contract names."""
    operations = edition.contract.operations.values()
    roles = list(dict.fromkeys(role for found in operations for role in found.roles or ()))
    rows = []
    for found in operations:
        marks = ["✓" if found.roles is None or role in found.roles else "–" for role in roles]
        rows.append((op(edition, here, found.id), *marks))
    return _table((edition.say("guides.operation"), *(f"`{role}`" for role in roles)), rows)


def servers_table(edition: Edition, _here: str) -> str:
    """The servers of the contract, with the address that the pages use."""
    declared = edition.contract.document.get("servers", [])
    rows = [(f"`{edition.api_url}`", edition.say("guides.these_pages"))]
    rows += [(f"`{s['url']}`", s.get("description", "")) for s in declared if "://" in s["url"]]
    return _table((edition.say("guides.address"), edition.say("guides.what_for")), rows)


def _example_body(edition: Edition, operation: Operation) -> Any:
    declared = raw_operation(edition.contract, operation)["requestBody"]
    _, media = chosen_media(resolve(edition.contract.document, declared)["content"])
    return shown(edition.contract.document, media)


def _block(edition: Edition, here: str, template: str, context: dict[str, Any]) -> str:
    """A template as a block of HTML. A blank line would end the block, so none is left in it."""
    written = fragment(edition, here, template, context).strip()
    return "\n\n" + _BLANK.sub(r"\n\1&#10;", written) + "\n\n"


def _json(value: Any) -> str:
    return f"\n```json\n{json.dumps(value, ensure_ascii=False, indent=2)}\n```\n"


def _markdown_link(edition: Edition, here: str, link: Link) -> str:
    return f"[{link.text}]({url(edition, here, link.href)})"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
