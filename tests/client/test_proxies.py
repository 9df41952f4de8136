"""Proxies of the environment: never for this machine, and named where one is asked."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from bacasable import Sandbox
from bacasable.client import SandboxError, SandboxUnreachable
from bacasable.client.login import access_token
from bacasable.client.places import controls_at
from bacasable.client.proxies import proxy_for

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
DEAD = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that answers itself, as one does that does not know the host; what it was asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(502)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4010",
        "http://127.8.9.10",
        "http://localhost:4010",
        "https://LOCALHOST",
        "http://sandbox.localhost",
        "http://localhost.",
        "http://[::1]:4010",
        "http://[::ffff:127.0.0.1]:4010",
        "http://0.0.0.0:4010",
    ],
)
def test_this_machine_is_asked_directly(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ALL_PROXY", DEAD)
    monkeypatch.setenv("http_proxy", DEAD)
    assert proxy_for(url) is None


@pytest.mark.parametrize(
    ("variable", "value", "url", "proxy"),
    [
        ("HTTP_PROXY", "http://p:1", "http://api.example", "http://p:1"),
        ("http_proxy", "http://p:1", "http://api.example", "http://p:1"),
        ("http_proxy", "p:1", "http://api.example", "http://p:1"),
        ("HTTP_PROXY", "http://p:1", "https://api.example", None),
        ("HTTPS_PROXY", "http://p:1", "https://api.example", "http://p:1"),
        ("ALL_PROXY", "http://p:1", "https://api.example", "http://p:1"),
        ("HTTP_PROXY", "", "http://api.example", None),
        ("HTTP_PROXY", "http://p:1", "http://127.0.0.1.example", "http://p:1"),
    ],
)
def test_others_are_asked_as_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, url: str, proxy: str | None
) -> None:
    monkeypatch.setenv(variable, value)
    assert proxy_for(url) == proxy


@pytest.mark.parametrize("exception", ["*", "api.example", ".example", "api.example:8080"])
def test_exceptions_hold(monkeypatch: pytest.MonkeyPatch, exception: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", DEAD)
    monkeypatch.setenv("NO_PROXY", exception)
    assert proxy_for("http://api.example:8080/x") is None
    assert (proxy_for("http://other.test") is None) == (exception == "*")


@pytest.mark.parametrize("value", ["socks5://p:1", "ftp://p", "http://", "http://p:port"])
def test_what_is_no_proxy_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", value)
    with pytest.raises(SandboxError, match="of the environment cannot be used"):
        Sandbox.at("http://api.example").start()


def test_a_proxy_that_answers_is_named(
    monkeypatch: pytest.MonkeyPatch, proxy: tuple[str, list[str]]
) -> None:
    address, asked = proxy
    monkeypatch.setenv("HTTP_PROXY", address.replace("//", "//me:secret@"))
    with (
        pytest.raises(SandboxUnreachable) as refused,
        controls_at("http://api.example", None) as controls,
    ):
        controls.read_tenants()
    assert asked == ["http://api.example/_sandbox/tenants"]
    assert address in str(refused.value)
    assert "secret" not in str(refused.value)
    with pytest.raises(SandboxError, match=f"{address}.*refused with 502"):
        access_token("http://api.example", "votre-tenant", "a@example.com", "x")


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", DEAD)
    with pytest.raises(SandboxUnreachable, match=f"proxy {DEAD} of the environment"):
        Sandbox.at("http://api.example").start()
    with pytest.raises(SandboxUnreachable, match=f"proxy {DEAD} of the environment"):
        access_token("http://api.example", "votre-tenant", "a@example.com", "x")


def test_a_sandbox_here_is_reached_whatever_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES[:3]:
        monkeypatch.setenv(name, DEAD)
    with Sandbox(tenants=["votre-tenant"]) as sandbox:
        account = ("votre-tenant", "admin@example.com", "votre-mot-de-passe")
        assert access_token(sandbox.url, *account).startswith("ey")
        with Sandbox.at(sandbox.url) as again, again.tenant("votre-tenant").client() as client:
            assert client.get("/courses").status_code == 200
