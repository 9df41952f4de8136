"""Security as a document declares it: its schemes, what operations require, and what is wrong.

Alternatives are separate requirement objects; what one of them names is required together
(OpenAPI, Security Requirement Object). Scopes belong to a name within a requirement.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from .document import pointer, resolve
from .model import Json, JsonObject, Violation
from .names import did_you_mean
from .principals import Credential

Requirements = tuple[tuple[Credential, ...], ...]

SCOPED = frozenset({"oauth2", "openIdConnect"})
"""The types of schemes whose requirements name scopes in every version of OpenAPI."""
_IDENTITY = ("openid", "profile", "email", "offline_access")
"""The scopes that any OpenID provider knows (OpenID Connect Core, 5.4 and 11)."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow of a scheme oauth2, by the name that OpenAPI has for it. Absent URLs are empty."""

    name: str
    authorization_url: str
    token_url: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A security scheme: where its credential stands, and what it is.

    `signed` says that a bearer token is a JWT (`bearerFormat`). `discovery` is the URL of an
    OpenID provider.
    """

    credential: Credential
    signed: bool = False
    flows: tuple[Flow, ...] = ()
    discovery: str = ""

    @property
    def name(self) -> str:
        """What requirements call it."""
        return self.credential.scheme

    @property
    def kind(self) -> str:
        """Its type: apiKey, http, mutualTLS, oauth2, openIdConnect."""
        return self.credential.kind

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that it declares, each once."""
        own = dict.fromkeys(scope for flow in self.flows for scope in flow.scopes)
        return (*own, *(_IDENTITY if self.kind == "openIdConnect" else ()))


def schemes_of(document: JsonObject) -> dict[str, Scheme]:
    """The security schemes of a document by their names."""
    declared = document.get("components", {}).get("securitySchemes", {})
    return {
        name: _scheme(name, resolve(document, scheme))
        for name, scheme in declared.items()
        if isinstance(scheme, dict)
    }


def requirements_of(
    document: JsonObject, operation: JsonObject, schemes: Mapping[str, Scheme]
) -> Requirements:
    """The alternatives of an operation; none where it asks for nothing.

    A name that no scheme has is passed over, and so is an alternative of nothing else: `check`
    reports it.
    """
    declared = operation.get("security", document.get("security")) or ()
    return tuple(
        tuple(_required(schemes[name], one[name]) for name in one if name in schemes)
        for one in declared
        if not one or any(name in schemes for name in one)
    )


def roles_of(
    document: JsonObject, operation: JsonObject, requirements: Requirements
) -> tuple[str, ...] | None:
    """The roles that may call, over all alternatives; None where nobody need say who calls.

    What a requirement names beside a scheme is a role, unless that has scopes (OpenAPI 3.1). One
    that names no known scheme opens nothing.
    """
    declared = operation.get("security", document.get("security"))
    if not declared or {} in declared:
        return None
    named = (c for together in requirements for c in together if c.kind not in SCOPED)
    return tuple(dict.fromkeys(role for credential in named for role in credential.scopes))


def security_findings(
    document: JsonObject, operations: Iterable[tuple[str, str, JsonObject]]
) -> Iterator[Violation]:
    """What requirements get wrong: schemes and scopes that are not declared, or cannot be brought.

    The document is as its version of OpenAPI has it; `operations` are its own, by path and method.
    """
    schemes = schemes_of(document)
    has_roles = not str(document.get("openapi", "")).startswith("3.0")
    for place, requirement in _each_requirement(document, operations):
        for name, scopes in requirement.items():
            at = place + pointer(name)
            if name not in schemes:
                said = f"'{name}' is no security scheme{did_you_mean(name, schemes)}"
                yield Violation(at, said)
            elif schemes[name].kind in SCOPED:
                yield from _scope_findings(schemes[name], scopes, at)
            elif scopes and not has_roles:
                said = f"a scheme of type {schemes[name].kind} has no scopes before OpenAPI 3.1"
                yield Violation(at, f"{said}; leave the list empty")
        known = [schemes[name] for name in requirement if name in schemes]
        yield from _clashes(known, place)


def scheme_findings(document: JsonObject) -> Iterator[Violation]:
    """What schemes lack, member by member. Of what is no object nothing is said."""
    components = document.get("components")
    declared = components.get("securitySchemes") if isinstance(components, dict) else None
    for name, scheme in declared.items() if isinstance(declared, dict) else ():
        place = pointer("components", "securitySchemes", str(name))
        if not isinstance(scheme, dict) or "$ref" in scheme:
            continue
        yield from _missing(_MEMBERS.get(str(scheme.get("type")), ()), scheme, place)
        flows = scheme.get("flows") if scheme.get("type") == "oauth2" else None
        for flow, said in flows.items() if isinstance(flows, dict) else ():
            if isinstance(said, dict):
                at = place + pointer("flows", str(flow))
                yield from _missing(_OF_FLOWS.get(flow, ()), said, at)


_MEMBERS = {
    "apiKey": ("name", "in"),
    "http": ("scheme",),
    "oauth2": ("flows",),
    "openIdConnect": ("openIdConnectUrl",),
}
_OF_FLOWS = {
    "implicit": ("authorizationUrl", "scopes"),
    "password": ("tokenUrl", "scopes"),
    "clientCredentials": ("tokenUrl", "scopes"),
    "authorizationCode": ("authorizationUrl", "tokenUrl", "scopes"),
}


def _missing(members: tuple[str, ...], node: JsonObject, place: str) -> Iterator[Violation]:
    for member in members:
        if member not in node:
            yield Violation(place, f"has no {member}; add it")


def _clashes(schemes: list[Scheme], place: str) -> Iterator[Violation]:
    """Credentials that are required together and stand in one place: no request brings both.

    One token may well be of several schemes that a server of authorization stands behind.
    """
    seen: dict[tuple[str, str], Scheme] = {}
    for scheme in schemes:
        at = scheme.credential.location, scheme.credential.name.lower()
        other = seen.setdefault(at, scheme)
        both = {other.kind, scheme.kind}
        if at[0] and other is not scheme and not both <= SCOPED:
            said = f"'{other.name}' and '{scheme.name}' both stand in the {at[0]} {at[1]}"
            yield Violation(place, f"{said}; make two alternatives of them")


def _scope_findings(scheme: Scheme, scopes: Json, place: str) -> Iterator[Violation]:
    # What an OpenID provider knows besides is in no document.
    for scope in scopes if scheme.kind == "oauth2" else ():
        if scope not in scheme.scopes:
            near = did_you_mean(scope, scheme.scopes)
            yield Violation(place, f"'{scope}' is no scope of '{scheme.name}'{near}")


def _each_requirement(
    document: JsonObject, operations: Iterable[tuple[str, str, JsonObject]]
) -> Iterator[tuple[str, JsonObject]]:
    for number, requirement in enumerate(document.get("security") or ()):
        yield pointer("security", str(number)), requirement
    for path, method, declared in operations:
        for number, requirement in enumerate(declared.get("security") or ()):
            yield pointer("paths", path, method, "security", str(number)), requirement


def _required(scheme: Scheme, scopes: Json) -> Credential:
    named = tuple(map(str, scopes)) if isinstance(scopes, list) else ()
    return replace(scheme.credential, scopes=named) if named else scheme.credential


def _scheme(name: str, scheme: JsonObject) -> Scheme:
    kind = str(scheme.get("type", ""))
    if kind == "apiKey":
        place = str(scheme.get("in", "header")), str(scheme.get("name", ""))
        return Scheme(Credential(name, *place, kind=kind))
    if kind == "mutualTLS":
        return Scheme(Credential(name, "", "", kind=kind))
    prefix = str(scheme.get("scheme", "bearer")).lower() if kind == "http" else "bearer"
    credential = Credential(name, "header", "Authorization", prefix, kind)
    signed = str(scheme.get("bearerFormat", "")).upper() == "JWT"
    flows = tuple(_flows(scheme.get("flows"))) if kind == "oauth2" else ()
    discovery = str(scheme.get("openIdConnectUrl", "")) if kind == "openIdConnect" else ""
    return Scheme(credential, signed, flows, discovery)


def _flows(declared: Json) -> Iterator[Flow]:
    for name, flow in declared.items() if isinstance(declared, dict) else ():
        if isinstance(flow, dict):
            scopes = flow.get("scopes")
            yield Flow(
                name,
                str(flow.get("authorizationUrl", "")),
                str(flow.get("tokenUrl", "")),
                tuple(scopes) if isinstance(scopes, dict) else (),
            )
