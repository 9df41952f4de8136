"""Logging in as any client does, and finding a credential: what `bacasable token` needs."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin

import httpx

from .errors import SandboxError, SandboxUnreachable
from .places import Remote
from .proxies import through


def access_token(url: str, tenant: str, email: str, password: str) -> str:
    """An access token of an account. `url` is an address with the path of the API or without.

    The contract that is served says where the API lies, and which header names the tenant.
    Raises SandboxError, in one line, when none is given.
    """
    place = Remote(url)
    where = place.url + through(place.proxy)
    try:
        with httpx.Client(transport=place.transport(), timeout=10) as http:
            answer = http.get(f"{place.url}/openapi.json")
            if answer.is_success:
                base, header, path, said = _served(answer.json())
                account: dict[str, Any] = {}
                _put(account, said["login"], email)
                _put(account, said["secret"], password)
                login = urljoin(place.url, base).rstrip("/") + path
                answer = http.post(login, json=account, headers={header: tenant} if header else {})
                if answer.is_success:
                    return str(_at(answer.json(), said["credential"]))
    except (httpx.TransportError, ValueError, LookupError, TypeError) as error:
        nobody = "no sandbox answers there; start one with 'bacasable serve'"
        raise SandboxUnreachable(f"{where}: {nobody}") from error
    finally:
        place.stop()
    wrong = "the address" if answer.status_code == 404 else "tenant and account"
    raise SandboxError(f"{where}: login refused with {answer.status_code}; check {wrong}")


def _served(contract: dict[str, Any]) -> tuple[str, str, str, dict[str, Any]]:
    """Where the API of a contract lies, what names the tenant, and the path and terms of its login.

    Raises SandboxError where the contract declares none (x-login).
    """
    shared = contract.get("components", {}).get("parameters", {}).values()
    for path, item in contract["paths"].items():
        login = item.get("post", {})
        said = login.get("x-login", {})
        if "login" in said:
            known = (*login.get("parameters", ()), *item.get("parameters", ()), *shared)
            header = next((one["name"] for one in known if one.get("x-tenant") is True), "")
            return contract["servers"][0]["url"], header, path, said
    raise SandboxError(f"{contract['info']['title']} declares no login; name a --scheme instead")


def _names(place: str) -> list[str]:
    """The steps of a JSON pointer (RFC 6901)."""
    return [step.replace("~1", "/").replace("~0", "~") for step in place.split("/")[1:]]


def _put(body: dict[str, Any], place: str, value: str) -> None:
    *above, name = _names(place)
    for step in above:
        body = body.setdefault(step, {})
    body[name] = value


def _at(value: Any, place: str) -> Any:
    for name in _names(place):
        value = value[name]
    return value


def fitting(
    credentials: Iterable[dict[str, Any]], scheme: str | None, scopes: Iterable[str]
) -> dict[str, Any]:
    """The first credential of a scheme, or of any, that holds these scopes.

    Raises SandboxError, in one line, when there is none.
    """
    wanted, known = set(scopes), list(credentials)
    for one in known:
        if scheme in {None, one["scheme"]} and wanted <= set(one["scopes"]):
            return one
    there = ", ".join(dict.fromkeys(one["scheme"] for one in known)) or "none"
    asked = " ".join(
        [f"'{scheme}'" if scheme else "any", *(["with", *sorted(wanted)] * bool(wanted))]
    )
    raise SandboxError(f"there is no credential of the scheme {asked}; schemes: {there}")
