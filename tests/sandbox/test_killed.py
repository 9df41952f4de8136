"""Killed at any moment: what was kept is there, and nothing is given twice, lost or not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
MANY = 500 if os.environ.get("BACASABLE_SWEEP") == "all" else 50
SEED = os.environ.get("BACASABLE_ATTACK_SEED", "1")


@pytest.mark.parametrize("mode", ["complete", "sometimes"])
@pytest.mark.parametrize("times", [12, pytest.param(MANY, marks=pytest.mark.sweep)])
def test_what_was_kept_outlives_a_kill(tmp_path: Path, mode: str, times: int) -> None:
    command = [sys.executable, "-m", "tests.sandbox.killing", SEED, str(times), mode, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["wrong"] == [], found
    assert found["killed"] == times
    assert found["kept"] > times / 4
