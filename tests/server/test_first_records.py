"""What a sandbox of any document begins with: its examples and made records, as HTTP shows them."""

import asyncio
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from bacasable.contract import ContractError, Operation, load_contract
from bacasable.contract.compiled import compiled
from bacasable.contract.model import ResourceType
from bacasable.core import FixedClock
from bacasable.core.clock import parse_instant
from bacasable.core.places import place_of
from bacasable.platforms import PlatformPackage
from bacasable.resources import CONTRACT
from bacasable.sandbox.first_records import FirstRecords
from bacasable.sandbox.keeping import Keeper
from bacasable.server.launch import Assembly, build_sandbox
from bacasable.server.listen import banner
from tests.support import Api, in_process

ROOT = Path(__file__).parents[1]
DOCUMENTS = ROOT / "core" / "documents"
SHOP = DOCUMENTS / "librairie.yaml"
EVERY = sorted([*DOCUMENTS.glob("*.yaml"), *(ROOT / "contract" / "foreign").glob("*.yaml")])
CLOCK = FixedClock(parse_instant("2026-09-01T09:00:00Z"))
SEA = "6f1c6a5e-0000-4000-8000-000000000001"
OTHER = "6f1c6a5e-0000-4000-8000-00000000000a"


def served(path: Path = SHOP, records: int = 0, locale: str = "fr_FR", seed: int = 42) -> Assembly:
    return build_sandbox(
        PlatformPackage.of(path),
        records=records,
        locale=locale,
        clock=CLOCK,
        seed_number=seed,
        open_access=True,
    )


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with in_process(served()) as api:
        yield api


@pytest.fixture(scope="module")
def full() -> Iterator[Api]:
    with in_process(served(records=25)) as api:
        yield api


def all_of(api: Api, path: str) -> list[Any]:
    found: list[Any] = []
    page = 1
    while True:
        answer = api.get(f"{path}?page={page}&limit=20")
        assert (answer.status, "x-sandbox-answer" in answer.headers) == (200, False), answer.json
        found += answer.json["data"]
        if len(found) >= answer.json["meta"]["total"]:
            return found
        page += 1


def test_a_list_shows_the_examples(api: Api) -> None:
    assert all_of(api, "/auteurs")[:2] == [
        {"id": 3, "prenom": "Ada", "nom": "Lovelace", "creeLe": "2026-01-05T10:00:00.000Z"},
        {"id": 8, "prenom": "Jules", "nom": "Verne", "creeLe": "2026-01-06T10:00:00.000Z"},
    ]
    titles = {book["livreId"]: book["titre"] for book in all_of(api, "/livres")}
    assert titles[SEA] == "Vingt mille lieues sous les mers"
    assert "Manuel" in titles.values()


def test_an_example_is_read_by_its_id(api: Api) -> None:
    assert api.get("/auteurs/8").json["data"]["nom"] == "Verne"
    book = api.get(f"/livres/{SEA}").json["data"]
    assert (book["prix"], book["support"]["genre"]) == (9.5, "numerique")
    # Examples of members, put together.
    assert api.get("/clients/ada").json == {"pseudo": "ada", "nomComplet": "Ada Lovelace"}


def test_what_examples_refer_to_is_there(api: Api) -> None:
    author = api.get("/auteurs/4").json["data"]  # which no example shows, but a book names
    assert author["prenom"]
    assert api.get(f"/livres/{OTHER}").status == 200
    shown = [{"id": 1, "livreId": OTHER, "note": 5, "courriel": "a@example.com"}]
    assert api.get(f"/livres/{OTHER}/avis").json == shown
    assert api.get(f"/livres/{SEA}/avis").json == []
    assert api.get(f"/livres/{OTHER}/avis/1").json == shown[0]


def test_the_example_of_a_body_that_is_shown_elsewhere_is_no_second_record(api: Api) -> None:
    assert [a["nom"] for a in all_of(api, "/auteurs")].count("Lovelace") == 1


def test_an_example_that_does_not_fit_is_left_out_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        sandbox = served()
    told = [r.getMessage() for r in caplog.records if "example" in r.getMessage()]
    assert told == [f"{SHOP}: 1 example does not fit its schema and is left out: GET /auteurs 200"]
    with in_process(sandbox) as api:
        assert api.get("/auteurs/9").status == 404


def test_what_a_client_makes_has_an_id_beyond(api: Api) -> None:
    made = api.post("/auteurs", {"prenom": "Mary", "nom": "Shelley"})
    assert made.status == 201
    assert made.json["data"]["id"] > 8
    assert api.get(f"/auteurs/{made.json['data']['id']}").json == made.json


def test_so_many_more_are_listed(api: Api, full: Api) -> None:
    few, many = all_of(api, "/livres"), all_of(full, "/livres")
    # One of them was made before, because an example names it.
    assert len(many) in (len(few) + 25, len(few) + 24)
    assert len({book["livreId"] for book in many}) == len(many)
    assert many[: len(few)] == few
    assert len(full.get("/clients").json) == 26


def test_made_records_refer_to_each_other(full: Api) -> None:
    authors = {author["id"]: author for author in all_of(full, "/auteurs")}
    below = 0
    for short in all_of(full, "/livres"):
        book = full.get(f"/livres/{short['livreId']}").json["data"]
        assert book["auteurId"] in authors
        reviews = full.get(f"/livres/{short['livreId']}/avis").json
        below += len(reviews)
        for review in reviews:
            assert review["livreId"] == short["livreId"]
            assert review.get("auteurId") in {*authors, None}
    assert below == 26
    shown = [c["auteur"] for c in full.get("/clients").json if "auteur" in c]
    assert shown
    assert all(authors[one["id"]] == one for one in shown)
    named = [c["auteurId"] for c in full.get("/clients").json if "auteur" in c]
    assert named == [one["id"] for one in shown]
    emails = [c["courriel"] for c in full.get("/clients").json if "courriel" in c]
    assert len(set(emails)) == len(emails) > 20


def test_made_texts_read_like_texts(full: Api) -> None:
    for author in all_of(full, "/auteurs")[3:]:
        assert author["creeLe"] <= author["modifieLe"] <= "2026-09-01T09:00:00.000Z"
        assert author["codePostal"].isdecimal()
        assert author["prenom"][0].isupper()
        assert "motDePasse" not in author
    for client in full.get("/clients").json[1:]:
        first, last = client["nomComplet"].split(" ", 1)
        assert client["pseudo"].isascii()
        assert client["courriel"].endswith("@example.com")
        assert (first, last) != ("", "")


def test_what_is_no_collection_is_answered_by_its_example(full: Api) -> None:
    answer = full.get("/horaires")
    assert (answer.json, answer.headers["x-sandbox-answer"]) == ({"lundi": "9-18"}, "example")


def kept(sandbox: Assembly) -> dict[str, list[Any]]:
    space = sandbox.hub.estate.space("sandbox")
    return {name: list(records) for name, records in space.collections().items()}


def test_record_k_is_the_same_however_many_there_are() -> None:
    few, many = kept(served(records=3)), kept(served(records=40))
    assert all(many[name][: len(records)] == records for name, records in few.items())
    assert kept(served(records=3)) == few
    other = kept(served(records=3, seed=43))
    assert all(other[name] != records for name, records in few.items())


def test_the_language_is_that_asked_for() -> None:
    french, german = (kept(served(records=9, locale=one)) for one in ("fr", "de_DE"))
    assert {a["prenom"] for a in french["Auteur"]} != {a["prenom"] for a in german["Auteur"]}


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_every_first_record_fits_the_answers_that_show_it(path: Path) -> None:
    sandbox = served(path, records=7, locale="en_US")
    contract, records = sandbox.engine.contract, kept(sandbox)
    ready = compiled(contract)
    with in_process(sandbox) as api:
        for operation in contract.operations.values():
            kind = contract.resources.get(operation.action.resource or "")
            if kind is None or operation.action.kind not in ("list", "get"):
                continue
            if kind.is_single:
                continue
            assert len(records[kind.name]) >= 7
            check = ready.schemas.record_check(kind)
            for record in records[kind.name]:
                assert check({n: v for n, v in record.items() if n not in kind.hidden}) == []
                answer = api.get(target_of(sandbox, operation, kind, record))
                assert (answer.status, answer.headers.get("x-sandbox-answer")) == (200, None)


def target_of(sandbox: Assembly, operation: Operation, kind: ResourceType, record: Any) -> str:
    """The path of an operation that shows a record, its parameters filled."""

    def find(name: str, key: str) -> Any:
        return sandbox.engine.platform.space("sandbox").collection(name).get(key)

    elsewhere = dict(operation.action.places)
    names = re.findall(r"\{([^{}]+)\}", operation.path)
    above = place_of(sandbox.engine.contract.resources, kind, record, find)
    own = str(record[kind.id_member])
    if kind.id_member == kind.key and above:  # its key has all of it
        own = unquote(own.rpartition("/")[2])
    values = dict(zip(names, [*above, own], strict=False))
    values |= {name: str(record[member]) for name, member in elsewhere.items()}
    target = operation.path
    for name in names:
        target = target.replace("{" + name + "}", quote(values[name], safe=""))
    return target


def test_a_reset_brings_back_what_it_began_with() -> None:
    sandbox = served(records=4)
    with in_process(sandbox) as api:
        began = all_of(api, "/auteurs")
        home = "!/_sandbox/tenants/sandbox"
        assert api.delete(f"/auteurs/{began[0]['id']}").status in (204, 409)
        new = api.post("/auteurs", {"prenom": "Mary", "nom": "Shelley"}).json["data"]["id"]
        fork = api.post(f"{home}/forks", {"slug": "mine"})
        assert fork.status == 201
        mine = {"X-Sandbox-Tenant": "mine"}
        assert api.get(f"/auteurs/{new}", headers=mine).status == 200
        assert api.post(f"{home}/reset").status == 200
        assert all_of(api, "/auteurs") == began
        assert api.get(f"/auteurs/{new}").status == 404
        again = api.post("/auteurs", {"prenom": "Mary", "nom": "Shelley"}).json["data"]["id"]
        assert again == new


def test_a_restart_with_a_state_does_not_begin_anew(tmp_path: Path) -> None:
    shown = []
    for records in (3, 9):
        sandbox = served(records=records)
        keeper = Keeper(tmp_path / "state.json", sandbox.hub.estate)
        keeper.open()
        with in_process(sandbox) as api:
            api.post("/auteurs", {"prenom": "Mary", "nom": "Shelley"})
            shown.append([author["id"] for author in all_of(api, "/auteurs")])
        asyncio.run(keeper.finish())
        keeper.close()
    assert len(shown[1]) == len(shown[0]) + 1
    assert shown[1][:-1] == shown[0]


def test_the_table_at_start_tells_how_many_there_are() -> None:
    sandbox = served(records=2)
    (line,) = [one for one in banner(sandbox).splitlines() if one.startswith("Records")]
    assert line == "Records   /auteurs 4, /livres 4, /clients 3, /livres/{livreId}/avis 3"
    many = FirstRecords({f"/{n}": n for n in range(1, 12)})
    assert many.told.endswith("/8 8, 3 more with 30")
    several = FirstRecords(refused=("GET /a 200", "POST /a"))
    assert several.warning == (
        "2 examples do not fit their schemas and are left out, first GET /a 200"
    )
    assert "Records" not in banner(served(DOCUMENTS / "bakery.yaml"))


def test_a_start_without_made_records_imports_no_faker() -> None:
    code = (
        "import sys; from bacasable import Sandbox;"
        f"Sandbox({str(DOCUMENTS / 'library.yaml')!r}, socket=False).start().stop();"
        "sys.exit('faker' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_tenants_of_fixtures_have_no_made_records() -> None:
    with pytest.raises(ContractError, match="begin with fixtures: leave out records"):
        build_sandbox(contract=load_contract(CONTRACT), records=3)
