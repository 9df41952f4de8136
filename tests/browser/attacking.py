"""What an attacker has: names that lead to this machine, pages of other origins, harmful texts."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, Page, Route

from bacasable import Sandbox
from bacasable.client import Tenant
from bacasable.sandbox.controls import controls_contract

EVIL = "evil.test"
OPEN = {"followLink"}
"""Controls that ask for no key; what they show is guarded by the address itself."""
CALL = """async ([method, path, options]) => {
  try {
    const answer = await fetch(path, { method, ...options });
    const reader = answer.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    await reader?.cancel();
    return [answer.status, new TextDecoder().decode(value).slice(0, 20_000), answer.type];
  } catch (error) {
    return [0, String(error), "error"];
  }
}"""
"""A request, and the first part of its answer: streams of events have no end."""


def port_of(sandbox: Sandbox) -> int:
    """The port that it listens on."""
    return int(urlsplit(sandbox.url).port or 80)


def blank(route: Route) -> None:
    """A page of the attacker, as its own server would send it."""
    route.fulfill(body="<!doctype html><title>x</title><body></body>", content_type="text/html")


@contextmanager
def page_at(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """An empty page of the attacker at an address, whoever answers there otherwise."""
    context = browser.new_context(**options)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.route(address, blank)
    try:
        page.goto(address)
        yield page
    finally:
        context.close()


def controls_of(tenant: str, *, link: str = "x", message: str = "x") -> list[tuple[str, str, str]]:
    """Every control: its id, method and path, in a tenant that there is."""
    values = {"tenant": tenant, "name": "vol", "fault": "flt_1", "message": message, "link": link}
    return [
        (
            operation.id,
            operation.method.upper(),
            "/_sandbox" + re.sub(r"\{(\w+)\}", lambda found: values[found[1]], operation.path),
        )
        for operation in controls_contract().operations.values()
    ]


def state_of(sandbox: Sandbox, tenant: Tenant) -> dict[str, Any]:
    """All that controls may change, as whoever may ask for it sees it."""
    paths = ["", "/clock", "/snapshots", "/faults", "/inbox"]
    with httpx.Client(base_url=f"{sandbox.url}/_sandbox") as client:
        found = {p: client.get(f"/tenants/{tenant.slug}{p}").json() for p in paths}
        found["tenants"] = [t["slug"] for t in client.get("/tenants").json()["items"]]
        found["log"] = len(client.get(f"/log?tenant={tenant.slug}").json()["items"])
    for moving in (found[""], found["/clock"]):
        moving.pop("now", None)
    return found


def invitation(tenant: Tenant) -> dict[str, Any]:
    """A message with a link, sent in a tenant: as the controls show it."""
    body = {"questionnaireId": "qst_pre_excel", "respondentId": "usr_learner"}
    assert tenant.client("TRAINER").post("/questionnaire-responses", json=body).status_code == 201
    message = tenant.inbox.last(channel="EMAIL")
    return {"id": message.id, "link": message.links[0].url.rpartition("/")[2]}


def codes(told: str) -> str:
    """The code of a problem in the text of an answer; empty where it is none."""
    try:
        said = json.loads(told)
    except ValueError:
        return ""
    return str(said.get("code", "")) if isinstance(said, dict) else ""


HARM = (
    "\"'><script>evil()</script><img src=https://evil.test/i onerror=evil()><svg/onload=evil()>"
    "</script></style></textarea></title><iframe srcdoc='<script>parent.evil()</script>'>"
    "<a href=javascript:evil()>x</a> [x](javascript:evil()) ![x](https://evil.test/m.png)"
    " {{constructor.constructor('evil()')()}} ${evil()} #{evil()} <%= evil() %>"
    " &lt;script&gt;evil()&lt;/script&gt; ＜script＞evil()＜/script＞ \u2028\u202e\u2066\u200b"
    " \x1b[31m\x1b]0;evil\x07 <!-- ]]> javascript:/*--></title><svg onload=evil()>//"
)
"""A text that is a script wherever a page forgets to take it for a text."""
SHORT = ("<svg onload=evil()>", "<b onclick=1>", "'\"><")
"""The same for members that hold less."""
ALARM = "window.evil = () => console.error('a text of somebody has become a script');"
"""What such a script calls; the watch over all pages hears it."""


def leaves(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """The places of all texts in a value, and of what is null and may be one."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, *path, name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, *path, number)
    elif value is None or isinstance(value, str):
        yield path


def changed(value: Any, path: tuple[Any, ...], text: str) -> Any:
    """The value with another text at a place."""
    if not path:
        return text
    copy = value.copy()
    copy[path[0]] = changed(value[path[0]], path[1:], text)
    return copy


def poisoned(record: dict[str, Any], is_valid: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The record with a harmful text in every member that may hold one."""
    for path in list(leaves(record)):
        for text in (HARM, *SHORT):
            harmed = changed(record, path, text)
            if path != ("id",) and is_valid(harmed):
                record = harmed
                break
    return record


def evil_texts(value: Any) -> int:
    """How many texts in a value do harm."""
    return json.dumps(value, ensure_ascii=False).count("evil()>")
