"""What a crash has lost: none of its numbers, ids and names is given again."""

import asyncio
from pathlib import Path

from bacasable.sandbox.keeping import Keeper
from bacasable.sandbox.keeping.restore import SKIPPED
from tests.sandbox.keeping import Start, kept, load


def test_no_number_of_what_is_lost_is_given_again(start: Start, tmp_path: Path) -> None:
    path, box = tmp_path / "state.json", start()
    keeper = kept(box, path)
    keeper.save()
    lost = box.as_("ADMIN").post("/companies", {"name": "Perdue"}).data["id"]
    last = box.as_("ADMIN").get("/events?sort=-sequence").data[0]["sequence"]
    keeper._file.close()  # killed before it was saved
    again = start()
    second, admin = kept(again, path), again.as_("ADMIN")
    made = admin.post("/companies", {"name": "Nouvelle"}).data["id"]
    assert admin.get(f"/companies/{lost}").status == 404
    assert made != lost
    assert admin.get("/events?sort=-sequence").data[0]["sequence"] == SKIPPED + 1 > last
    second.close()
    third = load(start(), path)
    third.as_("ADMIN").post("/companies", {"name": "Suivante"})
    events = third.as_("ADMIN").get("/events?sort=-sequence").data
    assert events[0]["sequence"] == SKIPPED + 2


def test_who_waits_for_each_answer_loses_no_number(start: Start, tmp_path: Path) -> None:
    path, box = tmp_path / "state.json", start()
    keeper = Keeper(path, box.api.sandbox.hub.estate, complete=True)
    keeper.open()
    admin = box.as_("ADMIN")
    made = admin.post("/companies", {"name": "Gardée"}).data["id"]
    last = admin.get("/events?sort=-sequence").data[0]["sequence"]
    asyncio.run(keeper.kept())
    keeper._file.close()
    admin = load(start(), path).as_("ADMIN")
    assert admin.get(f"/companies/{made}").status == 200
    admin.post("/companies", {"name": "Suivante"})
    assert admin.get("/events?sort=-sequence").data[0]["sequence"] == last + 1


def test_no_request_id_is_given_again_after_a_crash(start: Start, tmp_path: Path) -> None:
    """Reading changes nothing that is kept, but is answered with an id, too."""
    path, box = tmp_path / "state.json", start()
    keeper = Keeper(path, box.api.sandbox.hub.estate, complete=True)
    keeper.open()
    given = {box.get("/tenants").headers["x-request-id"] for _ in range(5)}
    keeper._file._log.file.close()  # killed
    again = load(start(), path)
    assert not given & {again.get("/tenants").headers["x-request-id"] for _ in range(5)}


def test_no_name_of_a_fork_that_is_lost_is_given_to_another(start: Start, tmp_path: Path) -> None:
    """Nor after all was reset: whoever was given the first must not meet the second."""
    path, box = tmp_path / "state.json", start(("vide", "votre-tenant"))
    keeper = kept(box, path)
    box.post("/tenants/vide/forks")
    keeper.save()
    lost = {box.post(f"/tenants/{slug}/forks").json["slug"] for slug in ("vide", "votre-tenant")}
    keeper._file.close()  # killed
    again = load(start(("vide", "votre-tenant")), path)
    assert lost.isdisjoint(again.slugs())
    for reset in (False, True):
        if reset:
            assert again.post("/reset").status == 200
        for slug in ("vide", "votre-tenant"):
            made = again.post(f"/tenants/{slug}/forks").json["slug"]
            assert made not in lost
            lost.add(made)
    assert f"vide-fork-{SKIPPED + 1}" in lost
    assert f"votre-tenant-fork-{SKIPPED + 1}" in lost
