"""What a sandbox does by itself must not end it."""

import asyncio
from pathlib import Path

import pytest

from bacasable.sandbox.keeping import StateRefused
from bacasable.server import upkeep
from bacasable.server.upkeep import StateFile, Upkeep
from tests.support import Api


def test_a_state_that_cannot_be_written_does_not_end_the_server(
    local: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    estate = local.sandbox.hub.estate
    file = StateFile(tmp_path / "state.json", estate)
    file.open()
    before = (tmp_path / "state.json").read_bytes()
    local.as_("ADMIN").post("/companies", {"name": "Société"})
    monkeypatch.setattr(upkeep, "write", lambda *_: 1 / 0)
    keeper = Upkeep(estate, file, interval=0)
    asyncio.run(keeper.tick())
    keeper.stop()
    assert caplog.text.count("the state could not be saved") == 2
    assert (tmp_path / "state.json").read_bytes() == before


def test_time_acts_and_news_is_saved_every_second(local: Api, tmp_path: Path) -> None:
    estate = local.sandbox.hub.estate
    file = StateFile(tmp_path / "state.json", estate)
    file.open()
    keeper = Upkeep(estate, file, interval=0)
    first = (tmp_path / "state.json").stat().st_ino
    asyncio.run(keeper.tick())
    assert (tmp_path / "state.json").stat().st_ino == first
    local.as_("ADMIN").post("/companies", {"name": "Société"})
    asyncio.run(keeper.tick())
    assert (tmp_path / "state.json").stat().st_ino != first
    keeper.stop()


def test_a_timer_of_ours_that_fails_does_not_end_the_server(
    local: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    estate = local.sandbox.hub.estate
    monkeypatch.setattr(estate, "spaces", lambda: 1 / 0)
    asyncio.run(Upkeep(estate, None, 1).tick())
    assert "what fell due could not be done" in caplog.text


@pytest.mark.parametrize("name", [".", "..", "", "folder"])
def test_a_folder_is_no_file_for_a_state(
    local: Api, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    with pytest.raises(StateRefused, match="folder"):
        StateFile(Path(name), local.sandbox.hub.estate)
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]
