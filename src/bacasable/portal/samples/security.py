"""What a call proves its caller with, by the security schemes of the contract."""

from dataclasses import dataclass
from typing import Any

from ...contract import Contract
from ...contract.document import resolve
from .model import Json, Text, Variable


class Unshowable(Exception):
    """A call that no sample can show: it would be a wrong one."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What goes with a request, and the variables it is made of, which the environment gives."""

    headers: tuple[tuple[str, str | Text], ...] = ()
    query: tuple[tuple[str, Text], ...] = ()
    basic: tuple[Variable, Variable] | None = None
    variables: tuple[Variable, ...] = ()
    bearer: bool = False


def credentials_of(contract: Contract, declared: Json) -> Credentials:
    """The credentials of an operation, which is as the document has it.

    They are those of its first requirement that a program can meet; raises Unshowable where there
    is none.
    """
    document = contract.document
    required = declared.get("security", document.get("security", []))
    if not required or {} in required:
        return Credentials()
    schemes = document.get("components", {}).get("securitySchemes", {})
    for requirement in required:
        names = [name for name in requirement if name in schemes]
        found = [_of(resolve(document, schemes[name])) for name in names]
        if len(found) == len(requirement) and None not in found:
            return _together([one for one in found if one])
    raise Unshowable


def _of(scheme: Json) -> Credentials | None:
    kind, name = scheme.get("type"), str(scheme.get("scheme", "")).lower()
    if kind in ("oauth2", "openIdConnect") or (kind == "http" and name == "bearer"):
        token = _setting("api_token")
        bearer: tuple[Any, ...] = (("Authorization", Text(("Bearer ", token))),)
        return Credentials(headers=bearer, variables=(token,), bearer=True)
    if kind == "http" and name == "basic":
        user = (_setting("api_user"), _setting("api_password"))
        return Credentials(basic=user, variables=user)
    if kind == "apiKey":
        return _key(scheme)
    return None


def _key(scheme: Json) -> Credentials:
    key = _setting("api_key")
    name, place = scheme["name"], scheme["in"]
    if place == "query":
        return Credentials(query=((name, Text((key,))),), variables=(key,))
    header = (name, Text((key,))) if place == "header" else ("Cookie", Text((f"{name}=", key)))
    return Credentials(headers=(header,), variables=(key,))


def _together(parts: list[Credentials]) -> Credentials:
    """Several that are wanted at once. Raises Unshowable for two of one kind."""
    variables = [variable for part in parts for variable in part.variables]
    if len(set(variables)) < len(variables):
        raise Unshowable
    return Credentials(
        headers=tuple(header for part in parts for header in part.headers),
        query=tuple(pair for part in parts for pair in part.query),
        basic=next((part.basic for part in parts if part.basic), None),
        variables=tuple(variables),
        bearer=any(part.bearer for part in parts),
    )


def _setting(name: str) -> Variable:
    return Variable(name, setting=True)
