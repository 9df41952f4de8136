"""When the environment is made, added to, or made anew. pip and venv are stood in for."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from installing import environment as module
from installing import steps

FETCHED = "Installing collected packages: it\n"


class Machine:
    """Does what the commands would, in a folder, and notes which were run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.done: list[str] = []
        self.fails: dict[str, str] = {}
        self.site = root / ".venv/lib/python3/site-packages"

    def run(self, command, folder, heard) -> str:
        what = "venv" if "--clear" in command else command[-1]
        self.done.append(what)
        if what in self.fails:
            if self.fails[what] == "interrupt":
                raise KeyboardInterrupt
            raise steps.StepError(self.fails[what])
        if what == "venv":
            shutil.rmtree(self.root / ".venv")
            (self.root / ".venv/bin").mkdir(parents=True)
            (self.root / ".venv/bin/python").symlink_to(sys.executable)
            (self.site / "pip").mkdir(parents=True)
            (self.site / "pip/__main__.py").write_text("")
        else:
            (self.site / f"{Path(what).stem or 'project'}.py").write_text("pass")
        return f"Collecting it\n{FETCHED}"

    def runs(self, *, tests: bool = False) -> list[str] | None:
        """The commands that a call of `environment` ran, or None when it failed."""
        self.done = []
        return self.done if module.environment(tests=tests) else None


@pytest.fixture
def machine(tmp_path, monkeypatch):
    root = tmp_path / "clé d'essai"
    root.mkdir()
    clone = module.ROOT
    for name in ("ROOT", "FOLDER", "STAMP", "LOCK", "TEST_LOCK"):
        there = root / getattr(module, name).relative_to(clone)
        monkeypatch.setattr(module, name, there)
    for name in ("requirements.lock", "requirements-test.lock", "pyproject.toml"):
        (root / name).write_text(name)
    sources = {
        "packages": (module.LOCK,),
        "project": (root / "pyproject.toml",),
        "tests": (module.TEST_LOCK,),
    }
    monkeypatch.setattr(module, "SOURCES", sources)
    machine = Machine(root)
    monkeypatch.setattr(steps, "run", machine.run)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return machine


BASE = ["requirements.lock", "."]
ALL = ["venv", *BASE]


def test_it_is_made_once_and_the_tests_are_added_to_it(machine):
    assert machine.runs() == ALL
    assert machine.runs() == []
    assert machine.runs(tests=True) == ["requirements-test.lock"]
    assert machine.runs(tests=True) == []
    assert machine.runs() == []


def test_tests_first_installs_both(machine):
    assert machine.runs(tests=True) == [*ALL, "requirements-test.lock"]


@pytest.mark.parametrize(
    "breaks",
    [
        lambda m: (m.site / "requirements.py").unlink(),
        lambda m: (m.site / "requirements.py").write_text(""),
        lambda m: (m.root / ".venv/bin/python").unlink(),
        lambda m: (m.root / ".venv/installed.json").unlink(),
        lambda m: (m.root / ".venv/installed.json").write_text("{"),
        lambda m: shutil.rmtree(m.root / ".venv"),
        lambda m: shutil.rmtree(m.root / ".venv/lib"),
        lambda m: (m.root / "requirements.lock").write_text("changed"),
    ],
    ids=["file", "half a file", "python", "stamp", "half a stamp", "all", "packages", "lock"],
)
def test_it_is_made_anew_when_it_is_not_whole(machine, breaks):
    machine.runs()
    breaks(machine)
    assert machine.runs() == ALL
    assert machine.runs() == []


@pytest.mark.parametrize("member", ["root", "base", "python"])
def test_it_is_made_anew_for_another_place_or_python(machine, member, capsys):
    machine.runs()
    stamp = json.loads(module.STAMP.read_text())
    module.STAMP.write_text(json.dumps(stamp | {member: "/elsewhere"}))
    assert machine.runs() == ALL
    assert "Installing into .venv anew (" in capsys.readouterr().err


def test_it_is_left_alone_when_people_bring_pip_up_to_date(machine):
    machine.runs()
    (machine.site / "pip/__main__.py").write_text("newer")
    (machine.site / "theirs.py").write_text("")
    assert machine.runs() == []


def test_without_pip_nothing_is_added_but_all_made_anew(machine):
    machine.runs()
    shutil.rmtree(machine.site / "pip")
    assert machine.runs() == []
    assert machine.runs(tests=True) == [*ALL, "requirements-test.lock"]


def test_a_change_of_the_project_installs_the_project_alone(machine):
    machine.runs()
    (machine.root / "pyproject.toml").write_text("changed")
    assert machine.runs() == ["."]


def test_a_new_lock_of_the_tests_is_no_matter_for_serving(machine):
    machine.runs(tests=True)
    (machine.root / "requirements-test.lock").write_text("changed")
    assert machine.runs() == []
    assert machine.runs(tests=True) == [*ALL, "requirements-test.lock"]


def test_a_failure_is_one_line_and_the_next_run_goes_on(machine, capsys):
    machine.fails = {".": "ERROR: it has no wheels"}
    assert machine.runs() is None
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("run.py: bacasable could not be installed: ERROR: it has no wheels")
    log = machine.root / ".venv/bacasable-install.log"
    assert str(log) in said
    assert "it has no wheels" in log.read_text()
    machine.fails = {}
    assert machine.runs() == ["."]


@pytest.mark.parametrize("said", ["NewConnectionError", "interrupt"])
def test_tests_that_cannot_be_added_leave_what_serves(machine, said):
    machine.runs()
    machine.fails = {"requirements-test.lock": said}
    if said == "interrupt":
        with pytest.raises(SystemExit, match="130"):
            machine.runs(tests=True)
    else:
        assert machine.runs(tests=True) is None
    machine.fails = {}
    assert machine.runs() == []


def test_what_broke_off_while_it_was_written_is_made_anew(machine):
    machine.runs()
    machine.fails = {"requirements-test.lock": f"{FETCHED}ERROR: [Errno 28] full"}
    assert machine.runs(tests=True) is None
    machine.fails = {}
    assert machine.runs() == []
    assert machine.runs(tests=True) == [*ALL, "requirements-test.lock"]


def test_an_interruption_is_one_line(machine, capsys):
    machine.fails = {"requirements.lock": "interrupt"}
    with pytest.raises(SystemExit, match="130"):
        machine.runs()
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-1].startswith("run.py: interrupted")
    machine.fails = {}
    assert machine.runs() == ALL


def test_a_folder_that_cannot_be_made_is_told_with_the_log_elsewhere(machine, capsys, tmp_path):
    module.FOLDER.write_text("a file")
    assert machine.runs() is None
    assert "could not be installed" in capsys.readouterr().err


def test_a_python_without_venv_is_told_what_to_install(machine, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert machine.runs() is None
    assert "apt install python3-venv" in capsys.readouterr().err
    assert not module.FOLDER.exists()


def test_variables_of_pip_that_lead_elsewhere_are_dropped_and_mirrors_kept(monkeypatch):
    for name in ("TARGET", "PREFIX", "USER", "INDEX_URL", "PROXY", "CACHE_DIR"):
        monkeypatch.setenv(f"PIP_{name}", "mine")
    given = steps.variables()
    assert "PIP_TARGET" not in given
    assert "PIP_PREFIX" not in given
    assert given["PIP_USER"] == "0"
    assert {given[f"PIP_{name}"] for name in ("INDEX_URL", "PROXY", "CACHE_DIR")} == {"mine"}
