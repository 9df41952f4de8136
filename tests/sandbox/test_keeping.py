"""Keeping the state in a file: what comes back, what a change takes, and what a crash loses."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bacasable.core.clock import parse_instant
from bacasable.core.sharing import Table
from bacasable.sandbox.keeping import Keeper
from tests.qualiforma.steps import enrollment
from tests.sandbox.keeping import Start, everything, kept, lived_in, load, refusal, save
from tests.server.controlling import SMALL

LATER = "2026-11-02T12:00:00Z"


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
            told.append(box.post(f"/tenants/{slug}/tokens", {"role": "ADMIN"}).json["userId"])
            told.append(box.as_("ADMIN", slug).post("/companies", {"name": "Neuf"}).json)
            told.append(box.post(f"/tenants/{slug}/reset").json)
        told.append(box.as_("ADMIN", "petit").get("/companies").json)
        answers.append(told)
    assert answers[0] == answers[1]


def test_saved_again_it_is_the_same_state(start: Start, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    save(lived_in(start()), one)
    save(load(start(), one), two)
    first, second = start(), start()
    load(first, one)
    load(second, two)
    assert everything(first.api.sandbox) == everything(second.api.sandbox)


def test_a_running_clock_ran_on_meanwhile_and_a_frozen_one_did_not(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    save(lived_in(start()), path)
    whole = path.read_bytes()
    box = load(start(now=LATER), path)
    clocks = {slug: box.get(f"/tenants/{slug}/clock").json["now"] for slug in box.slugs()}
    assert clocks == {
        "votre-tenant": "2026-11-02T12:00:00.000Z",
        "gele": "2026-11-02T09:00:00.000Z",
        "loin": "2027-05-05T08:05:05.000Z",
        "fige": "2027-01-01T00:00:00.000Z",
        "petit": "2027-05-05T08:05:05.000Z",
    }
    path.write_bytes(whole)
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


def sizes(path: Path, keeper: Keeper, change: Callable[[], Any]) -> int:
    """Bytes that a change takes in the file."""
    before = path.stat().st_size
    change()
    keeper.save()
    return path.stat().st_size - before


def test_a_change_takes_its_own_size(start: Start, tmp_path: Path) -> None:
    path, box = tmp_path / "state.json", start(("votre-tenant", "qualiforma-demo"))
    keeper = kept(box, path)
    admin = box.as_("ADMIN")
    keeper.save()
    whole = path.stat().st_size
    assert sizes(path, keeper, lambda: admin.post("/companies", {"name": "x"})) < 3000
    assert sizes(path, keeper, lambda: box.fork("copie", "qualiforma-demo")) < whole / 10
    assert sizes(path, keeper, lambda: box.put(f"{SMALL}/snapshots/ici")) < whole / 10
    assert sizes(path, keeper, lambda: box.post("/tenants/qualiforma-demo/reset")) < whole / 10
    keeper.close()
    assert everything(load(start(("votre-tenant", "qualiforma-demo")), path).api.sandbox) == (
        everything(box.api.sandbox)
    )


def test_a_change_looks_at_nothing_that_did_not_change(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = start()
    for number in range(20):
        box.fork(f"f{number}")
    keeper, admin = kept(box, tmp_path / "state.json"), box.as_("ADMIN", "f7")
    keeper.save()
    looks: list[Any] = []

    def counted(look: Callable[..., Any]) -> Callable[..., Any]:
        def count(*given: Any) -> Any:
            looks.append(given)
            return look(*given)

        return count

    for name in ("since", "pieces"):
        monkeypatch.setattr(Table, name, counted(getattr(Table, name)))
    assert admin.post("/companies", {"name": "Atelier"}).status == 201
    keeper.save()
    keeper._file.close()
    assert 0 < len(looks) < 20


def test_a_file_that_ends_too_early_has_what_is_whole(start: Start, tmp_path: Path) -> None:
    path, box = tmp_path / "state.json", start()
    keeper, admin = kept(box, path), box.as_("ADMIN")
    sizes_after = [path.stat().st_size]
    names = []
    for number in range(4):
        names.append(admin.post("/companies", {"name": f"Atelier {number}"}).data["name"])
        keeper.save()
        sizes_after.append(path.stat().st_size)
    whole = path.read_bytes()
    keeper.close()
    for number, size in enumerate(sizes_after):
        for cut in (0, 1, 40):
            path.write_bytes(whole[: size + cut])
            other = load(start(), path)
            found = other.as_("ADMIN").get("/companies?q=atelier").data
            assert [company["name"] for company in found] == names[:number]


def test_a_broken_line_before_the_end_is_refused(start: Start, tmp_path: Path) -> None:
    path, box = tmp_path / "state.json", start()
    keeper, admin = kept(box, path), box.as_("ADMIN")
    first = path.stat().st_size
    for number in range(3):
        admin.post("/companies", {"name": f"Atelier {number}"})
        keeper.save()
    whole = bytearray(path.read_bytes())
    keeper.close()
    whole[first + 100] ^= 1
    assert "is damaged" in refusal(start(), path, bytes(whole))


def test_a_file_that_has_grown_is_written_anew(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bacasable.sandbox.keeping.file._SMALL", 1000)
    path, box = tmp_path / "state.json", start(("vide",))
    keeper, admin = kept(box, path), box.as_("ADMIN", "vide")

    async def work() -> None:
        for number in range(60):
            await asyncio.to_thread(admin.post, "/companies", {"name": f"Atelier {number}"})
            await keeper.save_aside()
            places.add(path.stat().st_ino)
        if keeper._renewing is not None:
            await keeper._renewing

    places = {path.stat().st_ino}
    asyncio.run(work())
    assert len(places) > 1
    assert os.listdir(tmp_path) == ["state.json"]  # noqa: PTH208
    keeper.close()
    assert everything(load(start(("vide",)), path).api.sandbox) == everything(box.api.sandbox)


def test_a_tenant_whose_fixture_is_no_more_given_does_not_stop_a_reset(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    save(start(("votre-tenant", "vide")), path)
    box = load(start(("vide",)), path)
    assert box.get("/tenants/votre-tenant").json["kind"] == "FIXTURE"
    assert box.post(f"{SMALL}/reset").json["code"] == "NO_SEED"
    assert [tenant["slug"] for tenant in box.post("/reset").json["items"]] == ["vide"]


def test_what_ran_when_it_was_forked_is_in_the_present_after_a_reset(
    start: Start, tmp_path: Path
) -> None:
    path, first = tmp_path / "state.json", start()
    first.fork("essai")
    first.put("/tenants/essai/clock", {"now": "2027-05-05T05:05:05Z"})
    first.fork("loin", "essai")
    save(first, path)
    box = load(start(now=LATER), path)
    for slug, now in (("essai", LATER), ("loin", "2027-05-05T08:05:05Z")):
        box.post(f"/tenants/{slug}/reset")
        told = box.get(f"/tenants/{slug}/clock").json["now"]
        assert told == now.replace("Z", ".000Z")


def test_another_under_the_name_of_a_seeded_tenant_stays_what_it_is(
    start: Start, tmp_path: Path
) -> None:
    path, both = tmp_path / "state.json", ("votre-tenant", "vide")
    first = start(both)
    first.delete("/tenants/vide")
    first.fork("vide")
    save(first, path)
    second = load(start(both), path)
    assert everything(second.api.sandbox) == everything(first.api.sandbox)
    assert second.get("/tenants/vide").json["kind"] == "FORK"
    for box in (first, second):
        assert box.post("/tenants/vide/reset").json["records"] > 100


def test_tenants_and_snapshots_keep_their_order(start: Start, tmp_path: Path) -> None:
    path, three = tmp_path / "state.json", ("votre-tenant", "vide", "atelier-nord")
    first = start(three)
    first.delete("/tenants/votre-tenant")
    first.fork("autre", "vide")
    first.fork("votre-tenant", "vide")
    keeper = kept(first, path)
    for name in "aba":
        first.put(f"/tenants/vide/snapshots/{name}")
        keeper.save()
    keeper.close()
    second = load(start(three), path)
    assert second.slugs() == first.slugs() == ["vide", "atelier-nord", "autre", "votre-tenant"]
    names = [each["name"] for each in second.get("/tenants/vide/snapshots").json["items"]]
    assert names == [each["name"] for each in first.get("/tenants/vide/snapshots").json["items"]]


def test_no_line_grows_with_what_is_in_its_records(start: Start, tmp_path: Path) -> None:
    path, box = tmp_path / "state.json", start(("vide",))
    keeper, space = kept(box, path), box.api.sandbox.engine.platform.space("vide")
    for number in range(40):
        space.collection("Company").put({"id": f"cmp_{number}", "name": "n" * 1_000_000})
    space.log.commit(0)
    keeper.close()
    assert max(map(len, path.read_bytes().split(b"\n"))) < 6_000_000
    other = start(("vide",))
    keeper = kept(other, path)
    assert len(other.api.sandbox.engine.platform.space("vide").collection("Company")) == 40
    keeper.close()


def test_a_refusal_that_lasts_is_kept_before_it_is_told(start: Start, tmp_path: Path) -> None:
    path, box = tmp_path / "state.json", start()
    hub = box.api.sandbox.hub
    hub.keeper = Keeper(path, hub.estate, complete=True)
    hub.keeper.open()
    tokens = box.post(f"{SMALL}/tokens", {"role": "ADMIN"}).json
    caller = box.api.with_headers({"X-Tenant-ID": "votre-tenant"})
    refresh = {"refreshToken": tokens["refreshToken"]}
    assert caller.post("/auth/refresh", refresh).status == 200
    assert caller.post("/auth/refresh", refresh).code == "REFRESH_TOKEN_REUSED"
    hub.keeper._file._log.file.close()  # killed
    again = load(start(), path)
    known = {"Authorization": f"Bearer {tokens['accessToken']}"}
    answer = again.api.with_headers(caller.headers | known).get("/companies")
    assert answer.code == "SESSION_ENDED"
