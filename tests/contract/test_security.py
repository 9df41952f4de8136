"""Schemes, requirements with alternatives and scopes, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract import load_contract
from bacasable.contract.build import each_operation
from bacasable.contract.load import check_file
from bacasable.contract.principals import Credential
from bacasable.contract.security import (
    Requirements,
    requirements_of,
    roles_of,
    scheme_findings,
    schemes_of,
    security_findings,
)

FOREIGN = Path(__file__).parent / "foreign"
FLOWS = {
    "clientCredentials": {"tokenUrl": "/token", "scopes": {"read": "To look."}},
    "implicit": {"authorizationUrl": "/in", "scopes": {"read": "To look.", "write": "To change."}},
}
SCHEMES: dict[str, Any] = {
    "key": {"type": "apiKey", "in": "query", "name": "k"},
    "basic": {"type": "http", "scheme": "Basic"},
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "jwt"},
    "digest": {"type": "http", "scheme": "digest"},
    "login": {"type": "oauth2", "flows": FLOWS},
    "idp": {"type": "openIdConnect", "openIdConnectUrl": "https://idp.example/c"},
    "tls": {"type": "mutualTLS"},
}
READ, EMPTY = "; did you mean 'read'?", "; leave the list empty"
TWO = "; make two alternatives of them"
NAMES = st.sampled_from([*SCHEMES, "nowhere"])
ASKED = st.lists(st.dictionaries(NAMES, st.lists(st.sampled_from(["read", "boss"]), max_size=2)))


def document(security: Any = None, version: str = "3.1.0", **schemes: Any) -> dict[str, Any]:
    operation = {"operationId": "look", "responses": {"200": {"description": "Seen."}}}
    operation |= {} if security is None else {"security": security}
    return {
        "openapi": version,
        "info": {"title": "A", "version": "1"},
        "paths": {"/things": {"get": operation}},
        "components": {"securitySchemes": schemes or SCHEMES},
    }


def read(security: Any, top: Any = None) -> tuple[Requirements, tuple[str, ...] | None]:
    whole = document(security) | ({} if top is None else {"security": top})
    operation = whole["paths"]["/things"]["get"]
    found = requirements_of(whole, operation, schemes_of(whole))
    return found, roles_of(whole, operation, found)


def test_every_kind_of_scheme_is_read() -> None:
    found = schemes_of(document())
    assert [one.kind for one in found.values()] == [one["type"] for one in SCHEMES.values()]
    assert {name for name, one in found.items() if one.signed} == {"token"}
    assert found["key"].credential == Credential("key", "query", "k", "", "apiKey")
    assert found["digest"].credential.prefix == "digest"
    assert found["tls"].credential.location == ""
    assert found["login"].scopes == ("read", "write")
    assert [(one.name, one.token_url) for one in found["login"].flows] == [
        ("clientCredentials", "/token"),
        ("implicit", ""),
    ]
    assert "openid" in found["idp"].scopes
    assert found["idp"].discovery == "https://idp.example/c"


def test_what_is_no_scheme_is_none() -> None:
    odd = {"x-a": 1, "a": {}, "o": {"type": "oauth2", "flows": {"implicit": 1, "password": {}}}}
    found = schemes_of(document(**odd))
    assert [(name, one.kind, one.credential.prefix) for name, one in found.items()] == [
        ("a", "", "bearer"),
        ("o", "oauth2", "bearer"),
    ]
    assert [one.name for one in found["o"].flows] == ["password"]
    assert schemes_of(document(o={"type": "oauth2"}))["o"].flows == ()


@given(ASKED)
def test_requirements_are_those_of_the_document(asked: list[dict[str, list[str]]]) -> None:
    """Alternatives stay alternatives; only what names nothing is left out."""
    found, roles = read(asked)
    known = [{n: tuple(s) for n, s in one.items() if n in SCHEMES} for one in asked]
    kept = [one for one, said in zip(known, asked, strict=True) if one or not said]
    assert [{c.scheme: c.scopes for c in together} for together in found] == kept
    named = {
        role
        for one in kept
        for name, scopes in one.items()
        if SCHEMES[name]["type"] not in {"oauth2", "openIdConnect"}
        for role in scopes
    }
    assert (roles is None) == (not asked or {} in asked)
    assert roles is None or (set(roles) == named and len(roles) == len(named))


def test_an_operation_goes_before_the_document() -> None:
    (((key,),), _) = read(None, [{"key": []}])
    assert key.name == "k"
    assert read([], [{"key": []}]) == ((), None)
    assert read([{"nowhere": []}]) == ((), ())
    assert read([{"token": "boss"}])[1] == ()


@pytest.mark.parametrize(
    ("security", "version", "said"),
    [
        ([{"key": []}, {}, {"login": ["read"]}, {"idp": ["any"]}], "3.0.3", []),
        ([{"kye": []}], "3.1.0", ["0/kye: 'kye' is no security scheme; did you mean 'key'?"]),
        ([{"login": ["raed"]}], "3.1.0", [f"0/login: 'raed' is no scope of 'login'{READ}"]),
        ([{"token": ["boss"]}], "3.1.0", []),
        (
            [{"token": ["boss"]}],
            "3.0.3",
            ["0/token: a scheme of type http has no scopes before OpenAPI 3.1" + EMPTY],
        ),
        (
            [{}, {"token": [], "basic": []}],
            "3.1.0",
            ["1: 'token' and 'basic' both stand in the header authorization" + TWO],
        ),
        ([{"login": [], "idp": []}, {"tls": [], "key": [], "token": []}], "3.1.0", []),
    ],
)
def test_what_is_wrong_is_told_at_its_place(security: Any, version: str, said: list[str]) -> None:
    place = "/paths/~1things/get/security/"
    whole = document(security, version)
    found = [f"{v.pointer}: {v.detail}" for v in security_findings(whole, each_operation(whole))]
    assert found == [place + one for one in said]
    # Said of the whole document, it is told there.
    whole = document(None, version) | {"security": security}
    found = [f"{v.pointer}: {v.detail}" for v in security_findings(whole, each_operation(whole))]
    assert found == ["/security/" + one for one in said]


def test_check_tells_it_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(yaml.safe_dump(document([{"kye": []}])))
    (said,) = check_file(file)
    assert "/get/security/0/kye: 'kye' is no security scheme" in said


LACKING: dict[str, Any] = {
    "key": {"type": "apiKey", "name": "k"},
    "http": {"type": "http"},
    "idp": {"type": "openIdConnect"},
    "flows": {"type": "oauth2"},
    "o": {
        "type": "oauth2",
        "flows": {
            "authorizationCode": {"authorizationUrl": "https://a.example/in", "scopes": {}},
            "implicit": {"scopes": {}},
        },
    },
}
LACKS = [
    "key: has no in; add it",
    "http: has no scheme; add it",
    "idp: has no openIdConnectUrl; add it",
    "flows: has no flows; add it",
    "o/flows/authorizationCode: has no tokenUrl; add it",
    "o/flows/implicit: has no authorizationUrl; add it",
]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_what_schemes_lack_is_told_at_the_place(tmp_path: Path, version: str) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(yaml.safe_dump(document(version=version, **LACKING)))
    said = check_file(file)
    for one in LACKS:
        place, _, lacks = one.partition(": has no ")
        (found,) = (
            line for line in said if f"securitySchemes/{place}: " in line and "Uneval" not in line
        )
        assert f" {lacks.removesuffix('; add it')}" in found.replace('"', " ").replace("  ", " ")
    assert version.startswith("3.1") or len(said) == len(LACKS)


def test_of_what_is_no_scheme_nothing_is_said() -> None:
    odd = {
        "x-a": 1,
        "r": {"$ref": "#/x"},
        "n": {"type": "new"},
        "f": {"type": "oauth2", "flows": 1},
        "p": {"type": "oauth2", "flows": {"password": 1, "new": {}}},
    }
    assert list(scheme_findings(document(**odd))) == []
    for components in (None, [], {}, {"securitySchemes": []}):
        assert list(scheme_findings({"components": components})) == []


def test_roles_of_others_are_no_scopes() -> None:
    operations = load_contract(FOREIGN / "security.yaml").operations
    assert operations["guards"].roles == ("chief",)
    assert operations["addDoor"].roles == ()
    assert operations["news"].roles is None
    assert [c.scopes for c in operations["addDoor"].security[0]] == [("write",), ()]


def test_the_roles_of_a_contract_are_what_its_operations_require() -> None:
    lockers = load_contract(Path(__file__).parents[1] / "core" / "documents" / "lockers.yaml")
    asked = [c for o in lockers.operations.values() for some in o.security for c in some]
    assert set(lockers.roles) == {scope for one in asked for scope in one.scopes}
    assert len(lockers.roles) == len(set(lockers.roles)) >= 2
