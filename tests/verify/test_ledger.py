"""What a run made: known as long as it is there, removed the youngest first, told when it stays."""

from itertools import count
from types import SimpleNamespace

import pytest

from bacasable.verify.bench import Subject
from bacasable.verify.maker import Maker
from bacasable.verify.making.calls import Calls
from bacasable.verify.making.census import Census
from bacasable.verify.making.cleanup import Cleaner
from bacasable.verify.making.ledger import Ledger
from bacasable.verify.model import Options

from .fakes import ADMIN, URL, exchange


@pytest.fixture
def ledger_of(contract):
    """`ledger_of(statuses)`: a ledger, its clean-up, and the ids deleted, with their answers."""

    def make(statuses=None):
        deleted: list[str] = []

        def send(request, **_):
            if request.method != "DELETE":  # other lists are read: it could lie there now
                return exchange(contract, "listCompanies", 403)
            deleted.append(request.target.rpartition("/")[2])
            status = (statuses or {}).get(deleted[-1], 204)
            status = status.pop(0) if isinstance(status, list) else status
            return exchange(contract, "deleteCompany", status)

        session = SimpleNamespace(send=send, sent=0)
        calls = Calls(Subject(contract, Options(URL), ADMIN), session, "cleanup")
        ledger = Ledger(calls, Census(calls))
        cleaner = Cleaner(calls, ledger, lambda _: None, lambda record, _: record)
        return ledger, lambda: list(map(str, cleaner.clean_up())), deleted

    return make


_NUMBERS = count(1)


def created(contract, id_):
    answer = b'{"data":{"id":"%s"}}' % id_.encode()
    return exchange(contract, "createCompany", 201, answer=answer, number=next(_NUMBERS))


def gone(contract, id_):
    target = f"{contract.base_path}/companies/{id_}"
    return exchange(contract, "deleteCompany", 204, target=target, answer=b"")


def test_the_youngest_goes_first(contract, ledger_of):
    ledger, clean_up, deleted = ledger_of()
    for number in range(3):
        ledger.watch(created(contract, f"cmp_{number}"))
    assert clean_up() == []
    assert deleted == ["cmp_2", "cmp_1", "cmp_0"]


def test_what_is_made_twice_is_one_record_until_it_is_gone(contract, ledger_of):
    ledger, clean_up, deleted = ledger_of()
    first = ledger.adopt(created(contract, "cmp_1"))
    assert ledger.adopt(created(contract, "cmp_1")) is first
    ledger.watch(gone(contract, "cmp_1"))
    assert ledger.find("Company", "cmp_1", ADMIN.tenant) is None
    assert ledger.adopt(created(contract, "cmp_1")) is not first
    assert ledger.find("Company", "cmp_1", ADMIN.tenant) is not None
    assert clean_up() == []
    assert deleted == ["cmp_1"]


@pytest.mark.parametrize("status", [200, 204, 404, 410])
def test_what_is_not_there_any_more_was_removed(contract, ledger_of, status):
    ledger, clean_up, _ = ledger_of({"cmp_1": status})
    ledger.watch(created(contract, "cmp_1"))
    assert clean_up() == []


@pytest.mark.parametrize("status", [403, 409, 500])
def test_what_stays_is_told_and_tried_again_where_that_may_help(contract, ledger_of, status):
    ledger, clean_up, deleted = ledger_of({"cmp_1": status})
    for id_ in ("cmp_0", "cmp_1"):
        ledger.watch(created(contract, id_))
    (told,) = clean_up()
    assert told.startswith(f"1 × Company: deleteCompany answered {status}")
    again = {403: 0, 409: 1, 500: 3}[status]
    assert deleted == ["cmp_1", "cmp_0", *["cmp_1"] * again]


def test_what_was_referred_to_goes_when_the_other_one_has_gone(contract, ledger_of):
    ledger, clean_up, deleted = ledger_of({"cmp_1": [409, 204]})
    for id_ in ("cmp_0", "cmp_1"):
        ledger.watch(created(contract, id_))
    assert clean_up() == []
    assert deleted == ["cmp_1", "cmp_0", "cmp_1"]


def test_a_refused_creation_made_nothing(contract, ledger_of):
    ledger, _, _ = ledger_of()
    refused = exchange(contract, "createCompany", 409, answer=b'{"data":{"id":"cmp_1"}}')
    assert ledger.adopt(refused) is None
    assert ledger.entries == []


def test_what_was_there_before_is_not_deleted_whatever_a_creation_says(contract, ledger_of):
    ledger, clean_up, deleted = ledger_of()
    page = b'{"data":[{"id":"cmp_old"},{"id":"cmp_1"}],"pagination":{"total":2}}'
    ledger.watch(created(contract, "cmp_1"))
    seen = next(_NUMBERS)
    ledger.watch(exchange(contract, "listCompanies", 200, answer=page, number=seen))
    ledger.watch(created(contract, "cmp_old"))
    assert [made.record.id for made in ledger.entries] == ["cmp_1"]
    clean_up()
    assert deleted == ["cmp_1"]


def test_what_a_list_shows_while_it_is_created_is_ours(contract, ledger_of):
    """With several workers an answer may be seen before the one that was sent before it."""
    ledger, clean_up, deleted = ledger_of()
    mine, later = created(contract, "cmp_1"), next(_NUMBERS)
    page = b'{"data":[{"id":"cmp_1"}],"pagination":{"total":1}}'
    ledger.watch(exchange(contract, "listCompanies", 200, answer=page, number=later))
    ledger.watch(mine)
    assert clean_up() == []
    assert deleted == ["cmp_1"]


def test_what_an_interrupted_clean_up_left_is_told_by_resource(contract, ledger_of):
    ledger, _, _ = ledger_of()
    for number in range(3):
        ledger.watch(created(contract, f"cmp_{number}"))
    ledger.watch(gone(contract, "cmp_0"))
    (left,) = Maker.left(SimpleNamespace(ledger=ledger.entries), "the server went away")
    assert (left.resource, left.count, left.reason) == ("Company", 2, "the server went away")
