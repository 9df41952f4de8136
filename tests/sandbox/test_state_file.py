"""The state file: what is refused, and that no file is ever lost."""

import asyncio
import errno
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bacasable.contract import Contract
from bacasable.sandbox.keeping import StateRefused
from tests.sandbox.keeping import Start, kept, load, refusal, save
from tests.server.controlling import SMALL, Box
from tests.support import in_process, make_sandbox


@pytest.fixture(scope="module")
def state(contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> tuple[Box, bytes]:
    """A sandbox, and a small state of another."""
    path = tmp_path_factory.mktemp("state") / "state.json"
    with in_process(make_sandbox(contract, ("vide",))) as api:
        box = Box(api)
        box.fork("essai", "vide")
        save(box, path)
    with in_process(make_sandbox(contract, ("vide",))) as api:
        return Box(api), path.read_bytes()


@settings(
    derandomize=True,
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_first_state_that_is_damaged_at_any_byte_is_refused(
    state: tuple[Box, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    box, whole = state
    # The step behind it, of a sandbox that stopped, is no part of the first state.
    first = whole.index(b"\n", whole.index(b" 1 . ")) + 1
    place = data.draw(st.one_of(st.integers(1, first - 1), st.integers(1, 120)))
    if data.draw(st.booleans()):
        damaged = whole[:place]
    else:
        flipped = whole[place] ^ data.draw(st.integers(1, 255))
        damaged = whole[:place] + bytes([flipped]) + whole[place + 1 :]
    assert "left as it is" in refusal(box, tmp_path / "state.json", damaged)


FOREIGN = [
    b"\n",
    b"{}",
    b"[]\n{}",
    b"PK\x03\x04",
    b"\xff\xfe",
    b'{"format":"zip"}\n{}',
    b"null",
]


@pytest.mark.parametrize("content", FOREIGN)
def test_a_foreign_file_is_refused(
    state: tuple[Box, bytes], tmp_path: Path, content: bytes
) -> None:
    said = refusal(state[0], tmp_path / "state.json", content)
    assert "is no state of Bacasable; it was left as it is: move it away" in said


def forged(whole: bytes, change: Callable[[list[Any]], Any]) -> bytes:
    """A file whose lines were changed, with checksums that fit."""
    from bacasable.sandbox.keeping.log import Log

    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(whole)
        steps = list(Log(file).steps())  # type: ignore[arg-type]
        change(steps[0])
        log = Log(file)  # type: ignore[arg-type]
        log.begin()
        for step in steps:
            log.append(step)
        file.seek(0)
        return file.read()


def test_another_version_is_refused(state: tuple[Box, bytes], tmp_path: Path) -> None:
    content = state[1].replace(b'"version":2', b'"version":3', 1)
    said = refusal(state[0], tmp_path / "state.json", content)
    assert "has the version 3 of the format, and this reads 2" in said


def line(step: list[Any], verb: str, fits: Callable[[Any], bool] = lambda told: True) -> Any:
    """The first line of a verb that fits."""
    return next(told[verb] for told in step if verb in told and fits(told[verb]))


def break_record(step: list[Any]) -> None:
    """A record that does not fit the contract, written under another one."""
    next(told for told in step if "run" in told)["run"]["contract"] = "another"
    users = line(step, "put", lambda told: told[0][1] == "User" and told[2])
    users[2][0]["email"] = 5


CHANGES: list[Callable[[list[Any]], Any]] = [
    break_record,
    lambda step: step.pop(),
    lambda step: step.append({"unknown": 1}),
    lambda step: step.append(5),
    lambda step: step.append({"put": 5}),
    lambda step: step.append({"drop": [[["essai", "now"], "User"], ["none"]]}),
    lambda step: step.append({"gone": [["", "now"]]}),
    lambda step: line(step, "platform").pop("secret"),
    lambda step: line(step, "platform").update(seeded=[["x"]]),
    lambda step: line(step, "image")[1].pop("numbers"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_state_that_does_not_fit_is_refused(
    state: tuple[Box, bytes], tmp_path: Path, change: Callable[[list[Any]], Any]
) -> None:
    path = tmp_path / "state.json"
    content = forged(state[1], change)
    path.write_bytes(content)
    with pytest.raises(StateRefused, match="left as it is"):
        kept(state[0], path)
    assert path.read_bytes() == content


def test_what_did_not_change_the_file_is_taken(state: tuple[Box, bytes], tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(forged(state[1], lambda step: None))
    kept(state[0], path).close()


def refuse(*_: Any) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("failing", ["fsync", "write"])
def test_a_disk_that_refuses_leaves_the_old_state_and_takes_the_new_one_later(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path, box = tmp_path / "state.json", start()
    keeper, admin = kept(box, path), box.as_("ADMIN")
    keeper.save()
    before = path.read_bytes()
    made = admin.post("/companies", {"name": "Exemple"}).data["id"]

    with monkeypatch.context() as full:
        if failing == "fsync":
            full.setattr(os, "fsync", refuse)
        else:
            full.setattr("bacasable.sandbox.keeping.log.Log._write", refuse)
        for _ in range(2):
            with pytest.raises(OSError, match="No space left"):
                keeper.save()
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["state.json"]  # noqa: PTH208
    keeper.save()
    keeper.close()
    assert load(start(), path).as_("ADMIN").get(f"/companies/{made}").status == 200


def test_a_file_that_was_deleted_or_cut_is_written_anew(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, box = tmp_path / "state.json", start()
    keeper, admin = kept(box, path), box.as_("ADMIN")
    for harm in (path.unlink, lambda: os.truncate(path, 10), lambda: path.rename(f"{path}.old")):
        harm()
        made = admin.post("/companies", {"name": "Exemple"}).data["id"]
        keeper.save()
    assert caplog.text.count("it is written anew") == 3
    keeper.close()
    assert load(start(), path).as_("ADMIN").get(f"/companies/{made}").status == 200


def test_a_folder_that_could_not_be_written_is_no_end_of_the_state(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is in its place by then, and what is appended must fit what is in it."""
    path, box = tmp_path / "state.json", start()
    keeper, admin = kept(box, path), box.as_("ADMIN")
    ids = [admin.post("/companies", {"name": f"Atelier {n}"}).data["id"] for n in range(3)]
    keeper.save()
    path.unlink()
    with monkeypatch.context() as failing:
        failing.setattr("bacasable.sandbox.keeping.file._settle", refuse)
        for made in ids[:2]:
            admin.delete(f"/companies/{made}")
            with pytest.raises(OSError, match="No space left"):
                keeper.save()
    admin.delete(f"/companies/{ids[2]}")
    keeper.save()
    keeper.close()
    again = load(start(), path).as_("ADMIN")
    assert [again.get(f"/companies/{made}").status for made in ids] == [404] * 3


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EIO])
def test_some_folders_cannot_be_written_by_themselves(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    fsync = os.fsync

    def refuse_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    if number == errno.EIO:
        with pytest.raises(StateRefused, match="cannot be written"):
            kept(start(), tmp_path / "state.json")
    else:
        kept(start(), tmp_path / "state.json").close()


def test_nothing_is_left_beside_a_file_that_cannot_be_replaced(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path, box = tmp_path / "state.json", start(("vide",))
    keeper, admin = kept(box, path), box.as_("ADMIN", "vide")
    monkeypatch.setattr("bacasable.sandbox.keeping.file._SMALL", 0)
    replace, tried = Path.replace, []

    async def work(changes: int) -> None:
        for number in range(changes):
            make = (admin.post, "/companies", {"name": f"Atelier {number}"})
            await asyncio.to_thread(*make)
            await keeper.save_aside()
            if keeper._renewing is not None:
                await keeper._renewing

    def refuse_this(place: Path, target: Path) -> Path:
        tried.append(keeper._file._log.size)
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", refuse_this)
    asyncio.run(work(60))
    assert "could not be written anew: Device or resource busy" in caplog.text
    assert os.listdir(tmp_path) == ["state.json"]  # noqa: PTH208
    # It is not tried again and again: each time costs as much as all of it.
    assert 1 <= len(tried) < 15
    monkeypatch.setattr(Path, "replace", replace)
    path.unlink()
    asyncio.run(work(1))
    keeper.close()
    names = load(start(("vide",)), path).as_("ADMIN", "vide").get("/companies?perPage=100").data
    assert len(names) == 61


def test_a_file_that_is_mounted_by_itself_is_refused_with_the_remedy(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other can take its place: it would grow for ever. A link out of a mount is refused."""

    def refuse_links(*_: Any) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    path = tmp_path / "state.json"
    save(start(), path)
    monkeypatch.setattr(Path, "hardlink_to", refuse_links)
    said = refusal(start(), path, path.read_bytes())
    assert "is mounted by itself" in said
    assert "mount its folder" in said
    monkeypatch.undo()
    load(start(), path)


def test_a_file_system_without_links_keeps_a_state(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_links(*_: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse_links)
    save(start(), tmp_path / "state.json")
    assert os.listdir(tmp_path) == ["state.json"]  # noqa: PTH208


def test_another_file_in_its_place_is_left_alone(start: Start, tmp_path: Path) -> None:
    path, box = tmp_path / "state.json", start()
    keeper = kept(box, path)
    path.unlink()
    path.write_text("My notes\n", "utf-8")
    box.as_("ADMIN").post("/companies", {"name": "Exemple"})
    with pytest.raises(OSError, match="another file lies there"):
        keeper.save()
    with pytest.raises(OSError, match="another file lies there"):
        keeper.close()
    assert path.read_text("utf-8") == "My notes\n"


def test_what_a_link_leads_to_is_the_file(start: Start, tmp_path: Path) -> None:
    path, link = tmp_path / "state.json", tmp_path / "link"
    link.symlink_to(path)
    first = kept(start(), link)
    assert link.is_symlink()
    for name in (path, link):
        with pytest.raises(StateRefused, match="another sandbox keeps its state there"):
            kept(start(), name)
    first._renew()
    first.close()
    assert link.is_symlink()
    load(start(), path)


@pytest.mark.parametrize("kind", ["fifo", "/dev/full", "/dev/zero"])
def test_what_is_no_ordinary_file_is_refused(start: Start, tmp_path: Path, kind: str) -> None:
    path = Path(kind)
    if kind == "fifo":
        path = tmp_path / kind
        os.mkfifo(path)
    with pytest.raises(StateRefused, match=r"no ordinary file|cannot be|no state can be kept"):
        kept(start(), path)


@pytest.mark.parametrize("length", [251, 255, 256, 5000])
def test_a_name_that_is_too_long_is_refused(start: Start, tmp_path: Path, length: int) -> None:
    with pytest.raises(StateRefused, match="File name too long"):
        kept(start(), tmp_path / ("n" * (length)))
    assert not os.listdir(tmp_path)  # noqa: PTH208


def test_what_was_left_by_one_that_was_killed_is_removed(start: Start, tmp_path: Path) -> None:
    (tmp_path / ".state.json.new").write_bytes(b"half a state")
    kept(start(), tmp_path / "state.json").close()
    assert os.listdir(tmp_path) == ["state.json"]  # noqa: PTH208


def test_two_sandboxes_do_not_keep_one_file(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    first = kept(start(), path)
    with pytest.raises(StateRefused, match="another sandbox keeps its state there"):
        kept(start(), path)
    first.close()
    kept(start(), path).close()


def test_a_file_is_written_when_there_is_news(start: Start, tmp_path: Path) -> None:
    path, box = tmp_path / "state.json", start()
    keeper, admin = kept(box, path), box.as_("ADMIN")
    keeper.save()
    before = path.read_bytes()
    admin.get("/companies/cmp_none")
    box.get("/tenants")
    keeper.save()
    assert path.read_bytes() == before
    box.put(f"{SMALL}/clock", {"mode": "FROZEN"})
    keeper.save()
    assert path.read_bytes().startswith(before)
    assert path.read_bytes() != before
    keeper.close()


def test_forks_and_snapshots_share_what_they_shared_before(start: Start, tmp_path: Path) -> None:
    path, box = tmp_path / "state.json", start()
    box.put(f"{SMALL}/snapshots/un")
    box.fork("essai")
    box.as_("ADMIN", "essai").post("/companies", {"name": "Autre"})
    save(box, path)
    sandbox = load(start(), path).api.sandbox
    first, second = (sandbox.engine.platform.space(slug) for slug in ("votre-tenant", "essai"))
    image = sandbox.hub.estate.holding("votre-tenant").snapshots["un"].image
    mine = first.collections()["Course"]
    for other in (second.collections()["Course"], image.collections["Course"]):
        assert other.whole is mine.whole
    assert second.collections()["Company"].whole is not first.collections()["Company"].whole
