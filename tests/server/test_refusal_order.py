"""A request with everything wrong: each correction uncovers the next refusal, in fixed order."""

from typing import Any

from tests.server.problems import assert_problem
from tests.server.restoring import contents
from tests.support import Api
from tests.tables import each

PAST = "2020-01-01T00:00:00Z"
GOOD = {"companyId": "cmp_abc123", "expiresAt": "2027-01-01T00:00:00Z"}
WRONG: dict[str, Any] = {
    "role": "",
    "tenant": "",
    "enrollment": "enr_inconnu",
    "accept": "text/csv",
    "type": "text/plain",
    "content": b"x" * 1_100_000,
    "if_match": '"stale"',
}
STEPS: list[tuple[str, dict[str, Any]]] = [
    ("TOKEN_MISSING", {}),
    ("TOKEN_INVALID", {"role": "broken"}),
    ("TENANT_HEADER_MISSING", {"role": "LEARNER"}),
    ("TENANT_MISMATCH", {"tenant": "atelier-nord"}),
    ("ROLE_REQUIRED", {"tenant": "votre-tenant"}),
    ("NOT_FOUND", {"role": "ADMIN"}),
    ("NOT_ACCEPTABLE", {"enrollment": "enr_termine"}),
    ("BODY_TOO_LARGE", {"accept": "application/json"}),
    ("UNSUPPORTED_MEDIA_TYPE", {"content": b"{"}),
    ("MALFORMED_BODY", {"type": "application/json"}),
    ("INVALID_REQUEST", {"content": {"companyId": 5}}),
    ("PRECONDITION_FAILED", {"content": {"companyId": "cmp_inconnu", "expiresAt": PAST}}),
    ("ILLEGAL_TRANSITION", {"if_match": "*"}),
    ("UNKNOWN_REFERENCE", {"enrollment": "enr_xyz789"}),
    ("RULE_REFUSED", {"content": GOOD | {"expiresAt": PAST}}),
]


def headers_of(api: Api, sent: dict[str, Any]) -> dict[str, str]:
    token = f"Bearer {sent['role']}" if sent["role"] else ""
    if sent["role"] in {"LEARNER", "ADMIN"}:
        token = api.as_(sent["role"]).headers["Authorization"]
    return {
        "Authorization": token,
        "X-Tenant-ID": sent["tenant"],
        "Accept": sent["accept"],
        "Content-Type": sent["type"],
        "If-Match": sent["if_match"],
    }


def body_of(sent: dict[str, Any]) -> dict[str, Any]:
    raw = isinstance(sent["content"], bytes)
    return {"content": sent["content"]} if raw else {"body": sent["content"]}


@each("last", range(len(STEPS)), ids=[code for code, _ in STEPS], fresh="api")
def test_refusals_come_in_the_decided_order(api: Api, last: int) -> None:
    sent = dict(WRONG)
    for _, correction in STEPS[: last + 1]:
        sent |= correction
    headers = headers_of(api, sent)
    before = contents(api.sandbox)
    path = f"/enrollments/{sent['enrollment']}"
    answer = api.request("PATCH", path, headers=headers, **body_of(sent))
    assert_problem(answer, STEPS[last][0])
    assert contents(api.sandbox) == before


def test_with_every_correction_the_request_succeeds(local: Api) -> None:
    assert local.as_("ADMIN").patch("/enrollments/enr_xyz789", GOOD).status == 200


def test_path_and_method_are_judged_before_anybody_is_asked_who_they_are(local: Api) -> None:
    assert_problem(local.get("/nowhere"), "UNKNOWN_PATH")
    assert_problem(local.delete("/courses"), "METHOD_NOT_ALLOWED")


def test_suspension_is_told_before_the_role(local: Api) -> None:
    caller, tenant = local.as_("SUPER_ADMIN"), "tnt_00000000-0000-4000-8000-000000000001"
    learner = local.as_("LEARNER")
    assert learner.get("/users").code == "ROLE_REQUIRED"
    root = local.sandbox.engine.platform.root.collection("Tenant")
    root.put(root.get(tenant) | {"status": "SUSPENDED"})
    assert_problem(learner.get("/users"), "TENANT_SUSPENDED")
    assert caller.get("/users").status == 200
