"""Where a server of a document answers what its schemes oauth2 and openIdConnect ask for.

A URL of the document's own server keeps its path; one of another server gets a path of ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from .build import server_address
from .document import resolve
from .model import JsonObject
from .security import SCOPED, Scheme, schemes_of

OWN = "/_sandbox/oauth"
"""What the paths begin with that the document names none for."""
WELL_KNOWN = "/.well-known/openid-configuration"
_KEPT = ("/_sandbox", "/openapi.", "/assets/")
"""Paths that lead elsewhere, whatever a document says."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The paths of the server of authorization, below any prefix of a proxy.

    The first of `token` and of `authorize` is the one that is told; `moved` says which path stands
    for the URL at a place of the document. `issuer` is the path before that of the discovery.
    """

    token: tuple[str, ...]
    authorize: tuple[str, ...]
    issuer: str
    moved: Mapping[tuple[str, ...], str]

    @property
    def discovery(self) -> str:
        """Where it describes itself (OpenID Connect Discovery, 4)."""
        return self.issuer + WELL_KNOWN

    @property
    def metadata(self) -> str:
        """The same for OAuth 2.0 (RFC 8414, 3.1)."""
        return "/.well-known/oauth-authorization-server" + self.issuer


def endpoints_of(document: JsonObject) -> Endpoints | None:
    """The endpoints that a document asks for; None without a scheme that has any."""
    schemes = [one for one in schemes_of(document).values() if one.kind in SCOPED]
    if not schemes:
        return None
    servers = [server_address(server) for server in document.get("servers") or ()] or ["/"]
    named = [*_named(document, schemes)]
    own = {url: _own_path(server_address({"url": url}), servers) for _, _, url in named}
    paths: dict[str, tuple[str, ...]] = {}
    for kind in ("token", "authorize"):
        found = dict.fromkeys(own[url] for _, of, url in named if of == kind and own[url])
        paths[kind] = (*found, f"{OWN}/{kind}")
    discoveries = (own[url] for _, of, url in named if of == "discovery")
    found_at = next((path for path in discoveries if path.endswith(WELL_KNOWN)), WELL_KNOWN)
    told = {"discovery": found_at} | {kind: f"{OWN}/{kind}" for kind in paths}
    moved = {
        place: told[kind] if kind == "discovery" else own[url] or told[kind]
        for place, kind, url in named
    }
    issuer = found_at.removesuffix(WELL_KNOWN)
    return Endpoints(paths["token"], paths["authorize"], issuer, moved)


def _named(
    document: JsonObject, schemes: Iterable[Scheme]
) -> Iterable[tuple[tuple[str, ...], str, str]]:
    """The URLs of the schemes: place in the document, what answers there, URL."""
    for scheme in schemes:
        at = ("components", "securitySchemes", scheme.name)
        if scheme.kind == "openIdConnect":
            yield (*at, "openIdConnectUrl"), "discovery", scheme.discovery
        declared = resolve(document, document["components"]["securitySchemes"][scheme.name])
        for flow in scheme.flows:
            for key, kind in _URLS.items():
                if key in declared["flows"][flow.name]:
                    url = str(declared["flows"][flow.name][key])
                    yield (*at, "flows", flow.name, key), kind, url


_URLS = {"authorizationUrl": "authorize", "tokenUrl": "token", "refreshUrl": "token"}


def _own_path(url: str, servers: list[str]) -> str:
    """The path of a URL of the document's own servers; empty for one of others, or of none."""
    try:
        whole = urlsplit(urljoin(servers[0].rstrip("/") + "/", url))
        hosts = {urlsplit(server).netloc for server in servers}
    except ValueError:
        return ""
    if not url or whole.netloc not in {*hosts, ""}:
        return ""
    path = "/" + whole.path.lstrip("/")
    return "" if path == "/" or path.startswith(_KEPT) else path
