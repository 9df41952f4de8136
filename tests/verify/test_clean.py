"""The sandbox keeps its contract: the whole kit, in short, as a user runs it, finds nothing."""

import json
import subprocess
import sys

import pytest


def judged(clean, tmp_path, *options):
    """The report of a run of the command that finds nothing."""
    command = [sys.executable, "-m", "bacasable", "verify", clean.url, "--profile", "quick"]
    command += ["--other-tenant", "atelier-nord:admin@atelier-nord.example:bac-a-sable-2026"]
    command += ["--quiet", "--report", "json=report.json", "--report", "html=report.html"]
    done = subprocess.run(
        [*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-6000:] + done.stderr
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["findings"] == []
    assert report["unproved"] == []
    assert "The contract is kept" in done.stdout


@pytest.mark.sweep
@pytest.mark.turns
def test_the_kit_finds_nothing_in_a_part_of_the_sandbox(clean, tmp_path):
    """What all checks do is done here; `test_fuzz.py` calls the operations that are not."""
    judged(clean, tmp_path, "--only", "Enrollments", "--only", "Companies")


@pytest.mark.sweep
@pytest.mark.turns
def test_the_kit_finds_nothing_on_the_sandbox(clean, tmp_path):
    judged(clean, tmp_path)
    assert 100_000 < (tmp_path / "report.html").stat().st_size < 2_000_000
