"""Where the endpoints of OAuth and OpenID lie, and that the served document leads there."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bacasable.contract import load_contract
from bacasable.contract.authorization import Endpoints, endpoints_of
from bacasable.contract.served import Served

LOCKERS = Path(__file__).parents[1] / "core" / "documents" / "lockers.yaml"
AT = ("components", "securitySchemes")


def document(*urls: str, servers: Any = None, **more: Any) -> dict[str, Any]:
    flows = {"implicit": {"authorizationUrl": urls[0]}} if urls else {}
    flows |= {"password": {"tokenUrl": urls[1]}} if len(urls) > 1 else {}
    whole: dict[str, Any] = {"openapi": "3.1.0", "paths": {}}
    whole["components"] = {"securitySchemes": {"o": {"type": "oauth2", "flows": flows}, **more}}
    return whole | ({"servers": servers} if servers else {})


def found(*urls: str, **more: Any) -> Endpoints:
    endpoints = endpoints_of(document(*urls, **more))
    assert endpoints is not None
    return endpoints


def test_without_a_scheme_there_are_none() -> None:
    assert endpoints_of({"paths": {}}) is None
    key = {"type": "apiKey", "in": "header", "name": "k"}
    assert endpoints_of({"components": {"securitySchemes": {"k": key}}}) is None


def test_addresses_of_the_document_keep_their_paths() -> None:
    endpoints = endpoints_of(load_contract(LOCKERS).document)
    assert endpoints is not None
    assert endpoints.token == (
        "/v2/oauth/token",
        "/v2/oauth/refresh",
        "/_sandbox/oauth/token",
    )
    assert endpoints.authorize == ("/v2/oauth/authorize", "/_sandbox/oauth/authorize")
    assert endpoints.discovery == "/.well-known/openid-configuration"
    assert endpoints.metadata == "/.well-known/oauth-authorization-server"
    login = (*AT, "login", "flows")
    assert endpoints.moved == {
        (*login, "authorizationCode", "authorizationUrl"): "/v2/oauth/authorize",
        (*login, "authorizationCode", "tokenUrl"): "/v2/oauth/token",
        (*login, "authorizationCode", "refreshUrl"): "/v2/oauth/refresh",
        (*login, "clientCredentials", "tokenUrl"): "/_sandbox/oauth/token",
        (*AT, "old", "flows", "password", "tokenUrl"): "/v2/oauth/token",
        (*AT, "old", "flows", "implicit", "authorizationUrl"): "/_sandbox/oauth/authorize",
        (*AT, "identity", "openIdConnectUrl"): "/.well-known/openid-configuration",
    }


@pytest.mark.parametrize(
    ("url", "server", "path"),
    [
        ("/in", None, "/in"),
        ("in", "/api/v1", "/api/v1/in"),
        ("/in?x=1#y", "https://a.example/v1", "/in"),
        ("https://a.example/in", "https://a.example/v1", "/in"),
        ("https://b.example/in", "https://a.example/v1", ""),
        ("https://a.example", "https://a.example/v1", ""),
        ("", "/v1", ""),
        ("/", None, ""),
        ("/_sandbox/reset", None, ""),
        ("/openapi.json", None, ""),
        ("https://[::1/in", None, ""),
        ("https://{region}.a.example/in", "https://{region}.a.example", "/in"),
    ],
)
def test_an_address_is_ours_where_its_server_is(url: str, server: str | None, path: str) -> None:
    servers = [{"url": server}] if server else None
    own = (path,) if path else ()
    endpoints = found(url, servers=servers)
    assert endpoints.authorize == (*own, "/_sandbox/oauth/authorize")
    (moved,) = endpoints.moved.values()
    assert moved == endpoints.authorize[0]


@pytest.mark.parametrize(
    ("url", "issuer"),
    [
        ("/auth/.well-known/openid-configuration", "/auth"),
        ("/.well-known/openid-configuration", ""),
        ("/auth/configuration", ""),
        ("https://who.example/.well-known/openid-configuration", ""),
    ],
)
def test_an_issuer_is_where_it_is_discovered(url: str, issuer: str) -> None:
    endpoints = found(i={"type": "openIdConnect", "openIdConnectUrl": url})
    assert endpoints.issuer == issuer
    assert endpoints.discovery == issuer + "/.well-known/openid-configuration"
    assert endpoints.metadata == "/.well-known/oauth-authorization-server" + issuer
    assert [*endpoints.moved.values()] == [endpoints.discovery]


SOURCE = """\
openapi: 3.1.0  # stays
info: {title: A, version: "1"}
servers: [{url: /v1}]
paths: {}
components:
  securitySchemes:
    a:
      type: oauth2
      flows:
        clientCredentials: {tokenUrl: &at https://b.example/token, refreshUrl: *at, scopes: {}}
    i: {type: openIdConnect, openIdConnectUrl: "https://b.example/.well-known/openid-configuration"}
"""
SWAGGER = """\
swagger: "2.0"
info: {title: A, version: "1"}
basePath: /v1
paths: {}
securityDefinitions:
  a: {type: oauth2, flow: application, tokenUrl: https://b.example/token, scopes: {r: To read.}}
"""


@pytest.mark.parametrize("source", [SOURCE, SWAGGER])
@pytest.mark.parametrize("prefix", ["", "/box"])
def test_the_served_document_leads_to_this_server(tmp_path: Path, source: str, prefix: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(source)
    contract = load_contract(path)
    endpoints = endpoints_of(contract.document)
    assert endpoints is not None
    served = Served(contract, endpoints.moved)
    base = "http://127.0.0.1:9" + prefix
    read = json.loads(served.json(prefix, base))
    schemes = read["components"]["securitySchemes"]
    token = base + "/_sandbox/oauth/token"
    assert schemes["a"]["flows"]["clientCredentials"]["tokenUrl"] == token
    written = yaml.safe_load(served.yaml(prefix, base))
    if "swagger" in written:
        assert written["securityDefinitions"]["a"]["tokenUrl"] == token
        return
    assert written["components"] == read["components"]
    assert schemes["a"]["flows"]["clientCredentials"]["refreshUrl"] == token
    assert schemes["i"]["openIdConnectUrl"] == base + endpoints.discovery
    assert written["servers"] == read["servers"] == [{"url": prefix + "/v1"}]
    assert b"# stays" in served.yaml(prefix, base)
    assert Served(contract).yaml("") == source.encode()


def test_a_scheme_that_stands_elsewhere_keeps_its_address(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(SOURCE)
    contract = load_contract(path)
    moved = {(*AT, "none", "flows", "implicit", "authorizationUrl"): "/in"}
    assert json.loads(Served(contract, moved).json("", "http://x")) == contract.document
