"""Controls of the tag Faults: list, add, read, remove."""

from ...contract.request import Values
from ..hub import Answer, Hub


def list_faults(hub: Hub, values: Values) -> Answer:
    """The faults of a tenant, oldest first."""
    slug = _tenant(hub, values)
    return Answer(data={"items": [fault.told() for fault in hub.faults.of(slug)]})


def add_fault(hub: Hub, values: Values) -> Answer:
    """A new fault of a tenant."""
    space = hub.estate.space(values.path["tenant"])
    fault = hub.faults.add(space, values.body)
    place = f"/_sandbox/tenants/{space.slug}/faults/{fault.id}"
    return Answer(201, fault.told(), {"Location": place})


def clear_faults(hub: Hub, values: Values) -> Answer:
    """Remove all faults of a tenant."""
    hub.faults.clear(_tenant(hub, values))
    return Answer(204)


def get_fault(hub: Hub, values: Values) -> Answer:
    """One fault, with how often it struck."""
    return Answer(data=hub.faults.get(_tenant(hub, values), values.path["fault"]).told())


def remove_fault(hub: Hub, values: Values) -> Answer:
    """Remove one fault."""
    hub.faults.remove(_tenant(hub, values), values.path["fault"])
    return Answer(204)


def _tenant(hub: Hub, values: Values) -> str:
    """The slug in the path. Raises Refusal NOT_FOUND when there is no such tenant."""
    return hub.estate.space(values.path["tenant"]).slug
