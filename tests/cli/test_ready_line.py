"""The line that tells where a sandbox listens comes when it listens."""

import http.client
import os
import re
import signal
import socket
import subprocess
import time
from contextlib import contextmanager

import pytest

from tests.cli.test_cli import BACASABLE, one_line, run, typed

ADDRESS = re.compile(r"Base URL +http://(\[::1\]|127\.0\.0\.1):(\d+)(\S*)")


@contextmanager
def starting(*arguments):
    command = [*BACASABLE, "serve", "--tenants", "vide", *map(str, arguments)]
    # Not a terminal and no option that flushes: as a script meets it.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


@pytest.mark.parametrize("more", [[], ["--state"], ["--host", "::1"], ["--root-path", "/box/"]])
def test_who_reads_the_line_is_answered_at_once(tmp_path, more):
    if "::1" in more and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    if "--state" in more:
        more = [*more, tmp_path / "state.json"]
    with starting("--port", "0", *more) as process:
        found = ADDRESS.match(process.stdout.readline())
        host, port, path = found[1].strip("[]"), int(found[2]), found[3]
        began = time.monotonic()
        connection = http.client.HTTPConnection(host, port, timeout=10)
        connection.request("GET", f"{path.removesuffix('/api/v1')}/_sandbox/health")
        assert connection.getresponse().status == 200
        assert time.monotonic() - began < 5
        connection.close()


def test_a_taken_port_is_one_line_and_no_address(tmp_path):
    for listening in (True, False):
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", 0))
            if listening:
                taken.listen()
                done = run("serve", "--port", taken.getsockname()[1], "--tenants", "vide")
                assert "cannot listen on" in one_line(done)
                assert done.stdout == ""


def test_of_two_that_start_at_once_one_has_the_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with starting("--port", port) as first, starting("--port", port) as second:
        for _ in range(1200):
            if first.poll() is not None or second.poll() is not None:
                break
            time.sleep(0.05)
        codes = [first.poll(), second.poll()]
        assert sorted(codes, key=str) == [2, None]
        loser, winner = (first, second) if codes[0] == 2 else (second, first)
        assert ADDRESS.match(winner.stdout.readline())
        assert loser.stdout.read() == ""
        (line,) = loser.stderr.read().splitlines()
        assert "cannot listen on" in line


def test_a_start_that_fails_tells_no_address(tmp_path):
    state = tmp_path / "state.json"
    state.write_text("{}")
    for more in (["--state", state], ["--contract", "nowhere.yaml"]):
        done = run("serve", "--port", "0", "--tenants", "vide", *more)
        assert one_line(done)
        assert done.stdout == ""


@pytest.mark.parametrize(
    "options",
    [
        ["--root-path", "//evil.example"],
        ["--root-path", "/a/../b"],
        ["--root-path", "http://here"],
        ["--root-path", "/a b"],
        ["--forwarded-allow-ips", "proxy.example"],
        ["--forwarded-allow-ips", "10.0.0.0/99"],
    ],
)
def test_what_can_be_no_front_is_refused(options):
    assert one_line(typed("serve", "--port", "0", *options)).startswith(f"bacasable: {options[0]}")
