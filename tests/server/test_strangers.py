"""Who has no token learns nothing: not whether a tenant exists, nor an account."""

from statistics import median
from time import process_time
from typing import Any

import pytest

from ..support import Answer, Api

LOGIN, REFRESH = "/auth/login", "/auth/refresh"
SENT = [
    (LOGIN, {"email": "nobody@example.com", "password": "wrong"}),
    (LOGIN, {"email": "admin@example.com", "password": "wrong"}),
    (LOGIN, {}),
    (LOGIN, {"email": "admin@example.com"}),
    (LOGIN, {"email": "no address", "password": 1}),
    (LOGIN, []),
    (REFRESH, {"refreshToken": "rft_unknown"}),
    (REFRESH, {}),
    (REFRESH, {"refreshToken": 5}),
]


def told(answer: Answer) -> tuple[Any, ...]:
    """All that an answer says, but for what differs from call to call."""
    passing = {"x-request-id", "date", "content-length"}
    headers = {n: v for n, v in answer.headers.items() if n not in passing}
    return answer.status, headers, answer.json | {"requestId": ""}


def asked(api: Api, path: str, body: Any, tenant: str, **headers: str) -> Answer:
    return api.post(path, body, headers={"X-Tenant-ID": tenant, **headers})


@pytest.mark.parametrize(("path", "body"), SENT)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k1"}, {"If-Match": '"x"'}])
def test_a_tenant_that_exists_is_refused_as_one_that_does_not(
    api: Api, path: str, body: Any, headers: dict[str, str]
) -> None:
    there, nowhere = (asked(api, path, body, t, **headers) for t in ("votre-tenant", "nulle-part"))
    assert there.status >= 400
    assert told(there) == told(nowhere)


def test_what_is_no_json_is_refused_alike(api: Api) -> None:
    answers = [
        api.post(LOGIN, content=b"{", headers={"X-Tenant-ID": t, "Content-Type": kind})
        for kind in ("application/json", "text/plain")
        for t in ("votre-tenant", "nulle-part")
    ]
    assert told(answers[0]) == told(answers[1])
    assert told(answers[2]) == told(answers[3])


def test_a_refused_login_takes_as_long_wherever_it_is_refused(local: Api) -> None:
    known = {"email": "admin@example.com", "password": "wrong"}
    unknown = known | {"email": "nobody@example.com"}
    cases = [("votre-tenant", known), ("votre-tenant", unknown), ("nulle-part", unknown)]
    taken: dict[int, list[float]] = {n: [] for n in range(len(cases))}
    for _ in range(60):
        for n, (tenant, body) in enumerate(cases):
            began = process_time()
            assert asked(local, LOGIN, body, tenant).status == 401
            taken[n].append(process_time() - began)
    medians = [median(times) for times in taken.values()]
    assert max(medians) < 1.6 * min(medians)


def test_nothing_is_kept_for_a_tenant_that_does_not_exist(local: Api) -> None:
    platform = local.sandbox.engine.platform
    before = len(platform.spaces()), platform.log.changes
    for path, body in SENT:
        asked(local, path, body, "nulle-part", **{"Idempotency-Key": "k2"})
    assert (len(platform.spaces()), platform.log.changes) == before
