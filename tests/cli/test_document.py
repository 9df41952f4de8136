"""A document of others on the command line: its credentials at the start, --open, token."""

import re
import shlex
import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.test_cli import BACASABLE, fetch, one_line, run, typed

LOCKERS = Path(__file__).parents[1] / "core" / "documents" / "lockers.yaml"


@contextmanager
def serving(*arguments):
    """The lockers in a process; gives the lines it printed and its address."""
    command = [*BACASABLE, "serve", str(LOCKERS), "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        lines = []
        while not lines or "Ctrl+C" not in lines[-1]:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            lines.append(line.rstrip())
        yield lines, lines[0].split()[-1].removesuffix("/v2")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)


@pytest.fixture(scope="module")
def served():
    with serving() as started:
        yield started


PATHS = {
    "key": "/lockers/1",
    "word": "/word",
    "basic": "/basic",
    "opaque": "/opaque",
    "signed-2": "/signed",
    "digest": "/digest",
    "identity": "/me",
    "login-2": "/lockers",
    "old": "/old",
}


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
@pytest.mark.parametrize("account", PATHS)
def test_what_is_printed_is_what_curl_takes(served, account):
    lines, url = served
    (line,) = (line for line in lines if line.startswith(f"  {account} "))
    options = re.search(r"-[Hub] .*?(?=\s+\(not judged here\)|$)", line)[0]
    command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "*"]
    address = f"{url}/v2{PATHS[account]}"
    done = subprocess.run(
        [*command, *shlex.split(options), address], capture_output=True, text=True, check=True
    )
    assert done.stdout in {"200", "204", "404"}  # there is no locker yet
    bare = subprocess.run([*command, address], capture_output=True, text=True, check=True)
    assert bare.stdout == "401"


def test_where_tokens_are_given_is_printed(served):
    lines, url = served
    said = "\n".join(lines)
    assert f"token      {url}/v2/oauth/token" in said
    assert f"authorize  {url}/v2/oauth/authorize" in said
    assert f"discovery  {url}/.well-known/openid-configuration" in said
    assert re.search(r"client     sandbox, its secret [0-9a-f]{40}$", said, re.MULTILINE)
    assert re.search(r"password   of old: [0-9a-f]{40}$", said, re.MULTILINE)


def test_token_prints_a_credential_of_a_scheme(served):
    lines, url = served
    key = run("token", "--scheme", "key", "--base-url", url).stdout.strip()
    assert any(f"X-Key: {key}'" in line for line in lines)
    token = run("token", "--scope", "look", "--base-url", url).stdout.strip()
    assert fetch(f"{url}/v2/lockers", Authorization=f"Bearer {token}") == []
    line = one_line(run("token", "--scheme", "kye", "--scope", "x", "--base-url", url))
    assert "no credential of the scheme 'kye' with x; schemes: key, query" in line


def test_open_asks_nobody():
    with serving("--open") as (lines, url):
        assert not any("Credentials" in line for line in lines)
        assert fetch(f"{url}/v2/lockers") == []


def test_sets_of_scopes_beyond_the_bound_are_counted():
    with serving("--max-accounts", "1") as (lines, _):
        assert "  3 sets of scopes more have no account (--max-accounts)" in lines


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["serve", "--open"], "--open: the platform has accounts of its own"),
        (["serve", LOCKERS, "--redirect-uri", "javascript:x"], "is no address to lead to"),
        (["serve", LOCKERS, "--redirect-uri", "https://a.example/#b"], "is no address to lead to"),
        (["token"], "give --tenant, or --scheme"),
    ],
)
def test_a_mistake_is_one_line_with_the_remedy(arguments, says):
    assert says in one_line(typed(*arguments))
