"""What a document says of accounts, tenants and logins: read once, and what is wrong with it.

A login may also be recognised, where the document does not say so: it takes a name and a password
of whoever has no credential, and answers a token.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from .document import at_pointer, objects, pointer, reading, resolve, schema_at
from .extensions import fits, is_strict
from .model import Contract, Json, JsonObject, Operation, ResourceType, Violation
from .names import did_you_mean, plain
from .principals import Conditions, Login, Place, Principal, Tenancy
from .schema import schema_view
from .values import shown

TOKENS = ("accesstoken", "token", "idtoken", "jwt", "bearer")
NAMES = ("email", "username", "login", "user", "emailaddress", "useremail", "identifier")
SECRETS = ("password", "passwd", "pwd", "secret")
_IN = re.compile(r"log-?in|sign-?in|session|token|auth", re.IGNORECASE)
_NOT_IN = re.compile(r"regist|sign-?up|reset|forgot|refresh|revoke|out\b", re.IGNORECASE)


def accounts_of(
    document: JsonObject,
    resources: Mapping[str, ResourceType],
    operations: Mapping[str, Operation],
) -> tuple[Principal | None, Tenancy]:
    """The accounts and tenants that a strict document declares by x-principal and x-tenant.

    Of one that declares none the tenants are its own.
    """
    if not is_strict(document):
        return None, Tenancy()
    with reading("/components/schemas"):
        principal = _principal(document, resources, operations)
        return principal, _tenancy(document, resources, operations)


def _principal(
    document: JsonObject,
    resources: Mapping[str, ResourceType],
    operations: Mapping[str, Operation],
) -> Principal | None:
    for kind, said in _declared(document, resources, "x-principal"):
        member = kind.properties.get(said.get("grants", ""), {})
        listed = schema_at(document, member.get("items", member)).get("enum", ())
        named = [role for o in operations.values() for role in o.roles or ()]
        across = tuple(said.get("across", ()))
        known = dict.fromkeys(listed or named)
        own = [grant for grant in known if grant not in across]
        return Principal(
            resource=kind.name,
            id=kind.key_member,
            login=said["login"],
            secret=said["secret"],
            grants=said.get("grants", ""),
            several="items" in member,
            known=(*own, *(grant for grant in known if grant in across)),
            across=across,
            usual=said.get("usual") or next(iter(own), ""),
            active=_conditions(said.get("active", {})),
            stamps=said.get("stamps", ""),
            names=tuple(said.get("names", ())),
            email=said.get("email", ""),
            phone=said.get("phone", ""),
            creates=_creating(kind, operations),
        )
    return None


def _tenancy(
    document: JsonObject,
    resources: Mapping[str, ResourceType],
    operations: Mapping[str, Operation],
) -> Tenancy:
    for kind, said in _declared(document, resources, "x-tenant"):
        name = str(said.get("name", said["slug"]))
        return Tenancy(
            resource=kind.name,
            id=kind.key_member,
            slug=said["slug"],
            name=name,
            sender=_place(said["sender"]) if "sender" in said else (name,),
            suspended=_conditions(said.get("suspended", {})),
            first=said["first"],
            opens=_creating(kind, operations),
        )
    return Tenancy()


def declared_login(operation: JsonObject) -> Login | None:
    """The login that an operation of the document declares to be by x-login."""
    said = operation.get("x-login")
    if said is None or not fits("x-login", said):
        return None
    places: dict[str, Any] = {n: _place(said[n]) for n in (*_REQUEST, *_ANSWER) if n in said}
    lasts = {"lasts": "lasts", "refreshLasts": "refresh_lasts"}
    durations = {field: said[name] for name, field in lasts.items() if name in said}
    return Login(operation["operationId"], **places, **durations)


_REQUEST = ("login", "secret", "renews")
_ANSWER = ("credential", "refresh", "expires")


def login_of(contract: Contract) -> Login | None:
    """The operation that logs in by name and password: as it is declared, or as it seems.

    None where the contract has none.
    """
    if contract not in _LOGINS:
        known = (one for name, one in contract.logins.items() if name in contract.operations)
        stated = (login for login in known if login.login)
        _LOGINS[contract] = next(stated, None) or _likely_login(contract)
    return _LOGINS[contract]


_LOGINS: "WeakKeyDictionary[Contract, Login | None]" = WeakKeyDictionary()


def _likely_login(contract: Contract) -> Login | None:
    """What takes a name and a password; else what is called `login`, and takes who knows what."""
    open_to_all = [o for o in contract.operations.values() if o.roles is None and o.body]
    for operation in open_to_all:
        if operation.method == "post" and operation.body:
            schema = resolve(contract.document, operation.body.schema)
            members = schema.get("properties", {}) if isinstance(schema, dict) else {}
            name, secret = called(members, NAMES), called(members, SECRETS)
            path = operation.path
            if name and secret and _IN.search(path) and not _NOT_IN.search(path):
                return Login(
                    operation.id, (name,), (secret,), credential=_token(contract, operation)
                )
    named = (Login(o.id, credential=_token(contract, o)) for o in open_to_all if o.id == "login")
    return next(named, None)


def called(members: Iterable[str], names: tuple[str, ...]) -> str:
    """The member that is called by the first of some names, however it writes it; or nothing."""
    known = {plain(name): name for name in members}
    return next((known[name] for name in names if name in known), "")


def place_of_token(value: Json) -> Place | None:
    """Where the token stands in the answer of a login: the first member that is called so."""
    if not isinstance(value, dict):
        return None
    name = called(value, TOKENS)
    if name and isinstance(value[name], str):
        return (name,)
    for above, inner in value.items():
        found = place_of_token(inner)
        if found is not None:
            return (above, *found)
    return None


def _token(contract: Contract, operation: Operation) -> Place:
    """Where the token stands in the answer of success, as the document shows that."""
    answer = operation.succeeds
    if answer.media_type is None:
        return ()
    media = at_pointer(contract.document, "#" + answer.contents[answer.media_type])
    return place_of_token(shown(contract.document, media)) or ()


def account_findings(contract: Contract) -> Iterator[Violation]:
    """What is wrong with accounts, tenants and logins: names that name nothing."""
    principal, tenancy = contract.principal, contract.tenancy
    yield from _misplaced(contract, "x-principal", principal.resource if principal else "")
    yield from _misplaced(contract, "x-tenant", tenancy.resource)
    if principal is not None:
        yield from _principal_findings(contract, principal)
    kind = contract.resources.get(tenancy.resource)
    if kind is not None:
        at = pointer("components", "schemas", kind.name, "x-tenant")
        members = (tenancy.slug, tenancy.name, tenancy.sender[0], *_names(tenancy.suspended))
        yield from _unknown(members, kind, at)
        yield from _not_sent(contract, tenancy.opens, tenancy.first, at + "/first")
    for login in contract.logins.values():
        yield from _login_findings(contract, login)


def _misplaced(contract: Contract, key: str, taken: str) -> Iterator[Violation]:
    """An extension on what is no resource, or on a second one."""
    schemas = contract.document.get("components", {}).get("schemas", {})
    for path, node in objects(schemas):
        if not isinstance(node.get(key), dict) or path == (taken,):
            continue
        alone = len(path) == 1 and path[0] in contract.resources
        said = (
            f"stands on {taken} too; leave one"
            if alone
            else "stands on a schema without x-resource"
        )
        yield Violation(pointer("components", "schemas", *path, key), said)


def _principal_findings(contract: Contract, principal: Principal) -> Iterator[Violation]:
    kind = contract.resources[principal.resource]
    at = pointer("components", "schemas", kind.name, "x-principal")
    single = (principal.login, principal.grants, principal.stamps, principal.email, principal.phone)
    members = (*single, *principal.names, *_names(principal.active))
    yield from _unknown((name for name in members if name), kind, at)
    for grant in dict.fromkeys((*principal.across, principal.usual)):
        if grant and grant not in principal.known:
            near = did_you_mean(grant, principal.known)
            yield Violation(at, f"'{grant}' is no value of {principal.grants or 'grants'}{near}")
    if kind.scope != "tenant":
        yield Violation(at, "needs accounts that belong to a tenant: scope tenant")
    yield from _not_sent(contract, principal.creates, principal.secret, at + "/secret")


def _unknown(members: Iterable[str], kind: ResourceType, at: str) -> Iterator[Violation]:
    for name in members:
        if name not in kind.properties:
            yield Violation(at, f"'{name}' is no property{did_you_mean(name, kind.properties)}")


def _not_sent(contract: Contract, operation_id: str, member: str, at: str) -> Iterator[Violation]:
    """A member that the body of the operation that creates one does not have."""
    operation = contract.operations.get(operation_id)
    if operation and not (
        operation.body and schema_view(contract.document, operation.body.pointer).at((member,))
    ):
        yield Violation(at, f"'{member}' is no member of the body of {operation.id}")


def _login_findings(contract: Contract, login: Login) -> Iterator[Violation]:
    operation = contract.operations[login.operation]
    at = pointer(*operation.steps, "x-login")
    if contract.principal is None:
        yield Violation(at, "logs in to no account: declare them by x-principal")
    body, answer = operation.body, operation.succeeds.schema
    for names, schema in ((_REQUEST, body and body.pointer), (_ANSWER, answer)):
        for name in names:
            place = getattr(login, name)
            if place and not (schema and schema_view(contract.document, schema).at(place)):
                side = "request" if names is _REQUEST else "answer"
                yield Violation(f"{at}/{name}", f"{pointer(*place)} is no place in the {side}")


def _declared(
    document: JsonObject, resources: Mapping[str, ResourceType], key: str
) -> Iterator[tuple[ResourceType, JsonObject]]:
    """The resources whose schemas have an extension, with what it says."""
    schemas = document.get("components", {}).get("schemas", {})
    for name, kind in resources.items():
        schema = schemas.get(name)
        said = schema.get(key) if isinstance(schema, dict) else None
        if isinstance(said, dict) and fits(key, said):
            yield kind, said


def _creating(kind: ResourceType, operations: Mapping[str, Operation]) -> str:
    """The operation that creates a record of a resource; empty where none does."""
    actions = ((o.id, o.action) for o in operations.values())
    return next((i for i, a in actions if a.kind == "create" and a.resource == kind.name), "")


def _conditions(declared: Mapping[str, Any]) -> Conditions:
    return tuple((n, tuple(v) if isinstance(v, list) else (v,)) for n, v in declared.items())


def _names(conditions: Conditions) -> list[str]:
    return [name for name, _ in conditions]


def _place(declared: str) -> Place:
    return tuple(p.replace("~1", "/").replace("~0", "~") for p in declared.split("/")[1:])


def secret_names(contract: Contract) -> set[str]:
    """The names of the members that hold a secret, a credential or a refresh token."""
    own = {contract.principal.secret} if contract.principal else set()
    places = [
        place
        for login in contract.logins.values()
        for place in (login.secret, login.renews, login.credential, login.refresh)
    ]
    return own | {place[-1] for place in places if place}
