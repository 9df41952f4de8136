"""The first command of the README in a fresh clone: an answer over HTTP, or one line with why."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from installing.environment import TEST_LOCK, python_of

from tests.install.support import run, variables

pytestmark = [pytest.mark.sweep, pytest.mark.turns]

NOWHERE = "http://127.0.0.1:9"


def start(clone: Path, *words: str, **changed: str) -> subprocess.Popen[str]:
    with (clone / "said").open("w") as said:
        return subprocess.Popen(
            [sys.executable, "run.py", *words],
            cwd=clone,
            env=variables(**changed),
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )


def interrupt(process: subprocess.Popen[str]) -> int:
    """What Ctrl-C does on a terminal: all of the group is interrupted."""
    os.killpg(process.pid, signal.SIGINT)
    return process.wait(60)


def served(clone: Path, **changed: str) -> str:
    """Serve until the sandbox answers; what was told of the installation."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    process = start(clone, "serve", "--port", port, **changed)
    try:
        health = json.loads(answer(process, f"http://127.0.0.1:{port}/_sandbox/health"))
        assert health["status"] == "ok"
    finally:
        code = interrupt(process)
    assert code == 0
    return (clone / "said").read_text("utf-8")


def answer(process: subprocess.Popen[str], url: str) -> bytes:
    for _ in range(3000):
        assert process.poll() is None
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return response.read()
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)


def test_serve_installs_once_is_interrupted_and_repairs_what_is_broken(clone):
    process = start(clone, "serve")
    log = clone / ".venv" / "lib"
    while not any(log.glob("*/site-packages/click")):
        assert process.poll() is None
        time.sleep(0.05)
    assert interrupt(process) == 130
    assert (clone / "said").read_text("utf-8").splitlines()[-1].startswith("run.py: interrupted")

    told = served(clone).splitlines()
    assert told[0] == "Installing into .venv anew (it was not finished) ..."
    assert len(told) < 40
    assert any(line.startswith("  3/3 bacasable") for line in told)

    assert "Installing" not in served(clone)
    python = python_of(clone / ".venv")
    subprocess.run([python, "-m", "pip", "check"], check=True)
    listed = subprocess.run(
        [python, "-m", "pip", "list"], capture_output=True, text=True, check=True
    ).stdout
    assert not {"ruff", "mypy", "coverage", "playwright"} & set(listed.split())

    (removed,) = (clone / ".venv").rglob("site-packages/uvicorn/config.py")
    removed.unlink()
    assert "uvicorn/config.py is missing" in served(clone)

    # The second step, into the same environment; refused first.
    offline = {"PIP_INDEX_URL": NOWHERE, "PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "1"}
    added = adds_tests(clone, **offline)
    assert TEST_LOCK.name in added.stderr
    assert "did not answer" in added.stderr
    assert "Installing" not in served(clone)
    assert adds_tests(clone).stdout.strip() == str(python)
    subprocess.run([python, "-m", "pip", "check"], check=True)
    subprocess.run([python, "-m", "ruff", "--version"], check=True)
    assert "Installing" not in served(clone)


def adds_tests(clone: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    """The part of `run.py test` that installs."""
    program = "from installing.environment import environment; print(environment(tests=True))"
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=clone,
        env=variables(**changed),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def refused(clone: Path, **changed: str) -> str:
    """The line that a first run ends with."""
    done = run(clone, "serve", "--help", PIP_NO_CACHE_DIR="1", **changed)
    assert done.returncode == 2
    assert "Traceback" not in done.stdout + done.stderr
    *steps, line = done.stderr.splitlines()
    assert all(step.startswith(("Installing", "  ")) for step in steps)
    assert len(steps) < 10
    assert line.startswith("run.py: ")
    return line


def test_without_a_network(clone):
    assert "did not answer" in refused(clone, PIP_INDEX_URL=NOWHERE, PIP_RETRIES="1")


def test_with_a_name_that_is_not_known(clone):
    assert "did not answer" in refused(
        clone, PIP_INDEX_URL="https://index.invalid", PIP_RETRIES="1"
    )


def test_with_a_proxy_that_refuses(clone):
    line = refused(clone, HTTPS_PROXY=NOWHERE, https_proxy=NOWHERE, no_proxy="", PIP_RETRIES="1")
    assert "the proxy refused" in line


def test_with_an_authority_that_is_not_known(clone, tmp_path):
    none = str(tmp_path / "none.pem")
    line = refused(clone, PIP_CERT=none, REQUESTS_CA_BUNDLE=none, PIP_RETRIES="1")
    assert "PIP_CERT" in line


def test_with_an_index_that_lacks_packages(clone, tmp_path):
    assert "has no " in refused(clone, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path))


def test_without_the_module_ensurepip(clone, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['ensurepip'] = None")
    assert "apt install python3-venv" in refused(clone, PYTHONPATH=str(tmp_path))


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "tmpfs", folder, *options], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("a file system of its own may not be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.skipif(os.name == "nt", reason="mount is of other systems")
@pytest.mark.parametrize("size", ["1m", "60m"])
def test_without_space_on_the_disk(clone, size):
    (clone / ".venv").mkdir()
    with mounted(clone / ".venv", "-o", f"size={size}"):
        line = refused(clone)
        assert "no space is left" in line
        assert "MB" in line


@pytest.mark.skipif(os.name == "nt", reason="mount is of other systems")
def test_in_a_folder_that_is_only_read(clone):
    (clone / ".venv").mkdir()
    with mounted(clone / ".venv", "-o", "ro"):
        assert "cannot be written" in refused(clone)


def test_settings_of_pip_that_lead_elsewhere_do_not_matter(clone, tmp_path):
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nuser = true\nconstraint = /nowhere\nrequire-virtualenv = true\n")
    assert "Installed in" in served(
        clone, PIP_CONFIG_FILE=str(settings), PIP_TARGET=str(tmp_path), PIP_QUIET="3"
    )
