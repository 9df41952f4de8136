"""Proxies: which is asked, what it is told, and what is said of one that lets nobody through."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.environment import is_here
from bacasable.verify.model import Options, Request
from bacasable.verify.proxies import proxy_for, proxy_in
from bacasable.verify.session import Failed
from bacasable.verify.transport import HttpTransport

from .servers import Certificate, Proxying, needs_openssl, no_port, serving

GET = Request("GET", "/lamps?a=%2F", (("Accept", "*/*"),))
PACKED = base64.b64encode(b"me:s3cr/t").decode()
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD")


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("own"), names="DNS:lamps.example,IP:127.0.0.1")


def ask(url, **options):
    transport = HttpTransport(Options(url, **{"timeout": 3.0, **options}))
    try:
        return transport.exchange(GET)
    finally:
        transport.close()


def test_plain_http_is_asked_for_at_the_proxy_by_its_whole_address():
    with serving() as server:
        proxy = Proxying(server)
        with proxy.running() as port:
            answer = ask(
                "http://lamps.example:81/api", proxy=f"http://me:s3cr%2Ft@127.0.0.1:{port}"
            )
    assert answer.status == 200
    line, *headers = proxy.seen[0].decode().split("\r\n")
    assert line == "GET http://lamps.example:81/lamps?a=%2F HTTP/1.1"
    assert "Host: lamps.example:81" in headers
    assert f"Proxy-Authorization: Basic {PACKED}" in headers


@needs_openssl
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_tls_goes_through_a_tunnel_and_the_proxy_sees_nothing_of_it(own, scheme):
    heard = []

    def answer(request):
        heard.append(dict(request.headers))
        return 200, {}, b"{}"

    with serving(answer, own.context()) as server:
        proxy = Proxying(server)
        with proxy.running(own.context() if scheme == "https" else None) as port:
            address = f"{scheme}://me:s3cr%2Ft@127.0.0.1:{port}"
            given = {"proxy": address, "ca": str(own.trusted)}
            assert ask("https://lamps.example", **given).json == {}
            with pytest.raises(Failed, match="for another host") as caught:
                ask("https://other.example", **given)
    assert f"(through the proxy {scheme}://127.0.0.1:{port})" in str(caught.value)
    line, *headers = proxy.seen[0].decode().split("\r\n")
    assert line == "CONNECT lamps.example:443 HTTP/1.1"
    assert f"Proxy-Authorization: Basic {PACKED}" in headers
    assert not any("proxy" in name.lower() for name in heard[0])


def test_a_number_of_version_6_keeps_its_brackets():
    proxy = Proxying(0, lambda _: b"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n")
    with proxy.running() as port:
        assert ask("http://[2001:db8::1]:8080", proxy=f"http://127.0.0.1:{port}").status == 502
        with pytest.raises(Failed, match="answered 502"):
            ask("https://[2001:db8::1]", proxy=f"http://127.0.0.1:{port}")
    assert proxy.seen[0].startswith(b"GET http://[2001:db8::1]:8080/lamps")
    assert proxy.seen[1].startswith(b"CONNECT [2001:db8::1]:443 ")


ANSWERS = {
    407: "--proxy http://USER:PASSWORD@HOST:PORT",
    403: "ask who runs it",
    502: "check the host and the port",
}


@pytest.mark.parametrize("status", ANSWERS)
def test_a_proxy_that_lets_nobody_through_is_named_without_its_password(status):
    proxy = Proxying(0, lambda _: f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
    with proxy.running() as port, pytest.raises(Failed) as caught:
        ask("https://lamps.example", proxy=f"http://me:s3cr%2Ft@127.0.0.1:{port}")
    assert str(caught.value) == f"the proxy http://127.0.0.1:{port} answered {status}"
    assert ANSWERS[status] in caught.value.remedy
    assert not caught.value.connected


def test_a_proxy_that_asks_for_credentials_is_no_answer_of_the_server():
    proxy = Proxying(0, lambda _: b"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n")
    with proxy.running() as port, pytest.raises(Failed, match=f":{port} answered 407"):
        ask("http://lamps.example", proxy=f"127.0.0.1:{port}")


@pytest.mark.parametrize("said", [b"\x00 nonsense\r\n\r\n", b"", b"HTTP/1.1 99999 x\r\n\r\n"])
def test_a_proxy_that_speaks_something_else_is_named(said):
    with Proxying(0, lambda _: said).running() as port:
        for scheme in ("http", "https"):
            with pytest.raises(Failed, match=f"the proxy http://127.0.0.1:{port}"):
                ask(f"{scheme}://lamps.example", proxy=f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_cannot_be_reached_is_named(scheme):
    port = no_port()
    said = f"through the proxy http://127.0.0.1:{port}: Connection refused"
    with pytest.raises(Failed, match=said) as caught:
        ask(f"{scheme}://lamps.example", proxy=f"http://127.0.0.1:{port}")
    assert "check --proxy" in caught.value.remedy
    with pytest.raises(Failed, match=r"through the proxy http://no\.invalid:80: the name"):
        ask(f"{scheme}://lamps.example", proxy="http://no.invalid")


class Dripping(Proxying):
    """A proxy whose every byte takes its time."""

    def _handle(self, client):
        client.recv(65_536)
        for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 500:
            client.sendall(bytes([byte]))
            time.sleep(0.05)


@needs_openssl
@pytest.mark.parametrize("target", ["http", "https"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_request_outlives_its_deadline_behind_a_proxy(own, scheme, target):
    context = own.context() if scheme == "https" else None
    with Dripping(0).running(context) as port:
        given = {"proxy": f"{scheme}://127.0.0.1:{port}", "ca": str(own.trusted)}
        began = time.monotonic()
        with pytest.raises(Failed, match=r"within 0\.7 s"):
            ask(f"{target}://lamps.example", timeout=0.7, **given)
        assert time.monotonic() - began < 10  # the whole answer would take 25 s


@pytest.mark.parametrize(
    ("url", "variables", "wanted"),
    [
        ("http://a.example", {"HTTP_PROXY": "http://p:1"}, "http://p:1"),
        ("http://a.example", {"http_proxy": "p:1"}, "http://p:1"),
        ("https://a.example", {"HTTP_PROXY": "http://p:1"}, None),
        ("https://a.example", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://a.example", {"ALL_PROXY": "http://p:1"}, "http://p:1"),
        ("https://a.example", {"ALL_PROXY": "http://p:1", "NO_PROXY": ".example"}, None),
        ("http://10.1.2.3", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"}, None),
        ("http://a.example", {"HTTP_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
        ("http://a.example", {"HTTP_PROXY": ""}, None),
        ("http://localhost:1", {"HTTP_PROXY": "http://p:1"}, None),
        ("http://127.0.0.1", {"ALL_PROXY": "http://p:1"}, None),
        ("http://127.9.9.9", {"HTTP_PROXY": "http://p:1"}, None),
        ("https://[::1]:8", {"HTTPS_PROXY": "http://p:1"}, None),
    ],
)
def test_the_proxy_of_the_environment(monkeypatch, url, variables, wanted):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = proxy_for(Options(url))
    assert (found.name if found else None) == wanted
    given = proxy_for(Options(url, proxy="http://mine:2"))
    assert given.name == "http://mine:2", "the one that is given goes before"


def test_one_of_the_environment_that_cannot_be_used_is_said(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://me:secret@p:1")
    with pytest.raises(ValueError, match=r"of the environment .*'socks5' cannot be used") as caught:
        HttpTransport(Options("http://a.example"))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.1", "::1", "::ffff:127.0.0.1"],
)
def test_this_machine_is_known_by_its_names(host):
    assert is_here(host)


@pytest.mark.parametrize("host", ["localhost.example", "128.0.0.1", "::2", "", "10.0.0.1", "é"])
def test_others_are_not(host):
    assert not is_here(host)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://",
        "socks5://u:s3cr@h",
        "http://u:s3cr/t@h:1",
        "http://u:s3cr#t@h:1",
        "http://u:s3cr@h:99999",
        "http://u:s3cr@h:0",
        "http://u:s3cr@[::1",
        "http://u:s3cr@h x",
        "http://u:s3cr@" + "a" * 80,
        "s3cr",
    ],
)
def test_what_is_no_proxy_is_refused_without_repeating_its_password(text):
    if text == "s3cr":
        assert proxy_in(text).name == "http://s3cr:80"
        return
    with pytest.raises(ValueError, match="write http://") as caught:
        proxy_in(text)
    assert "s3cr" not in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text())
def test_any_text_is_a_proxy_or_refused(text):
    try:
        found = proxy_in(text)
    except ValueError as error:
        said = str(error)
    else:
        said = found.name
    assert "http://" in said or said.startswith("https://")
