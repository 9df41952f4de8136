"""The stock Schemathesis command line finds nothing wrong: all phases, as an outsider would run it.

BACASABLE_FUZZ_EXAMPLES raises the number of examples for each operation (50 for a release). Both
belong to the sweep: tests/verify judges the API with Schemathesis and more.
"""

import os
import subprocess
import sys

import pytest

from bacasable.core import SystemClock
from bacasable.resources import fixture_path
from bacasable.server.launch import build_sandbox
from tests.support import ALL, SMALL, make_sandbox, over_socket

EXAMPLES = os.environ.get("BACASABLE_FUZZ_EXAMPLES", "5")


@pytest.fixture
def fuzzed(contract):
    """A fresh sandbox over a socket, at the machine's time: a token must outlive the run."""
    with over_socket(make_sandbox(contract, ALL, clock=SystemClock())) as api:
        yield api


@pytest.mark.sweep
@pytest.mark.turns
def test_the_stock_schemathesis_command_reports_no_failure(fuzzed, tmp_path):
    caller = fuzzed.as_("SUPER_ADMIN")
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{fuzzed.url}/openapi.json"]
    for name, value in caller.headers.items():
        command += ["-H", f"{name}: {value}"]
    command += ["-n", EXAMPLES, "--seed", "1", "--continue-on-failure", "--no-color"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "Tested: 111" in done.stdout


KEY = "a key for the controls of this test"
BESIDE = "positive_data_acceptance,ignored_auth,missing_required_header"
"""Fixtures, records and options of faults follow rules that the document tells in words.

Without the key no control is told apart from a path that does not exist: 404 stands for 401.
"""
STREAM = "readLog"


@pytest.mark.sweep
@pytest.mark.turns
def test_it_finds_nothing_wrong_with_the_controls_either(contract, tmp_path):
    names = [fixture_path(name) for name in SMALL]
    sandbox = build_sandbox(contract=contract, fixtures=names, key=KEY)
    with over_socket(sandbox) as api:
        # Examples in the document are of no platform: a tenant that there is has to be named.
        (tmp_path / "schemathesis.toml").write_text('[parameters]\ntenant = "votre-tenant"\n')
        command = [sys.executable, "-m", "schemathesis.cli", "run"]
        command += [f"{api.url}/_sandbox/openapi.json", "-H", f"X-Sandbox-Key: {KEY}"]
        command += ["--exclude-operation-id", STREAM, "--exclude-checks", BESIDE]
        command += ["-n", EXAMPLES, "--seed", "1", "--continue-on-failure", "--no-color"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "Tested: 34" in done.stdout
