"""Sessions of accounts: a chain of refresh tokens, each used once (RFC 9700, 4.14.2).

Which resource holds the accounts, and where a login and its answer have what they are made of, the
contract declares (x-principal, x-login).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from ..contract.accounts import login_of
from ..contract.compiled import compiled
from ..contract.complete import fresh
from ..contract.document import ContractError, at_pointer
from ..contract.members import kinds, schemas_at
from ..contract.model import Contract, Json
from ..contract.principals import Login, Place, Principal
from ..contract.problems import Refusal
from ..contract.request import format_instant
from ..contract.shape import inside
from ..contract.values import made
from .access import SESSIONS, Tokens, refuse_suspended
from .accounts import ISSUER
from .clock import later
from .passwords import password_fits
from .situation import Situation
from .space import Space, base32
from .store import Record

_REFRESH = "refresh-tokens"
_MANY = 1000


@dataclass(frozen=True, slots=True)
class Pair:
    """The tokens of a session: the access token is good for some seconds, until an instant."""

    access: str
    refresh: str
    seconds: int
    until: str


class Sessions:
    """Opens, renews and ends the sessions of the accounts of a contract."""

    def __init__(self, contract: Contract, principal: Principal, tokens: Tokens) -> None:
        self._principal, self._tokens, self._tenancy = principal, tokens, contract.tenancy
        self._usual = login_of(contract) or Login("")

    def open(
        self, space: Space, account: Record, instant: datetime, login: Login | None = None
    ) -> Pair:
        """The tokens of a new session of an account, as a login gives them, or the usual one.

        What has expired is forgotten when there is much of it, and not before: the time of a tenant
        can be taken back, and then it holds again.
        """
        now = format_instant(instant)
        refresh_tokens, sessions = space.passing(_REFRESH), space.passing(SESSIONS)
        # Kept in the order of their time: the first that still holds ends the search.
        expired = takewhile(lambda token: token["expiresAt"] <= now, refresh_tokens)
        for old in list(expired) if len(refresh_tokens) > _MANY else ():
            refresh_tokens.remove(old["id"])
            of_session = old["sessionId"]
            if not refresh_tokens.where("sessionId", of_session) and sessions.get(of_session):
                end_session(space, of_session)
        session_id = "ses_" + base32(space.random_bytes(15))
        sessions.put({"id": session_id, "userId": str(account[self._principal.id])})
        most = space.limits.max_sessions
        sessions.trim(most)
        refresh_tokens.trim(4 * most)
        return self._pair(login or self._usual, space, account, session_id, instant)

    def log_in(self, login: Login, s: Situation) -> Pair:
        """The tokens of a new session, for whoever knows the secret. Raises Refusal."""
        principal = self._principal
        named = {principal.login: inside(s.body, login.login)}
        account = next(iter(s.where(principal.resource, **named)), None)
        secret = str(inside(s.body, login.secret))
        fits = password_fits(s.space, str(account[principal.id]) if account else "", secret)
        if not fits or account is None or not principal.is_active(account):
            raise Refusal("INVALID_CREDENTIALS")
        refuse_suspended(s.platform, self._tenancy, s.space)
        if principal.stamps:
            s.write(principal.resource, account | {principal.stamps: s.now})
        return self.open(s.space, account, s.instant, login)

    def renew(self, login: Login, s: Situation) -> Pair:
        """The next tokens of a session; a token used twice ends the session for good.

        Raises Refusal.
        """
        principal, store = self._principal, s.space.passing(_REFRESH)
        known = store.get(_digest(inside(s.body, login.renews)))
        session = s.space.passing(SESSIONS).get(known["sessionId"]) if known else None
        if known is None or session is None or known["expiresAt"] <= s.now:
            raise Refusal("REFRESH_TOKEN_INVALID")
        refuse_suspended(s.platform, self._tenancy, s.space)
        if known["used"]:
            end_session(s.space, session["id"])
            raise Refusal("REFRESH_TOKEN_REUSED", lasting=True)
        store.put(known | {"used": True})
        account = s.get(principal.resource, session["userId"])
        if account is None or not principal.is_active(account):
            raise Refusal("REFRESH_TOKEN_INVALID")
        return self._pair(login, s.space, account, session["id"], s.instant)

    def _pair(
        self, login: Login, space: Space, account: Record, session_id: str, instant: datetime
    ) -> Pair:
        until = later(instant, login.lasts)
        claims = {
            "iss": ISSUER,
            "sub": str(account[self._principal.id]),
            "tid": space.tenant_id,
            "tenant": space.slug,
            "roles": [*self._principal.grants_of(account)],
            "sid": session_id,
            "jti": base32(space.random_bytes(15)),
            "iat": int(instant.timestamp()),
            "exp": int(until.timestamp()),
        }
        secret = "rft_" + space.random_bytes(32).hex()
        kept = {"id": _digest(secret), "sessionId": session_id, "used": False}
        kept["expiresAt"] = format_instant(later(instant, login.refresh_lasts))
        space.passing(_REFRESH).put(kept)
        seconds = int((until - instant).total_seconds())
        return Pair(self._tokens.sign(claims), secret, seconds, format_instant(until))


class LoginAnswer:
    """How an operation that issues credentials answers with them."""

    def __init__(self, contract: Contract, login: Login) -> None:
        """Raises ContractError for a place that does not lie in what the operation answers with."""
        operation = contract.operations[login.operation]
        answer = operation.succeeds
        template = compiled(contract).template(operation, answer)
        payload = template.payload if template else None
        if answer.schema is None or payload is None:
            raise ContractError(f"{contract.source}: {login.operation} answers nothing")
        expiry = schemas_at(contract, answer.schema, login.expires)
        self._counts = any({"integer", "number"} & {*kinds(schema)} for schema in expiry)
        self._places = [
            self._below(contract, login, payload, place)
            for place in (login.credential, login.refresh, login.expires)
        ]
        shown = at_pointer(contract.document, "#" + answer.schema)
        self._first = inside(made(contract.document, shown, answer=True), payload)

    def of(self, pair: Pair) -> Json:
        """What the operation answers with for a pair of tokens."""
        answered = fresh(self._first) if isinstance(self._first, dict) else {}
        ends = pair.seconds if self._counts else pair.until
        for place, value in zip(self._places, (pair.access, pair.refresh, ends), strict=True):
            if place:
                *above, name = place
                holder = answered
                for step in above:
                    holder = holder.setdefault(step, {})
                holder[name] = value
        return answered

    def _below(self, contract: Contract, login: Login, payload: Place, place: Place) -> Place:
        if place and place[: len(payload)] != payload:
            said = f"{login.operation} does not answer with what is at /{'/'.join(place)}"
            raise ContractError(f"{contract.source}: {said}")
        return place[len(payload) :]


def end_session(space: Space, session_id: str) -> None:
    """Make every token of a session worthless."""
    space.passing(SESSIONS).remove(session_id)


def end_sessions_of(space: Space, account_id: str) -> None:
    """Make every token of an account worthless."""
    for session in space.passing(SESSIONS).where("userId", account_id):
        end_session(space, session["id"])


def session_by(space: Space, refresh_token: str) -> Record | None:
    """The session that a refresh token belongs to."""
    known = space.passing(_REFRESH).get(_digest(refresh_token))
    return space.passing(SESSIONS).get(known["sessionId"]) if known else None


def _digest(token: Json) -> str:
    return hashlib.sha256(str(token).encode()).hexdigest()
