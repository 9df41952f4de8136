"""No run harms what is not its own: each planted harm, and that each happens without the law."""

import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from bacasable.contract import load_contract
from bacasable.verify import run as runs
from bacasable.verify.bench import UNSENT
from bacasable.verify.making.bodies import example_body
from bacasable.verify.making.ledger import Ledger
from bacasable.verify.making.model import Arranged
from bacasable.verify.making.own import Own
from bacasable.verify.model import PROFILES, Options, Report
from bacasable.verify.ownership import Ownership
from tests.support import over_socket

from .catalogue import Harm, Server, catalogue

HARMS = {harm.id: harm for harm in catalogue()}
HARMLESS = {"path-of-dots", "paths-with-slashes"}
"""What a run without the law happens not to do here, and did on servers of others."""
CLEANING = {id_ for id_, harm in HARMS.items() if harm.make.__module__.endswith("cleaning")}


def judged(harm: Harm, server: Server, folder, profile: str, seed: int = 1) -> Report:
    """The report of a run on a server."""
    path = folder / "contract.json"
    path.write_text(json.dumps(harm.document))
    with over_socket(SimpleNamespace(app=server.app)) as api:
        options = Options(
            api.url, profile=PROFILES[profile], seed=seed, max_time=60, **harm.options
        )
        return runs.verify(load_contract(path), options)


def unharmed(harm: Harm, server: Server, report: Report) -> None:
    """Nothing is harmed, what is left is told, and what may be called was."""
    assert server.harmed() == []
    left, told = server.left(), sum(r.count for r in report.residue)
    assert bool(left) == harm.leaves, left
    assert len(left) <= told, (left, [str(r) for r in report.residue])
    assert report.status == 1 or not left
    requests = {e["id"]: e["requests"] for e in report.coverage["operations"]}
    assert [o for o in harm.called if not requests.get(o)] == []
    assert sorted(report.withheld) == sorted(harm.withheld)


# A third always, the others by turns.
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=(pytest.mark.sweep, pytest.mark.turns) if place % 3 else ())
        for place, name in enumerate(HARMS)
    ],
)
def test_a_quick_run_harms_nothing(name, tmp_path):
    harm = HARMS[name]
    server = harm.make()
    unharmed(harm, server, judged(harm, server, tmp_path, "quick"))


@pytest.mark.sweep
@pytest.mark.turns
@pytest.mark.parametrize("name", HARMS)
def test_a_standard_run_harms_nothing(name, tmp_path):
    harm = HARMS[name]
    server = harm.make()
    unharmed(harm, server, judged(harm, server, tmp_path, "standard", seed=2))


@contextmanager
def lawless(monkeypatch):
    """The kit as it would be without its law."""
    with monkeypatch.context() as patch:
        patch.setattr(Ownership, "judge", lambda *_: None)
        patch.setattr(runs, "withheld", lambda *_: "")
        patch.setattr(Ledger, "_is_made", lambda *_: True)
        patch.setattr(Own, "_single", plain)
        yield


def plain(own, operation, who):
    """The call of an operation that names no record, by its examples."""
    body = example_body(own.calls.subject.contract, operation) if operation.body else UNSENT
    return Arranged(operation, who, {}, {}, body)


@pytest.mark.sweep
@pytest.mark.turns
@pytest.mark.parametrize("name", sorted(HARMS.keys() - CLEANING - HARMLESS))
def test_without_the_law_each_harm_is_done(name, tmp_path, monkeypatch):
    harm = HARMS[name]
    with lawless(monkeypatch):
        for profile, seed in (("quick", 1), ("standard", 1), ("standard", 2), ("standard", 3)):
            server = harm.make()
            judged(harm, server, tmp_path, profile, seed)
            if server.harmed():
                return
    pytest.fail("nothing was harmed: the plant proves nothing")


def test_what_a_server_that_is_locked_keeps_is_told_by_its_kind(tmp_path):
    harm = HARMS["locked-for-good"]
    report = judged(harm, harm.make(), tmp_path, "quick")
    assert {r.resource for r in report.residue} == {"Note"}
    assert "503" in " ".join(r.reason for r in report.residue)
