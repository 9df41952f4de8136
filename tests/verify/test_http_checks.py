"""The checks of HTTP on the clean sandbox: silent on every operation, and able to judge them."""

import pytest

from bacasable.verify.checks import all_checks
from bacasable.verify.run import Run

from .conftest import options_for

PROBING = [
    "etag",
    "head-and-options",
    "idempotency-key",
    "if-match",
    "negotiation",
    "unknown-path",
    "wrong-method",
]
AGREED = {"etag": 15, "head-and-options": 60, "idempotency-key": 14, "if-match": 55}
"""At least so many operations are judged: a check that judges none finds nothing either."""


def judged(contract, url, check, methods=None, **given) -> Run:
    """A run of one check on every operation, without generated requests.

    `methods` takes the methods of all that it sent.
    """
    run = Run(contract, options_for(url, checks=(check,), **given))
    if methods is not None:
        run.session.watchers.append(lambda exchange: methods.add(exchange.request.method))
    try:
        declared = all_checks()[check]
        for operation in [None] if declared.kind == "server" else run.operations:
            run._keep(*run.judge(declared, operation))
    finally:
        run.close()
    return run


@pytest.mark.parametrize("check", PROBING)
def test_a_server_that_keeps_to_http_is_not_blamed(contract, clean, check):
    run = judged(contract, clean.url, check)
    said = [(o.operation, o.reason) for o in run.outcomes if o.verdict == "not-judged"]
    assert (run.faults, said) == ([], [])
    passed = [o for o in run.outcomes if o.verdict == "passed"]
    assert len(passed) >= AGREED.get(check, 1)


@pytest.mark.parametrize("check", ["etag", "head-and-options", "negotiation"])
def test_what_only_reads_is_judged_by_reading(contract, clean, check):
    methods: set[str] = set()
    run = judged(contract, clean.url, check, methods, read_only=True)
    assert run.faults == []
    assert [o for o in run.outcomes if o.verdict == "passed"]
    assert "GET" in methods
    assert methods <= {"GET", "HEAD", "OPTIONS"}
