"""Tenants: the current one is found by the header. What opens one is the contract's (x-tenant)."""

from ...contract.problems import Refusal
from ...core import Behaviour, Record, Situation


def current(s: Situation) -> Record:
    """The tenant named in the header."""
    tenant = s.get("Tenant", s.space.tenant_id)
    if tenant is None:
        raise Refusal("NOT_FOUND")
    return tenant


def first_branding(s: Situation) -> None:
    """A new tenant looks plain until it is branded."""
    name = s.draft["name"]
    s.draft["branding"] = {"displayName": name, "primaryColor": "#1F4E79", "logoUrl": None}


def forget_reason(s: Situation) -> None:
    """A tenant that works again has no reason not to."""
    s.draft["statusReason"] = None


BEHAVIOURS = {
    "Tenant": Behaviour(
        find={"getCurrentTenant": current, "updateCurrentTenant": current},
        prepare={"createTenant": first_branding, "reactivateTenant": forget_reason},
    )
}
