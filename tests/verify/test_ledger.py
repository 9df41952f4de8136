"""What a run made: known as long as it is there, removed the youngest first, told when it stays."""

from types import SimpleNamespace

import pytest

from bacasable.verify.bench import Subject
from bacasable.verify.making.calls import Calls
from bacasable.verify.making.ledger import Ledger
from bacasable.verify.model import Options

from .fakes import ADMIN, URL, exchange


@pytest.fixture
def ledger_of(contract):
    """`ledger_of(statuses)`: a ledger, and the ids that it deletes, with the answers it gets."""

    def make(statuses=None):
        deleted: list[str] = []

        def send(request, **_):
            deleted.append(request.target.rpartition("/")[2])
            status = (statuses or {}).get(deleted[-1], 204)
            status = status.pop(0) if isinstance(status, list) else status
            return exchange(contract, "deleteCompany", status)

        calls = Calls(Subject(contract, Options(URL), ADMIN), SimpleNamespace(send=send), "cleanup")
        return Ledger(calls, lambda _: None, lambda record, _: record), deleted

    return make


def created(contract, id_):
    return exchange(contract, "createCompany", 201, answer=b'{"data":{"id":"%s"}}' % id_.encode())


def gone(contract, id_):
    target = f"{contract.base_path}/companies/{id_}"
    return exchange(contract, "deleteCompany", 204, target=target, answer=b"")


def test_the_youngest_goes_first(contract, ledger_of):
    ledger, deleted = ledger_of()
    for number in range(3):
        ledger.watch(created(contract, f"cmp_{number}"))
    assert ledger.clean_up() == []
    assert deleted == ["cmp_2", "cmp_1", "cmp_0"]


def test_what_is_made_twice_is_one_record_until_it_is_gone(contract, ledger_of):
    ledger, deleted = ledger_of()
    first = ledger.adopt(created(contract, "cmp_1"))
    assert ledger.adopt(created(contract, "cmp_1")) is first
    ledger.watch(gone(contract, "cmp_1"))
    assert ledger.find("Company", "cmp_1", ADMIN.tenant) is None
    assert ledger.adopt(created(contract, "cmp_1")) is not first
    assert ledger.find("Company", "cmp_1", ADMIN.tenant) is not None
    assert ledger.clean_up() == []
    assert deleted == ["cmp_1"]


@pytest.mark.parametrize("status", [200, 204, 404, 410])
def test_what_is_not_there_any_more_was_removed(contract, ledger_of, status):
    ledger, _ = ledger_of({"cmp_1": status})
    ledger.watch(created(contract, "cmp_1"))
    assert ledger.clean_up() == []


@pytest.mark.parametrize("status", [403, 409, 500])
def test_what_stays_is_told_and_tried_again_only_when_something_else_has_gone(
    contract, ledger_of, status
):
    ledger, deleted = ledger_of({"cmp_1": status})
    for id_ in ("cmp_0", "cmp_1"):
        ledger.watch(created(contract, id_))
    (told,) = ledger.clean_up()
    assert told.startswith(f"1 × Company: deleteCompany answered {status}")
    assert deleted == ["cmp_1", "cmp_0", *(["cmp_1"] if status == 409 else [])]


def test_what_was_referred_to_goes_when_the_other_one_has_gone(contract, ledger_of):
    ledger, deleted = ledger_of({"cmp_1": [409, 204]})
    for id_ in ("cmp_0", "cmp_1"):
        ledger.watch(created(contract, id_))
    assert ledger.clean_up() == []
    assert deleted == ["cmp_1", "cmp_0", "cmp_1"]


def test_a_refused_creation_made_nothing(contract, ledger_of):
    ledger, _ = ledger_of()
    refused = exchange(contract, "createCompany", 409, answer=b'{"data":{"id":"cmp_1"}}')
    assert ledger.adopt(refused) is None
    assert ledger.entries == []


def test_what_was_there_before_is_not_deleted_whatever_a_creation_says(contract, ledger_of):
    ledger, deleted = ledger_of()
    page = b'{"data":[{"id":"cmp_old"},{"id":"cmp_1"}],"pagination":{"total":2}}'
    ledger.watch(created(contract, "cmp_1"))
    ledger.watch(exchange(contract, "listCompanies", 200, answer=page))
    ledger.watch(created(contract, "cmp_old"))
    (told,) = ledger.clean_up()
    assert told == "1 × Company: it was there before it was said to be created"
    assert deleted == ["cmp_1"]
