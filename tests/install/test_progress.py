"""What is told while it installs: packages counted, few lines in a log, one line on a terminal."""

import io

import pytest
from installing import progress as module
from installing.progress import Progress
from installing.steps import Counter, StepError, run

PIP = """Ignoring colorama: markers "sys_platform == 'win32'" don't match your environment
Collecting click==8.5.1 (from -r a: b.lock (line 2))
  Using cached click-8.5.1-py3-none-any.whl (108 kB)
Requirement already satisfied: six==1.17.0 in /a: b/six (from -r x (line 3)) (1.17.0)
WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by 'NewConnectionError'
Installing collected packages: click
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def counted(tmp_path):
    lock = tmp_path / "a.lock"
    lock.write_text("# b==1\nclick==8.5.1 \\\n    --hash=x\nsix==1\ncolorama==1 ; sys_platform\n")
    told = []
    progress = Progress(1)
    progress.at = lambda detail="": told.append(detail)
    counter = Counter(progress, lock)
    for line in PIP.splitlines():
        counter(line)
    return counter.total, [detail for detail in told if detail]


def test_packages_are_counted_without_those_for_other_systems(counted):
    total, told = counted
    assert total == 2
    assert told[:2] == ["1 of 2, click", "2 of 2, six"]
    assert "does not answer" in told[2]
    assert told[3] == "unpacking 2"


def test_a_log_has_a_line_for_each_step_and_now_and_then_one_between(monkeypatch):
    told = io.StringIO()
    now = [0.0]
    monkeypatch.setattr(module.sys, "stderr", told)
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    progress = Progress(2)
    progress.step("packages")
    for second in range(25):
        now[0] = float(second)
        progress.at(f"{second} of 25")
    progress.done("25 of 25")
    assert told.getvalue().splitlines() == [
        "  1/2 packages: 10 of 25, 10 s",
        "  1/2 packages: 20 of 25, 20 s",
        "  1/2 packages: 25 of 25, 24 s",
    ]


def test_a_terminal_has_one_line_that_changes(monkeypatch):
    told = Terminal()
    monkeypatch.setattr(module.sys, "stderr", told)
    progress = Progress(1)
    progress.step("packages")
    progress.at("1 of 2, " + "x" * 500)
    progress.done("2 of 2")
    assert told.getvalue().count("\n") == 1
    assert max(map(len, told.getvalue().split("\r\033[K"))) < 500


def test_what_a_command_says_is_heard_as_it_comes_and_kept(tmp_path):
    import sys

    heard = []
    program = "import sys, time; print('a', flush=True); time.sleep(1.2); print('é'); sys.exit({})"
    said = run([sys.executable, "-X", "utf8", "-c", program.format(0)], tmp_path, heard.append)
    assert said == "a\né\n"
    assert heard[:2] == ["a\n", ""]
    with pytest.raises(StepError, match="a\né"):
        run([sys.executable, "-X", "utf8", "-c", program.format(1)], tmp_path, heard.append)
