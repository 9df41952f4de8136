"""Small moves that tests of rules share: planting a record, moving the clock."""

from typing import Any

from bacasable.core.clock import parse_instant
from tests.support import Api

PAST, FUTURE = "2026-01-01T00:00:00Z", "2027-06-01T00:00:00Z"


def record_of(api: Api, resource: str, record_id: str) -> dict[str, Any]:
    space = api.sandbox.engine.platform.space("votre-tenant")
    return space.collection(resource).get(record_id)


def plant(api: Api, resource: str, record_id: str, **changes: Any) -> None:
    """Change a record behind the engine's back, into what no call could make of it."""
    space = api.sandbox.engine.platform.space("votre-tenant")
    space.collection(resource).put(record_of(api, resource, record_id) | changes)


def set_clock(api: Api, instant: str) -> None:
    for space in (api.sandbox.engine.platform.root, *api.sandbox.engine.platform.spaces()):
        space.clock.instant = parse_instant(instant)


def enrollment(**changes: Any) -> dict[str, Any]:
    """A body that createEnrollment takes, with changes."""
    return {"courseId": "crs_excel_macro", "userId": "usr_learner", "paymentMethod": "FREE"} | (
        changes
    )


def needs(**changes: Any) -> dict[str, Any]:
    """A body that createNeedsAnalysis takes, with changes."""
    return {
        "companyId": "cmp_abc123",
        "objectives": ["Construire un tableau croisé"],
        "currentLevel": "BEGINNER",
        "targetLevel": "INTERMEDIATE",
        "context": "Équipe comptable.",
    } | changes


def path_module(course: str, order: int, **changes: Any) -> dict[str, Any]:
    return {"courseId": course, "order": order, "mandatory": True} | changes


def adaptive_path(*modules: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A body that createAdaptivePath takes, with these modules and changes."""
    return {"name": "Parcours", "targetAudience": "BEGINNER", "modules": list(modules)} | changes
