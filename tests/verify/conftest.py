"""A clean sandbox over a socket, and what a check needs to be tried on it or on a defective one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from bacasable.core import SystemClock
from bacasable.verify.bench import Bench
from bacasable.verify.checks import all_checks
from bacasable.verify.login import subject_of
from bacasable.verify.maker import Maker
from bacasable.verify.model import Account, Fault, Options
from bacasable.verify.session import Session
from bacasable.verify.transport import HttpTransport
from tests.support import ALL, make_sandbox, over_socket

from .defective import Defect, Defective

OTHER = Account("ADMIN", "admin@atelier-nord.example", "bac-a-sable-2026", "atelier-nord")


@pytest.fixture(scope="session")
def clean(contract):
    """A sandbox at the machine's time, for a token must live as long as the tests; all tenants.

    `clean.url` is its address. Tests share it: they leave what they find, and may add.
    """
    with over_socket(make_sandbox(contract, ALL, clock=SystemClock())) as api:
        yield api


@pytest.fixture(scope="session")
def proxied(contract):
    """A sandbox of its own behind the proxy that has the defects; it is reset for each."""
    sandbox = make_sandbox(contract, ALL, clock=SystemClock())
    proxy = Defective(sandbox.app)
    with over_socket(replace(sandbox, app=proxy)) as api:
        yield proxy, api


@pytest.fixture
def serving(proxied) -> Iterator[Callable[[Defect | None], str]]:
    """`serving(defect)` serves the seeded sandbox with one defect: gives its address."""
    proxy, api = proxied

    def serve(defect: Defect | None = None) -> str:
        proxy.change = None
        assert api.post("!/_sandbox/reset").status < 300
        proxy.change = defect.make() if defect else None
        return api.url

    yield serve
    proxy.change = None


def options_for(url: str, **given: Any) -> Options:
    """Options of a run with every role of votre-tenant and an account of another tenant.

    The tenant itself may be changed: it is the sandbox's, and put back.
    """
    return Options(url, others=(OTHER,), **{"allow": ("updateCurrentTenant",), **given})


@pytest.fixture
def bench_for(contract, clean, serving):
    """`bench_for(check_id, operation_id, defect=None, **options)`: a bench on a server.

    Without a defect it is the clean sandbox that all tests share.
    """
    opened: list[Bench] = []

    def make(check: str, operation: str, defect: Defect | None = None, **given: Any) -> Bench:
        options = options_for(serving(defect) if defect else clean.url, **given)
        session = Session(HttpTransport(options), options)
        subject = subject_of(contract, options, session)
        found = all_checks().get(check)
        if found and found.judge:
            judge = found.judge
            session.judges.append(lambda exchange: list(judge(subject, exchange)))
        bench = Bench(subject, session, Maker(subject, session), check, operation)
        opened.append(bench)
        return bench

    yield make
    for bench in opened:
        bench.session.transport.close()


@pytest.fixture
def faults_of(contract, bench_for):
    """`faults_of(check_id, operation_id, defect=None)`: what a check finds on an operation.

    For a check of answers the operation is called once, as it should be called.
    """

    def find(check: str, name: str, defect: Defect | None = None, **given: Any) -> list[Fault]:
        bench = bench_for(check, name, defect, **given)
        declared = all_checks()[check]
        operation = contract.operations.get(name)
        if declared.probe:
            assert declared.applies(bench.subject, operation) == ""
            return list(declared.probe(bench, operation))
        arranged = bench.maker.arranged(operation)
        bench.call(
            operation,
            path=arranged.path,
            query=arranged.query,
            body=arranged.body,
            identity=arranged.identity,
        )
        return bench.session.faults

    return find
