"""The server of authorization over HTTP: its endpoints, and the page that asks for consent.

The page has no scripts and no part of another origin. An answer to it needs the value that the page
brought, which is good once, and comes from the page's own origin.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from ..contract.wire import from_json, to_json
from ..sandbox.authorization import (
    CONSENT,
    KEYS,
    LOOPBACK,
    USERINFO,
    AuthorizationServer,
    Consent,
    NotAllowed,
    OAuthError,
    Redirect,
)
from .entrance import HEADERS, TARGET, front_of
from .forwarded import host_of
from .guards import PAGES, completed
from .replies import BodyMemory, read_body, text_of

_MOST = 64 * 1024
"""Bytes of a form."""
_FIELDS = 64
_FOREIGN = (
    "People are asked at an address of this machine, such as 127.0.0.1, or with --key anywhere."
)
_CROSS = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "*, Authorization",
    "access-control-allow-methods": "GET, POST, OPTIONS",
}
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}"
    "label{display:block;margin:.3rem 0}button{font:inherit;padding:.4rem 1.2rem;margin-right:1rem}"
)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content: bytes = b""
    media_type: str = "application/json"
    headers: dict[str, str] | None = None


_Handler = Callable[[Scope, Receive], Awaitable[_Answer]]


class OAuth:
    """Answers the endpoints of a server of authorization; everything else goes on to `app`.

    `base_url` is the address of this server where a client names no host. When it is `local`,
    people are asked on this machine alone: pages of names that were made to lead here (DNS
    rebinding) are of one origin with it for a browser, and could answer for them.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authorization: AuthorizationServer,
        memory: BodyMemory,
        base_url: Callable[[], str],
        local: bool,
    ) -> None:
        self._app, self._authorization, self._local = app, authorization, local
        self._memory, self._base_url = memory, base_url
        endpoints = authorization.endpoints
        handlers: dict[tuple[str, str], _Handler] = {
            ("GET", endpoints.discovery): self._metadata,
            ("GET", endpoints.metadata): self._metadata,
            ("GET", KEYS): self._keys,
            ("GET", USERINFO): self._user,
            ("POST", CONSENT): self._decide,
        }
        handlers |= {("GET", path): self._authorize for path in endpoints.authorize}
        handlers |= {("POST", path): self._token for path in endpoints.token}
        self._handlers = handlers
        self._shared = {endpoints.discovery, endpoints.metadata, KEYS, USERINFO, *endpoints.token}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        path, method = scope.get(TARGET, ""), scope.get("method", "")
        handler = self._handlers.get(("GET" if method == "HEAD" else method, path))
        if handler is not None:
            answer = await handler(scope, receive)
        elif method == "OPTIONS" and path in self._shared:
            answer = _Answer(204, headers={"allow": "GET, POST, OPTIONS"})
        else:
            await self._app(scope, receive, send)
            return
        headers = {"cache-control": "no-store", **(answer.headers or {})}
        headers |= _CROSS if path in self._shared else {}
        if answer.content:
            headers |= {"content-type": answer.media_type}
        if answer.status != 204:
            headers["content-length"] = str(len(answer.content))
        raw = completed(((k.encode(), v.encode("latin-1")) for k, v in headers.items()), PAGES)
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        body = b"" if method == "HEAD" else answer.content
        await send({"type": "http.response.body", "body": body})

    async def _metadata(self, scope: Scope, _receive: Receive) -> _Answer:
        return _Answer(200, to_json(self._authorization.metadata(self._base(scope))))

    async def _keys(self, _scope: Scope, _receive: Receive) -> _Answer:
        # Tokens are signed with secrets, of which there is nothing to publish.
        return _Answer(200, to_json({"keys": []}))

    async def _user(self, scope: Scope, _receive: Receive) -> _Answer:
        kind, _, token = text_of(scope[HEADERS], b"authorization").partition(" ")
        grant = self._authorization.grant(token.strip()) if kind.lower() == "bearer" else None
        if grant is None or "openid" not in (grant.scopes or ()):
            wrong = "insufficient_scope" if grant else "invalid_token"
            challenge = f'Bearer realm="sandbox", error="{wrong}", scope="openid"'
            body = to_json({"error": wrong})
            return _Answer(403 if grant else 401, body, headers={"www-authenticate": challenge})
        return _Answer(200, to_json(self._authorization.user(grant)))

    async def _token(self, scope: Scope, receive: Receive) -> _Answer:
        authorization = text_of(scope[HEADERS], b"authorization")
        try:
            form = await self._form(scope, receive)
            answer = self._authorization.token(form, authorization, self._base(scope))
        except OAuthError as wrong:
            headers = {"www-authenticate": 'Basic realm="sandbox"'} if wrong.status == 401 else {}
            return _Answer(wrong.status, to_json(wrong.data), headers=headers)
        return _Answer(200, to_json(answer), headers={"pragma": "no-cache"})

    async def _authorize(self, scope: Scope, _receive: Receive) -> _Answer:
        base = self._base(scope)
        if self._is_foreign(base):
            return _refused(_FOREIGN, 403)
        try:
            found = self._authorization.authorize(_pairs(scope["query_string"]), base)
        except (NotAllowed, OAuthError) as wrong:
            return _refused(str(wrong))
        if isinstance(found, Redirect):
            return _Answer(302, headers={"location": found.url, "referrer-policy": "no-referrer"})
        return _page(found, front_of(scope).prefix + CONSENT)

    async def _decide(self, scope: Scope, receive: Receive) -> _Answer:
        headers = scope[HEADERS]
        base = self._base(scope)
        origin, site = text_of(headers, b"origin"), text_of(headers, b"sec-fetch-site")
        if origin not in {"", base.removesuffix(front_of(scope).prefix)} or site not in {
            "",
            "same-origin",
        }:
            return _refused("The answer came from another page.", 403)
        if self._is_foreign(base):
            return _refused(_FOREIGN, 403)
        try:
            found = self._authorization.decide(await self._form(scope, receive), base)
        except (NotAllowed, OAuthError) as wrong:
            return _refused(str(wrong))
        return _Answer(303, headers={"location": found.url, "referrer-policy": "no-referrer"})

    async def _form(self, scope: Scope, receive: Receive) -> dict[str, str]:
        """The members of a form, or of a JSON object. Raises OAuthError."""
        body = await read_body(receive, _MOST, self._memory)
        if body is None:
            raise OAuthError("invalid_request", f"The form has more than {_MOST} bytes.", 413)
        if "json" not in text_of(scope[HEADERS], b"content-type"):
            return _pairs(body)
        try:
            members = from_json(body)
        except (ValueError, RecursionError):
            members = None
        if not isinstance(members, dict):
            raise OAuthError("invalid_request", "The body is no JSON object.")
        return {name: value for name, value in members.items() if isinstance(value, str)}

    def _is_foreign(self, base: str) -> bool:
        return self._local and urlsplit(base).hostname not in LOOPBACK

    def _base(self, scope: Scope) -> str:
        """The address of this server as its client sees it."""
        front, host = front_of(scope), host_of(scope[HEADERS])
        if front.address or not host:
            return front.address or self._base_url()
        return f"{scope['scheme']}://{host}{front.prefix}"


def _pairs(text: bytes) -> dict[str, str]:
    """The members of a form, each once (RFC 6749, 3.1). Raises OAuthError."""
    try:
        pairs = parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError as error:
        raise OAuthError("invalid_request", f"There are more than {_FIELDS} members.") from error
    found = dict(pairs)
    if len(found) < len(pairs):
        raise OAuthError("invalid_request", "A member is given more than once.")
    return found


def _page(consent: Consent, action: str) -> _Answer:
    asked = consent.request
    scopes = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in asked.scopes)
    people = "".join(
        f'<label><input type="radio" name="account" value="{escape(one.name)}"'
        f"{'' if number else ' checked'}> {escape(one.name)}"
        f" <small>{escape(' '.join(one.scopes))}</small></label>"
        for number, one in enumerate(consent.accounts)
    )
    body = (
        f"<h1>Allow <em>{escape(asked.client)}</em>?</h1>"
        f"<p>It leads back to <code>{escape(asked.redirect_uri)}</code> and asks for:</p>"
        f"<ul>{scopes or '<li>no scopes</li>'}</ul>"
        f'<form method="post" action="{escape(action)}">'
        f'<input type="hidden" name="consent" value="{escape(consent.value)}">'
        f"<fieldset><legend>As whom?</legend>{people}</fieldset><p>"
        '<button name="decision" value="allow">Allow</button>'
        '<button name="decision" value="deny">Deny</button></p></form>'
    )
    # The answer to the form leads on to the client, which some browsers judge by this too.
    target = asked.redirect_uri.partition(":")[0]
    return _html(200, body, f"form-action 'self' {target}:")


def _refused(said: str, status: int = 400) -> _Answer:
    return _html(status, f"<h1>Not allowed</h1><p>{escape(said)}</p>", "form-action 'none'")


def _html(status: int, body: str, more: str) -> _Answer:
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Sandbox</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )
    policy = f"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; {more}"
    # Without the first the form would come back from an origin that is none.
    headers: dict[str, Any] = {
        "referrer-policy": "same-origin",
        "content-security-policy": policy + "; base-uri 'none'",
    }
    return _Answer(status, page.encode(), "text/html; charset=utf-8", headers)
