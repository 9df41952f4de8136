"""Whether there is a server to judge, and what is said, in one line, where there is none."""

import re
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import pytest
from click.testing import CliRunner

from bacasable.cli import main
from bacasable.contract import load_contract
from bacasable.verify import reaching as module
from bacasable.verify.model import Options, Response
from bacasable.verify.reaching import reach, requests_of
from bacasable.verify.run import verify
from bacasable.verify.scope import CannotJudge
from bacasable.verify.session import Failed, Session

from .misbehaving import BROKEN, broken
from .servers import CONTRACT, LAMPS, Certificate, Proxying, needs_openssl, no_port, serving
from .test_patience import Clock, Server

URL = "http://lamps.example"
QUICK = ("--quiet", "--profile", "quick", "--check", "status-documented", "--check", "content-type")


@pytest.fixture(scope="module")
def lamps(tmp_path_factory):
    path = tmp_path_factory.mktemp("contract") / "lamps.yaml"
    path.write_text(CONTRACT, "utf-8")
    return load_contract(path)


@pytest.fixture
def reached(monkeypatch, lamps):
    """`reached(*answers, **options)`: the server that was asked, its clock, and what was told."""

    def ask(*answers, takes=0.0, **given):
        clock = Clock()
        monkeypatch.setattr(module, "time", clock)
        server = Server(clock, *answers, takes=takes)
        options = Options(URL, **given)
        session = Session(server, options)
        told = []
        reach(session, lamps, list(lamps.operations.values()), told.append)
        assert told.pop(0) == "asking whether the server is there"
        return server, clock, told

    return ask


def status(code, **headers):
    return Response(code, tuple(headers.items()), b"")


REFUSED = Failed("no connection: Connection refused", connected=False, starting=True)


@pytest.mark.parametrize("code", [200, 204, 301, 400, 401, 403, 404, 405, 500, 501, 505])
def test_a_server_that_answers_anything_is_there(reached, code):
    server, clock, told = reached(status(code))
    assert (len(server.asked), clock.slept, told) == (1, [], [])
    _, request, _ = server.asked[0]
    assert request.method == "GET"
    assert not {"authorization", "cookie"} & {name.lower() for name, _ in request.headers}


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_one_operation_that_is_not_available_is_not_the_server(reached, code):
    server, _, _ = reached(status(code), status(code), status(200))
    assert len({request.target for _, request, _ in server.asked}) == 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (status(503), "nothing but status 503; .*; if it is starting, --wait 60s"),
        (status(502), "nothing but status 502; .*; if it is starting, --wait 60s"),
        (status(504), "nothing but status 504; .*; if it is starting, --wait 60s"),
        (status(429), "nothing but status 429; it limits .*: give --rate"),
        (REFUSED, "Connection refused; if it is starting, --wait 60s"),
        (Failed("the connection broke", remedy="look"), "the connection broke; look$"),
    ],
)
def test_a_server_that_is_not_there_is_told_with_a_remedy(reached, answer, said):
    with pytest.raises(CannotJudge, match=f"^{URL} cannot be reached: .*{said}"):
        reached(answer)


def test_who_waits_comes_back_with_the_first_answer(reached):
    server, clock, told = reached(REFUSED, REFUSED, status(503), status(200), wait=60.0)
    assert len(server.asked) == 4
    assert len(clock.slept) == 2
    assert told[0] == "waiting for the server (no connection: Connection refused)"
    assert clock.slept == sorted(clock.slept)


def test_who_waits_in_vain_hears_what_the_last_try_got(reached):
    said = "cannot be reached: after 30 s of waiting the last try got nothing but status 503; "
    with pytest.raises(CannotJudge, match=said) as caught:
        reached(REFUSED, status(503), wait=30.0)
    assert "--wait" not in str(caught.value)


def test_a_wait_ends_in_its_time_however_long_an_answer_takes(reached, monkeypatch):
    with pytest.raises(CannotJudge):
        reached(Failed("no complete answer within 10 s"), wait=7.0, takes=99.0)
    assert module.time.now - 1000 <= 7.0 + 2 * module._LEAST


def test_a_budget_bounds_the_wait(reached):
    with pytest.raises(CannotJudge, match="after 18 s of waiting"):
        reached(REFUSED, wait=600.0, max_time=20.0)


@pytest.mark.parametrize("waiting", [0.0, 60.0])
def test_a_busy_server_is_waited_for_as_it_asks(reached, waiting):
    busy = status(503, **{"retry-after": "7"})
    server, clock, _ = reached(busy, busy, busy, status(200), wait=waiting)
    assert (len(server.asked), clock.slept) == (4, [7.0])


def test_a_busy_server_is_waited_for_twice_without_the_option(reached):
    busy = status(429, **{"retry-after": "7"})
    with pytest.raises(CannotJudge, match="nothing but status 429"):
        reached(busy)
    assert module.time.slept == [7.0, 7.0]


def test_the_rate_is_kept_here_too(reached):
    server, _, _ = reached(status(503), status(503), status(200), rate=2.0)
    times = [when for when, _, _ in server.asked]
    assert [b - a for a, b in pairwise(times)] == [0.5, 0.5]


def test_what_is_asked_is_safe_and_spread(contract, lamps):
    operations = list(contract.operations.values())
    asked = requests_of(contract, operations)
    assert {request.method for request in asked} == {"GET"}
    assert len({request.target for request in asked}) == 3
    assert all(request.target.startswith(contract.base_path) for request in asked)
    inside = requests_of(contract, [contract.operations["listCourses"]])
    assert inside[0].target.endswith("/courses")
    post = replace(
        lamps,
        operations={k: replace(o, method="post") for k, o in lamps.operations.items()},
    )
    methods = [r.method for r in requests_of(post, list(post.operations.values()))]
    assert methods == ["OPTIONS"] * 3


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """`typed(*arguments)`: `bacasable verify` in a folder with the contract of lamps."""
    monkeypatch.chdir(tmp_path)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    (tmp_path / "lamps.yaml").write_text(CONTRACT, "utf-8")

    def run(*arguments, command="verify"):
        given = [command, *map(str, arguments), "--contract", "lamps.yaml"]
        return CliRunner().invoke(main, given + list(QUICK if command == "verify" else ()))

    return run


def only_line(done):
    assert done.exit_code == 2, (done.stdout, done.stderr, done.exception)
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    return line


def test_a_closed_port_and_an_unknown_name(typed):
    port = no_port()
    line = only_line(typed(f"http://127.0.0.1:{port}"))
    assert f"http://127.0.0.1:{port} cannot be reached: no connection: Connection refused" in line
    assert "--wait" in line
    line = only_line(typed("http://nobody.invalid"))
    assert "http://nobody.invalid cannot be reached: no connection: the name is not known" in line


_ANSWERING = {"drips", "ten thousand headers"}


@pytest.mark.parametrize("name", sorted(BROKEN.keys() - _ANSWERING))
def test_one_that_accepts_and_never_answers_as_it_should(typed, name):
    with broken(BROKEN[name]) as url:
        line = only_line(typed(url, "--timeout", "0.3s"))
    assert f"{url} cannot be reached: " in line


@contextmanager
def starting(port, seconds, until):
    """A server that is not there, then answers 503, then keeps its contract."""
    began = time.monotonic()

    def answer(_):
        early = time.monotonic() - began < until
        return (503, {"Content-Type": "text/html"}, b"starting") if early else LAMPS

    over = threading.Event()

    def serve():
        time.sleep(seconds)
        with serving(answer, port=port):
            over.wait(30)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        over.set()
        thread.join(timeout=20)


def test_a_server_that_starts_is_waited_for(typed):
    with starting(no_port(), 0.5, 1.5) as url:
        done = typed(url, "--wait", "20s")
    assert done.exit_code == 0, (done.stdout, done.stderr)


def test_a_server_that_answers_nothing_but_503_is_not_judged(typed):
    with serving(lambda _: (503, {}, b"")) as port:
        line = only_line(typed(f"http://127.0.0.1:{port}"))
        assert "nothing but status 503" in line
        assert "--wait 60s" in line
        line = only_line(typed(f"http://127.0.0.1:{port}", "--wait", "600ms"))
        assert re.search(
            r"after (0\.[6-9]|1(\.\d)?) s of waiting the last try got nothing but", line
        )


def test_a_wait_of_a_file_is_kept(typed, tmp_path):
    (tmp_path / "bacasable.toml").write_text('[verify]\nwait = "500ms"\n', "utf-8")
    assert "s of waiting the last try" in only_line(typed(f"http://127.0.0.1:{no_port()}"))


def test_a_server_that_sends_everybody_elsewhere_is_told(typed):
    def answer(request):
        return 301, {"Location": f"https://lamps.example{request.path}"}, b""

    with serving(answer) as port:
        line = only_line(typed(f"http://127.0.0.1:{port}/api"))
    assert "it leads everything elsewhere; give https://lamps.example/api" in line


@needs_openssl
def test_certificates_and_what_the_report_says_of_them(typed, tmp_path):
    own = Certificate(tmp_path)
    with serving(context=own.context()) as port:
        url = f"https://127.0.0.1:{port}"
        assert "--ca FILE" in only_line(typed(url))
        done = typed(url, "--ca", own.trusted)
        assert done.exit_code == 0, done.stdout
        assert "not verified" not in done.stdout
        done = typed(url, "--insecure", "--report", "html=report.html")
        assert done.exit_code == 0, done.stdout
        assert "the certificates of servers were not verified (--insecure)" in done.stdout
        assert "not verified" in (tmp_path / "report.html").read_text("utf-8")
        file = tmp_path / "bacasable.toml"
        file.write_text(f'[verify]\nca = "{own.trusted}"\n', "utf-8")
        assert typed(url).exit_code == 0
        file.write_text("[verify]\ninsecure = true\n", "utf-8")
        assert typed(url).exit_code == 0
        file.unlink()
        line = only_line(typed(f"http://127.0.0.1:{port}"))
        assert "it speaks TLS at this port; write https://" in line


def test_an_empty_variable_gives_nothing(typed):
    with serving() as port:
        assert typed(f"http://127.0.0.1:{port}", "--ca=", "--proxy=").exit_code == 0


def test_a_file_of_certificates_that_is_not_there(typed):
    assert "--ca: nowhere.pem: cannot be read: No such file" in only_line(
        typed(URL, "--ca", "nowhere.pem")
    )


def test_a_whole_run_through_a_proxy_tells_no_password(typed, tmp_path, monkeypatch):
    seen = []

    def answer(request):
        seen.append(request.headers.get("Proxy-Authorization"))
        # A server that repeats what it should never have seen.
        return 418, {"Content-Type": "text/html", "X-Seen": str(seen[-1])}, b"s3cr3tive"

    with serving(answer) as server:
        proxy = Proxying(server)
        with proxy.running() as port:
            address = f"http://me:s3cr3tive@127.0.0.1:{port}"
            done = typed(URL, "--proxy", address)
            assert done.exit_code == 1, done.stdout
            monkeypatch.setenv("HTTP_PROXY", address)
            again = typed(URL)
    assert again.exit_code == 1
    assert seen[0]
    kept = (tmp_path / ".bacasable" / "report.json").read_text("utf-8")
    for text in (done.output, again.output, kept):
        assert "s3cr3tive" not in text
        assert seen[0].split()[1] not in text


def test_a_proxy_in_front_of_nobody_is_named(typed):
    with serving(lambda _: (502, {}, b"no backend")) as port:
        line = only_line(typed(URL, "--proxy", f"http://me:s3cr3tive@127.0.0.1:{port}"))
    assert f"status 502 (through the proxy http://127.0.0.1:{port})" in line
    assert "s3cr3tive" not in line


def test_loopback_is_not_asked_for_at_a_proxy_of_the_environment(typed, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{no_port()}")
    with serving() as port:
        for host in ("127.0.0.1", "localhost"):
            assert typed(f"http://{host}:{port}").exit_code == 0


def test_replay_takes_the_same_options(typed, tmp_path):
    with serving(lambda _: (200, {"Content-Type": "text/html"}, b"[]")) as port:
        done = typed(f"http://127.0.0.1:{port}")
        assert done.exit_code == 1
        finding = done.stdout.split("error ", 1)[1].split()[0]
        again = typed(finding, "--insecure", command="replay")
        assert again.exit_code == 1, again.output
        assert "not verified (--insecure)" in again.stdout
    line = only_line(typed(finding, "--wait", "300ms", command="replay"))
    assert "of waiting the last try got no connection" in line


@pytest.mark.parametrize(
    "url",
    [
        "http://a b.example",
        "http://a..example",
        "http://" + "a" * 70 + ".example",
        "http://-",
        "http://[fe80::1%25nowhere]",
        "http://256.256.256.256",
        "http://0.0.0.0:1",
        "http://\x1b[31m.example",
        "http://é.invalid",
        "http://127.0.0.1:1/a b",
        "http://127.0.0.1:1/é",
        "http://127.0.0.1:1//",
        "HTTP://127.0.0.1:1",
    ],
)
def test_odd_addresses_are_one_line(typed, url):
    line = only_line(typed(url, "--timeout", "1s"))
    assert "cannot be reached" in line or "is no address" in line


def test_a_server_that_dies_after_that_is_still_reported(lamps):
    calls = []

    def answer(_):
        calls.append(1)
        return LAMPS if len(calls) < 3 else (503, {}, b"")

    with serving(answer) as port:
        report = verify(lamps, Options(f"http://127.0.0.1:{port}"))
    assert report.status == 1
    assert report.findings


@pytest.mark.parametrize("given", [{"timeout": 0.4}, {"max_time": 0.5}])
def test_listening_without_an_answer_ends_in_time(lamps, given):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(CannotJudge, match=r"no complete answer within 0\.\d s"):
            verify(lamps, Options(url, **given))
        assert time.monotonic() - began < 6
