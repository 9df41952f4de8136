"""The parts of `python -m bench.rivals` work without the rivals: documents, commands, page."""

import json
from pathlib import Path

import pytest
from bench.load import Measured
from bench.rivals.__main__ import main, operations, read_options, shots_of
from bench.rivals.documents import ASKED, Asked, as_text, loaded, written
from bench.rivals.page import Document, page
from bench.rivals.seen import CASES, MEASURES, Seen, times_better
from bench.rivals.stubs import stubs, write_stubs
from bench.rivals.tools import NODE, OURS, RIVALS, Place, environment_of, installing, missing

from bacasable.contract.load import check_file
from bacasable.platforms import PlatformPackage
from bacasable.server.launch import build_sandbox
from tests.support import in_process
from tests.tables import each

ROOT = Path(__file__).parents[2]
NAMES = [asked.name for asked in ASKED]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("room")


@pytest.mark.parametrize("asked", ASKED, ids=NAMES)
def test_a_document_is_valid_and_of_its_size(asked: Asked, room: Path) -> None:
    path = written(asked, room)
    assert check_file(path) == []
    assert operations(loaded(path)) == {"ferry": 5, "music": 25, "estate": 200}[asked.name]
    if asked.name == "estate":
        assert 250_000 < path.stat().st_size < 400_000


@pytest.mark.parametrize("asked", ASKED, ids=NAMES)
def test_what_is_asked_is_answered_as_it_is_named(asked: Asked, room: Path) -> None:
    package = PlatformPackage.of(written(asked, room))
    with in_process(build_sandbox(package, open_access=True)) as api:
        answers = {
            case: api.request(shot.method, shot.path, json.loads(shot.body) if shot.body else None)
            for case, shot in shots_of(asked).items()
        }
        listed = answers["list"].json
        assert len(listed if isinstance(listed, list) else listed["data"]) == 10
        statuses = [answers[case].status for case in ("list", "get", "create", "refused")]
        assert statuses == [200, 200, 201, 400]
        kept = api.get(f"{asked.collection}/{answers['create'].json['id']}")
        assert kept.json == answers["create"].json


@pytest.mark.parametrize("asked", ASKED, ids=NAMES)
def test_stubs_show_the_examples_of_every_operation(asked: Asked, room: Path) -> None:
    document = loaded(written(asked, room))
    made = {(s["request"]["method"], *_path(s["request"])): s["response"] for s in stubs(document)}
    assert len(made) == operations(document)
    assert made["GET", "urlPath", asked.collection]["status"] == 200
    item = next(path for _, by, path in made if by == "urlPathTemplate")
    assert item.endswith("/{id}")
    bodies = [r["body"] for (method, *_), r in made.items() if method in ("GET", "POST", "PUT")]
    assert all(json.loads(body) for body in bodies)
    assert all("body" not in r for (method, *_), r in made.items() if method == "DELETE")


def _path(request: dict[str, str]) -> tuple[str, str]:
    ((by, path),) = ((k, v) for k, v in request.items() if k != "method")
    return by, path


def test_stubs_are_written_once(room: Path) -> None:
    root = room / "stubs"
    write_stubs(written(ASKED[0], room), root)
    file = root / "mappings" / "all.json"
    assert len(json.loads(file.read_text("utf-8"))["mappings"]) == 5
    file.write_text("{}", "utf-8")
    write_stubs(written(ASKED[0], room), root)
    assert file.read_text("utf-8") == "{}"


@each("tool", [OURS, *RIVALS], ids=lambda tool: tool.name)
def test_a_command_names_the_document_and_the_port(tool, tmp_path):
    document = ROOT / "bench" / "documents" / "ferry.yaml"
    command = tool.command(Place(tmp_path / "tools", document, 4321, tmp_path))
    assert "4321" in command
    # WireMock is given the stubs instead.
    given = f"{tmp_path / 'wiremock-ferry'}" if tool.name == "wiremock" else str(document)
    assert given in command
    assert bool(missing(tool, tmp_path / "tools")) == (tool is not OURS)


def test_installing_pins_versions_and_stays_in_its_folder(tmp_path: Path) -> None:
    commands = installing(tmp_path, list(RIVALS))
    assert [c[c.index("--prefix") + 1] for c in commands] == [
        str(tmp_path / name) for name in ("node", *["rivals"] * len(RIVALS))
    ]
    packages = [p for c in commands for p in c[c.index("--prefix") + 2 :]]
    assert NODE in packages
    assert all(package.rpartition("@")[2][0].isdigit() for package in packages)
    assert environment_of(tmp_path)["PATH"].startswith(str(tmp_path / "node"))


def test_a_run_without_rivals_says_how_to_install_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []
    monkeypatch.setattr("bench.rivals.__main__.measured", lambda *given: ran.append(given[0].name))
    file = tmp_path / "page.md"
    assert main(["--tools", str(tmp_path), "--rounds", "2", "--page", str(file)]) == 0
    assert ran == ["bacasable"] * 2 * len(ASKED)
    told = file.read_text("utf-8")
    assert told.strip() == capsys.readouterr().out.strip()
    for rival in RIVALS:
        assert told.count(f"| {rival.name} | not installed: run") == len(ASKED)


def test_a_page_says_who_is_ahead_by_rounds() -> None:
    ours, theirs = _seen(100.0, 1.0), _seen(50.0, 0.5)
    assert times_better(ours, theirs, "list") == 2.0
    assert times_better(ours, theirs, "start-up") == 0.5
    assert times_better(ours, Seen(), "list") is None
    told = page({}, [Document("ferry", 5, 4000, {"bacasable": ours, "prism": theirs})], ["A note."])
    assert "| ferry | start-up | **0.50** | no |" in told
    assert "| ferry | list | 2.00 | yes |" in told
    assert "| bacasable | yes (400) | yes | yes |" in told
    assert "- A note." in told


def _seen(figure: float, seconds: float) -> Seen:
    seen = Seen(keeps=True, listed=10)
    seen.statuses = {"list": 200, "get": 200, "create": 201, "refused": 400}
    for measure in ("start-up", "fresh", "loaded"):
        seen.add(measure, seconds)
    for case in CASES:
        seen.add_load(case, Measured(figure, 1.0, 2.0, 10, 0, "wrk"))
    assert set(seen.figures) == set(MEASURES)
    return seen


def test_time_and_count_are_bounded() -> None:
    options = read_options(["--seconds", "999", "--warm", "-1", "--rounds", "99"])
    assert (options.seconds, options.warm, options.rounds) == (60, 0, 9)
    assert as_text({"a": [1, 2]}) == '{"a":[1,2]}'
