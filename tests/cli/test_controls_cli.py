"""The controls as commands, against a sandbox that listens."""

import json
import select
import signal
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from bacasable import Sandbox
from bacasable.cli import main
from bacasable.commands.common import plain, table
from bacasable.resources import fixture_path
from bacasable.server.launch import build_sandbox
from tests.support import NOW, over_socket


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(tenants=["votre-tenant", "vide"], now=NOW) as started:
        yield started


@pytest.fixture
def tenant(sandbox):
    with sandbox.tenant("votre-tenant").fork() as fork:
        yield fork


@pytest.fixture
def run(sandbox):
    """Runs a command that succeeds; gives what it printed, read as JSON with --json."""

    def call(*arguments, text=None, status=0):
        command = [str(argument) for argument in arguments]
        environment = {"BACASABLE_URL": sandbox.url}
        done = CliRunner().invoke(main, command, env=environment, input=text)
        assert done.exit_code == status, done.output
        if status:
            (line,) = done.stderr.splitlines()
            return line
        assert done.stderr == ""
        return json.loads(done.stdout) if "--json" in command else done.stdout

    return call


def commands(group=main, path=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        elif any(option.name == "as_json" for option in command.params):
            yield (*path, name), command


CONTROLS = dict(commands())


@pytest.mark.parametrize("path", CONTROLS, ids=" ".join)
def test_every_command_says_what_it_does_and_where_nobody_answers(path):
    command = CONTROLS[path]
    assert command.help
    values = {"tenant": "votre-tenant", "file": str(fixture_path("vide")), "duration": "P1D"}
    values |= {"at": NOW, "kind": "ERROR"}
    given = [values.get(p.name, "name") for p in command.params if isinstance(p, click.Argument)]
    if path in {("snapshot", "upload"), ("insert",)}:
        given[-1] = "-"
    option = next((p for p in command.params if p.name == "tenant" and p.required), None)
    tenant = ["--tenant", "votre-tenant"] if isinstance(option, click.Option) else []
    typed = [*path, *given, *tenant, "--url", "http://127.0.0.1:1"]
    done = CliRunner().invoke(main, typed, input="{}")
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("bacasable: http://127.0.0.1:1: no sandbox answers there;")


def test_tenants_are_listed_forked_reset_and_deleted(run, sandbox):
    assert run("fork", "vide", "essai") == "essai\n"
    made = run("fork", "vide").strip()
    listed = run("tenants").splitlines()
    assert listed[0].split() == ["tenant", "status", "kind", "origin", "now", "records"]
    assert {line.split()[0] for line in listed[1:]} == {"votre-tenant", "vide", "essai", made}
    assert {data["slug"] for data in run("tenants", "--json")} >= {"essai", made}
    sandbox.tenant("essai").clock.freeze(at="2027-01-01")
    assert "essai is as it was, at 2026-11-02" in run("reset", "--tenant", "essai")
    assert run("delete", "essai") == "essai is deleted\n"
    assert "votre-tenant is as it was" in run("reset")
    assert {tenant.slug for tenant in sandbox.tenants()} == {"votre-tenant", "vide"}


def test_a_tenant_is_opened_from_a_file(run, tmp_path):
    mine = tmp_path / "mien.yaml"
    text = fixture_path("vide").read_text("utf-8")
    mine.write_text(text.replace("slug: vide", "slug: mien").replace("tnt_", "tnt_1"), "utf-8")
    assert run("open", mine) == "mien\n"
    assert "TENANT_EXISTS" in run("open", mine, status=2)
    assert run("delete", "mien", "--json") == {"deleted": "mien"}


def test_the_clock_is_read_and_moved(run, tenant):
    of = ["--tenant", tenant.slug]
    assert run("clock", "show", *of).endswith("Z RUNNING\n")
    assert run("clock", "freeze", "2026-11-03", *of) == "2026-11-03T00:00:00.000Z FROZEN\n"
    assert run("clock", "freeze", *of) == "2026-11-03T00:00:00.000Z FROZEN\n"
    advanced = run("clock", "advance", "P2Y", *of).splitlines()
    assert advanced[0] == "2028-11-03T00:00:00.000Z FROZEN"
    assert advanced[1:]
    assert all(line.startswith("202") for line in advanced[1:])
    set_to = run("clock", "set", "2030-01-01T01:00:00+01:00", "--json", *of)
    assert (set_to["now"], set_to["mode"]) == ("2030-01-01T00:00:00.000Z", "FROZEN")
    assert "RUNNING" in run("clock", "run", *of)


def test_snapshots_go_to_files_and_come_back(run, tenant, tmp_path):
    of, file = ["--tenant", tenant.slug], tmp_path / "saved.json"
    assert run("snapshot", "save", "one", *of).splitlines()[1].startswith("one ")
    assert str(file) in run("snapshot", "download", "one", file, *of)
    assert json.loads(file.read_text("utf-8"))["format"] == "bacasable-snapshot"
    assert run("snapshot", "upload", "two", file, "--json", *of)["name"] == "two"
    assert run("snapshot", "delete", "one", *of) == "one is deleted\n"
    assert [data["name"] for data in run("snapshot", "list", "--json", *of)] == ["two"]
    assert f"{tenant.slug} is as in two" in run("snapshot", "restore", "two", *of)
    assert "NOT_FOUND" in run("snapshot", "restore", "one", *of, status=2)


@pytest.mark.parametrize("form", ["list", "lines", "one", "stdin"])
def test_records_are_inserted_from_a_file(run, tenant, tmp_path, form):
    companies = [{"name": f"Société {number}"} for number in range(1 if form == "one" else 3)]
    texts = {"list": json.dumps(companies), "one": json.dumps(companies[0])}
    text = texts.get(form) or "\n".join(map(json.dumps, companies)) + "\n"
    file = tmp_path / "companies"
    file.write_text(text, "utf-8")
    source = "-" if form == "stdin" else file
    said = run("insert", "Company", source, "--tenant", tenant.slug, text=text)
    assert said == f"{len(companies)} of Company inserted\n"


def test_faults_are_added_listed_and_removed(run, tenant):
    of = ["--tenant", tenant.slug]
    made = run(
        *("fault", "add", "error", "--status", 503, "--operation", "listCourses"),
        *("--operation", "listCompanies", "--role", "ADMIN", "--count", 2, "--percent", 99.5),
        *of,
    ).strip()
    tenant.client().get("/courses")
    heads, row = run("fault", "list", *of).splitlines()
    assert heads.split() == ["id", "kind", "for", "struck", "left", "options"]
    assert row.split()[:3] == [made, "ERROR", "listCourses,listCompanies,ADMIN"]
    assert "99.5%" in row
    assert "status=503" in row
    assert run("fault", "remove", made, *of) == f"{made} is removed\n"
    run("fault", "add", "RATE_LIMIT", "--retry-after", 7, *of)
    assert run("fault", "list", "--json", *of)[0]["retryAfter"] == 7
    assert run("fault", "list", *of).splitlines()[1].split()[2:5] == ["every", "call", "0"]
    run("fault", "clear", *of)
    assert run("fault", "list", "--json", *of) == []


def test_the_log_is_one_line_an_exchange(run, tenant, tmp_path):
    of, client = ["--tenant", tenant.slug], tenant.client()
    client.get("/courses?perPage=1")
    client.get("/companies/%0A%1B[31mred")
    client.post("/companies", json={"nmae": "S"})
    lines = run("log", *of).splitlines()
    assert len(lines) == 3
    assert "  200  GET /api/v1/courses?perPage=1  listCourses  " in lines[0]
    assert "\x1b" not in lines[1]
    assert "/companies/%0A%1B[31mred" in lines[1]
    assert "  INVALID_REQUEST  " in lines[2]
    assert "/nmae" in lines[2]
    assert run("log", "--status", "4xx", "--limit", 1, *of) == lines[2] + "\n"
    archive = tmp_path / "log.har"
    assert run("log", "--har", archive, *of) == f"3 exchanges are in {archive}\n"
    assert len(json.loads(archive.read_text("utf-8"))["log"]["entries"]) == 3
    assert run("log", "--since", "2100-01-01", *of) == ""
    run("log", "--clear", *of)
    assert run("log", *of) == ""


def test_the_log_as_json_is_one_line_an_exchange_too(sandbox, tenant):
    client = tenant.client()
    client.get("/courses")
    client.get("/companies")
    command = ["log", "--json", "--tenant", tenant.slug, "--url", sandbox.url]
    lines = CliRunner().invoke(main, command).stdout.splitlines()
    assert [json.loads(line)["operation"] for line in lines] == ["listCourses", "listCompanies"]


def test_the_log_is_followed_until_it_is_interrupted(sandbox, tenant):
    command = [sys.executable, "-m", "bacasable", "log", "--follow", "--tenant", tenant.slug]
    with subprocess.Popen(
        [*command, "--url", sandbox.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        client, told = tenant.client(), ""
        while not told:  # it may take a while to connect
            client.get("/courses?page=1")
            told = process.stdout.readline() if _readable(process.stdout) else ""
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=10)
    assert "GET /api/v1/courses?page=1" in told
    assert all("page=1" in line for line in rest.splitlines())
    assert errors == ""
    assert process.returncode == 0


def _readable(stream):
    return bool(select.select([stream], [], [], 0.2)[0])


def test_messages_are_listed_shown_and_cleared(run, tenant):
    of = ["--tenant", tenant.slug]
    run("inbox", "clear", *of)
    body = {"courseId": "crs_excel_macro", "userId": "usr_learner", "paymentMethod": "FREE"}
    assert tenant.client().post("/enrollments", json=body).status_code == 201
    (message, *_) = run("inbox", "list", "--to", "usr_learner", "--since", NOW, "--json", *of)
    assert message["id"] in run("inbox", "list", *of)
    shown = run("inbox", "show", message["id"], *of)
    assert shown.startswith(f"To: {message['to']['name']} <{message['to']['address']}>\n")
    assert f"Subject: {message['subject']}" in shown
    assert message["links"][0]["url"] in shown
    assert run("inbox", "show", message["id"], "--html", *of).startswith("<!doctype html>")
    assert "is empty" in run("inbox", "clear", *of)
    assert run("inbox", "list", "--channel", "EMAIL", *of).split() == [
        "id",
        "at",
        "channel",
        "to",
        "subject",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fork", "nowhere"], "NOT_FOUND"),
        (["fork", "vide", "Not A Slug"], "/slug"),
        (["fork", "vide", "vide"], "TENANT_EXISTS"),
        (["delete", ".."], "NOT_FOUND"),
        (["open", "none.yaml"], "none.yaml"),
        (["clock", "set", "tomorrow", "--tenant", "vide"], "2026-09-01T09:00:00Z"),
        (["clock", "advance", "3 days", "--tenant", "vide"], "/by"),
        (["insert", "Company", "none.json", "--tenant", "vide"], "cannot be read"),
        (["insert", "Compny", "-", "--tenant", "vide"], "did you mean 'Company'"),
        (["snapshot", "save", 'a"b\r\nX-Evil: 1', "--tenant", "vide"], "path/name"),
        (["snapshot", "upload", "a", "-", "--tenant", "vide"], "SNAPSHOT_REFUSED"),
        (["fault", "add", "ERROR", "--status", "200", "--tenant", "vide"], "INVALID_REQUEST"),
        (["fault", "remove", "flt_none", "--tenant", "vide"], "NOT_FOUND"),
        (["inbox", "show", "msg_none", "--tenant", "vide"], "NOT_FOUND"),
        (["log", "--status", "many"], "status"),
        (["log", "--har", "/no/such/folder/log.har"], "cannot be written"),
        (["tenants", "--url", "nonsense"], "is no address"),
    ],
)
def test_a_mistake_is_one_line(run, arguments, says):
    assert says in run(*arguments, status=2, text='{"name": "S"}')


def test_what_is_no_json_is_one_line(run):
    assert "is no JSON" in run("insert", "Company", "-", "--tenant", "vide", status=2, text="{")


def test_the_key_comes_from_the_environment_or_an_option(contract, monkeypatch):
    running = build_sandbox(contract=contract, fixtures=[fixture_path("vide")], key="a-key")
    with over_socket(running) as api:
        monkeypatch.setenv("BACASABLE_URL", api.url + "/api/v1")
        without = CliRunner().invoke(main, ["tenants"])
        assert without.exit_code == 2
        assert "--key" in without.stderr
        assert CliRunner().invoke(main, ["tenants", "--key", "a-key"]).exit_code == 0
        monkeypatch.setenv("BACASABLE_KEY", "a-key")
        assert CliRunner().invoke(main, ["tenants"]).exit_code == 0


def test_help_stays_light():
    code = "import sys, bacasable.cli; print([m for m in ('httpx', 'ssl') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "httpx" not in done.stdout


def test_columns_fit_what_stands_in_them():
    assert table(["a", "b"], [["long", 1], ["s", "x"]]) == ["a     b", "long  1", "s     x"]
    assert table([], []) == []
    assert plain("é\xa0!\x1b[31m\u202e\n") == "é\xa0!\\x1b[31m\\u202e\\n"
