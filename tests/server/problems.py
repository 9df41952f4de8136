"""What every refusal must look like, whatever was refused."""

from bacasable.contract import SchemaSet
from tests.server.table import contract
from tests.support import Answer

_check = SchemaSet(contract().document).answer_check("/components/schemas/Problem")


def assert_problem(answer: Answer, code: str, *places: str) -> None:
    """The documented problem of a code; `places` must be among the pointers of its errors."""
    assert answer.headers["content-type"] == "application/problem+json", answer
    assert _check(answer.json) == []
    assert answer.code == code, answer.json
    assert answer.status == contract().problems[code].status
    assert answer.json["requestId"] == answer.headers["x-request-id"]
    assert set(places) <= set(places_of(answer))


def places_of(answer: Answer) -> list[str]:
    return [error["pointer"] for error in answer.json.get("errors", [])]


def detail_at(answer: Answer, pointer: str) -> str:
    return next(e["detail"] for e in answer.json["errors"] if e["pointer"] == pointer)
