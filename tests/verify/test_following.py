"""Where addresses of answers lead: never to another host, and elsewhere without credentials."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.verify.bench import Bench, Subject
from bacasable.verify.checks._following import got, own_target
from bacasable.verify.model import Options

from .fakes import ADMIN, TOKEN, URL, exchange

ADDRESSES = st.text(st.sampled_from("/:@?#[]%.\\\r\n\t h1aé")) | st.text()


@pytest.fixture
def bench(contract):
    """A bench whose session keeps what it is given, and sends nothing."""
    session = SimpleNamespace(sent=[])
    session.send = lambda request, **more: session.sent.append((request, more))
    return Bench(Subject(contract, Options(URL), ADMIN), session, None, "location-usable", "")


@pytest.mark.parametrize(
    ("address", "target", "alien"),
    [
        ("/api/v1/companies/cmp_1", "/api/v1/companies/cmp_1", ""),
        ("companies/cmp_1?a=b#c", "/api/v1/companies/cmp_1?a=b", ""),
        ("http://localhost:4010/api/v1/x", "/api/v1/x", ""),
        ("http://evil.example/api/v1/x", "/api/v1/x", "evil.example"),
        ("//evil.example:81/x", "/x", "evil.example:81"),
        ("http://[evil", "/", "http://[evil"),
    ],
)
def test_an_address_is_a_path_of_the_server_or_alien(bench, contract, address, target, alien):
    made = exchange(contract, "createCompany", 201)
    assert own_target(bench, made, address) == (target, alien)


@given(ADDRESSES)
def test_no_address_is_too_odd(contract, address):
    bench = SimpleNamespace(subject=Subject(contract, Options(URL), ADMIN), contract=contract)
    target, _ = own_target(bench, exchange(contract, "createCompany", 201), address)
    assert isinstance(target, str)


@pytest.mark.parametrize(
    ("target", "called"),
    [
        ("/api/v1/companies/cmp_1", True),
        ("/api/v1/nowhere", True),
        ("/api/v10/companies/cmp_1", False),
        ("/other/companies", False),
        ("/", False),
    ],
)
def test_credentials_stay_below_the_path_of_the_contract(bench, target, called):
    got(bench, target, ADMIN)
    ((request, more),) = bench.session.sent
    assert (TOKEN in str(request.headers)) is called
    assert bool(more["identity"].token) is called
