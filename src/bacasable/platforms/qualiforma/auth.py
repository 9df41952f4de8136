"""Auth: login, refresh with rotation and reuse detection (RFC 9700, 4.14.2), logout, me."""

import hashlib
from datetime import datetime, timedelta
from itertools import takewhile

from ...contract.problems import Refusal
from ...contract.request import format_instant
from ...core import Behaviour, Record, Situation, Space, Tokens
from ...core.access import ACCOUNTS, SESSIONS, TENANTS, refuse_suspended
from ...core.clock import parse_instant
from ...core.space import base32
from .passwords import password_fits

ACCESS_LIFE = timedelta(seconds=3600)
REFRESH_LIFE = timedelta(days=30)
_REFRESH = "refresh-tokens"
_MANY = 1000


def behaviours(tokens: Tokens) -> dict[str, Behaviour]:
    """What answers the operations of the tag Auth."""
    sessions = _Sessions(tokens)
    operations = {
        "login": sessions.login,
        "refresh": sessions.refresh,
        "logout": logout,
        "getSession": session_of,
    }
    return {"Auth": Behaviour(operations=operations)}


class _Sessions:
    """Opens and renews sessions; a session is a chain of refresh tokens, each used once."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def login(self, s: Situation) -> Record:
        """A new session for whoever knows the password."""
        found = s.where(ACCOUNTS, email=s.body["email"])
        user = found[0] if found else {"id": "", "status": "UNKNOWN"}
        fits = password_fits(s.space, user["id"], s.body["password"])
        if not fits or user["status"] != "ACTIVE":
            raise Refusal("INVALID_CREDENTIALS")
        refuse_suspended(s.platform, s.space)
        s.write(ACCOUNTS, user | {"lastLoginAt": s.now})
        return open_session(self._tokens, s.space, user, s.instant)

    def refresh(self, s: Situation) -> Record:
        """The next pair of a session; a token used twice ends the session for good."""
        store = s.space.passing(_REFRESH)
        known = store.get(_digest(s.body["refreshToken"]))
        session = s.space.passing(SESSIONS).get(known["sessionId"]) if known else None
        if known is None or session is None or known["expiresAt"] <= s.now:
            raise Refusal("REFRESH_TOKEN_INVALID")
        refuse_suspended(s.platform, s.space)
        if known["used"]:
            end_session(s.space, session["id"])
            raise Refusal("REFRESH_TOKEN_REUSED", lasting=True)
        store.put(known | {"used": True})
        user = s.get(ACCOUNTS, session["userId"])
        if user is None or user["status"] != "ACTIVE":
            raise Refusal("REFRESH_TOKEN_INVALID")
        return _pair(self._tokens, s.space, user, session["id"], s.instant)


def open_session(tokens: Tokens, space: Space, user: Record, instant: datetime) -> Record:
    """The pair of tokens of a new session of an account.

    What has expired is forgotten when there is much of it, and not before: the time of a tenant can
    be taken back, and then it holds again.
    """
    now = format_instant(instant)
    refresh_tokens, sessions = space.passing(_REFRESH), space.passing(SESSIONS)
    # Kept in the order of their time: the first that still holds ends the search.
    expired = takewhile(lambda token: token["expiresAt"] <= now, refresh_tokens)
    for old in list(expired) if len(refresh_tokens) > _MANY else ():
        refresh_tokens.remove(old["id"])
        if not refresh_tokens.where("sessionId", old["sessionId"]) and sessions.get(
            old["sessionId"]
        ):
            end_session(space, old["sessionId"])
    session_id = "ses_" + base32(space.random_bytes(15))
    sessions.put({"id": session_id, "userId": user["id"]})
    most = space.limits.max_sessions
    sessions.trim(most)
    refresh_tokens.trim(4 * most)
    return _pair(tokens, space, user, session_id, instant)


def _pair(tokens: Tokens, space: Space, user: Record, session_id: str, instant: datetime) -> Record:
    claims = {
        "iss": "bacasable",
        "sub": user["id"],
        "tid": space.tenant_id,
        "tenant": space.slug,
        "roles": user["roles"],
        "sid": session_id,
        "jti": base32(space.random_bytes(15)),
        "iat": int(instant.timestamp()),
        "exp": int((instant + ACCESS_LIFE).timestamp()),
    }
    secret = "rft_" + space.random_bytes(32).hex()
    kept = {"id": _digest(secret), "sessionId": session_id, "used": False}
    kept["expiresAt"] = format_instant(instant + REFRESH_LIFE)
    space.passing(_REFRESH).put(kept)
    return {
        "accessToken": tokens.sign(claims),
        "refreshToken": secret,
        "expiresIn": int(ACCESS_LIFE.total_seconds()),
    }


def logout(s: Situation) -> None:
    """End the session of a refresh token of the caller's own; others are ignored (RFC 7009)."""
    # A super administrator may name another tenant; the session is at home.
    home = s.platform.space(s.actor.home) or s.space
    known = home.passing(_REFRESH).get(_digest(s.body["refreshToken"]))
    session = home.passing(SESSIONS).get(known["sessionId"]) if known else None
    if session and session["userId"] == s.actor.id:
        end_session(home, session["id"])


def session_of(s: Situation) -> Record:
    """The account behind the token, its tenant, and when the token expires."""
    home = s.platform.space(s.actor.home) or s.space
    user = home.collection(ACCOUNTS).get(s.actor.id)
    tenant = s.platform.root.collection(TENANTS).get(home.tenant_id) or {}
    return {
        "user": user,
        "tenant": {key: tenant[key] for key in ("id", "slug", "name")},
        "expiresAt": format_instant(
            parse_instant("1970-01-01") + timedelta(seconds=s.actor.expires_at)
        ),
    }


def end_session(space: Space, session_id: str) -> None:
    """Make every token of a session worthless."""
    space.passing(SESSIONS).remove(session_id)


def end_sessions_of(space: Space, user_id: str) -> None:
    """Make every token of an account worthless."""
    for session in space.passing(SESSIONS).where("userId", user_id):
        end_session(space, session["id"])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
