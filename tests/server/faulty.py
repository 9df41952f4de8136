"""What tests of faults share: adding one by its control, and reading what is left of it."""

from typing import Any

from tests.support import Answer, Api

TENANT = "votre-tenant"
COURSE = "/courses/crs_excel_init"
FAULTS = f"!/_sandbox/tenants/{TENANT}/faults"


def add(api: Api, kind: str, **options: Any) -> str:
    """Add a fault to the small tenant; its id."""
    answer = try_to_add(api, kind=kind, **options)
    assert answer.status == 201, answer.json
    return answer.json["id"]


def try_to_add(api: Api, **wanted: Any) -> Answer:
    return api.post(FAULTS, wanted)


def struck(api: Api, fault: str) -> int:
    return api.get(f"{FAULTS}/{fault}").json["struck"]


def marks(answer: Answer) -> str:
    """The faults that the answer names."""
    return answer.headers.get("x-sandbox-fault", "")
