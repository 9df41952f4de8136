"""Security requirements of an operation: which credentials it asks for, and where they stand.

Alternatives are separate requirement objects; what one of them names is required together
(OpenAPI, Security Requirement Object).
"""

from .document import resolve
from .model import Credential, JsonObject

Requirements = tuple[tuple[Credential, ...], ...]


def requirements_of(document: JsonObject, operation: JsonObject) -> Requirements:
    """The alternatives of an operation; none where it asks for nothing.

    A name that no scheme has is passed over: `check` reports it.
    """
    declared = operation.get("security", document.get("security")) or ()
    schemes = document.get("components", {}).get("securitySchemes", {})
    known = {name: _credential(name, resolve(document, schemes[name])) for name in schemes}
    return tuple(tuple(known[name] for name in one if name in known) for one in declared)


def _credential(name: str, scheme: JsonObject) -> Credential:
    kind = scheme.get("type")
    if kind == "apiKey":
        return Credential(name, str(scheme.get("in", "header")), str(scheme.get("name", "")))
    if kind == "mutualTLS":
        return Credential(name, "", "")
    given = str(scheme.get("scheme", "bearer")).lower() if kind == "http" else "bearer"
    return Credential(name, "header", "Authorization", given)
