"""From the document to the contract: every extension read once, every inference made once."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from .accounts import accounts_of, declared_login
from .catalogue import catalogue_of
from .document import ContractError, pointer, reading, resolve
from .extensions import is_strict
from .model import Answer, Contract, JsonObject, Operation, ResourceType
from .operations import answer_of, operation_of
from .paths import METHODS
from .principals import Login
from .resource_types import resource_types, timed_operations
from .security import schemes_of


def build_contract(document: JsonObject, source: str) -> Contract:
    """The contract of an OpenAPI 3.1 document; `source` names it in messages.

    What it declares is read; what it leaves to inference is not yet in it.
    Raises ContractError, with the place, for what stops the reading; what is merely wrong is
    found by `check`.
    """
    with reading("/components/schemas"):
        schemas = document.get("components", {}).get("schemas", {})
        strict, resources = is_strict(document), dict(resource_types(document))
    operations, logins = _operations(document, resources, strict=strict)
    principal, tenancy = accounts_of(document, resources, operations)
    with reading("/servers"):
        base_path = _base_path(document)
    with reading("/x-problems"):
        problems = catalogue_of(document)
    with reading("/components/responses"):
        unrouted = dict(_unrouted(document))
    with reading("/webhooks"):
        facts = dict(_facts(document, strict=strict))
    timed: dict[str, Operation] = {}
    for name in resources:
        with reading(pointer("components", "schemas", name)):
            for timer in timed_operations(name, schemas.get(name, {})):
                if timer.id in timed:
                    raise ContractError(f"timer {timer.id} is given twice; rename one")
                timed[timer.id] = timer
    with reading("/info"):
        info = document.get("info", {})
        title, version = str(info.get("title", "")), str(info.get("version", ""))
    return Contract(
        document=document,
        source=source,
        base_path=base_path,
        operations=operations,
        resources=resources,
        problems=problems,
        facts=facts,
        timed=timed,
        title=title,
        version=version,
        strict=strict,
        unrouted=unrouted,
        principal=principal,
        tenancy=tenancy,
        logins=logins,
    )


def _operations(
    document: JsonObject, resources: dict[str, ResourceType], *, strict: bool
) -> tuple[dict[str, Operation], dict[str, Login]]:
    """The operations, and the logins among them, by id."""
    operations: dict[str, Operation] = {}
    logins: dict[str, Login] = {}
    with reading("/components/securitySchemes"):
        schemes = schemes_of(document)
    with reading("/paths"):
        for path, method, operation in each_operation(document):
            with reading(pointer("paths", path, method)):
                built = operation_of(
                    document, path, method, operation, resources, schemes=schemes, strict=strict
                )
                if built.id in operations:
                    raise ContractError(f"operationId {built.id} is given twice; rename one")
                operations[built.id] = built
                login = declared_login(operation)
                if login:
                    logins[built.id] = login
    return operations, logins


def each_operation(document: JsonObject) -> Iterator[tuple[str, str, JsonObject]]:
    """Path, method and object of every operation, in the order of the document."""
    for path, declared in document.get("paths", {}).items():
        if path.startswith("x-"):
            continue
        with reading(pointer("paths", path)):
            item = resolve(document, declared)
            found = [(method, item[method]) for method in item if method in METHODS]
            found += [(n.lower(), one) for n, one in item.get("additionalOperations", {}).items()]
        for method, operation in found:
            yield path, method, operation


def server_address(server: JsonObject) -> str:
    """The address of a server object, its variables at their defaults."""
    variables: JsonObject = server.get("variables", {})

    def filled(found: re.Match[str]) -> str:
        declared = variables.get(found[1], {})
        # A default is required, and left out by many: a brace has no place in an address.
        listed = [*declared.get("enum", ()), found[1]]
        return str(declared.get("default", listed[0]))

    return re.sub(r"\{([^}]+)\}", filled, server["url"])


def _base_path(document: JsonObject) -> str:
    servers = document.get("servers") or [{"url": ""}]
    # A relative address counts from where the document lies; it is taken to lie at the root.
    path = urlsplit(server_address(servers[0])).path.lstrip("./").rstrip("/")
    return path and "/" + path


def _unrouted(document: JsonObject) -> Iterator[tuple[str, Answer]]:
    """Answers among the components that are for what may be raised where there is no operation."""
    for name, declared in document.get("components", {}).get("responses", {}).items():
        if "x-problem" in declared:
            place = pointer("components", "responses", name)
            answer = answer_of(document, declared, place, "default")
            yield from ((kind, answer) for kind in answer.problems)


def _facts(document: JsonObject, *, strict: bool) -> Iterator[tuple[str, str]]:
    for name, declared in document.get("webhooks", {}).items():
        with reading(pointer("webhooks", name)):
            item = resolve(document, declared)
            if "post" in item:
                yield name, item["post"].get("summary", "")
            elif strict:
                raise ContractError("has no post; facts are told by POST")
