"""`bacasable verify` and `bacasable replay` as a user types them."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bacasable.cli import main
from bacasable.verify.reports import FORMATS
from tests.verify.defective import Defect, Reply, answers, requests

QUICK = ("--profile", "quick", "--only", "Companies", "--quiet")
ONE = (*QUICK, "--check", "list-total")
PASSWORD = "votre-mot-de-passe"
OTHER_PASSWORD = "bac-a-sable-2026"


def _miscounts(call, reply):
    value = reply.json
    if call.is_("GET", "/companies") and reply.status == 200:
        value["meta"]["pagination"]["total"] += 1
        reply.say(value)


BROKEN = Defect("total", "list-total", ("listCompanies",), "", answers(_miscounts))
PAGE = Reply(200, {"content-type": "text/html"}, b"<html>hello</html>")
WEB = Defect("web", "", (), "", requests(lambda _: Reply(200, dict(PAGE.headers), PAGE.content)))


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """`typed(*arguments, env={})`: what a command gives, typed in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("TENANT", "EMAIL", "PASSWORD", "TOKEN", "AS", "OTHER_TENANT"):
        monkeypatch.delenv(f"BACASABLE_{name}", raising=False)

    def run(*arguments, **env):
        return CliRunner().invoke(main, list(map(str, arguments)), env=env)

    return run


def one_line(done):
    """The only line on standard error of a command that failed with 2, and printed nothing."""
    assert done.exit_code == 2, (done.stdout, done.stderr, done.exception)
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("bacasable: ")
    return line


def test_a_server_that_keeps_the_contract(typed, serving, tmp_path):
    reports = [f"--report={form}={form}.out" for form in FORMATS]
    done = typed("verify", serving(), *QUICK, *reports)
    assert done.exit_code == 0, (done.stdout, done.stderr)
    assert done.stdout.rstrip().endswith("The contract is kept. (exit status 0)")
    assert done.stderr == ""
    assert all((tmp_path / f"{form}.out").stat().st_size > 100 for form in FORMATS)
    assert json.loads(Path(".bacasable/report.json").read_text("utf-8"))["verdict"] == "kept"
    assert Path(".bacasable/.gitignore").read_text("utf-8") == "*\n"


def test_a_server_that_breaks_it(typed, serving):
    done = typed("verify", serving(BROKEN), *ONE)
    assert done.exit_code == 1
    assert "list-total" in done.stdout
    assert done.stdout.rstrip().endswith("(exit status 1)")


WRONG = [
    (["localhost:4010"], "'localhost:4010' is no address; write http://127.0.0.1:4010, say"),
    (["http://x.example/?a=1"], "has a query or a fragment"),
    (["http://u:p@x.example"], "no credentials in it; give --email and --password"),
    (["{url}", "--email", "a@b.example"], "--password (or BACASABLE_PASSWORD) is missing"),
    (["{url}", "--password", "x"], "belong together; --email is missing"),
    (["{url}", "--as", "ADMIN"], "--as: write ROLE:EMAIL:PASSWORD"),
    (["{url}", "--as", "LERNER:a@b.example:x"], "no role 'LERNER' in the contract; did you mean"),
    (["{url}", "--as", "LEARNER:a@b.example:x"], "a@b.example at tenant 'votre-tenant' was ref"),
    (["{url}", "--other-tenant", "x:a@b.example"], "--other-tenant: write SLUG:EMAIL:PASSWORD"),
    (["{url}", "--other-tenant", "vide:a@b.example:x"], "refused (status 401, INVALID_CREDENT"),
    (["{url}", "--header", "nothing"], "--header: a header is written 'Name: value'"),
    (["{url}", "--email", "admin@example.com", "--password", "no"], "check --email and --passwo"),
    (["{url}", "--token", "no"], "the credentials given by --token were refused"),
    (["{url}", "--header", "Authorization: Bearer no"], "given by --header were refused"),
    (["{url}", "--tenant", "nobody"], "at tenant 'nobody' was refused"),
    (["{url}/nowhere"], "the login at /nowhere/auth/login answered status 404, UNKNOWN_PATH"),
    (["{url}", "--only", "Companie"], "no tag or operation 'Companie' in the contract; did you"),
    (["{url}", "--exclude", "x"], "there is no tag or operation 'x'"),
    (["{url}", "--only", "Users", "--exclude", "Users"], "leave no operation to judge"),
    (["{url}", "--check", "list-totl"], "no check 'list-totl'; did you mean 'list-total'"),
    (["{url}", "--profile", "fast"], "'fast' is not one of 'quick', 'standard', 'deep'"),
    (["{url}", "--max-time", "soon"], "--max-time: 'soon' is no duration; write 90s, 5m or 1h"),
    (["{url}", "--max-time", "0"], "--max-time: '0' is no duration"),
    (["{url}", "--timeout", "-1s"], "--timeout: '-1s' is no duration"),
    (["{url}", "--rate", "fast"], "--rate: 'fast' is no rate; write 50/s or 3000/m"),
    (["{url}", "--workers", "0"], "--workers: 0 is not in the range 1<=x<=32"),
    (["{url}", "--seed", "x"], "--seed: 'x' is not a valid integer"),
    (["{url}", "--report", "pdf=x"], "no format 'pdf'; known are json, junit"),
    (["{url}", "--report", "htm=x"], "no format 'htm'; did you mean 'html'?"),
    (["{url}", "--report", "html"], "write FORMAT=PATH, such as html=report.html"),
    (["{url}", "--report", "html=none/x.html"], "there is no folder none"),
    (["{url}", "--report", "html=folder"], "folder is a folder; write the name of a file"),
    (["{url}", "--contract", "none.yaml"], "none.yaml: cannot be read (No such file"),
    (["{url}", "--contract", "folder"], "folder: cannot be read (Is a directory)"),
    (["{url}", "--contract", "broken.yaml"], "broken.yaml:2: "),
    (["{url}", "--contract", "empty.yaml"], "empty.yaml:1: /openapi: is missing; write it"),
    (["{url}", "--known", "none.toml"], "there is no such file; --baseline writes one"),
    (["{url}", "--known", "folder"], "folder: cannot be read (Is a directory)"),
    (["{url}", "--known", "broken.yaml"], "broken.yaml: is no TOML"),
    (["{url}", "--wfc-auth", "none.yaml"], "none.yaml: cannot be read"),
    (["{url}", "--wfc-auth", "folder"], "folder: cannot be read"),
    (["{url}", "--nope"], "there is no option '--nope'"),
    (["{url}", "two"], "unexpected extra argument (two)"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG, ids=lambda v: "".join(v)[-40:])
def test_a_mistake_is_one_line(typed, serving, arguments, said):
    Path("folder").mkdir()
    Path("broken.yaml").write_text("a: [\n", "utf-8")
    Path("empty.yaml").write_text("{}\n", "utf-8")
    url = serving() if "{url}" in arguments[0] else ""
    line = one_line(typed("verify", *(a.replace("{url}", url) for a in arguments), "--quiet"))
    assert said in line
    assert not Path(".bacasable").exists()


def test_without_a_url_the_line_shows_one(typed):
    assert "URL is missing; write 'bacasable verify http" in one_line(typed("verify"))


def test_where_nobody_listens(typed):
    line = one_line(typed("verify", "http://127.0.0.1:9"))
    assert line.startswith("bacasable: http://127.0.0.1:9 cannot be reached: no connection")


def test_a_server_that_is_no_api_at_all(typed, serving):
    line = one_line(typed("verify", serving(WEB)))
    assert "the login at /api/v1/auth/login answered what is no JSON; check the URL" in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[verify]\nsede = 1\n", "there is no setting 'sede'; did you mean 'seed'?"),
        ("[verify]\nprofile = 'fast'\n", "'fast' is not one of"),
        ("[verify]\nworkers = 0\n", "0 is not in the range"),
        ("[verify\n", "bacasable.toml: cannot be read"),
        ("[verify]\npassword = '${NOT_SET_ANYWHERE}'\n", "NOT_SET_ANYWHERE is not set"),
    ],
)
def test_a_mistake_in_the_configuration_is_one_line(typed, serving, text, said):
    Path("bacasable.toml").write_text(text, "utf-8")
    assert said in one_line(typed("verify", serving()))


def _seed_and_tenant():
    options = json.loads(Path(".bacasable/report.json").read_text("utf-8"))["options"]
    return options["seed"], options["tenant"], options["only"]


def test_an_option_goes_before_the_environment_and_that_before_the_file(typed, serving):
    Path("bacasable.toml").write_text(
        f'[verify]\nurl = "{serving()}"\nseed = 5\ntenant = "nobody"\nonly = ["Users"]\n'
        'check = ["list-total"]\nprofile = "quick"\n'
        f'email = "admin@example.com"\npassword = "{PASSWORD}"\n',
        "utf-8",
    )
    assert "at tenant 'nobody' was refused" in one_line(typed("verify", "--quiet"))
    done = typed("verify", "--quiet", BACASABLE_TENANT="votre-tenant")
    assert done.exit_code == 0, done.stderr
    assert _seed_and_tenant() == (5, "votre-tenant", ["Users"])
    typed("verify", "--quiet", "--only", "Companies", "--seed", 6, "--tenant", "votre-tenant")
    assert _seed_and_tenant() == (6, "votre-tenant", ["Companies"])


def test_a_login_that_is_nearer_goes_before_a_token(typed, serving):
    login = ("--email", "admin@example.com", "--password", PASSWORD)
    assert typed("verify", serving(), *ONE, *login, BACASABLE_TOKEN="no").exit_code == 0
    Path("bacasable.toml").write_text('[verify]\ntoken = "no"\n', "utf-8")
    env = {"BACASABLE_EMAIL": "admin@example.com", "BACASABLE_PASSWORD": PASSWORD}
    assert typed("verify", serving(), *ONE, **env).exit_code == 0
    assert "--token were refused" in one_line(typed("verify", serving(), *ONE))


SECRETS = (PASSWORD, OTHER_PASSWORD, "key-0123456789abcdef")
_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{16,}")
WFC = {
    "auth": [
        {
            "name": name,
            "fixedHeaders": [{"name": "X-Key", "value": SECRETS[2]}],
            "loginEndpointAuth": {
                "endpoint": "/api/v1/auth/login",
                "verb": "POST",
                "contentType": "application/json",
                "headers": [{"name": "X-Tenant-ID", "value": "votre-tenant"}],
                "payloadUserPwd": {
                    "username": email,
                    "usernameField": "email",
                    "password": PASSWORD,
                    "passwordField": "password",
                },
                "token": {
                    "extractFrom": "body",
                    "extractSelector": "/data/accessToken",
                    "sendIn": "header",
                    "sendName": "Authorization",
                    "sendTemplate": "Bearer {token}",
                },
            },
        }
        for name, email in (("admin", "admin@example.com"), ("learner", "apprenant@example.com"))
    ]
}


def _given(channel):
    """Credentials by one way: arguments, and variables of the environment."""
    other = f"atelier-nord:admin@atelier-nord.example:{OTHER_PASSWORD}"
    role = f"LEARNER:apprenant@example.com:{PASSWORD}"
    if channel == "command line":
        login = ["--email", "admin@example.com", "--password", PASSWORD]
        return [
            *login,
            "--as",
            role,
            "--other-tenant",
            other,
            "--header",
            f"X-Key: {SECRETS[2]}",
        ], {}
    if channel == "environment":
        login = {"BACASABLE_EMAIL": "admin@example.com", "BACASABLE_PASSWORD": PASSWORD}
        return [], {**login, "BACASABLE_AS": role, "BACASABLE_OTHER_TENANT": other}
    if channel == "WFC":
        Path("auth.json").write_text(json.dumps(WFC), "utf-8")
        return ["--wfc-auth", "auth.json"], {}
    Path("bacasable.toml").write_text(
        '[verify]\nemail = "admin@example.com"\npassword = "${SECRET}"\n'
        f'as = ["{role}"]\nother-tenant = ["{other}"]\nheader = ["X-Key: {SECRETS[2]}"]\n',
        "utf-8",
    )
    return [], {"SECRET": PASSWORD}


@pytest.mark.parametrize("channel", ["command line", "environment", "file", "WFC"])
def test_secrets_are_in_no_output(typed, serving, tmp_path, channel):
    arguments, env = _given(channel)
    reports = [f"--report={form}=out.{form}" for form in FORMATS]
    checks = ["--check", "no-server-error", "--check", "list-total", "--check", "roles-refused"]
    url = serving(BROKEN)
    done = typed("verify", url, *QUICK, *checks, *reports, *arguments, **env)
    assert done.exit_code == 1, (done.stdout, done.stderr)
    again = typed("replay", _finding(), *arguments, **env)
    written = [tmp_path / ".bacasable/report.json", *tmp_path.glob("out.*")]
    texts = [p.read_text("utf-8") for p in written]
    assert len(texts) == len(FORMATS) + 1
    for text in (*texts, done.stdout, done.stderr, again.stdout, again.stderr):
        assert [secret for secret in SECRETS if secret in text] == []
        assert _TOKEN.search(text) is None


def _finding():
    report = json.loads(Path(".bacasable/report.json").read_text("utf-8"))
    return next(f["id"] for f in report["findings"] if f["check"] == "list-total")


def test_a_baseline_accepts_what_is_there_and_no_more(typed, serving):
    done = typed("verify", serving(BROKEN), *ONE, "--baseline")
    assert done.exit_code == 0
    assert "added to bacasable-known.toml; give each its reason and date" in done.stderr
    accepted = typed("verify", serving(BROKEN), *ONE)
    assert accepted.exit_code == 0, accepted.stdout
    assert "Accepted" in accepted.stdout
    mended = typed("verify", serving(), *ONE)
    assert mended.exit_code == 1
    assert "is not seen any more" in mended.stdout
    named = typed("verify", serving(BROKEN), *ONE, "--known", "bacasable-known.toml")
    assert named.exit_code == 0


def test_a_line_that_has_expired_is_an_error(typed, serving):
    typed("verify", serving(BROKEN), *ONE, "--baseline")
    known = Path("bacasable-known.toml")
    past = (date.today() - timedelta(days=2)).isoformat()  # noqa: DTZ011 - a day in the past
    known.write_text(re.sub(r"expires = \S+", f"expires = {past}", known.read_text("utf-8")))
    done = typed("verify", serving(BROKEN), *ONE)
    assert done.exit_code == 1
    assert f"expired on {past}" in done.stdout


def test_a_finding_is_replayed(typed, serving, clean):
    typed("verify", serving(BROKEN), *ONE)
    finding = _finding()
    still = typed("replay", finding)
    assert (still.exit_code, still.stdout.splitlines()[0].split(" (")[0]) == (
        1,
        f"{finding}: still there",
    )
    elsewhere = typed("replay", finding, "--url", clean.url)
    assert (elsewhere.exit_code, f"{finding}: gone" in elsewhere.stdout) == (0, True)
    Path("bacasable.toml").write_text('[verify]\nurl = "http://127.0.0.1:9"\n', "utf-8")
    assert typed("replay", finding).exit_code == 1
    serving()
    assert typed("replay", finding).exit_code == 0


def test_a_replay_that_is_not_possible_is_one_line(typed, serving):
    assert "run 'bacasable verify' first" in one_line(typed("replay", "list-total-000000"))
    typed("verify", serving(BROKEN), *ONE)
    finding = _finding()
    assert f"did you mean '{finding}'?" in one_line(typed("replay", finding[:-1] + "_"))
    line = one_line(typed("replay", finding, "--url", "http://127.0.0.1:9"))
    assert "cannot be reached" in line


def _until_a_record_is_there(process, made):
    assert made.wait(60)


def _until_progress_is_told(process, made):
    assert "operations" in process.stderr.readline()


# A plain line of progress comes after five seconds.
TELLING = pytest.param(_until_progress_is_told, marks=pytest.mark.sweep)


@pytest.mark.parametrize("wait", [_until_a_record_is_there, TELLING])
def test_ctrl_c_cleans_up_and_reports(serving, tmp_path, wait):
    made = threading.Event()

    def notice(call, reply):
        if call.is_("POST", "/companies") and reply.status == 201:
            made.set()

    watched = Defect("none", "", (), "", answers(notice))
    command = [sys.executable, "-m", "bacasable", "verify", serving(watched), "--only", "Companies"]
    with subprocess.Popen(
        [*command, "--profile", "deep", "--rate", "60/s"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait(process, made)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        shown, said = process.communicate(timeout=60)
    assert time.monotonic() - began < 30
    assert process.returncode in (1, 2)
    assert "Traceback" not in said
    assert "interrupted" in shown
    report = json.loads((tmp_path / ".bacasable/report.json").read_text("utf-8"))
    assert report["stopped"] == "interrupted"
    assert "Company: the clean-up" not in str(report["residue"])


def test_the_checks_are_listed_without_a_server(typed):
    done = typed("verify", "--list-checks")
    assert done.exit_code == 0
    assert "list-total" in done.stdout
    assert len(done.stdout.splitlines()) > 40
