"""Auth: logout, and who calls. Login and renewal are the contract's (x-login)."""

from datetime import timedelta

from ...contract.request import format_instant
from ...core import Behaviour, Record, Situation
from ...core.clock import parse_instant
from ...core.sessions import end_session, session_by


def logout(s: Situation) -> None:
    """End the session of a refresh token of the caller's own; others are ignored (RFC 7009)."""
    # A super administrator may name another tenant; the session is at home.
    home = s.platform.space(s.actor.home) or s.space
    session = session_by(home, s.body["refreshToken"])
    if session and session["userId"] == s.actor.id:
        end_session(home, session["id"])


def session_of(s: Situation) -> Record:
    """The account behind the token, its tenant, and when the token expires."""
    home = s.platform.space(s.actor.home) or s.space
    user = home.collection("User").get(s.actor.id)
    tenant = s.platform.root.collection("Tenant").get(home.tenant_id) or {}
    return {
        "user": user,
        "tenant": {key: tenant[key] for key in ("id", "slug", "name")},
        "expiresAt": format_instant(
            parse_instant("1970-01-01") + timedelta(seconds=s.actor.expires_at)
        ),
    }


BEHAVIOURS = {"Auth": Behaviour(operations={"logout": logout, "getSession": session_of})}
