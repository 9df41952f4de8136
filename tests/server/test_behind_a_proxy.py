"""Behind a proxy that gives the sandbox a path of its own, every address leads back to it."""

import json
import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import yaml

from bacasable import Sandbox, portal
from bacasable.contract import Contract
from bacasable.contract.document import Loader
from bacasable.contract.served import yaml_below
from bacasable.portal import Site
from bacasable.resources import fixture_path
from bacasable.server.forwarded import LOOPBACK, NO_FRONT, Fronts
from bacasable.server.launch import build_sandbox
from bacasable.server.portal import PortalPages
from tests.server.fronting import proxy
from tests.server.raw import send
from tests.server.restoring import reset
from tests.support import Api, over_socket

PREFIX = "/box/sand"
PUBLIC = {
    "X-Forwarded-Prefix": PREFIX,
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "api.example:8443",
}


@pytest.fixture
def wire(over_socket_once: Api) -> Api:
    """The small tenant over a socket: only there is a peer that can be trusted."""
    reset(over_socket_once.sandbox)
    return over_socket_once.as_("ADMIN")


@pytest.fixture(scope="module", params=["told by the proxy", "told by --root-path"])
def told(
    request: pytest.FixtureRequest, contract: Contract
) -> Iterator[tuple[str, dict[str, str]]]:
    """A sandbox, and what a proxy has to tell so that it knows where it is seen."""
    rooted = "root-path" in request.param
    fronts = Fronts(PREFIX if rooted else "")
    fixtures = [fixture_path("votre-tenant")]
    sandbox = build_sandbox(contract=contract, fixtures=fixtures, fronts=fronts)
    with over_socket(sandbox) as api:
        yield api.url, {} if rooted else {"X-Forwarded-Prefix": PREFIX}


@pytest.fixture(scope="module", params=[True, False], ids=["cut off", "left"])
def public(request: pytest.FixtureRequest, told: tuple[str, dict[str, str]]) -> Iterator[str]:
    """The address of the sandbox through a proxy, which cuts the prefix off or leaves it."""
    with proxy(told[0], PREFIX, cuts=request.param, told=told[1]) as address:
        yield address


def test_every_address_leads_through_the_proxy(public: str) -> None:
    with Sandbox.at(public) as sandbox, sandbox.tenant("votre-tenant").client() as client:
        made = client.post("/companies", json={"name": "Atelier du Pont"})
        again = client.get(urljoin(public, made.headers["location"]))
        assert again.json()["data"] == made.json()["data"]
        page = client.get("/courses?perPage=1")
        following = client.get(urljoin(public, page.links["next"]["url"]))
        assert following.json()["meta"]["pagination"]["page"] == 2
        missing = client.get("/courses/none")
        assert missing.json()["instance"] == urlsplit(public).path + "/api/v1/courses/none"
        shown = client.post("/companies", json={}, headers={"Prefer": "code=201"})
        assert shown.headers["location"].startswith(PREFIX + "/api/v1/companies/")
        assert sandbox.log.list()[-1].path == "/api/v1/companies"
        entry = sandbox.log.har()["log"]["entries"][0]
        assert client.get(entry["request"]["url"]).status_code < 500
        assert entry["request"]["url"].startswith(public + "/api/v1/")


def test_a_created_control_is_where_it_says(public: str) -> None:
    with httpx.Client(base_url=public) as client:
        made = client.post("/_sandbox/tenants/votre-tenant/forks", json={"slug": "behind-a-proxy"})
        place = urljoin(public, made.headers["location"])
        assert client.get(place).json()["slug"] == "behind-a-proxy"
        assert client.delete(place).status_code == 204


# It takes seconds to make, and in the same way whoever tells the prefix; see the next test.
FRENCH = pytest.param("/downloads/openapi.fr", marks=pytest.mark.sweep)


@pytest.mark.parametrize("path", ["/openapi", "/_sandbox/openapi", FRENCH])
def test_the_served_contract_names_the_server_behind_the_proxy(public: str, path: str) -> None:
    as_json = httpx.get(f"{public}{path}.json").json()
    as_yaml = yaml.load(httpx.get(f"{public}{path}.yaml").text, Loader)  # noqa: S506 - it is a safe one
    server = as_json["servers"][0]
    assert as_yaml["servers"] == as_json["servers"]
    inside = "/tenants" if "_sandbox" in path else "/courses"
    answer = httpx.get(urljoin(public, server["url"]) + inside)
    assert answer.status_code == (200 if "_sandbox" in path else 401)


def test_the_contract_of_another_language_names_it_too(wire: Api) -> None:
    document = json.loads(
        send(wire.url, "GET", "/downloads/openapi.fr.json", [*PUBLIC.items()]).content
    )
    assert document["servers"][0]["url"].endswith(f"{PREFIX}/api/v1")


def test_the_portal_leads_to_itself(public: str) -> None:
    with httpx.Client(follow_redirects=True) as client:
        for entry in ("", "/", "/reference", "/swagger"):
            page = client.get(public + entry, headers={"Accept-Language": "fr"})
            assert (page.status_code, page.url.path[: len(PREFIX)]) == (200, PREFIX)
        script = client.get(f"{public}/fr/openapi.js").text
        document = json.loads(script.removeprefix("window.openapi = ").rstrip(";\n"))
        assert document["servers"][0]["url"] == f"{PREFIX}/api/v1"
        form = client.get(f"{public}/en/api/companies/createCompany.html").text
        assert f"{public}/api/v1/companies" in form
        assert f'"controls": "{PREFIX}/_sandbox"' in re.sub(r'":\s*"', '": "', form)
        lost = client.get(f"{public}/nowhere", headers={"Accept": "text/html"})
        home = re.findall(r'href="([^"#]+)"', lost.text)
        assert (lost.status_code, f"{PREFIX}/en/index.html" in home) == (404, True)


def test_scheme_and_host_of_the_proxy_are_in_absolute_addresses(wire: Api) -> None:
    lines = [*PUBLIC.items()]
    page = send(wire.url, "GET", "/en/guides/quickstart.html", lines).content.decode()
    assert f"https://api.example:8443{PREFIX}/api/v1" in page
    assert f"{wire.url}/" not in page
    plain = send(wire.url, "GET", "/en/guides/quickstart.html").content.decode()
    assert "api.example:8443" not in plain


def test_many_fronts_cost_no_memory(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def noted(*_contract: object, base_url: str, **_options: object) -> Site:
        made.append(base_url)
        return Site(("en",), lambda _: None)

    monkeypatch.setattr(portal, "load_site", noted)
    pages = PortalPages(contract, lambda: "http://here")
    for number in range(9):
        pages._site(f"http://here/{number}")
        pages._site()
        assert len(pages._made) <= 3
    assert made.count("http://here") == 1


@pytest.mark.parametrize(
    ("lines", "location"),
    [
        ([("X-Forwarded-Prefix", "/a")], "/a/en/index.html"),
        ([("X-Forwarded-Prefix", "/a/")], "/a/en/index.html"),
        ([("X-Forwarded-Prefix", "/a, /b")], "/a/b/en/index.html"),
        ([("X-Forwarded-Prefix", "/a"), ("X-Forwarded-Prefix", "/b")], "/a/b/en/index.html"),
        ([("X-Forwarded-Prefix", "/caf%C3%A9")], "/caf%C3%A9/en/index.html"),
        *(
            ([("X-Forwarded-Prefix", wrong)], "/en/index.html")
            for wrong in (
                "//evil.example",
                "/\\evil.example",
                "https://evil.example",
                "javascript:alert(1)",
                "evil",
                "/a/../b",
                "/.",
                "/a b",
                "/a?b=c",
                "/a#b",
                "/%zz",
                "/é",
                '/"><script>',
                "/" + "a" * 2000,
            )
        ),
    ],
)
def test_only_what_can_be_a_prefix_becomes_one(
    wire: Api, lines: list[tuple[str, str]], location: str
) -> None:
    assert send(wire.url, "GET", "/", lines)["location"] == location


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"x-forwarded-proto": "https"}, "https://here:1"),
        ({"x-forwarded-proto": "HTTPS"}, "https://here:1"),
        ({"x-forwarded-proto": "http, https"}, "https://here:1"),
        ({"x-forwarded-proto": "javascript"}, ""),
        ({"x-forwarded-host": "api.example"}, "http://api.example"),
        ({"x-forwarded-host": "outer.example, api.example"}, "http://api.example"),
        ({"x-forwarded-host": "[2001:db8::1]:8443"}, "http://[2001:db8::1]:8443"),
        ({"x-forwarded-host": "api.example/evil"}, ""),
        ({"x-forwarded-host": "me@evil.example"}, ""),
        ({"x-forwarded-host": "api.example:port"}, ""),
        ({"forwarded": "proto=https;host=api.example"}, "https://api.example"),
        (
            {"forwarded": 'For="[::1]:9"; Proto=https ;Host="api.example:8443"'},
            "https://api.example:8443",
        ),
        ({"forwarded": 'host=outer.example, for=1.2.3.4;host="api.example"'}, "http://api.example"),
        ({"forwarded": 'host="a, b";proto=https'}, "https://here:1"),
        ({"forwarded": 'host="api.example'}, ""),
        ({"forwarded": "for=1.2.3.4"}, ""),
        ({"forwarded": ";;=,=;"}, ""),
        ({"forwarded": "proto=https", "x-forwarded-host": "api.example"}, "https://api.example"),
        (
            {"forwarded": "host=one.example", "x-forwarded-host": "two.example"},
            "http://one.example",
        ),
    ],
    ids=str,
)
def test_the_nearest_proxy_is_believed(headers: dict[str, str], address: str) -> None:
    raw = {name.encode(): value.encode() for name, value in headers.items()} | {b"host": b"here:1"}
    scope = {"type": "http", "scheme": "http", "client": ("127.0.0.1", 9)}
    assert Fronts().of(scope, raw).address == address


@pytest.mark.parametrize(
    ("trusted", "peer", "believed"),
    [
        (LOOPBACK, "127.0.0.1", True),
        (LOOPBACK, "127.9.9.9", True),
        (LOOPBACK, "::1", True),
        (LOOPBACK, "::ffff:127.0.0.1", True),
        (LOOPBACK, "10.0.0.1", False),
        (LOOPBACK, "localhost", False),
        (("10.0.0.0/8",), "10.1.2.3", True),
        (("10.0.0.0/8",), "127.0.0.1", False),
        (("10.0.0.1", "fd00::/8"), "fd00::7", True),
        (("*",), "203.0.113.9", True),
        ((), "127.0.0.1", False),
    ],
)
def test_only_trusted_peers_are_believed(
    trusted: tuple[str, ...], peer: str, believed: bool
) -> None:
    raw = {name.lower().encode(): value.encode() for name, value in PUBLIC.items()}
    front = Fronts("", trusted).of({"scheme": "http", "client": (peer, 9)}, raw)
    assert (front != NO_FRONT) == believed
    rooted = Fronts("/own", trusted).of({"scheme": "http", "client": (peer, 9)}, raw)
    assert rooted.prefix == ("/own" + PREFIX if believed else "/own")


def test_a_peer_that_is_not_trusted_changes_nothing(local: Api) -> None:
    headers = {**PUBLIC, "Forwarded": "proto=https;host=evil.example"}
    caller = local.as_("ADMIN")
    answers = [
        (
            caller.get("/courses?perPage=1", headers=told).headers["link"],
            caller.post("/companies", {"name": name}, headers=told).headers["location"][:18],
            local.get("!/", headers=told).headers["location"],
            local.get("!/openapi.json", headers=told).json["servers"],
        )
        for name, told in (("One", {}), ("Two", headers))
    ]
    assert answers[0] == answers[1]


def test_a_prefix_that_looks_like_the_api_is_cut_off_once(wire: Api) -> None:
    for prefix in ("/api", "/api/v1"):
        lines = [*wire.headers.items(), ("X-Forwarded-Prefix", prefix)]
        for path in ("/api/v1/courses?perPage=1", f"{prefix}/api/v1/courses?perPage=1"):
            answer = send(wire.url, "GET", path, lines)
            assert answer.status == 200, (prefix, path)
            assert answer["link"].startswith(f"<{prefix}/api/v1/courses?")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/box/sand", 307),
        ("/box/sand/", 307),
        ("/b%6Fx/sand/", 307),
        ("/box%2Fsand/", 404),
        ("/box/sandy/", 404),
        ("/box//sand/", 404),
        ("/box/sand//", 404),
    ],
)
def test_a_prefix_is_cut_off_by_segments(wire: Api, target: str, status: int) -> None:
    assert send(wire.url, "GET", target, [("X-Forwarded-Prefix", PREFIX)]).status == status


def test_controls_without_a_key_are_not_for_callers_from_outside(wire: Api) -> None:
    for told, status in (
        ({}, 200),
        ({"X-Forwarded-Host": "localhost:8080"}, 200),
        ({"X-Forwarded-Host": "localhost:8080", "Origin": "http://localhost:8080"}, 200),
        ({"X-Forwarded-Host": "localhost:8080", "Origin": "http://evil.example"}, 403),
        ({"X-Forwarded-Host": "api.example"}, 403),
        ({"X-Forwarded-Host": "localhost", "Host": "evil.example"}, 403),
    ):
        answer = send(wire.url, "GET", "/_sandbox/tenants", [*told.items()])
        assert answer.status == status, told


def test_only_the_servers_of_the_file_are_changed() -> None:
    text = (
        "# Été ☃\n"
        "info: {title: 'é', description: \"servers: /api\"}\n"
        "servers:\n"
        "  - url: '/api' # here\n"
        "  - {url: https://api.example/api, description: ☃}\n"
        "  - description: ☃\n"
        "    url: /other\n"
        "paths: {}\n"
    )
    changed = yaml_below(text.encode(), "/box").decode()
    wanted = text.replace("'/api'", '"/box/api"').replace("url: /other", 'url: "/box/other"')
    assert changed == wanted
