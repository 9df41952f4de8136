"""For every code of the problem catalogue, a request that is answered with it."""

from collections.abc import Callable
from typing import Any

from tests.qualiforma.steps import FUTURE, enrollment, plant, set_clock
from tests.support import Answer, Api

TENANT = {"X-Tenant-ID": "votre-tenant"}
LOGIN = {"email": "admin@example.com", "password": "votre-mot-de-passe"}
COMPANY = {"name": "Exemple"}


def refresh_pair(api: Api) -> str:
    return api.post("/auth/login", LOGIN, headers=TENANT).data["refreshToken"]


def refresh(api: Api, token: str) -> Answer:
    return api.post("/auth/refresh", {"refreshToken": token}, headers=TENANT)


def ended_session(api: Api) -> Answer:
    leaver = api.as_("TRAINER")
    assert api.as_("ADMIN").post("/users/usr_trainer/deactivate").status == 200
    return leaver.get("/auth/me")


def expired_token(api: Api) -> Answer:
    caller = api.as_("ADMIN")
    set_clock(api, FUTURE)
    return caller.get("/auth/me")


def reused_refresh(api: Api) -> Answer:
    token = refresh_pair(api)
    assert refresh(api, token).status == 200
    return refresh(api, token)


def suspended_tenant(api: Api) -> Answer:
    made = {"slug": "autre", "name": "Autre", "admin": LOGIN | {"email": "a@autre.example"}}
    made["admin"] |= {"firstName": "Alix", "lastName": "Exemple"}
    caller = api.as_("SUPER_ADMIN")
    tenant = caller.post("/admin/tenants", made).data["id"]
    reason = {"statusReason": "Essai"}
    assert caller.post(f"/admin/tenants/{tenant}/suspend", reason).status == 200
    right = LOGIN | {"email": "a@autre.example"}
    return api.post("/auth/login", right, headers={"X-Tenant-ID": "autre"})


def reused_key(api: Api) -> Answer:
    caller = api.as_("ADMIN").with_headers({"Idempotency-Key": "k1"})
    assert caller.post("/companies", COMPANY).status == 201
    return caller.post("/companies", {"name": "Autre"})


def broken_answer(api: Api) -> Answer:
    plant(api, "Course", "crs_excel_init", price=-1)
    return api.as_("ADMIN").get("/courses/crs_excel_init")


def defect(api: Api) -> Answer:
    plant(api, "Course", "crs_excel_init", level="UNHEARD_OF")
    body = {"companyId": "cmp_abc123", "objectives": ["Tableaux"], "currentLevel": "BEGINNER"}
    return api.as_("ADMIN").post(
        "/needs-analysis", body | {"targetLevel": "EXPERT", "context": "Équipe."}
    )


def failing(api: Api, **fault: Any) -> Answer:
    """Some answer while a fault is at work: what the platform never says by itself."""
    caller = api.as_("ADMIN")
    added = api.post("!/_sandbox/tenants/votre-tenant/faults", fault)
    assert added.status == 201, added.json
    return caller.get("/courses")


PROBLEMS: dict[str, Callable[[Api], Answer]] = {
    "INVALID_REQUEST": lambda api: api.as_("ADMIN").post("/companies", {"name": 1}),
    "MALFORMED_BODY": lambda api: api.as_("ADMIN").post(
        "/companies", content=b"{", headers={"content-type": "application/json"}
    ),
    "TENANT_HEADER_MISSING": lambda api: api.as_("ADMIN").get(
        "/courses", headers={"X-Tenant-ID": ""}
    ),
    "TOKEN_MISSING": lambda api: api.get("/courses", headers=TENANT),
    "TOKEN_INVALID": lambda api: api.get(
        "/courses", headers=TENANT | {"Authorization": "Bearer x"}
    ),
    "TOKEN_EXPIRED": expired_token,
    "SESSION_ENDED": ended_session,
    "INVALID_CREDENTIALS": lambda api: api.post(
        "/auth/login", LOGIN | {"password": "faux"}, headers=TENANT
    ),
    "REFRESH_TOKEN_INVALID": lambda api: refresh(api, "rft_inconnu"),
    "REFRESH_TOKEN_REUSED": reused_refresh,
    "TENANT_MISMATCH": lambda api: api.as_("ADMIN").get(
        "/courses", headers={"X-Tenant-ID": "autre"}
    ),
    "TENANT_SUSPENDED": suspended_tenant,
    "ROLE_REQUIRED": lambda api: api.as_("LEARNER").get("/users"),
    "NOT_FOUND": lambda api: api.as_("ADMIN").get("/courses/crs_inconnu"),
    "UNKNOWN_PATH": lambda api: api.get("/nowhere"),
    "METHOD_NOT_ALLOWED": lambda api: api.delete("/courses"),
    "NOT_ACCEPTABLE": lambda api: api.as_("ADMIN").get("/courses", headers={"Accept": "text/csv"}),
    "ILLEGAL_TRANSITION": lambda api: api.as_("ADMIN").post("/courses/crs_excel_init/publish"),
    "UNKNOWN_REFERENCE": lambda api: api.as_("ADMIN").post(
        "/enrollments", enrollment(courseId="crs_inconnu")
    ),
    "RULE_REFUSED": lambda api: api.as_("ADMIN").post("/users/usr_admin/deactivate"),
    "DUPLICATE": lambda api: api.as_("ADMIN").patch(
        "/users/usr_hugo", {"email": "admin@example.com"}
    ),
    "STILL_REFERENCED": lambda api: api.as_("ADMIN").delete("/companies/cmp_abc123"),
    "IDEMPOTENCY_KEY_REUSED": reused_key,
    "PRECONDITION_FAILED": lambda api: api.as_("ADMIN").patch(
        "/companies/cmp_abc123", COMPANY, headers={"If-Match": '"0"'}
    ),
    "BODY_TOO_LARGE": lambda api: api.as_("ADMIN").post("/companies", {"name": "x" * 2**20}),
    "UNSUPPORTED_MEDIA_TYPE": lambda api: api.as_("ADMIN").post(
        "/companies", COMPANY, headers={"content-type": "text/plain"}
    ),
    "RATE_LIMITED": lambda api: failing(api, kind="RATE_LIMIT"),
    "UNAVAILABLE": lambda api: failing(api, kind="ERROR", status=503),
    "CONTRACT_VIOLATION": broken_answer,
    "INTERNAL_ERROR": defect,
}
OF_CONNECTIONS = {
    "MALFORMED_REQUEST",
    "REQUEST_TIMEOUT",
    "TARGET_TOO_LONG",
    "HEADERS_TOO_LARGE",
    "TOO_MANY_CONNECTIONS",
}
"""Those that answer what is no request yet: tests/server/test_limits.py and its neighbours."""
