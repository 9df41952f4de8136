"""Auth: login, refresh with rotation and reuse detection (RFC 9700, 4.14.2), logout, me."""

import hashlib
from datetime import timedelta

from ..contract.problems import Refusal
from ..contract.request import format_instant
from ..core import Behaviour, Record, Situation, Space, Tokens
from ..core.access import ACCOUNTS, SESSIONS, TENANTS, refuse_suspended
from ..core.clock import parse_instant
from ..core.store import base32
from .passwords import password_fits

ACCESS_LIFE = timedelta(seconds=3600)
REFRESH_LIFE = timedelta(days=30)
_REFRESH = "refresh-tokens"


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
        session_id = "ses_" + base32(s.space.random_bytes("session"))
        s.space.private(SESSIONS).put({"id": session_id, "userId": user["id"]})
        s.write(ACCOUNTS, user | {"lastLoginAt": s.now})
        return self._pair(s, user, session_id)

    def refresh(self, s: Situation) -> Record:
        """The next pair of a session; a token used twice ends the session for good."""
        store = s.space.private(_REFRESH)
        known = store.get(_digest(s.body["refreshToken"]))
        session = s.space.private(SESSIONS).get(known["sessionId"]) if known else None
        if known is None or session is None or known["expiresAt"] <= s.now:
            raise Refusal("REFRESH_TOKEN_INVALID")
        refuse_suspended(s.platform, s.space)
        if known["used"]:
            end_session(s.space, session["id"])
            raise Refusal("REFRESH_TOKEN_REUSED", lasting=True)
        store.put(known | {"used": True})
        # Deactivating an account ends its sessions, so whoever has one is active.
        return self._pair(s, s.get(ACCOUNTS, session["userId"]) or {}, session["id"])

    def _pair(self, s: Situation, user: Record, session_id: str) -> Record:
        expires = s.instant + ACCESS_LIFE
        claims = {
            "iss": "bacasable",
            "sub": user["id"],
            "tid": s.space.tenant_id,
            "tenant": s.space.slug,
            "roles": user["roles"],
            "sid": session_id,
            "jti": base32(s.space.random_bytes("jti")),
            "iat": int(s.instant.timestamp()),
            "exp": int(expires.timestamp()),
        }
        secret = "rft_" + self._tokens.derive(s.space.random_bytes("refresh"))
        kept = {"id": _digest(secret), "sessionId": session_id, "used": False}
        kept["expiresAt"] = format_instant(s.instant + REFRESH_LIFE)
        s.space.private(_REFRESH).put(kept)
        return {
            "accessToken": self._tokens.sign(claims),
            "refreshToken": secret,
            "expiresIn": int(ACCESS_LIFE.total_seconds()),
        }


def logout(s: Situation) -> None:
    """End the session of a refresh token of the caller's own; others are ignored (RFC 7009)."""
    # A super administrator may name another tenant; the session is at home.
    home = s.platform.space(s.actor.home) or s.space
    known = home.private(_REFRESH).get(_digest(s.body["refreshToken"]))
    session = home.private(SESSIONS).get(known["sessionId"]) if known else None
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
    space.private(SESSIONS).remove(session_id)


def end_sessions_of(space: Space, user_id: str) -> None:
    """Make every token of an account worthless."""
    for session in space.private(SESSIONS).where("userId", user_id):
        end_session(space, session["id"])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
