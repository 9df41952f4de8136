"""Whole runs: their budget, what they may send, and that they can be repeated."""

import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from bacasable.verify.model import PROFILES, Options
from bacasable.verify.run import Run, verify
from bacasable.verify.scope import CannotJudge
from bacasable.verify.session import OutOfTime
from bacasable.verify.transport import HttpTransport
from tests.support import make_sandbox, over_socket

from .conftest import OTHER
from .misbehaving import Changing

QUICK = {
    "profile": PROFILES["quick"],
    "others": (OTHER,),
    "allow": ("updateCurrentTenant",),  # it is put back
}
COMPANIES = {**QUICK, "only": ("Companies",)}
WRITTEN = {**QUICK, "only": ("createCompany", "updateCompany")}
"""What suffices where it does not matter which operations are judged."""


def recording(options):
    """A transport that changes nothing and remembers what was sent."""
    return Changing(options, lambda _, answer: answer)


@contextmanager
def frozen(contract):
    """A sandbox of its own at a standing clock: ids and tokens are the same every time."""
    sandbox = make_sandbox(contract, ("votre-tenant", OTHER.tenant), predictable_tokens=True)
    with over_socket(sandbox) as api:
        yield api.url


def sequence(contract, **given):
    """What a run sends to a fresh sandbox, and the findings, by their ids."""
    with frozen(contract) as url:
        options = Options(url, **(QUICK | given))
        transport = recording(options)
        report = verify(contract, options, transport=transport)
    return [(r.method, r.target, r.body) for r in transport.seen], [f.id for f in report.findings]


@pytest.mark.parametrize(
    "only",
    [
        ("listCompanies", "createCompany", "updateCompany"),
        pytest.param(("Companies",), marks=pytest.mark.sweep),
    ],
)
def test_the_same_seed_sends_the_same_requests_in_the_same_order(contract, only):
    first, again = (sequence(contract, seed=3, only=only) for _ in range(2))
    assert first == again
    assert len(first[0]) > 300
    assert sequence(contract, seed=4, only=only)[0] != first[0]


def test_every_operation_is_called_before_any_is_tested_more(contract, serving):
    options = Options(serving(), **QUICK)
    run = Run(contract, options)
    called: list[str] = []
    run.session.watchers.append(lambda e: called.append(e.operation.id if e.operation else ""))

    class Over(Exception):
        pass

    def told(progress):
        if progress.checks_run == len(contract.operations):
            raise Over

    run._told = told
    try:
        with pytest.raises(Over):
            run.judge_all()
    finally:
        run.close()
    exempt = {o.operation for o in run.outcomes if o.verdict == "not-applicable"}
    assert set(contract.operations) - exempt <= set(called)


def test_a_budget_that_is_used_up_is_no_success(contract, serving):
    options = Options(serving(), max_time=600.0, **QUICK)
    transport = HttpTransport(options)
    run = Run(contract, options, transport=transport)
    real = transport.exchange

    def exchange(request, within=None):
        if run.session.sent == 100:
            run.session.began = time.monotonic() - 600.0
        return real(request, within)

    transport.exchange = exchange
    run.judge_all()
    report = run.report(run.close())
    assert report.stopped == "the time budget is used up"
    assert report.status == 1
    pairs = {(o.check, o.operation) for o in report.outcomes}
    assert len(pairs) == len(report.outcomes)
    assert {o.operation for o in report.outcomes} >= set(contract.operations)
    left = [o for o in report.outcomes if o.verdict == "not-judged"]
    assert left
    assert all(o.reason for o in left)


def test_a_budget_that_ends_the_generated_requests_is_told(contract, serving):
    options = Options(serving(), **WRITTEN)
    transport = HttpTransport(options)
    run = Run(contract, options, transport=transport)
    real = transport.exchange

    def exchange(request, within=None):
        if run.progress.doing == "generated requests":
            raise OutOfTime
        return real(request, within)

    transport.exchange = exchange
    run.judge_all()
    transport.exchange = real
    report = run.report(run.close())
    assert (report.status, report.stopped) == (0, "")
    assert report.notes == ["the time budget ended the generated requests early"]


@pytest.mark.parametrize(
    "only",
    [
        # Single records and lists of them, also of other records, and what there is one of.
        ("Auth", "Tenants", "Courses", "PAF"),
        pytest.param((), marks=pytest.mark.sweep, id="everything"),
    ],
)
def test_a_run_that_only_reads_sends_nothing_else_and_proves_what_it_says(contract, serving, only):
    options = Options(serving(), read_only=True, only=only, **QUICK)
    transport = recording(options)
    report = verify(contract, options, transport=transport)
    written = {(r.method, r.target) for r in transport.seen if r.method not in _READING}
    assert written == {("POST", "/api/v1/auth/login")}
    assert (report.status, report.findings, report.unproved, report.residue) == (0, [], [], [])
    judged = {o.check for o in report.outcomes if o.verdict == "passed"}
    assert {"list-total", "list-sort", "auth-required", "answer-schema"} <= judged


_READING = {"GET", "HEAD", "OPTIONS"}


def test_more_workers_find_no_more(contract, serving):
    report = verify(contract, Options(serving(), workers=2, **WRITTEN))
    assert (report.status, report.findings) == (0, [])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"only": ("Companies",), "exclude": ("Companies",)}, "leave no operation to judge"),
        ({"only": ("createCompany",), "read_only": True}, "leave no operation to judge"),
    ],
)
def test_what_leaves_nothing_to_judge_is_a_mistake(contract, given, said):
    with pytest.raises(CannotJudge, match=said):
        Run(contract, Options("http://127.0.0.1:9", **given))


def test_a_run_in_which_no_check_applies_is_no_success(contract, serving):
    options = replace(Options(serving(), **COMPANIES), checks=("put-replaces",))
    report = verify(contract, options)
    assert (report.status, report.stopped) == (2, "no check that was chosen applies")


@pytest.mark.parametrize("at", [30, 200, "generated requests"])
def test_an_interrupted_run_cleans_up_and_reports(contract, serving, at):
    options = Options(serving(), **COMPANIES)
    transport = HttpTransport(options)
    real, sent, doing, after = transport.exchange, [], [""], []

    def exchange(request, within=None):
        sent.append(request)
        after.extend([request] if after else [])
        if not after and at in (len(sent), doing[0]):
            after.append(request)
            raise KeyboardInterrupt
        return real(request, within)

    def told(progress):
        doing[0] = progress.doing

    transport.exchange = exchange
    report = verify(contract, options, transport=transport, told=told)
    # In the generated requests nothing is left unproved.
    assert (report.stopped, report.status) == ("interrupted", 2 if isinstance(at, str) else 1)
    assert {r.method for r in after} >= {"DELETE"}
