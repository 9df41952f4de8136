"""A small server of authorization, sans I/O: OAuth 2.0 and OpenID Connect for a document's schemes.

Client credentials, authorization code (with PKCE), password, refresh tokens. It has two clients:
one with a secret, and one without for programs that can keep none. Tokens say themselves whose they
are, so none is kept; consents and codes are, and are good once.
"""

import hashlib
import hmac
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit

from ..contract.authorization import OWN, Endpoints
from ..contract.model import JsonObject
from ..contract.security import SCOPED
from ..core import Account, Accounts
from ..core.authenticators import Grant, read_token

CLIENT, PUBLIC_CLIENT = "sandbox", "sandbox-public"
CONSENT, USERINFO, KEYS = f"{OWN}/consent", f"{OWN}/userinfo", f"{OWN}/jwks"
CODE_LIVES, CONSENT_LIVES = 60, 600
ACCESS_LIVES, REFRESH_LIVES = 3600, 30 * 24 * 3600
"""Seconds."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CHALLENGE, _VERIFIER = re.compile(r"[\w-]{43}", re.ASCII), re.compile(r"[\w.~-]{43,128}", re.ASCII)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!$-;=?-\[\]_a-z~]+")
"""What may be an address: no quotes, angles, backslashes, fragments, spaces: some misread them."""
_SCRIPTS = frozenset({"javascript", "data", "vbscript", "blob", "file", "about"})

Form = Mapping[str, str]
Sign = Callable[[JsonObject, str], str]


class NotAllowed(Exception):
    """A request for authorization that nobody is sent back from. One sentence says why."""


class OAuthError(Exception):
    """What a token request is refused with (RFC 6749, 5.2)."""

    def __init__(self, error: str, said: str, status: int = 400) -> None:
        super().__init__(said)
        self.error, self.status = error, status

    @property
    def data(self) -> JsonObject:
        """The body of the answer."""
        return {"error": self.error, "error_description": str(self)}


@dataclass(frozen=True, slots=True)
class Request:
    """A request for authorization that may be asked of somebody."""

    client: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    challenge: str
    nonce: str
    until: float


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody is asked: by whom, for what, as whom. `value` comes back with the answer."""

    value: str
    request: Request
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a browser is sent back to."""

    url: str


@dataclass(frozen=True, slots=True)
class _Code:
    request: Request
    account: Account
    until: float


@dataclass(slots=True)
class AuthorizationServer:
    """Issues tokens for the accounts of a document.

    `now` gives the time of its tenant, `sign` signs claims with a key, `random_bytes` makes codes.
    `redirect_uris` are allowed besides those that lead to this machine. At most `most` consents and
    as many codes wait; the oldest make room.
    """

    accounts: Accounts
    endpoints: Endpoints
    now: Callable[[], float]
    sign: Sign
    random_bytes: Callable[[int], bytes]
    most: int
    redirect_uris: tuple[str, ...] = ()
    _consents: dict[str, Request] = field(default_factory=dict)
    _codes: dict[str, _Code] = field(default_factory=dict)

    @property
    def client_secret(self) -> str:
        """The secret of the client that has one."""
        return self.accounts.derived("client")

    @property
    def has_password(self) -> bool:
        """Whether a scheme has the flow in which a program asks for name and password."""
        flows = (flow for one in self.accounts.schemes.values() for flow in one.flows)
        return any(flow.name == "password" for flow in flows)

    def people(self) -> tuple[Account, ...]:
        """The accounts that tokens can be given for."""
        return tuple(one for one in self.accounts.all() if one.scheme.kind in SCOPED)

    def password(self, account: Account) -> str:
        """The password of an account, for the flow that wants one."""
        return self.accounts.derived("password", account.name)

    def metadata(self, base: str) -> JsonObject:
        """How clients find everything (RFC 8414, 2; OpenID Connect Discovery, 3)."""
        more = ["password"] if self.has_password else []
        return {
            "issuer": self.issuer(base),
            "authorization_endpoint": base + self.endpoints.authorize[0],
            "token_endpoint": base + self.endpoints.token[0],
            "userinfo_endpoint": base + USERINFO,
            "jwks_uri": base + KEYS,
            "scopes_supported": list(self.accounts.scopes),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": [
                "authorization_code",
                "client_credentials",
                "refresh_token",
                *more,
            ],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["HS256"],
            "token_endpoint_auth_methods_supported": [
                "client_secret_basic",
                "client_secret_post",
                "none",
            ],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def issuer(self, base: str) -> str:
        """The name of this server, which is an address."""
        return base + self.endpoints.issuer

    def authorize(self, asked: Form, base: str) -> Consent | Redirect:
        """What to ask somebody, or what a client did wrong. Raises NotAllowed."""
        client, redirect_uri = asked.get("client_id", ""), asked.get("redirect_uri", "")
        if client not in {CLIENT, PUBLIC_CLIENT}:
            raise NotAllowed(f"There is no such client; use {CLIENT} or {PUBLIC_CLIENT}.")
        if redirect_uri not in self.redirect_uris and not is_loopback(redirect_uri):
            raise NotAllowed(
                "The redirect_uri is missing, or does not lead to this machine;"
                " allow another one with --redirect-uri."
            )
        try:
            request = self._request(asked, client, redirect_uri)
        except OAuthError as wrong:
            return self._back(redirect_uri, asked.get("state", ""), base, **wrong.data)
        value = self._keep(self._consents, request)
        return Consent(value, request, self.people())

    def decide(self, form: Form, base: str) -> Redirect:
        """Where an answer to what was asked leads. Raises NotAllowed."""
        request = self._consents.pop(form.get("consent", ""), None)
        if request is None or request.until <= self.now():
            raise NotAllowed("This was answered already, or too late; begin again.")
        state, uri = request.state, request.redirect_uri
        account = next((one for one in self.people() if one.name == form.get("account")), None)
        if form.get("decision") != "allow" or account is None:
            said = "Whoever was asked did not allow it."
            return self._back(uri, state, base, error="access_denied", error_description=said)
        code = self._keep(self._codes, _Code(request, account, self.now() + CODE_LIVES))
        return self._back(uri, state, base, code=code)

    def token(self, form: Form, authorization: str, base: str) -> JsonObject:
        """The answer to a token request. Raises OAuthError."""
        client = self._client(form, authorization)
        grants = {
            "client_credentials": self._by_client,
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
        }
        if self.has_password:
            grants["password"] = self._by_password
        kind = form.get("grant_type", "")
        if kind not in grants:
            wrong = "unsupported_grant_type" if kind else "invalid_request"
            raise OAuthError(wrong, f"The grant_type must be one of {', '.join(grants)}.")
        return grants[kind](form, client, base)

    def user(self, grant: Grant) -> JsonObject:
        """What is told of an account (OpenID Connect Core, 5.1)."""
        scopes = grant.scopes or ()
        name = {"name": grant.who, "preferred_username": grant.who} if "profile" in scopes else {}
        mail = {"email": f"{grant.who}@example.com", "email_verified": True}
        return {"sub": grant.who} | name | (mail if "email" in scopes else {})

    def grant(self, token: str) -> Grant | None:
        """What an access token gives; None for one that is unknown or over."""
        grant = read_token(self.accounts, token, "", "access")
        return grant if grant and grant.expires_at > self.now() else None

    def _request(self, asked: Form, client: str, redirect_uri: str) -> Request:
        """Raises OAuthError for what is told to the client."""
        if asked.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "The response_type must be code.")
        challenge = asked.get("code_challenge", "")
        if challenge and asked.get("code_challenge_method") != "S256":
            raise OAuthError("invalid_request", "The code_challenge_method must be S256.")
        if challenge and not _CHALLENGE.fullmatch(challenge):
            raise OAuthError("invalid_request", "The code_challenge is none of S256.")
        if not challenge and client == PUBLIC_CLIENT:
            raise OAuthError("invalid_request", "A client without a secret needs PKCE.")
        state, nonce = asked.get("state", ""), asked.get("nonce", "")
        scopes, until = self._scopes(asked), self.now() + CONSENT_LIVES
        return Request(client, redirect_uri, scopes, state, challenge, nonce, until)

    def _scopes(self, asked: Form, most: Iterable[str] | None = None) -> tuple[str, ...]:
        """The scopes that are asked for: all that there may be, where none are named."""
        known = tuple(self.accounts.scopes if most is None else most)
        named = tuple(dict.fromkeys(asked.get("scope", "").split()))
        for scope in named:
            if scope not in known:
                said = f"There are only these scopes: {' '.join(known) or 'none'}."
                raise OAuthError("invalid_scope", said)
        return named or known

    def _keep(self, where: dict[str, Any], what: Any) -> str:
        """Keep something under a value that nobody can guess; the oldest makes room."""
        value = self.random_bytes(24).hex()
        while len(where) >= self.most:
            del where[next(iter(where))]
        where[value] = what
        return value

    def _back(self, uri: str, state: str, base: str, **said: str) -> Redirect:
        more = said | ({"state": state} if state else {}) | {"iss": self.issuer(base)}
        return Redirect(f"{uri}{'&' if '?' in uri else '?'}{urlencode(more)}")

    def _client(self, form: Form, authorization: str) -> str:
        """The client of a token request; empty for none. Raises OAuthError."""
        name, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization:
            if secret:
                raise OAuthError("invalid_request", "The client proves itself in two ways.")
            name, secret = _basic(authorization)
        right = {CLIENT: self.client_secret, PUBLIC_CLIENT: "", "": ""}.get(name)
        if right is None or not hmac.compare_digest(right.encode(), secret.encode()):
            raise OAuthError("invalid_client", f"Use {CLIENT} with its secret.", 401)
        return name

    def _by_client(self, form: Form, client: str, base: str) -> JsonObject:  # noqa: ARG002
        if client != CLIENT:
            raise OAuthError("invalid_client", f"Use {CLIENT} with its secret.", 401)
        return self._issued(client, self._scopes(form))

    def _by_code(self, form: Form, client: str, base: str) -> JsonObject:
        # Whatever is wrong, it is used up.
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.until <= self.now():
            raise OAuthError("invalid_grant", "The code is not known, was used, or is too old.")
        asked = code.request
        same = (client, form.get("redirect_uri")) == (asked.client, asked.redirect_uri)
        if not same:
            raise OAuthError("invalid_grant", "Client and redirect_uri must be as they were.")
        if not _proves(form.get("code_verifier", ""), asked.challenge):
            raise OAuthError("invalid_grant", "The code_verifier does not fit the code_challenge.")
        held = {*code.account.scopes, *_OPEN}
        scopes = tuple(scope for scope in asked.scopes if scope in held)
        return self._allowed(code.account.name, scopes, client, base, asked.nonce)

    def _by_refresh(self, form: Form, client: str, base: str) -> JsonObject:
        text = form.get("refresh_token", "")
        grant = read_token(self.accounts, text, "", _refresh(client))
        if grant is None or grant.expires_at <= self.now():
            raise OAuthError("invalid_grant", "The refresh_token is not known, or is too old.")
        scopes = self._scopes(form, sorted(grant.scopes or ()))
        return self._allowed(grant.who, scopes, client, base)

    def _by_password(self, form: Form, client: str, base: str) -> JsonObject:
        name, password = form.get("username", ""), form.get("password", "")
        account = next((one for one in self.people() if one.name == name), None)
        right = self.password(account) if account else ""
        if account is None or not hmac.compare_digest(right.encode(), password.encode()):
            raise OAuthError("invalid_grant", "Name or password are wrong.")
        held = tuple(dict.fromkeys((*account.scopes, *_OPEN)))
        asked = form if form.get("scope", "").strip() else {"scope": " ".join(account.scopes)}
        known = tuple(scope for scope in self._scopes(asked) if scope in held)
        return self._allowed(account.name, known, client, base)

    def _issued(self, who: str, scopes: tuple[str, ...]) -> JsonObject:
        """An access token."""
        until = int(self.now()) + ACCESS_LIVES
        return {
            "access_token": self.accounts.sign(who, "", scopes, until, "access"),
            "token_type": "Bearer",
            "expires_in": ACCESS_LIVES,
            "scope": " ".join(scopes),
        }

    def _allowed(
        self, who: str, scopes: tuple[str, ...], client: str, base: str, nonce: str = ""
    ) -> JsonObject:
        """The tokens of a person who has allowed it to a client: to refresh, to tell who it is."""
        now, answer = int(self.now()), self._issued(who, scopes)
        until = now + REFRESH_LIVES
        answer["refresh_token"] = self.accounts.sign(who, "", scopes, until, _refresh(client))
        if "openid" not in scopes:
            return answer
        claims = self.user(Grant(who, frozenset(scopes))) | {
            "iss": self.issuer(base),
            "aud": client,
            "iat": now,
            "exp": now + ACCESS_LIVES,
        }
        claims |= {"nonce": nonce} if nonce else {}
        key = self.client_secret if client == CLIENT else self.accounts.derived("identity")
        return answer | {"id_token": self.sign(claims, key)}


_OPEN = ("openid", "profile", "email", "offline_access")
"""Scopes that anybody holds: they tell who it is."""


def is_loopback(uri: str) -> bool:
    """Whether an address leads to this machine, whatever reads it."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    plain = "@" not in parts.netloc and port != 0
    scheme = parts.scheme in {"http", "https"}
    return bool(_URI.fullmatch(uri)) and scheme and plain and parts.hostname in LOOPBACK


def is_redirect_uri(uri: str) -> bool:
    """Whether a browser may be sent to an address that is allowed by an option."""
    return bool(_URI.fullmatch(uri)) and uri.partition(":")[0].lower() not in _SCRIPTS


def _refresh(client: str) -> str:
    return f"refresh {client}"


def _proves(verifier: str, challenge: str) -> bool:
    """Whether a verifier fits a challenge (RFC 7636, 4.6); neither is right too."""
    if not challenge or not _VERIFIER.fullmatch(verifier):
        return not challenge and not verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    fitting = urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(fitting, challenge)


def _basic(authorization: str) -> tuple[str, str]:
    """Name and secret of a client (RFC 6749, 2.3.1). Raises OAuthError."""
    scheme, _, text = authorization.partition(" ")
    try:
        pair = b64decode(text.strip(), validate=True).decode() if scheme.lower() == "basic" else ""
    except ValueError:
        pair = ""
    name, divider, secret = pair.partition(":")
    if not divider:
        said = "The header Authorization is not Basic with name and secret."
        raise OAuthError("invalid_client", said, 401)
    return unquote_plus(name), unquote_plus(secret)
