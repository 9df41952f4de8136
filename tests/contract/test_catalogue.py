"""A document has codes, bodies and statuses of its own for what is refused, and says so."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract import Contract, Refusal, load_contract
from bacasable.contract.catalogue import documented, problem_findings, told_code
from bacasable.contract.compiled import compiled
from bacasable.contract.document import objects
from bacasable.contract.kinds import KINDS
from bacasable.contract.load import check_file
from bacasable.contract.model import Operation
from bacasable.contract.refusals import told
from tests.contract.toy import ABSENT, built, write

DOCUMENTS = Path(__file__).parents[1] / "core" / "documents"
FERRY = load_contract(DOCUMENTS / "ferry.yaml")
SKY = load_contract(DOCUMENTS / "strict/observatory.yaml")
CALLS = [(c, o) for c in (FERRY, SKY) for o in (None, *c.operations.values())]


def answered(contract: Contract, operation: str, refusal: Refusal) -> tuple[int, Any]:
    called = contract.operations.get(operation)
    found = told(contract, refusal, called, instance="/x", request_id="r")
    return found.status, json.loads(found.content)


@pytest.mark.parametrize(
    ("contract", "operation", "raised", "status", "body"),
    [
        (FERRY, "getCrossing", "NOT_FOUND", 404, (4040, "It never sailed. Ask at the quay.")),
        (FERRY, "cancelCrossing", "NOT_FOUND", 410, (4100, "It has sailed")),
        (FERRY, "addCrossing", "INVALID_REQUEST", 400, (4000, "Write it anew.")),
        (FERRY, "listCrossings", "TOKEN_MISSING", 401, (4010, "No pass")),
        (FERRY, "", "UNKNOWN_PATH", 404, (9, "Open water")),
        (SKY, "readStar", "NOT_FOUND", 404, ("no.star", "Look elsewhere.")),
        (SKY, "nameStar", "INVALID_REQUEST", 422, ("bad.question", "Not a question")),
        (SKY, "nameStar", "DUPLICATE", 409, ("same.star", "Seen before")),
        (SKY, "watchStars", "dark", 503, ("dark", "Wait for the night.")),
    ],
)
def test_a_kind_is_answered_by_the_code_that_the_document_has_for_it(
    contract: Contract, operation: str, raised: str, status: int, body: tuple[Any, str]
) -> None:
    code, text = body
    whole = {"fault": {"number": code, "text": text}}
    whole = whole if contract is FERRY else {"error": code, "message": text}
    assert answered(contract, operation, Refusal(raised)) == (status, whole)
    assert told_code(contract, contract.operations.get(operation), status, whole) == str(code)


@given(call=st.sampled_from(CALLS), kind=st.sampled_from(sorted(KINDS)), detail=st.text())
def test_every_refusal_of_every_operation_has_the_documented_shape(
    call: tuple[Contract, Operation | None], kind: str, detail: str
) -> None:
    contract, operation = call
    found = told(contract, Refusal(kind, detail), operation, instance="/x", request_id="r")
    own, status, answer = documented(contract, operation, kind)
    assert found.status == status
    body = json.loads(found.content)
    if answer is None:
        assert (found.media_type, body["code"]) == ("application/problem+json", own.code)
    else:
        assert compiled(contract).answer_check(answer.schema or "")(body) == []
        if contract is SKY or own.code.isdecimal():
            assert told_code(contract, operation, status, body) == own.code


def test_a_response_alone_may_name_the_code() -> None:
    """Without a catalogue the rest is said as of any document; a range keeps the usual status."""
    bare = put_problem({"NOT_FOUND": "LOST"}, status="4XX")
    kind, status, answer = documented(bare, bare.operations["getRoom"], "NOT_FOUND")
    assert (kind.code, kind.title, status) == ("LOST", KINDS["NOT_FOUND"].title, 404)
    assert answer == bare.operations["getRoom"].ranges["4XX"]


def put_problem(declared: Any, status: str = "404") -> Contract:
    place = f"/paths/~1rooms~1{{roomId}}/get/responses/{status}"
    return built({"/x-problems": ABSENT, place: {"description": "No.", "x-problem": declared}})


@pytest.mark.parametrize("declared", [{}, {"NOT_FOUND": True}, "NOT_FOUND"])
def test_what_is_no_extension_of_ours_is_passed_over(declared: Any) -> None:
    contract = put_problem(declared)
    assert documented(contract, contract.operations["getRoom"], "NOT_FOUND")[0].code == "NOT_FOUND"
    lenient = {"/x-serving": ABSENT, "/x-problems": {"a": declared}}
    assert built(lenient).problems == {}


def test_codes_are_told_where_the_body_has_them() -> None:
    room = SKY.operations["readStar"]
    assert told_code(SKY, room, 404, {"code": "no.star"}) == ""
    assert told_code(SKY, room, 418, {"code": "TEAPOT"}) == "TEAPOT"
    assert told_code(FERRY, FERRY.operations["listCrossings"], 500, {"fault": {"number": 1}}) == "1"
    assert told_code(SKY, None, 404, []) == ""


NO = {"description": "No."}
GET = "/paths/~1rooms~1{roomId}/get/responses"
ROOM = "/components/schemas/Room"
GONE = {"status": 404, "title": "Gone"}
TWO = {"LOST": GONE | {"kind": "NOT_FOUND"}, "GONE": GONE | {"kind": "NOT_FOUND"}}


@pytest.mark.parametrize(
    ("changes", "line", "said"),
    [
        (
            {"/x-problems/INVALID_REQUEST/kind": "NOT_FUOND"},
            "kind: NOT_FUOND",
            "'NOT_FUOND' is no kind of problem; did you mean 'NOT_FOUND'?",
        ),
        (
            {"/x-problems/MALFORMED_BODY/provoke": [{"operation": "creatRoom"}]},
            "operation: creatRoom",
            "'creatRoom' is no operation; did you mean 'createRoom'?",
        ),
        ({f"{ROOM}/x-problem": {"NOT_FOUND": "X"}}, "x-problem:", "stands on no response"),
        (
            {f"{GET}/404": NO | {"x-problem": {"NOT_FUOND": "MALFORMED_BODY"}}},
            "NOT_FUOND: MALFORMED_BODY",
            "'NOT_FUOND' is no kind of problem; did you mean 'NOT_FOUND'?",
        ),
        (
            {f"{GET}/404": NO | {"x-problem": {"NOT_FOUND": "MALFORMD_BODY"}}},
            "NOT_FOUND: MALFORMD_BODY",
            "'MALFORMD_BODY' is no code under x-problems; did you mean 'MALFORMED_BODY'?",
        ),
        (
            {f"{GET}/404": NO | {"x-problem": {"NOT_FOUND": "MALFORMED_BODY"}}},
            "NOT_FOUND: MALFORMED_BODY",
            "'MALFORMED_BODY' is for MALFORMED_BODY under x-problems",
        ),
        (
            {
                f"{GET}/404": NO | {"x-problem": {"NOT_FOUND": "LOST"}},
                f"{GET}/410": NO | {"x-problem": {"NOT_FOUND": "LOST"}},
                "/x-problems/LOST": GONE | {"kind": "NOT_FOUND"},
            },
            "responses:",
            "NOT_FOUND is told by several responses",
        ),
        (
            {f"{GET}/404": NO, "/x-problems": TWO},
            "responses:",
            "NOT_FOUND may be LOST or GONE here; say which by x-problem",
        ),
        (
            {"/x-problems/NO_ROOM": {"status": 400, "title": "Full"}},
            "schema:",
            "does not list the code NO_ROOM of x-problems; add it",
        ),
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_what_a_document_says_wrong_of_problems_is_told_with_its_line(
    tmp_path: Path, changes: dict[str, Any], line: str, said: str, strict: bool
) -> None:
    contract = built(changes if strict else changes | {"/x-serving": ABSENT})
    path = write(tmp_path, contract.document)
    (finding,) = (told for told in check_file(path) if said in told)
    number = int(finding.removeprefix(f"{path}:").partition(":")[0])
    assert line.partition(":")[0] in path.read_text("utf-8").splitlines()[number - 1]


def test_sound_documents_have_no_findings() -> None:
    for contract in (FERRY, SKY, built()):
        assert list(problem_findings(contract, [*objects(contract.document)])) == []
    stated = {f"{GET}/404": NO | {"x-problem": {"NOT_FOUND": "LOST"}}, "/x-problems": TWO}
    contract = built(stated)
    assert list(problem_findings(contract, [*objects(contract.document)])) == []
