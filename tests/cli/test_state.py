"""serve --state in a process of its own: stopped, killed, twice on one file, on no file at all."""

import http.client
import json
import random
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from tests.cli.test_cli import fetch, one_line, run, typed

SERVE = [sys.executable, "-m", "bacasable", "serve", "--port", "0", "--tenants", "vide"]


class Served:
    """A sandbox that keeps its state in a file, and calls of it."""

    def __init__(self, path, *arguments, **options):
        command = [*SERVE, "--state", str(path), "--state-interval", "1", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
        lines = []
        while not lines or "Ctrl+C" not in lines[-1]:
            lines.append(self.process.stdout.readline().rstrip())
            assert lines[-1] or self.process.poll() is None
        self.url = lines[0].split()[-1].removesuffix("/api/v1")
        fetch(self.url + "/_sandbox/health")  # the banner comes before the first answer
        self.headers = {"X-Tenant-ID": "vide", "Content-Type": "application/json"}

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, self.headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def login(self):
        tokens = self.call("POST", "/_sandbox/tenants/vide/tokens", {"role": "ADMIN"})
        self.headers["Authorization"] = f"Bearer {tokens['accessToken']}"
        return self

    def company(self, name):
        return self.call("POST", "/api/v1/companies", {"name": name})["data"]["id"]

    def knows(self, company):
        try:
            self.call("GET", f"/api/v1/companies/{company}")
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return False
        return True

    def end(self, how):
        self.process.send_signal(how)
        status = self.process.wait(timeout=20)
        self.process.stdout.close()
        return status


HOW = [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.sweep)]


@pytest.fixture
def serve(tmp_path):
    running = []

    def start(path=tmp_path / "state.json", *arguments, **options):
        running.append(Served(path, *arguments, **options))
        return running[-1]

    yield start
    for served in running:
        if served.process.poll() is None:
            served.end(signal.SIGKILL)


@pytest.mark.parametrize("how", HOW)
def test_who_is_stopped_saves_everything(serve, how):
    first = serve().login()
    made = [first.company(f"Société {n}") for n in range(5)]
    first.call("POST", "/_sandbox/tenants/vide/forks", {"slug": "essai"})
    first.end(how)
    second = serve()
    second.headers = first.headers
    assert all(second.knows(company) for company in made)
    slugs = [t["slug"] for t in second.call("GET", "/_sandbox/tenants")["items"]]
    assert slugs == ["vide", "essai"]


def no_room():
    """The disk of a process is full: no file of it may be longer than a start needs."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="files have no limit here")
@pytest.mark.parametrize("how", HOW)
def test_who_is_stopped_and_cannot_save_says_so(serve, tmp_path, how):
    with (tmp_path / "said").open("w") as said:
        served = serve(stderr=said, preexec_fn=no_room).login()
        for number in range(40):
            served.company(f"Société {number}")
        assert served.end(how) == 1
    last = (tmp_path / "said").read_text("utf-8").splitlines()[-1]
    assert "what has changed since it was saved last is lost" in last


@pytest.mark.parametrize("times", [1, pytest.param(8, marks=pytest.mark.sweep)])
def test_who_is_killed_loses_the_last_seconds_at_most(serve, tmp_path, times):
    """Saved every second: each time it is killed at another moment, while it writes and saves."""
    chance, kept = random.Random(3), []
    for _ in range(times):
        served = serve().login()
        assert all(served.knows(company) for company in kept)
        kept.append(served.company("Exemple"))
        write_until(served, lambda: kept[-1] in (tmp_path / "state.json").read_text("utf-8"))
        soon = time.monotonic() + chance.uniform(0.0, 1.5)
        write_until(served, lambda at=soon: time.monotonic() > at)
        served.end(signal.SIGKILL)
    last = serve().login()
    assert all(last.knows(company) for company in kept)
    left = {path.name for path in tmp_path.iterdir()} - {"state.json", ".state.json.lock"}
    assert len(left) <= times


def write_until(served, done):
    """Make records until something is so, which is soon."""
    latest = time.monotonic() + 20
    while not done():
        assert time.monotonic() < latest
        served.company("Autre exemple")


def test_two_on_one_file_are_one_too_many(serve, tmp_path):
    serve()
    said = one_line(
        run("serve", "--port", "0", "--tenants", "vide", "--state", tmp_path / "state.json")
    )
    assert "another sandbox keeps its state there; stop it, or name another file" in said


def test_a_file_that_is_none_is_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("My notes\n")
    said = one_line(run("serve", "--port", "0", "--tenants", "vide", "--state", path))
    assert "is no state of Bacasable; it was left as it is" in said
    assert path.read_text() == "My notes\n"


@pytest.mark.skipif(not shutil.which("unshare"), reason="there are no namespaces here")
def test_a_file_that_is_a_mount_is_refused_in_one_line(serve, tmp_path):
    """As containers mount a single file. In a namespace of its own, so that nothing is left."""
    path, inside = tmp_path / "state.json", tmp_path / "inside.json"
    serve().end(signal.SIGTERM)
    before = path.read_bytes()
    inside.touch()
    mount = 'mount --bind "$0" "$1" || exit 77; shift; exec "$@"'
    alone = ["unshare", "-rm", "sh", "-c", mount, path, inside]
    if subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("nothing may be mounted here")
    command = [*alone, *SERVE, "--state", inside]
    said = one_line(subprocess.run(command, capture_output=True, text=True, check=False))
    assert "mount its folder instead" in said
    assert path.read_bytes() == before


@pytest.mark.parametrize("place", ["none/state.json", "file/state.json", ""])
def test_a_place_where_no_file_can_be_is_one_line(tmp_path, place):
    (tmp_path / "file").write_text("x")
    one_line(typed("serve", "--port", "0", "--tenants", "vide", "--state", tmp_path / place))


def test_a_cut_breaks_the_connection_of_a_served_sandbox(serve):
    served = serve().login()
    served.call("POST", "/_sandbox/tenants/vide/faults", {"kind": "CUT", "count": 1})
    with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
        served.call("GET", "/api/v1/companies")
    assert served.call("GET", "/api/v1/companies")["data"] == []
    assert served.end(signal.SIGINT) == 0
