"""Whole runs on servers that do everything wrong: they end in time, and say what was judged."""

import time
from threading import Timer

import pytest

from bacasable.verify.bench import request_for
from bacasable.verify.model import PROFILES, Identity, Options
from bacasable.verify.reports import FORMATS, write
from bacasable.verify.run import verify
from bacasable.verify.scope import CannotJudge

from .conftest import OTHER
from .misbehaving import (
    ABSURD,
    BROKEN,
    Changing,
    Elsewhere,
    Refusing,
    broken,
    in_turn,
    problem,
)

BUDGET = 90.0
GRACE = 10.0
"""What a run may work beyond its budget, in seconds of the processor."""
PATIENCE = 60.0
"""What it may take beyond it by the clock, on a machine that is busy with others."""
NAMES = list(ABSURD)
GROUPS = [
    pytest.param(
        NAMES[first : first + 6], id=NAMES[first], marks=pytest.mark.sweep if first % 36 else ()
    )
    for first in range(0, len(NAMES), 6)
]
"""Every sixth is always tried; the others belong to the sweep."""
WRITTEN = ("createCompany", "updateCompany")
"""What suffices where it does not matter which operations are judged."""


@pytest.fixture
def judged(contract, serving, tmp_path):
    """`judged(transport, **options)`: the report of a run whose requests go through a transport.

    The run ends in its time, no check stumbles, and the report can be written in every format.
    """

    def judge(transport_of, defect=None, **given):
        values = {"only": ("Companies",), "profile": PROFILES["quick"], "max_time": BUDGET}
        options = Options(serving(defect), others=(OTHER,), **(values | given))
        began, at_the_end = time.monotonic(), []
        timer = Timer(BUDGET, lambda: at_the_end.append(time.process_time()))
        timer.start()
        report = verify(contract, options, transport=transport_of(options))
        timer.cancel()
        assert time.monotonic() - began < BUDGET + PATIENCE
        assert time.process_time() - min(at_the_end, default=time.process_time()) < GRACE
        assert [o for o in report.outcomes if "stumbled" in o.reason] == []
        for form in FORMATS:
            write(report, form, tmp_path / f"report.{form}")
        return report

    return judge


@pytest.mark.parametrize("names", GROUPS)
def test_absurd_answers_are_judged_and_break_nothing(judged, names):
    changes = [ABSURD[name] for name in names]
    only = ("listCompanies", "createCompany", "deleteCompany")
    report = judged(lambda options: Changing(options, in_turn(changes)), only=only)
    assert report.status == 1, (report.stopped, report.findings)
    assert {o.operation for o in report.outcomes} >= {"listCompanies", "deleteCompany"}


def test_half_of_a_character_that_a_server_gave_can_be_sent_back(contract):
    half, update = "\ud800", contract.operations["updateCompany"]
    who = Identity("me")
    sent = request_for(
        contract, update, who, path={"id": half}, query={"q": half}, body={"name": half}
    )
    assert sent.target.endswith("/companies/%3F?q=%3F")
    assert sent.body == b'{"name": "\\ud800"}'


@pytest.mark.parametrize("name", ["hangs", "resets", "endless"])
@pytest.mark.sweep
def test_a_server_that_breaks_half_way_ends_the_run(judged, name):
    with broken(BROKEN[name]) as url:
        report = judged(
            lambda options: Elsewhere(options, url, lambda number, _: number > 60),
            timeout=0.2,
            max_bytes=100_000,
        )
    assert report.stopped.startswith("the server does not answer any more: "), report.stopped
    assert report.status == 1
    assert report.unproved
    assert report.residue


def test_a_server_that_dies_half_way_ends_the_run(judged):
    away = "http://127.0.0.1:9"
    report = judged(lambda options: Elsewhere(options, away, lambda number, _: number > 60))
    assert report.stopped.startswith("the server does not answer any more: no connection")
    assert report.residue


@pytest.mark.parametrize("name", ["hangs", "garbage"])
@pytest.mark.sweep
def test_one_operation_that_never_answers_leaves_the_others(judged, name):
    def away(_number, request):
        return request.method == "GET" and request.target.partition("?")[0].endswith("/companies")

    with broken(BROKEN[name]) as url:
        only = ("listCompanies", *WRITTEN)
        report = judged(
            lambda o: Elsewhere(o, url, away),
            only=only,
            timeout=0.2 if name == "hangs" else 2.0,
            max_bytes=100_000,
        )
    assert report.stopped == ""
    shown = {f.check: f.operations for f in report.findings}
    assert shown["no-server-error"] == ("listCompanies",), shown
    passed = {o.operation for o in report.outcomes if o.verdict == "passed"}
    assert {"createCompany", "updateCompany"} <= passed


@pytest.mark.parametrize("name", BROKEN)
def test_a_server_that_never_answers_cannot_be_judged(contract, name):
    said = r"cannot be reached: |gave no token"
    with broken(BROKEN[name]) as url, pytest.raises(CannotJudge, match=said):
        verify(contract, Options(url, timeout=0.2, max_bytes=100_000))


def test_a_busy_server_is_asked_again(judged):
    busy = problem(429, "RATE_LIMITED", "Too many requests", ("retry-after", "0"))
    report = judged(
        lambda o: Refusing(o, lambda number, _: None if number % 7 else busy), only=WRITTEN
    )
    assert (report.status, report.findings) == (0, [])


@pytest.mark.parametrize("code", [429, 503])
def test_a_server_that_stays_busy_ends_the_run(judged, code):
    busy = problem(code, "RATE_LIMITED", "Busy", ("retry-after", "0"))
    report = judged(lambda o: Refusing(o, lambda number, _: busy if number > 80 else None))
    assert report.stopped.startswith(f"the server does not answer any more: status {code}")
    assert ("give --rate" in report.stopped) == (code == 429)


def forgetful(*, logins: bool):
    """A server that from the 100th request on refuses the tokens it issued before."""
    old: set[str] = set()
    refusal = problem(401, "TOKEN_INVALID", "The token is not valid")

    def refuses(number, request):
        token = next((v for n, v in request.headers if n == "Authorization"), "")
        if number < 100:
            old.add(token)
            return None
        login = request.target.endswith("/auth/login")
        return refusal if token in old - {""} or (login and not logins) else None

    return lambda options: Refusing(options, refuses)


def test_a_caller_whose_token_is_refused_logs_in_again(judged):
    report = judged(forgetful(logins=True), only=WRITTEN)
    assert (report.status, report.stopped, report.findings) == (0, "", [])


def test_a_caller_who_cannot_log_in_again_ends_the_run(judged):
    report = judged(forgetful(logins=False))
    assert "the login of admin@example.com at tenant 'votre-tenant' was refused" in report.stopped
    assert report.status == 1
    assert report.residue
