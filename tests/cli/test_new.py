"""`bacasable new`, and `serve --watch` on what it wrote: in processes, as a user types them."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_cli import BACASABLE, fetch, one_line, run, typed
from tests.support import FEW_PLUGINS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as it was written. Those who change it copy it."""
    path = tmp_path_factory.mktemp("new") / "my-api"
    done = typed("new", path)
    assert done.returncode == 0, done.stderr
    return path


@contextmanager
def serving(*arguments: Any) -> Any:
    """A sandbox in a process; gives its base URL and a way to read what it prints next."""
    command = [*BACASABLE, "serve", "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        lines = []
        while not lines or "Ctrl+C" not in lines[-1]:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            lines.append(line.rstrip())
        yield lines[0].split()[-1], lambda: process.stdout.readline().rstrip()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def post(url: str, body: Any) -> tuple[int, Any]:
    data, head = json.dumps(body).encode(), {"Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, head), timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_what_is_written_is_told_and_explained(folder: Path) -> None:
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    rest = {"rules.py", "pytest.ini", "test_tools.py", "fixtures/tools.yaml"}
    assert files == {"openapi.yaml", "guides/borrowing.md", *rest}
    assert len((folder / "openapi.yaml").read_text("utf-8").splitlines()) < 125
    for path in folder.rglob("*.*"):
        text = path.read_text("utf-8")
        assert re.search(r'^ *#|"""', text, re.MULTILINE), f"{path.name} explains nothing"


def test_a_folder_that_is_not_empty_is_left_alone(folder: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    assert "is there already, and not empty" in one_line(typed("new", folder))
    assert "is there already" in one_line(typed("new", folder / "openapi.yaml"))
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before
    assert "cannot be written" in one_line(typed("new", folder / "rules.py" / "x"))
    assert typed("new", tmp_path).returncode == 0
    assert (tmp_path / "openapi.yaml").is_file()


def test_it_is_checked(folder: Path, tmp_path: Path) -> None:
    done = typed("check", folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "No findings.\n", "")
    assert "borrow" in typed("routes", folder).stdout
    typed("new", tmp_path)
    for name, old, new, says in (
        ("rules.py", "DUE_WHEN_OPEN", "DUE_WHEN_OPN", "rules.py:19: no operation declares"),
        ("rules.py", "SUNDAY =", "SUNDAY ==", "rules.py:5: cannot be run: NameError"),
        (
            "fixtures/tools.yaml",
            "kind: hand",
            "kind: foot",
            "fixtures/tools.yaml:6: /records/Tool/1",
        ),
    ):
        file = tmp_path / name
        text = file.read_text("utf-8")
        file.write_text(text.replace(old, new), "utf-8")
        assert says in one_line(typed("check", tmp_path)), name
        assert says in one_line(typed("serve", tmp_path, "--port", "0")), name
        file.write_text(text, "utf-8")
    contract = tmp_path / "openapi.yaml"
    contract.write_text(contract.read_text("utf-8").replace("draft.toolId", "draft.tool"), "utf-8")
    assert typed("check", tmp_path).returncode == 1


def test_it_is_served(folder: Path) -> None:
    with serving(folder) as (url, _):
        tools = {tool["id"]: tool["name"] for tool in fetch(f"{url}/tools")}
        assert tools == {1: "Cordless drill", 2: "Hedge trimmer", 3: "Spirit level"}
        loan = {"toolId": 1, "borrower": "Ada", "dueOn": "2031-03-03"}
        assert post(f"{url}/loans", loan)[0] == 201
        status, refused = post(f"{url}/loans", loan)
        assert (status, refused["status"]) == (409, 409)
        assert "one person at a time" in refused["detail"]
        page = url.removesuffix("/v1") + "/en/guides/borrowing.html"
        with urllib.request.urlopen(page, timeout=20) as answer:
            assert b"Borrowing a tool" in answer.read()


def test_its_tests_pass_and_can_fail(folder: Path, tmp_path: Path) -> None:
    import os

    def tried(path: Path) -> str:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        environment = os.environ | FEW_PLUGINS | {"PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            command, cwd=path, env=environment, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    assert "3 passed" in tried(folder)
    typed("new", tmp_path)
    code = tmp_path / "rules.py"
    code.write_text(code.read_text("utf-8").replace("SUNDAY = 6", "SUNDAY = 5"), "utf-8")
    assert "1 failed, 2 passed" in tried(tmp_path)


def test_what_changes_while_it_is_served_is_taken_over(tmp_path: Path) -> None:
    typed("new", tmp_path)
    with serving(tmp_path, "--watch") as (url, next_line):
        assert post(f"{url}/tools", {"name": "Saw", "kind": "hand"})[0] == 201
        code, contract = tmp_path / "rules.py", tmp_path / "openapi.yaml"
        text = code.read_text("utf-8")
        code.write_text(text + "x = (\n", "utf-8")
        assert re.match(r"Not reloaded, .*rules\.py:20: is no Python: ", next_line())
        code.write_text(text.replace("SUNDAY = 6", "SUNDAY = 0"), "utf-8")
        assert re.match(r"Reloaded in [\d.]+ s: rules\.py$", next_line())
        loan = {"toolId": 1, "borrower": "Ada", "dueOn": "2031-03-03"}
        assert post(f"{url}/loans", loan)[0] == 409
        contract.write_text(
            contract.read_text("utf-8").replace(
                "minLength: 1, maxLength", "minLength: 4, maxLength"
            ),
            "utf-8",
        )
        assert next_line().endswith(": openapi.yaml; 1 record does not fit any more, and left out")
        assert len(fetch(f"{url}/tools")) == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--watch"], "--watch: is for a document that is being written; give the FILE"),
        (["openapi.yaml", "--watch", "--state", "s.json"], "leave out --state"),
        (["nowhere/", "--watch"], "cannot be read"),
        ([".", "--platform", "x"], "both say what is served"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], says: str) -> None:
    assert says in one_line(run("serve", "--port", "0", *arguments))
