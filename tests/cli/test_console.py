"""What is printed survives every console: its encoding, and a reader who has enough."""

import os
import subprocess

import pytest

from bacasable import Sandbox
from tests.cli.test_cli import BACASABLE, run

# Others of one byte are as the first.
ENCODINGS = [
    "cp1252",
    "utf-8",
    *(pytest.param(n, marks=pytest.mark.sweep) for n in ("latin-1", "ascii")),
]
WRONG = """\
openapi: 3.1.0
info: {title: t, version: "1"}
paths: {}
components: {schemas: {"Prénom ☃ \\u2028": {pattern: "(☃"}}}
"""


@pytest.fixture
def url():
    with Sandbox(tenants=["votre-tenant"]) as sandbox:
        with sandbox.tenant("votre-tenant").client() as client:
            for target in ("/courses/%ff", "/courses/%E2%98%83", "/courses?q=☃", "/courses?☃=1"):
                client.get(target)
            client.post("/companies", json={"☃": "é"})
        yield sandbox.url


def printed(encoding, *arguments, **options):
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [*BACASABLE, *arguments], capture_output=True, check=False, env=environment, **options
    )
    assert b"Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_log_is_told_to_its_end(url, encoding):
    code, out, err = printed(encoding, "log", "--url", url, "--tenant", "votre-tenant")
    lines = out.decode(encoding).splitlines()
    assert (code, err, len(lines)) == (0, b"", 5)
    assert "GET /api/v1/courses/%ff" in lines[0]
    assert ("\\u2603" if encoding != "utf-8" else "☃") in lines[-1]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_findings_and_mistakes_are_told_too(tmp_path, encoding):
    file = tmp_path / "☃é.yaml"
    file.write_text(WRONG, "utf-8")
    code, out, _ = printed(encoding, "check", str(file))
    assert code == 1
    snowman = "☃" if encoding == "utf-8" else "\\u2603"
    assert f"'({snowman}' is no regular expression" in out.decode(encoding)
    code, _, err = printed(encoding, "check", str(tmp_path / "☃.yaml"))
    assert code == 2
    (line,) = err.decode(encoding).splitlines()
    assert f"{snowman}.yaml: cannot be read" in line


def test_records_from_standard_input_are_utf_8(url):
    text = '{"name": "Prénom ☃"}'.encode()
    arguments = ("insert", "Company", "-", "--tenant", "votre-tenant", "--url", url)
    code, _, err = printed("ascii", *arguments, input=text)
    assert (code, err) == (0, b"")
    with Sandbox.at(url) as sandbox, sandbox.tenant("votre-tenant").client() as client:
        assert client.get("/companies?q=prénom").json()["data"][0]["name"] == "Prénom ☃"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["routes"], 0),
        (["log", "--limit", "500"], 0),
        (["tenants"], 0),
        (["check", "{wrong}"], 1),
        (["routes", "nowhere.yaml"], 2),
    ],
)
def test_a_reader_who_has_enough_changes_nothing(url, tmp_path, arguments, code):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(WRONG, "utf-8")
    command = [part.replace("{wrong}", str(wrong)) for part in arguments]
    if command[0] in {"log", "tenants"}:
        command += ["--url", url]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*BACASABLE, *command], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert done.returncode == code, done
    assert done.stderr.count(b"\n") <= 1
    assert b"Exception" not in done.stderr
    assert b"pipe" not in done.stderr.lower()


def test_a_log_that_is_followed_ends_with_its_reader(url):
    command = [*BACASABLE, "log", "--follow", "--url", url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        process.stdout.close()
        with Sandbox.at(url) as sandbox, sandbox.tenant("votre-tenant").client() as client:
            for _ in range(100):
                client.get("/courses")
                try:
                    assert process.wait(0.1) == 0
                except subprocess.TimeoutExpired:
                    continue
                break
        assert process.poll() == 0
        assert process.stderr.read() == b""
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_a_sandbox_goes_on_when_nobody_reads_what_it_prints():
    command = [*BACASABLE, "serve", "--port", "0", "--tenants", "votre-tenant"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        base = process.stdout.readline().split()[-1]
        process.stdout.close()
        done = run("token", "--tenant", "votre-tenant", "--base-url", base)
        assert done.returncode == 0, done
        reset = run("reset", "--url", base)
        assert reset.returncode == 0, reset
        process.terminate()
        assert "Error" not in process.stderr.read()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_help_is_printed_everywhere():
    for command in ([], ["serve"], ["verify"], ["docs", "build"]):
        code, out, _ = printed("ascii", *command, "--help")
        assert (code, bool(out)) == (0, True)
