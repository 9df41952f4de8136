"""What a contract says of logging in and out: the operations, their bodies, their examples."""

import re
from collections.abc import Iterator, Mapping

from ..contract import Contract, Operation, accounts
from ..contract.document import resolve
from ..contract.model import Json, JsonObject
from ..contract.operations import raw_operation
from ..contract.principals import Login, Place
from ..contract.schema import SchemaView, whole
from ..contract.shape import inside
from .model import Account, Identity

_IDS = re.compile(r"id|.*(Id|_id|ID)")
_DEEPEST = 12
_SESSION = re.compile(r"refresh|renew|token|session|auth", re.IGNORECASE)
_OUT = re.compile(r"/(log|sign)[-_]?out$|/(tokens?|sessions?)/revoke$", re.IGNORECASE)
_ROLES = re.compile(r"roles?|authorit(y|ies)|scopes?", re.IGNORECASE)
_ME = re.compile(r"/(me|self|whoami|userinfo|current-?user|users/current)$", re.IGNORECASE)


def login_of(contract: Contract) -> Operation | None:
    """The operation that logs in by name and password; None where the contract has none."""
    login = accounts.login_of(contract)
    return contract.operations[login.operation] if login and login.login else None


def ends_session(operation: Operation) -> bool:
    """Whether an operation logs its caller out: nobody who is needed later may call it."""
    changes = operation.method in ("post", "delete", "get", "put")
    return changes and operation.roles is not None and bool(_OUT.search(operation.path))


def renews_session(contract: Contract, operation: Operation) -> bool:
    """Whether an operation takes nothing but tokens of a session, to renew or to end it."""
    declared = contract.logins.get(operation.id)
    if declared:
        return bool(declared.renews)
    wanted = required_of(contract, operation)
    tokens = bool(wanted) and all("token" in name.lower() for name in wanted)
    return tokens and operation.method == "post" and bool(_SESSION.search(operation.path))


def whoami_of(contract: Contract) -> Operation | None:
    """The operation that tells who calls; None where the contract has none."""
    for operation in contract.operations.values():
        if operation.method == "get" and operation.roles is not None and _ME.search(operation.path):
            return operation
    return None


def tenant_header(contract: Contract) -> str:
    """The name of the header that names the tenant; empty where the contract has none."""
    named = (
        p.name
        for o in contract.operations.values()
        for p in o.parameters
        if p.location == "header" and p.required and "tenant" in p.name.lower()
    )
    return contract.tenant_header or next(named, "")


def body_of(contract: Contract, login: Operation, account: Account, tenant: str) -> JsonObject:
    """The body that logs an account in; what else it requires is what its schema shows."""
    members = members_of(contract, login)
    body: JsonObject = {}
    for name in required_of(contract, login):
        value = _shown(members[name].keywords if name in members else {})
        if value is not None:
            body[name] = value
        if "tenant" in name.lower() and tenant:
            body[name] = tenant
    places = accounts.login_of(contract) or Login("")
    _put(body, places.login, account.email)
    _put(body, places.secret, account.password)
    return body


def _put(body: JsonObject, place: Place, value: str) -> None:
    *above, name = place
    for step in above:
        body = body.setdefault(step, {})
    body[name] = value


def from_answer(contract: Contract, operation: Operation, said: Json) -> JsonObject | None:
    """The body of an operation made of what a login answered: its refresh token, say.

    None when a required member is not in the answer.
    """
    body: JsonObject = {}
    declared, login = contract.logins.get(operation.id), accounts.login_of(contract)
    for name in required_of(contract, operation):
        found = _member(said, name)
        if declared and login and declared.renews == (name,):
            found = inside(said, login.refresh)
        if found is None:
            return None
        body[name] = found
    return body


def session_call(
    contract: Contract, operation: Operation, main: Identity
) -> tuple[Identity, Json] | None:
    """A caller and a body with which an operation about sessions succeeds, and harms nobody.

    For the login: the credentials of the caller. For one that takes what the login answered
    (renew, log out): a session of its own, opened for it. None for any other operation.
    """
    if main.log_in is None or (operation.body is None and not ends_session(operation)):
        return None
    if login_of(contract) is operation:
        given = Account(email=main.account["email"], password=main.account["password"])
        return Identity("anonymous", tenant=main.tenant, headers=main.plain), body_of(
            contract, operation, given, main.tenant
        )
    if not (renews_session(contract, operation) or ends_session(operation)):
        return None
    own = main.log_in()
    body = from_answer(contract, operation, own.said)
    return (own, body) if body is not None else None


def members_of(contract: Contract, operation: Operation) -> dict[str, SchemaView]:
    """The members of an operation's body, by their names; nothing without a body."""
    return whole(contract.document, operation.body.schema).members if operation.body else {}


def required_of(contract: Contract, operation: Operation) -> list[str]:
    """The members that an operation's body must have."""
    return whole(contract.document, operation.body.schema).required if operation.body else []


def token_in(contract: Contract, value: Json) -> str | None:
    """The token in the answer of a login: where it is declared, or the first that is called so."""
    login = accounts.login_of(contract)
    for place in (login.credential if login else None, accounts.place_of_token(value)):
        found = inside(value, place)
        if isinstance(found, str):
            return found
    return None


def example_tenant(contract: Contract) -> str:
    """The example of the header that names the tenant; empty without one."""
    header = tenant_header(contract)
    for operation in contract.operations.values():
        if header and any(p.name == header for p in operation.parameters):
            return str(_declared(contract, operation, header).get("example", ""))
    return ""


def example_accounts(contract: Contract) -> list[Account]:
    """The accounts of the login's examples, each with the role that its example is named by."""
    login, places = login_of(contract), accounts.login_of(contract)
    if login is None or login.body is None or places is None:
        return []
    raw = contract.document["paths"].get(login.path, {}).get(login.method, {})
    content = resolve(contract.document, raw.get("requestBody", {})).get("content", {})
    media = content.get(login.body.media_type, {})
    roles = {role for o in contract.operations.values() for role in o.roles or ()}
    found = []
    for name, example in {"": media, **(media.get("examples") or {})}.items():
        shown = resolve(contract.document, example)
        value = shown.get("value", shown.get("example"))
        called, secret = inside(value, places.login), inside(value, places.secret)
        if called is not None and secret is not None:
            role = name if name in roles else ""
            found.append(Account(role, str(called), str(secret)))
    return found


def roles_in(value: Json, grants: str = "") -> Iterator[str]:
    """Texts of the members, at any depth, that hold `grants`, or are called roles or the like."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == grants or _ROLES.fullmatch(name):
                yield from (text for _, text in texts_in(inner))
            else:
                yield from roles_in(inner, grants)
    elif isinstance(value, list):
        for inner in value:
            yield from roles_in(inner, grants)


def texts_in(value: Json, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value, with the name of the member that it stands in."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from texts_in(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner, name)


def ids_in(value: Json, depth: int = 0) -> list[str]:
    """The ids that a value of JSON holds: members called `id`, `courseId`, `user_id`."""
    found: list[str] = []
    if depth > _DEEPEST:
        return found
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str | int) and not isinstance(inner, bool):
                if _IDS.fullmatch(name):
                    found.append(str(inner))
            else:
                found += ids_in(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            found += ids_in(inner, depth + 1)
    return found


def about(value: Json, email: str) -> JsonObject:
    """The object in an answer that is about the account of a name."""
    if isinstance(value, dict):
        if email and email in value.values():
            return value
        if not email and "id" in value and any(_ROLES.fullmatch(name) for name in value):
            return value
        value = list(value.values())
    if isinstance(value, list):
        return next((found for found in (about(v, email) for v in value) if found), {})
    return {}


def _declared(contract: Contract, operation: Operation, name: str) -> JsonObject:
    for path, item in contract.document["paths"].items():
        if path == operation.path:
            own = raw_operation(contract.document, operation)
            for one in [*item.get("parameters", []), *own.get("parameters", [])]:
                found = resolve(contract.document, one)
                if found.get("name") == name:
                    return dict(found)
    return {}


def _shown(schema: Json) -> Json:
    if not isinstance(schema, dict):
        return None
    options = [schema.get("const"), schema.get("default"), schema.get("example")]
    options += schema.get("enum", [])[:1]
    return next((value for value in options if value is not None), None)


def _member(value: Json, name: str) -> Json:
    """The member of a name, at any depth of an answer."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        return next((f for f in (_member(v, name) for v in value) if f is not None), None)
    return None
