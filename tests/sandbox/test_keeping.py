"""Keeping the state in a file: what comes back, what is refused, and that no file is ever lost."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bacasable.contract import Contract
from bacasable.core import FixedClock
from bacasable.core.clock import parse_instant
from bacasable.sandbox.keeping import StateRefused, capture, read, write
from bacasable.server.launch import Assembly
from bacasable.server.upkeep import StateFile
from tests.qualiforma.steps import enrollment
from tests.server.controlling import SMALL, Box
from tests.server.restoring import contents
from tests.support import NOW, in_process, make_sandbox

LATER = "2026-11-02T12:00:00Z"
Start = Callable[..., Box]


@pytest.fixture
def start(contract: Contract) -> Any:
    """Start a sandbox at an instant of the machine."""
    opened: list[Any] = []

    def begin(tenants: tuple[str, ...] = ("votre-tenant",), now: str = NOW) -> Box:
        sandbox = make_sandbox(contract, tenants, clock=FixedClock(parse_instant(now)))
        opened.append(in_process(sandbox))
        return Box(opened[-1].__enter__())

    yield begin
    for context in opened:
        context.__exit__(None, None, None)


def save(box: Box, path: Path) -> None:
    estate = box.api.sandbox.hub.estate
    write(path, estate, capture(estate))


def load(box: Box, path: Path) -> Box:
    read(path, box.api.sandbox.hub.estate)
    return box


def everything(sandbox: Assembly) -> Any:
    """All that a restart must bring back."""
    estate = sandbox.hub.estate
    spaces = [sandbox.engine.platform.root, *sandbox.engine.platform.spaces()]
    return (
        contents(sandbox),
        {s.slug: {k: v for k, v in s._counters.items() if v and s.slug} for s in spaces},
        {s.slug: sorted(s.schedule._heap) for s in spaces},
        {s.slug: (s.lineage, s.tenant_id) for s in spaces},
        [estate.describe(s) | {"now": ""} for s in estate.spaces()],
        {s.slug: sorted(estate.holding(s.slug).snapshots) for s in estate.spaces()},
    )


def lived_in(box: Box) -> Box:
    """A sandbox with forks, snapshots, sessions and clocks of all sorts."""
    admin = box.as_("ADMIN")
    admin.post("/companies", {"name": "Exemple"}, headers={"Idempotency-Key": "une-cle-unique"})
    admin.post("/enrollments", enrollment(expiresAt="2026-11-20T00:00:00Z"))
    box.put(f"{SMALL}/snapshots/avant")
    for slug, clock in {
        "gele": {"mode": "FROZEN"},
        "loin": {"now": "2027-05-05T05:05:05Z"},
        "fige": {"now": "2027-01-01T00:00:00Z", "mode": "FROZEN"},
    }.items():
        box.fork(slug)
        box.put(f"/tenants/{slug}/clock", clock)
    box.put("/tenants/loin/snapshots/ici")
    box.fork("petit", "loin")
    box.as_("ADMIN", "petit").post("/companies", {"name": "Du petit"})
    return box


def test_everything_comes_back(start: Start, tmp_path: Path) -> None:
    path, first = tmp_path / "state.json", lived_in(start())
    callers = [first.as_("ADMIN", slug) for slug in first.slugs()]
    save(first, path)
    second = load(start(), path)
    assert everything(second.api.sandbox) == everything(first.api.sandbox)
    for slug in first.slugs():
        where = f"/tenants/{slug}"
        assert second.get(f"{where}/clock").json == first.get(f"{where}/clock").json
        assert second.get(f"{where}/snapshots").json == first.get(f"{where}/snapshots").json
    for caller in callers:
        known = second.api.with_headers(caller.headers)
        assert known.get("/companies").status == 200
        same = (b.api.with_headers(caller.headers).get("/companies").data for b in (first, second))
        assert next(same) == next(same)
    for name, slug in (("avant", "votre-tenant"), ("ici", "loin")):
        file = f"/tenants/{slug}/snapshots/{name}/file"
        assert second.get(file).content == first.get(file).content


def test_both_go_on_alike(start: Start, tmp_path: Path) -> None:
    path, first = tmp_path / "state.json", lived_in(start())
    save(first, path)
    second = load(start(), path)
    answers: list[list[Any]] = []
    for box in (first, second):
        told: list[Any] = []
        for slug in box.slugs():
            told.append(box.post(f"/tenants/{slug}/clock/advance", {"by": "P1M"}).json)
            told.append(box.post(f"/tenants/{slug}/tokens", {"role": "ADMIN"}).json)
            told.append(box.as_("ADMIN", slug).post("/companies", {"name": "Neuf"}).json)
            told.append(box.post(f"/tenants/{slug}/reset").json)
        told.append(box.as_("ADMIN", "petit").get("/companies").json)
        answers.append(told)
    assert answers[0] == answers[1]


def test_saved_again_it_is_the_same_file(start: Start, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    save(lived_in(start()), one)
    save(load(start(), one), two)
    assert one.read_bytes() == two.read_bytes()


def test_a_running_clock_ran_on_meanwhile_and_a_frozen_one_did_not(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    save(lived_in(start()), path)
    box = load(start(now=LATER), path)
    clocks = {slug: box.get(f"/tenants/{slug}/clock").json["now"] for slug in box.slugs()}
    assert clocks == {
        "votre-tenant": "2026-11-02T12:00:00.000Z",
        "gele": "2026-11-02T09:00:00.000Z",
        "loin": "2027-05-05T08:05:05.000Z",
        "fige": "2027-01-01T00:00:00.000Z",
        "petit": "2027-05-05T08:05:05.000Z",
    }
    earlier = load(start(now="2026-11-01T00:00:00Z"), path)
    assert earlier.get(f"{SMALL}/clock").json["now"] == "2026-11-02T09:00:00.000Z"


def test_what_fell_due_while_it_was_off_happens_at_its_instant(
    start: Start, tmp_path: Path
) -> None:
    path, first = tmp_path / "state.json", start()
    made = first.as_("ADMIN").post("/enrollments", enrollment(expiresAt=LATER)).data["id"]
    save(first, path)
    box = load(start(now="2026-11-03T00:00:00Z"), path)
    admin = box.as_("ADMIN")
    assert admin.get(f"/enrollments/{made}").data["subStatus"] == "EXPIRED"
    (event,) = admin.get("/events?type=enrollment.expired").data
    assert event["occurredAt"] == LATER.replace("Z", ".000Z")


def test_what_is_due_when_it_is_saved_is_not_forgotten(start: Start, tmp_path: Path) -> None:
    """Between the last call and the saving an instant passes that nobody has noticed."""
    path, first = tmp_path / "state.json", start()
    made = first.as_("ADMIN").post("/enrollments", enrollment(expiresAt=LATER)).data["id"]
    first.api.sandbox.engine.platform.clock.instant = parse_instant("2026-11-02T13:00:00Z")
    save(first, path)
    box = load(start(now="2026-11-02T13:00:00Z"), path)
    assert box.as_("ADMIN").get(f"/enrollments/{made}").data["subStatus"] == "EXPIRED"


def test_a_seeded_tenant_that_was_deleted_stays_deleted(start: Start, tmp_path: Path) -> None:
    path, both = tmp_path / "state.json", ("votre-tenant", "vide")
    first = start(both)
    first.delete("/tenants/vide")
    save(first, path)
    second = load(start(both), path)
    assert second.slugs() == ["votre-tenant"]
    save(second, path)
    assert load(start(both), path).slugs() == ["votre-tenant"]
    assert second.post("/reset").status == 200
    assert second.slugs() == ["votre-tenant", "vide"]


def test_a_fixture_that_is_new_keeps_its_tenant(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    save(lived_in(start()), path)
    box = load(start(("votre-tenant", "vide")), path)
    assert sorted(box.slugs()) == ["fige", "gele", "loin", "petit", "vide", "votre-tenant"]
    assert box.as_("ADMIN", "vide").get("/tenants/current").data["slug"] == "vide"


def test_no_token_of_a_deleted_tenant_comes_back_after_a_restart(
    start: Start, tmp_path: Path
) -> None:
    path, first = tmp_path / "state.json", start()
    first.fork("essai")
    stale = first.as_("ADMIN", "essai")
    first.delete("/tenants/essai")
    save(first, path)
    second = load(start(), path)
    second.fork("essai")
    second.as_("ADMIN", "essai")
    assert second.api.with_headers(stale.headers).get("/companies").code == "SESSION_ENDED"


def test_only_its_owner_reads_the_file(start: Start, tmp_path: Path) -> None:
    save(start(), tmp_path / "state.json")
    assert (tmp_path / "state.json").stat().st_mode & 0o077 == 0
    assert os.listdir(tmp_path) == ["state.json"]  # noqa: PTH208


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


def refusal(box: Box, path: Path, content: bytes) -> str:
    """What a sandbox says to a file, which is left untouched as is the sandbox."""
    path.write_bytes(content)
    before = contents(box.api.sandbox)
    with pytest.raises(StateRefused) as refused:
        read(path, box.api.sandbox.hub.estate)
    assert path.read_bytes() == content
    assert contents(box.api.sandbox) == before
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(f"{path}: ")
    return str(refused.value)


@settings(
    derandomize=True,
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_file_that_is_damaged_at_any_byte_is_refused(
    state: tuple[Box, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    box, whole = state
    place = data.draw(st.one_of(st.integers(0, len(whole) - 1), st.integers(0, 120)))
    if data.draw(st.booleans()):
        damaged = whole[:place]
    else:
        flipped = whole[place] ^ data.draw(st.integers(1, 255))
        damaged = whole[:place] + bytes([flipped]) + whole[place + 1 :]
    if damaged.rstrip(b"\n") != whole.rstrip(b"\n"):
        assert "left as it is" in refusal(box, tmp_path / "state.json", damaged)


FOREIGN = [
    b"",
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


def signed(whole: bytes, change: Callable[[Any], None], **header: Any) -> bytes:
    """The file with another body or header, and a checksum that fits."""
    from bacasable.sandbox.keeping import _checksum

    first, _, rest = whole.partition(b"\n")
    document = json.loads(rest)
    change(document)
    body = json.dumps(document).encode()
    told = json.loads(first) | {"checksum": _checksum(body)} | header
    return json.dumps(told).encode() + b"\n" + body + b"\n"


def test_a_later_version_is_refused(state: tuple[Box, bytes], tmp_path: Path) -> None:
    content = signed(state[1], lambda document: None, version=2)
    said = refusal(state[0], tmp_path / "state.json", content)
    assert "has the version 2 of the format, and this reads 1" in said


def break_record(document: Any) -> None:
    document["tenants"][1]["state"]["collections"]["User"][0]["email"] = 5


CHANGES: list[Callable[[Any], None]] = [
    break_record,
    lambda document: document.pop("root"),
    lambda document: document.pop("tenants"),
    lambda document: document["tenants"][1].pop("connections"),
    lambda document: document["tenants"][1].update(snapshots=5),
    lambda document: document["tenants"][1].update(state=5),
    lambda document: document.update(seeded=[["x"]]),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_state_that_does_not_fit_is_refused(
    state: tuple[Box, bytes], tmp_path: Path, change: Callable[[Any], None]
) -> None:
    refusal(state[0], tmp_path / "state.json", signed(state[1], change))


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_disk_that_refuses_leaves_the_old_file_and_nothing_else(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path, box = tmp_path / "state.json", start()
    save(box, path)
    before = path.read_bytes()
    box.as_("ADMIN").post("/companies", {"name": "Exemple"})

    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(*((os, "fsync") if failing == "fsync" else (Path, "replace")), refuse)
        with pytest.raises(OSError, match="No space left"):
            save(box, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["state.json"]  # noqa: PTH208
    save(box, path)
    assert path.read_bytes() != before


def test_two_sandboxes_do_not_keep_one_file(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    first = StateFile(path, start().api.sandbox.hub.estate)
    first.open()
    with pytest.raises(StateRefused, match="another sandbox keeps its state there"):
        StateFile(path, start().api.sandbox.hub.estate)
    first.close()
    second = StateFile(path, start().api.sandbox.hub.estate)
    second.open()
    second.close()


def test_a_file_is_written_when_there_is_news(start: Start, tmp_path: Path) -> None:
    path, box = tmp_path / "state.json", start()
    file = StateFile(path, box.api.sandbox.hub.estate)
    file.open()
    place = path.stat().st_ino
    box.as_("ADMIN").get("/companies/cmp_none")
    file.save()
    place, before = path.stat().st_ino, path.read_bytes()
    box.get("/tenants")
    file.save()
    assert (path.stat().st_ino, path.read_bytes()) == (place, before)
    box.put(f"{SMALL}/clock", {"mode": "FROZEN"})
    file.save()
    assert path.read_bytes() != before
    file.close()


def test_a_tenant_whose_fixture_is_no_more_given_does_not_stop_a_reset(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    save(start(("votre-tenant", "vide")), path)
    box = load(start(("vide",)), path)
    assert box.get("/tenants/votre-tenant").json["kind"] == "FIXTURE"
    assert box.post(f"{SMALL}/reset").json["code"] == "NO_SEED"
    assert [tenant["slug"] for tenant in box.post("/reset").json["items"]] == ["vide"]
