"""Logging in: with whose account, and what later requests take from the answer."""

import re
from keyword import kwlist

from ...contract import Contract, Operation, accounts
from ...contract.document import resolve
from ..views.places import raw_operation
from .model import Json, Take, Text, Variable
from .request import body_of, snake
from .security import Credentials, Unshowable, credentials_of

_BODY = "$response.body#/"
_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_TAKEN = frozenset(
    {*kwlist, "answer", "api", "const", "default", "login", "new", "query", "tenant"}
)
"""Names that are words of a language, or stand for something else in a program."""


def login_of(contract: Contract) -> Operation | None:
    """The operation that logs in, if it takes JSON, no credentials, and gives a token."""
    found = accounts.login_of(contract)
    if found is None:
        return None
    login = contract.operations[found.operation]
    declared = raw_operation(contract, login)
    try:
        media_type, _ = body_of(contract.document, declared, {})
        open_to_all = credentials_of(contract, declared) == Credentials()
    except Unshowable:
        return None
    return login if media_type and open_to_all and _place_of_token(contract) else None


def account_of(contract: Contract, login: Operation, operation: Operation) -> tuple[str, Json]:
    """Who logs in for an operation: a role and the body of the login.

    Roles are the names of the login's examples; where it has none that is allowed, the role is
    empty and the body the first example.
    """
    document = contract.document
    declared = raw_operation(contract, login)
    media_type, body = body_of(document, declared, {})
    media = resolve(document, declared["requestBody"])["content"][media_type]
    named = {n: resolve(document, e) for n, e in (media.get("examples") or {}).items()}
    known = {name: example["value"] for name, example in named.items() if "value" in example}
    allowed = [r for r in known if r in (operation.roles or known)]
    if not allowed:
        return "", body
    usual = contract.principal.usual if contract.principal else ""
    chosen = usual if usual in allowed else allowed[0]
    return chosen, known[chosen]


def token_of(contract: Contract) -> Take:
    """Where the answer of the login has its token."""
    place = _place_of_token(contract)
    return Take(Variable(snake(str(place[-1]))), place)


def provided_by(
    contract: Contract, login: Operation, operation: Operation
) -> tuple[dict[str, Json], list[Take]]:
    """What a link of the login's answer provides for an operation, and what is taken for it.

    The values stand by the names of parameters, the body under the empty name; runtime expressions
    in them are variables.
    """
    takes: list[Take] = []
    answers = raw_operation(contract, login).get("responses", {})
    good: Json = next((answers[status] for status in sorted(answers) if status.startswith("2")), {})
    links = resolve(contract.document, good).get("links") or {}
    for declared in links.values():
        link = resolve(contract.document, declared)
        if link.get("operationId") == operation.id and operation is not login:
            given = {
                name.removeprefix("path.").removeprefix("query."): _evaluated(value, takes)
                for name, value in link.get("parameters", {}).items()
            }
            body = {"": _evaluated(link["requestBody"], takes)} if "requestBody" in link else {}
            return given | body, takes
    return {}, []


def _place_of_token(contract: Contract) -> tuple[str, ...]:
    """Where the token stands in the answer of the login; empty where a program cannot say that."""
    login = accounts.login_of(contract)
    place = login.credential if login else ()
    return place if all(map(_PLAIN.fullmatch, place)) else ()


def _evaluated(value: Json, takes: list[Take]) -> Json:
    """A value of a link with variables in place of its expressions, which are added to `takes`.

    Raises Unshowable for a member whose name cannot be that of a variable.
    """
    if isinstance(value, dict):
        return {name: _evaluated(inner, takes) for name, inner in value.items()}
    if isinstance(value, list):
        return [_evaluated(inner, takes) for inner in value]
    if not isinstance(value, str) or not value.startswith(_BODY):
        return value
    steps = value.removeprefix(_BODY).split("/")
    place = tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)
    variable = Variable(snake(place[-1]))
    if not all(map(_PLAIN.fullmatch, (*place, variable.name))) or variable.name in _TAKEN:
        raise Unshowable
    take = Take(variable, place)
    takes.extend([] if take in takes else [take])
    return Text((take.variable,))
