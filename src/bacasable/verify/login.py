"""Who calls: identities from the credentials that were given, by the contract's own login.

Without any, the accounts of the login's examples are tried: a sandbox documents them.
"""

from dataclasses import dataclass, replace

from ..contract import Contract
from ..contract.model import Json
from ..contract.names import did_you_mean
from .bench import Subject, request_for
from .credentials import (
    Grant,
    Live,
    Ticket,
    claims_of,
    granted,
    proves,
    schemes_of,
    wants_basic,
)
from .model import NOT_JSON, Account, Exchange, Identity, Options, Response
from .patience import Silent
from .session import Failed, Session, Unreachable
from .sessions import (
    about,
    body_of,
    example_accounts,
    example_tenant,
    login_of,
    roles_in,
    tenant_header,
    texts_in,
    token_in,
    whoami_of,
)
from .texts import shortened
from .transport import HttpTransport
from .wfc import NoToken

_NOT_THERE = frozenset({301, 302, 303, 307, 308, 404, 405})
"""Answers of an address where no login is."""


class LoginRefused(Exception):
    """Nobody can call: one line that says why, and which option mends it."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """An account to log in, and the option that gives it. `optional`: it may be refused."""

    account: Account
    option: str
    optional: bool = False


def subject_of(contract: Contract, options: Options, session: Session) -> Subject:
    """The identities of a run, logged in. Raises LoginRefused, Unreachable, OutOfTime."""
    logins = Logins(contract, options, session)
    main, roles = _asked(contract, options)
    caller = logins.identity(main)
    if roles_of(contract) and caller.role not in roles_of(contract) and _logged_in(caller):
        raise LoginRefused(
            f"nothing tells which role {_name(main.account)} has at {_place(caller)}; "
            "give the account by --as ROLE:EMAIL:PASSWORD"
        )
    by_role = {caller.role: caller} if caller.role else {}
    elsewhere = []
    for asked in roles:
        if asked.account.role in by_role:
            continue
        found = logins.tried(asked)
        if found and found.tenant != caller.tenant:
            elsewhere.append(found)
        elif found and found.role:
            by_role.setdefault(found.role, found)
    given = [logins.identity(_Asked(account, "--other-tenant")) for account in options.others]
    others = [other for other in (*given, *elsewhere) if other.tenant != caller.tenant]
    return Subject(contract, options, caller, by_role, tuple(others), logins.secrets)


def roles_of(contract: Contract) -> list[str]:
    """The roles that the contract's operations name, in its order, and others that it declares."""
    named = [role for o in contract.operations.values() for role in o.roles or ()]
    declared = contract.principal.known if contract.principal else ()
    return list(dict.fromkeys((*named, *declared)))


def platform_roles(contract: Contract) -> set[str]:
    """Roles that work across tenants; if none is declared, whose changes concern the platform."""
    if contract.principal is not None:
        return set(contract.principal.across)
    wide = {name for name, kind in contract.resources.items() if kind.scope == "platform"}
    return {
        role
        for o in contract.operations.values()
        if o.action.resource in wide and o.action.kind in ("create", "update", "transition")
        for role in o.roles or ()
    }


class Logins:
    """Logs accounts in, as the contract has it. `secrets` gathers what no report may show."""

    def __init__(self, contract: Contract, options: Options, session: Session) -> None:
        self._contract = contract
        self._options = options
        self._session = session
        self._header = tenant_header(contract)
        self._tenant = options.tenant or example_tenant(contract)
        self.secrets: set[str] = set()

    def tried(self, asked: _Asked) -> Identity | None:
        """The identity of an account; None when it is refused and may be."""
        try:
            return self.identity(asked)
        except LoginRefused:
            if not asked.optional:
                raise
            return None

    def identity(self, asked: _Asked) -> Identity:
        """The caller that an account logs in as. Raises LoginRefused."""
        account = asked.account
        plain = self._plain(account)
        self.secrets |= account.entry.secrets() if account.entry else set()
        if not (account.token or account.email or account.entry):
            return self._known(self._by_headers(plain), asked)
        grant = self._grant(asked, plain)
        if grant is None:
            return self._known(plain, asked)
        self._keep(account, grant)
        found = replace(
            plain,
            headers={**plain.headers, **grant.headers},
            query=grant.query,
            token=grant.token,
            account={"email": account.email, "password": account.password},
            said=grant.said,
        )
        if grant.said is None:
            return self._known(found, asked)
        ticket = Ticket(grant, lambda: self._renewed(asked, plain))
        live = replace(
            found,
            headers=Live(lambda: {**plain.headers, **ticket.now().headers}),
            query=Live(lambda: ticket.now().query),
            renew=ticket.renew,
        )
        known = self._known(live, asked)
        return replace(known, log_in=lambda: self._another(asked, known))

    def _another(self, asked: _Asked, known: Identity) -> Identity:
        """Another session of an account; it lasts as long as its token does."""
        plain = self._plain(asked.account)
        grant = self._renewed(asked, plain)
        headers = {**plain.headers, **grant.headers}
        return replace(
            known,
            headers=headers,
            query=grant.query,
            token=grant.token,
            said=grant.said,
            renew=None,
        )

    def _renewed(self, asked: _Asked, plain: Identity) -> Grant:
        """A new grant in the midst of a run. Raises Unreachable when it is refused now."""
        try:
            grant = self._grant(asked, plain)
        except (LoginRefused, Silent) as error:
            raise Unreachable(str(error)) from error
        if grant is None:
            raise Unreachable(f"{_name(asked.account)} cannot log in anew")
        self._keep(asked.account, grant)
        return grant

    def _keep(self, account: Account, grant: Grant) -> None:
        told = {value for _, value in texts_in(grant.said) if len(value) > 20 and " " not in value}
        carried = {v for v in (*grant.headers.values(), *grant.query.values()) if len(v) > 8}
        self.secrets |= {grant.token, account.password, *told, *carried} - {""}

    def _plain(self, account: Account) -> Identity:
        """An account that proved nothing yet, and names its tenant. Raises LoginRefused."""
        entry = account.entry
        fixed = dict(entry.headers) if entry else {}
        login = {h["name"]: h["value"] for h in entry.login.get("headers", ())} if entry else {}
        named = {k.lower(): v for k, v in {**login, **fixed}.items()}
        tenant = account.tenant or named.get(self._header.lower(), "") or self._tenant
        if self._header and not tenant:
            raise LoginRefused(
                f"the contract's header {self._header} names the tenant; give --tenant SLUG"
            )
        open_ones = {k: v for k, v in self._options.headers if not proves(self._contract, k)}
        headers = open_ones | ({self._header: tenant} if self._header and tenant else {})
        role = account.role or _like(entry.name if entry else "", roles_of(self._contract))
        name = role or (entry.name if entry else "the caller")
        return Identity(name, role, tenant, {**headers, **fixed}, plain=headers)

    def _by_headers(self, plain: Identity) -> Identity:
        """A caller of the headers that were given as they are."""
        given = dict(self._options.headers)
        proofs = [v for k, v in given.items() if proves(self._contract, k)]
        if not proofs and schemes_of(self._contract) and _wants_token(self._contract):
            raise LoginRefused(
                "the contract asks for credentials and none were given; give --email and "
                "--password, --token, --header or --wfc-auth"
            )
        token = proofs[0].partition(" ")[2] or proofs[0] if proofs else ""
        return replace(plain, headers={**given, **plain.headers}, token=token)

    def _grant(self, asked: _Asked, plain: Identity) -> Grant | None:
        """What proves an account; None for one that its fixed headers prove."""
        account = asked.account
        if account.token:
            return granted(self._contract, account.token)
        if account.entry:
            return self._by_entry(account, plain) if account.entry.login else None
        if login_of(self._contract) is None and wants_basic(self._contract):
            return granted(self._contract, f"{account.email}:{account.password}")
        answer = self._log_in(plain, account)
        if answer.response is None:
            raise Unreachable(answer.failure)
        if answer.status in _NOT_THERE or (answer.ok and answer.json is NOT_JSON):
            said = "what is no JSON" if answer.ok else _said(answer)
            raise LoginRefused(
                f"the login at {answer.request.target} answered {said}; check the URL, and --tenant"
            )
        if not answer.ok:
            raise LoginRefused(_refusal(asked, plain, _said(answer)))
        token = token_in(self._contract, answer.json)
        if token is None:
            raise LoginRefused(
                f"the login of {account.email} at {_place(plain)} gave no token; give --token"
            )
        return granted(self._contract, token, answer.json)

    def _log_in(self, plain: Identity, account: Account) -> Exchange:
        login = login_of(self._contract)
        if login is None:
            raise LoginRefused(
                "the contract has no login that takes a name and a password; give --token, "
                "--header or --wfc-auth instead of --email"
            )
        body = body_of(self._contract, login, account, plain.tenant)
        who = replace(plain, headers=plain.plain)
        request = request_for(self._contract, login, who, body=body)
        return self._session.send(request, operation=login, identity=who, purpose="login")

    def _by_entry(self, account: Account, plain: Identity) -> Grant:
        entry = account.entry
        if entry is None:
            raise LoginRefused("no entry")
        option = _Asked(account, "--wfc-auth")
        try:
            response = self._entered(account, plain)
        except Failed as error:
            told = "; ".join(filter(None, (str(error), error.remedy)))
            raise LoginRefused(_refusal(option, plain, told)) from error
        sound = response.status < (300 if entry.login.get("token") else 400)
        said = f"status {response.status}{_code(response.json)}"
        if not sound:
            raise LoginRefused(_refusal(option, plain, said))
        try:
            return entry.grant(response)
        except NoToken as error:
            raise LoginRefused(_refusal(option, plain, f"{said}; {error}")) from error

    def _entered(self, account: Account, plain: Identity) -> Response:
        """The answer of an entry's login. Raises Failed."""
        entry = account.entry
        if entry is None:
            raise Failed("no entry")
        request = entry.request()
        if entry.url:
            try:
                transport = HttpTransport(replace(self._options, url=entry.url))
            except ValueError as error:
                raise Failed(str(error)) from error
            try:
                return transport.exchange(request)
            finally:
                transport.close()
        names = {name.lower() for name, _ in request.headers}
        kept = [(k, v) for k, v in plain.headers.items() if k.lower() not in names]
        request = replace(request, headers=(*request.headers, *kept))
        sent = self._session.send(request, operation=None, identity=plain, purpose="login")
        if sent.response is None:
            raise Failed(sent.failure)
        return sent.response

    def _known(self, who: Identity, asked: _Asked) -> Identity:
        """An identity with its role and the id of its account, as far as the server tells."""
        operation = whoami_of(self._contract)
        if operation is None or not _logged_in(who):
            return self._with_role(who, None)
        request = request_for(self._contract, operation, who)
        answer = self._session.send(request, operation=operation, identity=who, purpose="login")
        if answer.status == 401:
            raise LoginRefused(_refusal(asked, who, _said(answer)))
        found = self._with_role(who, answer.json if answer.ok else None)
        own = about(answer.json, who.account.get("email", "")) if answer.ok else {}
        if isinstance(own.get("id"), str | int):
            found = replace(found, account={**found.account, "id": str(own["id"])})
        return found

    def _with_role(self, who: Identity, told: Json) -> Identity:
        known = roles_of(self._contract)
        if who.role or not known:
            return who
        own = about(told, who.account.get("email", ""))
        principal = self._contract.principal
        member = principal.grants if principal else ""
        for source in (own, told, who.said, claims_of(who.token)):
            found = [role for role in roles_in(source, member) if role in known]
            if found:
                role = max(found, key=lambda r: reach(self._contract, r))
                return replace(who, role=role, name=role)
        return who


def reach(contract: Contract, role: str) -> int:
    """How many operations a role may call."""
    return sum(role in (o.roles or ()) for o in contract.operations.values())


def _asked(contract: Contract, options: Options) -> tuple[_Asked, list[_Asked]]:
    """The account that calls by default, and those of the roles."""
    roles = [
        _Asked(account, "--wfc-auth" if account.entry else "--as") for account in options.roles
    ]
    known = roles_of(contract)
    for role in (asked.account.role for asked in roles if asked.option == "--as"):
        if known and role not in known:
            near = did_you_mean(role, known) or f"; it has {', '.join(known)}"
            raise LoginRefused(f"--as: there is no role '{role}' in the contract{near}")
    if options.account:
        account = options.account
        option = "--token" if account.token else "--email and --password"
        return _Asked(account, "--wfc-auth" if account.entry else option), roles
    if any(proves(contract, name) for name, _ in options.headers):
        return _Asked(Account(), "--header"), roles
    if not roles:
        option = "--email and --password (the contract's own example was tried)"
        roles = [_Asked(a, option, optional=True) for a in example_accounts(contract)]
    if not roles:
        return _Asked(Account(), "--email and --password, or --token"), []
    wide = platform_roles(contract)

    def rank(asked: _Asked) -> tuple[bool, int]:
        return asked.account.role not in wide, reach(contract, asked.account.role)

    return max(roles, key=rank), roles


def _wants_token(contract: Contract) -> bool:
    return any(o.roles is not None for o in contract.operations.values())


def _logged_in(who: Identity) -> bool:
    return bool(who.token or who.said is not None or dict(who.headers) != dict(who.plain))


def _refusal(asked: _Asked, who: Identity, said: str) -> str:
    tenant = " and --tenant" if who.tenant and asked.option != "--other-tenant" else ""
    mended = f"({said}); check {asked.option}{tenant}"
    if asked.account.token or not _name(asked.account, ""):
        return f"the credentials given by {asked.option} were refused {mended}"
    return f"the login of {_name(asked.account)} at {_place(who)} was refused {mended}"


def _name(account: Account, otherwise: str = "the caller") -> str:
    return account.email or (account.entry.name if account.entry else "") or otherwise


def _place(who: Identity) -> str:
    return f"tenant '{who.tenant}'" if who.tenant else "the server"


def _said(answer: Exchange) -> str:
    return answer.failure or f"status {answer.status}{_code(answer.json)}"


def _code(answer: Json) -> str:
    code = answer.get("code") if isinstance(answer, dict) else None
    return f", {shortened(code, 80)}" if isinstance(code, str) else ""


def _like(name: str, roles: list[str]) -> str:
    return next((role for role in roles if role.lower() == name.lower()), "")
