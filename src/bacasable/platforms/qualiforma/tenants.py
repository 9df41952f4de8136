"""Tenants: opening one opens its space; the current one is found by the header."""

from ...contract.problems import Refusal
from ...core import Behaviour, Record, Situation
from ...core.access import ACCOUNTS, TENANTS
from .passwords import set_password


def current(s: Situation) -> Record:
    """The tenant named in the header."""
    tenant = s.get(TENANTS, s.space.tenant_id)
    if tenant is None:
        raise Refusal("NOT_FOUND")
    return tenant


def first_branding(s: Situation) -> None:
    """A new tenant looks plain until it is branded."""
    name = s.draft["name"]
    s.draft["branding"] = {"displayName": name, "primaryColor": "#1F4E79", "logoUrl": None}


def open_space(s: Situation) -> None:
    """The tenant's own space, with its first administrator."""
    space = s.platform.open(s.draft["slug"], s.draft["id"])
    admin = dict(s.body["admin"])
    password = admin.pop("password")
    user_id = s.space.pinned.pop(ACCOUNTS, "") or space.new_id(s.contract.resources[ACCOUNTS])
    user = s.new(ACCOUNTS, id=user_id, roles=["ADMIN"], **admin)
    space.collection(ACCOUNTS).put(user)
    set_password(space, user_id, password)


def forget_reason(s: Situation) -> None:
    """A tenant that works again has no reason not to."""
    s.draft["statusReason"] = None


BEHAVIOURS = {
    "Tenant": Behaviour(
        find={"getCurrentTenant": current, "updateCurrentTenant": current},
        prepare={"createTenant": first_branding, "reactivateTenant": forget_reason},
        effects={"createTenant": open_space},
    )
}
