"""The README's tour, run as it stands, against a sandbox of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bacasable.core import SystemClock
from tests.support import ALL, SMALL, make_sandbox, over_socket

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not shutil.which("curl"), reason="the tour needs curl")
def test_the_tour_of_the_readme_runs_as_it_stands(contract, tmp_path):
    readme = (ROOT / "README.md").read_text("utf-8")
    tour = re.search(r"## Five minutes.*?```sh\n(.*?)```", readme, re.DOTALL)[1]
    with over_socket(make_sandbox(contract, SMALL, clock=SystemClock())) as api:
        command = f"{sys.executable} -m bacasable"
        tour = tour.replace("http://127.0.0.1:4010", api.url)
        tour = tour.replace(".venv/bin/bacasable token", f"{command} token --base-url $API")
        done = subprocess.run(
            ["sh", "-eu", "-c", tour], cwd=tmp_path, capture_output=True, text=True, check=True
        )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    courses, needs, path, enrollment, timeline, misspelt, rule, foreign = answers
    assert courses["data"][0]["id"] == "crs_excel_macro"
    assert needs["data"]["gapAnalysis"]["simulated"] is True
    assert path["data"]["status"] == "DRAFT"
    assert enrollment["data"]["status"] == "ACTIVE"
    assert timeline["data"]["events"][0]["type"] == "ENROLLMENT_CREATED"
    assert misspelt["code"] == "INVALID_REQUEST"
    assert rule["rules"] == ["PROGRESS_INCOMPLETE"]
    assert foreign["code"] == "NOT_FOUND"


def test_the_commands_for_a_running_sandbox_work_as_they_stand(contract):
    readme = (ROOT / "README.md").read_text("utf-8")
    block = re.search(r"## While it runs.*?```sh\n(.*?)```", readme, re.DOTALL)[1]
    commands = [line.partition("#")[0] for line in block.splitlines() if line[:9] == "bacasable"]
    with over_socket(make_sandbox(contract, ALL, clock=SystemClock())) as api:
        environment = os.environ | {"BACASABLE_URL": api.url}
        for command in commands:
            words = [sys.executable, "-m", *command.split()]
            if "--follow" in words:
                continue
            done = subprocess.run(
                words, env=environment, capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stderr) == (0, ""), command
    assert len(commands) == 5
