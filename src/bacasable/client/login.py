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
    account = {"email": email, "password": password}
    try:
        with httpx.Client(transport=place.transport(), timeout=10) as http:
            answer = http.get(f"{place.url}/openapi.json")
            if answer.is_success:
                base, header = _served(answer.json())
                login = urljoin(place.url, base).rstrip("/") + "/auth/login"
                answer = http.post(login, json=account, headers={header: tenant} if header else {})
        if answer.is_success:
            return str(answer.json()["data"]["accessToken"])
    except (httpx.TransportError, ValueError, LookupError, TypeError) as error:
        said = "no sandbox answers there; start one with 'bacasable serve'"
        raise SandboxUnreachable(f"{where}: {said}") from error
    finally:
        place.stop()
    wrong = "the address" if answer.status_code == 404 else "tenant and account"
    raise SandboxError(f"{where}: login refused with {answer.status_code}; check {wrong}")


def _served(contract: dict[str, Any]) -> tuple[str, str]:
    """Where the API of a contract lies, and the header that names the tenant."""
    parameters = contract.get("components", {}).get("parameters", {}).values()
    header = next((one["name"] for one in parameters if one.get("x-tenant")), "")
    return contract["servers"][0]["url"], header


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
