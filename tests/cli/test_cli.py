"""The command as a user types it: mostly in a process of its own."""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from bacasable.cli import main
from bacasable.resources import CONTRACT, fixture_path

LIBRARY = Path(__file__).parents[1] / "core" / "documents" / "library.yaml"
BACASABLE = [sys.executable, "-m", "bacasable"]


def run(*arguments, **options):
    return subprocess.run(
        [*BACASABLE, *map(str, arguments)], capture_output=True, text=True, check=False, **options
    )


def typed(*arguments):
    """A command within this process, which saves its start; it must end by itself."""
    done = CliRunner().invoke(main, [*map(str, arguments)])
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


@contextmanager
def serving(*arguments, tenants=("--tenants", "votre-tenant")):
    """A sandbox in a process; gives the lines it printed and its base URL."""
    command = [*BACASABLE, "serve", "--port", "0", *tenants, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        lines = []
        while not lines or "Ctrl+C" not in lines[-1]:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            lines.append(line.rstrip())
        yield lines, lines[0].split()[-1]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=10)
        process.stdout.close()
        process.stderr.close()


def worked():
    """The time that commands so far have used the processor, however busy it is with others."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fetch(url, **headers):
    for _ in range(50):
        try:
            request = urllib.request.Request(url, headers=headers)
            with urllib.request.urlopen(request, timeout=5) as answer:
                return json.load(answer)
        except urllib.error.URLError:
            time.sleep(0.05)
    pytest.fail(f"{url} does not answer")


def one_line(done):
    """The only line on standard error of a command that failed with 2."""
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


def test_serve_prints_where_it_is_and_who_can_log_in():
    with serving() as (lines, base):
        assert base.endswith("/api/v1")
        assert fetch(base.replace("/api/v1", "/_sandbox/health"))["status"] == "ok"
        table = "\n".join(lines)
        assert re.search(
            r"votre-tenant +votre-mot-de-passe +admin +formateur .* @example\.com", table
        )
        assert f"{base.removesuffix('/api/v1')}/" in table


def test_serve_tells_how_many_records_each_collection_begins_with():
    options = ("--open", "--records", "3", "--locale", "fr", "--seed", "7")
    with serving(LIBRARY, *options, tenants=()) as (lines, base):
        (line,) = [line for line in lines if line.startswith("Records")]
        assert line.strip() == (
            "Records   /books 3, /shelves 3, /readers 3, /tickets 4, /shelves/{shelfId}/labels 3"
        )
        found = fetch(f"{base}/readers")
        assert all(reader["name"] for reader in found)
        assert len(found) == 3


def test_token_prints_a_token_and_nothing_else():
    with serving() as (_, base):
        fetch(base.replace("/api/v1", "/_sandbox/health"))
        done = run("token", "--tenant", "votre-tenant", "--role", "TRAINER", "--base-url", base)
        assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", done.stdout), done
        headers = {"X-Tenant-ID": "votre-tenant", "Authorization": f"Bearer {done.stdout.strip()}"}
        assert fetch(base + "/auth/me", **headers)["data"]["user"]["roles"] == ["TRAINER"]


def test_now_starts_the_clock_at_an_instant():
    with serving("--now", "2026-09-01T09:00:00Z") as (_, base):
        fetch(base.replace("/api/v1", "/_sandbox/health"))
        token = run("token", "--tenant", "votre-tenant", "--base-url", base).stdout.strip()
        headers = {"X-Tenant-ID": "votre-tenant", "Authorization": f"Bearer {token}"}
        answer = fetch(base + "/auth/me", **headers)
        assert answer["meta"]["timestamp"].startswith("2026-09-01T09:00:")


def test_a_taken_port_is_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = one_line(run("serve", "--port", port))
    assert f"127.0.0.1:{port}" in line
    assert "--port" in line


def test_an_invalid_contract_is_one_line_with_its_place(tmp_path):
    broken = tmp_path / "openapi.yaml"
    broken.write_text(CONTRACT.read_text("utf-8").replace("x-emits:", "x-emit:", 1), "utf-8")
    line = one_line(typed("serve", "--port", "0", "--contract", broken))
    assert re.search(r"openapi\.yaml:\d+: /paths/.*x-emit: .*did you mean 'x-emits'", line)


def test_a_contract_that_is_no_yaml_is_one_line(tmp_path):
    broken = tmp_path / "openapi.yaml"
    broken.write_text("openapi: [3.1.0\n", "utf-8")
    assert re.search(
        r"openapi\.yaml:\d+: ", one_line(typed("serve", "--port", "0", "--contract", broken))
    )
    assert "cannot be read" in one_line(
        typed("serve", "--port", "0", "--contract", tmp_path / "none.yaml")
    )


def test_a_broken_fixture_is_one_line_with_its_place(tmp_path):
    text = fixture_path("votre-tenant").read_text("utf-8")
    broken = tmp_path / "mine.yaml"
    broken.write_text(text.replace("do: createCompany", "do: createCompani", 1), "utf-8")
    line = one_line(typed("serve", "--port", "0", "--tenants", broken))
    assert re.search(r"mine\.yaml:\d+: /steps/\d+: .*did you mean 'createCompany'", line)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["serve", "--host", "192.0.2.1", "--predictable-tokens"], "127.0.0.1"),
        (["serve", "--state", "s", "--predictable-tokens"], "leave one out"),
        (["serve", "--secret", "short"], "32 characters"),
        (["serve", "--port", "0", "--now", "yesterday"], "2026-09-01T09:00:00Z"),
        (["serve", "stray.yaml"], "stray.yaml: cannot be read"),
        (["serve", "--platform", "none"], "there are qualiforma"),
        (["serve", "a.yaml", "--platform", "qualiforma"], "give one of them"),
        (["serve", "a.yaml", "--contract", "b.yaml"], "give one of them"),
        (["serve", "--records", "3"], "--records is for a document: bacasable serve FILE"),
        (["serve", "--locale", "fr"], "--locale is for a document: bacasable serve FILE"),
        (
            ["serve", str(LIBRARY), "--port", "0", "--locale", "klingon"],
            "locale klingon: is no language",
        ),
        (["serve", "a.yaml", "--records", "-1"], "--records: -1 is not in the range"),
        (["serve", str(CONTRACT), "--records", "1"], "leave out records and locale"),
        (["token", "--tenant", "votre-tenent"], "did you mean 'votre-tenant'"),
        (["token", "--tenant", "vide", "--base-url", "http://127.0.0.1:1"], "bacasable serve"),
        (["routes", "none.yaml"], "cannot be read"),
        (["check", "none.yaml"], "cannot be read"),
    ],
)
def test_a_mistake_is_one_line_with_the_remedy(arguments, says):
    assert says in one_line(typed(*arguments))


def test_beyond_loopback_no_secret_has_to_be_given_and_none_is_shown(monkeypatch):
    with serving("--host", "0.0.0.0") as (lines, _):  # noqa: S104 - what is tested
        assert any(line.startswith("Sandbox key") for line in lines)
    monkeypatch.setenv("BACASABLE_SECRET", "s" * 32)
    with serving("--host", "0.0.0.0") as (lines, _):  # noqa: S104 - what is tested
        assert "s" * 32 not in "\n".join(lines)


def test_several_fixtures_follow_one_option():
    with serving("vide") as (lines, _):
        assert any(line.startswith("vide ") for line in lines)


def test_a_refused_login_says_so():
    with serving() as (_, base):
        fetch(base.replace("/api/v1", "/_sandbox/health"))
        line = one_line(run("token", "--tenant", "vide", "--base-url", base))
        assert "refused with 401" in line


def test_check_finds_nothing_and_then_something(tmp_path):
    assert run("check").returncode == 0
    broken = tmp_path / "openapi.yaml"
    text = CONTRACT.read_text("utf-8").replace("fact: course.published", "fact: course.publishd")
    broken.write_text(text.replace("example: {statusReason: Congé}", "example: {}"), "utf-8")
    done = typed("check", broken)
    assert done.returncode == 1
    assert re.search(r"openapi\.yaml:\d+: .*did you mean 'course\.published'", done.stdout)


def test_check_notes_a_rule_that_has_no_expression(tmp_path):
    path = tmp_path / "openapi.yaml"
    text = CONTRACT.read_text("utf-8").replace('when: parent.status == "PUBLISHED"', "")
    path.write_text(text, "utf-8")
    done = typed("check", path)
    assert done.returncode == 0
    assert re.search(r"^Note: .*openapi\.yaml:\d+: .*PATH_NOT_PUBLISHED", done.stdout, re.MULTILINE)
    assert "No findings." in done.stdout


def test_routes_lists_every_operation_with_its_roles():
    lines = run("routes").stdout.splitlines()
    assert len(lines) == 111
    assert any(re.search(r"^POST +/api/v1/auth/login +login +public$", line) for line in lines)


def test_help_is_quick_and_version_is_printed():
    began = worked()
    assert "serve" in run("--help").stdout
    # The promise is 0.3 s; a slow machine may double it, an eager import would triple it.
    assert worked() - began < 0.9
    assert re.fullmatch(r"bacasable, version \d+\.\d+\.\d+\n", run("--version").stdout)


def test_help_imports_nothing_heavy():
    code = "import sys, bacasable.cli; print([m for m in ('connexion','yaml') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_passwords_and_tokens_are_not_logged(tmp_path):
    output = tmp_path / "output"
    command = [*BACASABLE, "serve", "--port", "0", "--tenants", "vide", "--log-level", "debug"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with output.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, env=environment)
        while "Ctrl+C." not in output.read_text("utf-8"):
            assert process.poll() is None
            time.sleep(0.05)
        base = re.search(r"Base URL +(\S+)", output.read_text("utf-8"))[1]
        fetch(base.replace("/api/v1", "/_sandbox/health"))
        token = run("token", "--tenant", "vide", "--base-url", base).stdout.strip()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=10)
    # The table printed at start shows the sandbox's own passwords; what follows is the log.
    logged = output.read_text("utf-8").partition("Ctrl+C.")[2]
    assert token
    assert "/api/v1/auth/login" in logged
    assert token not in logged
    assert "bac-a-sable-2026" not in logged
