"""What a sandbox does by itself must not end it."""

import asyncio
import gc
import threading
from pathlib import Path
from typing import Any

import pytest

from bacasable.sandbox.keeping import Keeper, StateRefused
from bacasable.sandbox.keeping.log import Log
from bacasable.server.upkeep import Upkeep
from tests.support import Api


@pytest.fixture
def keeper(local: Api, tmp_path: Path) -> Keeper:
    """What keeps the state of a sandbox in `state.json`."""
    made = Keeper(tmp_path / "state.json", local.sandbox.hub.estate)
    made.open()
    return made


def full(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A disk without room, until it is undone."""

    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bacasable.sandbox.keeping.log.Log._write", refuse)


def test_a_state_that_cannot_be_written_does_not_end_the_server(
    local: Api,
    keeper: Keeper,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    upkeep, before = Upkeep(local.sandbox.hub.estate, keeper, interval=0), tmp_path / "state.json"
    content = before.read_bytes()
    local.as_("ADMIN").post("/companies", {"name": "Société"})
    with monkeypatch.context() as patched:
        full(patched)
        for _ in range(3):
            asyncio.run(upkeep.tick())
        assert before.read_bytes() == content
        assert upkeep.failed
    said = "the state cannot be saved: No space left on device; tried again"
    assert caplog.text.count(said) == 1
    asyncio.run(upkeep.tick())
    assert "the state is saved again" in caplog.text
    assert "Traceback" not in caplog.text
    asyncio.run(upkeep.stop())
    assert not upkeep.failed


def test_what_is_lost_at_the_end_is_told_in_a_line(
    local: Api, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    upkeep = Upkeep(local.sandbox.hub.estate, keeper, interval=10)
    local.as_("ADMIN").post("/companies", {"name": "Société"})
    full(monkeypatch)
    asyncio.run(upkeep.stop())
    assert upkeep.failed
    assert "what has changed since it was saved last is lost" in caplog.text
    assert "Traceback" not in caplog.text


def test_news_is_saved_when_half_of_the_interval_has_passed(
    local: Api, keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("bacasable.server.upkeep.monotonic", lambda: now[0])
    upkeep, path = Upkeep(local.sandbox.hub.estate, keeper, interval=10), tmp_path / "state.json"
    local.as_("ADMIN").post("/companies", {"name": "Société"})
    sizes = []
    for passed in (4.9, 0.2, 0.2, 20):
        now[0] += passed
        asyncio.run(upkeep.tick())
        sizes.append(path.stat().st_size)
    assert sizes[0] < sizes[1] == sizes[2] == sizes[3]
    asyncio.run(upkeep.stop())


@pytest.mark.parametrize("while_renewing", [False, True])
def test_a_writing_that_is_under_way_comes_to_its_end_before_the_last_one(
    local: Api,
    keeper: Keeper,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    while_renewing: bool,
) -> None:
    begun, go_on, append = threading.Event(), threading.Event(), Log.append
    monkeypatch.setattr("bacasable.sandbox.keeping.file._SMALL", 0)

    def slow(log: Log, values: Any) -> None:
        if (log is not keeper._file._log) is while_renewing:
            begun.set()
            go_on.wait(10)
        append(log, values)

    upkeep, admin = Upkeep(local.sandbox.hub.estate, keeper, interval=0), local.as_("ADMIN")
    made = [admin.post("/companies", {"name": "Une" * 30}).data["id"]]
    if while_renewing:
        keeper._file._log.first = 0
    monkeypatch.setattr(Log, "append", slow)

    async def work() -> None:
        running = asyncio.ensure_future(upkeep.run())
        await asyncio.to_thread(begun.wait, 10)
        await asyncio.to_thread(
            lambda: made.append(admin.post("/companies", {"name": "Autre"}).data["id"])
        )
        running.cancel()
        await asyncio.wait([running])
        asyncio.get_running_loop().call_later(0.1, go_on.set)
        await upkeep.stop()

    asyncio.run(work())
    assert not upkeep.failed
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]
    local.sandbox.hub.estate.reset_all()
    again = Keeper(tmp_path / "state.json", local.sandbox.hub.estate)
    again.open()
    assert [admin.get(f"/companies/{each}").status for each in made] == [200, 200]
    again.close()


def test_a_timer_of_ours_that_fails_does_not_end_the_server(
    local: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = [1000.0]
    monkeypatch.setattr("bacasable.server.upkeep.monotonic", lambda: now[0])
    estate = local.sandbox.hub.estate
    monkeypatch.setattr(estate, "spaces", lambda: 1 / 0)
    upkeep = Upkeep(estate, None, 1)
    now[0] += 1
    asyncio.run(upkeep.tick())
    assert "what fell due could not be done" in caplog.text


@pytest.mark.parametrize("name", [".", "..", "", "folder"])
def test_a_folder_is_no_file_for_a_state(
    local: Api, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    with pytest.raises(StateRefused, match="folder"):
        Keeper(Path(name), local.sandbox.hub.estate)
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_what_is_new_is_looked_at_before_it_is_very_much(local: Api) -> None:
    """A journal that is full: as many old records go as new ones come."""
    held: list[list[int]] = [[] for _ in range(100_000)]
    gc.collect(0)
    for place in range(len(held)):
        held[place] = []
    many = len(gc.get_objects(0))
    asyncio.run(Upkeep(local.sandbox.hub.estate, None, interval=1).tick())
    assert len(gc.get_objects(0)) < many / 10
    assert many > 50_000
