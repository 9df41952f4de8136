"""What stands in the head of every answer so that browsers do nothing with it that it is not for.

A table for each kind of answer, and each kind has one place where its answers begin: `start_of` for
the API and all problems, `ControlGuard` for the controls, `pages` for everything else.
"""

from collections.abc import Iterable, Mapping

from starlette.types import Message, Send

Headers = tuple[tuple[bytes, bytes], ...]

_NOSNIFF = (b"x-content-type-options", b"nosniff")

API: Headers = (
    _NOSNIFF,
    # Tokens, or data of a tenant that its address does not name: no cache may give them to another
    # caller, and no browser show them after a logout (RFC 9111, 5.2.2.5; RFC 6749, 5.1).
    (b"cache-control", b"no-store"),
)
"""Answers of the API. No more than these two: each costs every call."""

_SHOWN: Headers = (
    _NOSNIFF,
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)

CONTROLS: Headers = (*_SHOWN, (b"cache-control", b"no-store"))
"""Answers of the controls."""

PAGES: Headers = (*_SHOWN, (b"cache-control", b"no-cache"))
"""Everything else: the portal, the contract, health. What is for all may be kept and asked for."""

NO_WORKER = b"""\
// There is no service worker here. One that another program left at this address ends with this.
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil((async () => {
  await registration.unregister();
  for (const page of await clients.matchAll({ type: "window" })) await page.navigate(page.url);
})()));
"""
"""What a browser is given that asks for a service worker.

It asks for its script anew when a page is visited that the worker is set before. Nothing of ours
sets one there; what others keep in the browser at the same address is left alone.
"""


def completed(given: Iterable[tuple[bytes, bytes]], table: Headers) -> list[tuple[bytes, bytes]]:
    """The headers of an answer, with those of the table that it does not bring itself."""
    headers = list(given)
    names = {name.lower() for name, _ in headers}
    return headers + [(name, value) for name, value in table if name not in names]


def guarded(send: Send, table: Headers) -> Send:
    """A `send` whose answers begin with the headers of a table."""

    async def begin(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": completed(message.get("headers", ()), table)}
        await send(message)

    return begin


def asks_for_worker(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser asks for the script of a service worker (Service Workers, 4.3.1)."""
    return headers.get(b"service-worker") == b"script"


def is_loaded_elsewhere(headers: Mapping[str, str]) -> bool:
    """Whether a page of another origin loads this as a part of it, as far as the browser says.

    Images, scripts, frames and what is fetched ahead say nothing of their origin; that a part
    loads or fails tells their page what there is. A link that somebody follows is no part: the
    page that it stands on sees nothing of it (Fetch Metadata Request Headers).
    """
    if headers.get("sec-fetch-site") not in {"cross-site", "same-site"}:
        return False
    followed = headers.get("sec-fetch-mode") == "navigate"
    ahead = "sec-purpose" in headers
    return ahead or not (followed and headers.get("sec-fetch-dest") == "document")
