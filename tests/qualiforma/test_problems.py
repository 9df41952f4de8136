"""Every code of the problem catalogue is provoked by some request, and looks as documented."""

from collections.abc import Callable

from bacasable.contract import Contract, SchemaSet
from tests.qualiforma.problems import OF_CONNECTIONS, PROBLEMS
from tests.support import Answer, Api
from tests.tables import each


@each(("code", "provoke"), PROBLEMS.items(), ids=list(PROBLEMS), fresh="local")
def test_the_problem_is_as_its_catalogue_says(
    local: Api, contract: Contract, code: str, provoke: Callable[[Api], Answer]
) -> None:
    answer = provoke(local)
    kind = contract.problems[code]
    assert answer.code == code
    assert answer.status == answer.json["status"] == kind.status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["title"] == kind.title
    assert answer.json["detail"].endswith(kind.remedy)
    assert answer.json["requestId"] == answer.headers["x-request-id"]
    assert answer.json["instance"].startswith("/api/v1/")
    check = SchemaSet(contract.document).answer_check("/components/schemas/Problem")
    assert check(answer.json) == []


def test_the_table_holds_exactly_the_codes_of_the_catalogue(contract: Contract) -> None:
    assert set(PROBLEMS).isdisjoint(OF_CONNECTIONS)
    assert set(PROBLEMS) | OF_CONNECTIONS == set(contract.problems)
