"""The stock Schemathesis command line finds nothing wrong: all phases, as an outsider would run it.

BACASABLE_FUZZ_EXAMPLES raises the number of examples for each operation (50 for a release).
"""

import os
import subprocess
import sys

import pytest

from bacasable.core import SystemClock
from tests.support import ALL, make_sandbox, over_socket

EXAMPLES = os.environ.get("BACASABLE_FUZZ_EXAMPLES", "5")


@pytest.fixture
def fuzzed(contract):
    """A fresh sandbox over a socket, at the machine's time: a token must outlive the run."""
    with over_socket(make_sandbox(contract, ALL, clock=SystemClock())) as api:
        yield api


def test_the_stock_schemathesis_command_reports_no_failure(fuzzed, tmp_path):
    caller = fuzzed.as_("SUPER_ADMIN")
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{fuzzed.url}/openapi.json"]
    for name, value in caller.headers.items():
        command += ["-H", f"{name}: {value}"]
    command += ["-n", EXAMPLES, "--seed", "1", "--continue-on-failure", "--no-color"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "Tested: 111" in done.stdout
