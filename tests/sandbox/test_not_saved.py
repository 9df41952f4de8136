"""A state that cannot be written: calls are told so by a problem of its own; nothing is lost."""

from pathlib import Path
from typing import Any

import pytest

from bacasable.sandbox.keeping import Keeper
from tests.sandbox.keeping import Start, load
from tests.server.controlling import SMALL


def refuse(*_: Any) -> None:
    raise OSError(28, "No space left on device")


def test_no_answer_tells_of_what_cannot_be_kept_and_it_is_done_once(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path, box = tmp_path / "state.json", start()
    admin, hub = box.as_("ADMIN"), box.api.sandbox.hub
    hub.keeper = Keeper(path, hub.estate, complete=True)
    hub.keeper.open()
    before = path.read_bytes()
    key, body = {"Idempotency-Key": "une-cle-unique"}, {"name": "Atelier"}
    with monkeypatch.context() as full:
        full.setattr("bacasable.sandbox.keeping.log.Log._write", refuse)
        for answer in (
            admin.post("/companies", body, headers=key),
            admin.get("/companies"),
            admin.post("/companies", {"name": 5}),
            box.api.put(f"!/_sandbox{SMALL}/snapshots/un", {}),
        ):
            assert (answer.status, answer.code) == (507, "STATE_NOT_SAVED")
            assert "(No space left on device)" in answer.json["detail"]
    assert path.read_bytes() == before
    assert "Traceback" not in caplog.text
    first = admin.post("/companies", body, headers=key)
    assert first.status == 201
    hub.keeper._file._log.file.close()  # killed
    again = load(start(), path).as_("ADMIN")
    assert [one["id"] for one in again.get("/companies?q=atelier").data] == [first.data["id"]]
