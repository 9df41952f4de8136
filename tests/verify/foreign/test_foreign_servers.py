"""The kit on servers of others: silent on sound ones, and each of ten kinds of defects is found."""

from dataclasses import replace
from pathlib import Path

import pytest

from bacasable.contract import load_contract
from bacasable.verify.model import PROFILES, Options, Report
from bacasable.verify.run import verify

from .library import FAULTS, Library
from .notes import KEY, Notes
from .serving import served

FOLDER = Path(__file__).parent
STANDARD = PROFILES["standard"]
SHORT = replace(STANDARD, examples=4, stateful_examples=3)
"""All that the standard profile does, with less at random."""


@pytest.fixture(scope="module")
def library():
    """The contract of the library."""
    return load_contract(FOLDER / "library.yaml")


def judged(contract, app, base: str = "", **given) -> Report:
    """The report of a run on an application."""
    with served(app) as url:
        return verify(contract, Options(url + base, **given))


def told(report: Report) -> list[tuple[str, ...]]:
    """What a report found, in words."""
    return [(f.check, *f.operations, f.title, f.expected, f.received) for f in report.findings]


@pytest.mark.parametrize(
    ("seed", "profile"),
    [
        (1, SHORT),
        pytest.param(1, STANDARD, marks=pytest.mark.sweep),
        pytest.param(2, STANDARD, marks=pytest.mark.sweep),
    ],
)
def test_a_sound_library_has_no_findings_and_everything_is_judged(library, seed, profile):
    report = judged(library, Library().app, "/v2", seed=seed, profile=profile)
    assert told(report) == []
    assert [(u.kind, u.operation, u.reason) for u in report.unproved] == []
    not_judged = [(o.check, o.operation, o.reason) for o in report.outcomes]
    verdicts = [o.verdict for o in report.outcomes]
    assert "not-judged" not in verdicts, [n for n, v in zip(not_judged, verdicts, strict=True)]
    assert report.status == 0
    assert not report.residue


NEEDS_MORE = ["ignored-required"]
"""What the few requests of the quick profile do not find."""


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in NEEDS_MORE])
def test_the_quick_profile_finds_most_kinds_of_defects(library, fault):
    finds(library, fault, PROFILES["quick"])


@pytest.mark.parametrize("fault", NEEDS_MORE)
def test_a_little_more_finds_the_others(library, fault):
    finds(library, fault, SHORT)


@pytest.mark.sweep
@pytest.mark.turns
@pytest.mark.parametrize("fault", FAULTS)
def test_each_kind_of_defect_is_found_by_the_check_made_for_it(library, fault):
    finds(library, fault, STANDARD)


def finds(library, fault, profile):
    """The check made for a defect finds it."""
    report = judged(library, Library(fault).app, "/v2", only=("Books",), profile=profile)
    assert FAULTS[fault] in {finding.check for finding in report.findings}, told(report)
    assert report.status == 1


def test_a_library_is_left_as_it_was_found(library):
    server = Library()
    judged(library, server.app, "/v2", profile=PROFILES["quick"])
    assert server.books == {}
    assert server.reviews == {}


@pytest.mark.parametrize("profile", [SHORT, pytest.param(STANDARD, marks=pytest.mark.sweep)])
def test_a_key_in_a_header_is_enough_to_judge(profile):
    contract = load_contract(FOLDER / "notes.yaml")
    report = judged(contract, Notes().app, headers=(("X-Api-Key", KEY),), profile=profile)
    assert told(report) == []
    assert report.status == 0, report.unproved
    assert KEY in report.secrets


@pytest.mark.sweep
def test_a_key_that_nobody_looks_at_is_found():
    contract = load_contract(FOLDER / "notes.yaml")
    report = judged(
        contract,
        Notes(is_open=True).app,
        headers=(("X-Api-Key", KEY),),
        profile=PROFILES["quick"],
    )
    found = {finding.check for finding in report.findings}
    assert found == {"auth-required", "auth-malformed"}, told(report)
