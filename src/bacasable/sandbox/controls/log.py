"""Controls of the request log: read it, follow it, clear it, export it."""

from ...contract import Refusal
from ...contract.model import Violation
from ...contract.names import did_you_mean
from ...contract.request import Values, accepts_json, format_instant
from ...core.clock import parse_instant
from ..exchanges import Exchange, Wanted
from ..following import events
from ..hub import Answer, Hub
from ..reading import Reading
from ..telling import instant

_EVENTS = "text/event-stream"


def read_log(hub: Hub, values: Values) -> Answer:
    """The last exchanges that fit the filters; or a stream of those to come."""
    accept = str(values.headers.get("accept", ""))
    if values.query["follow"] or (_EVENTS in accept.lower() and not accepts_json(accept)):
        wanted = _wanted(hub, values, tenant=values.query.get("tenant"))
        stream = events(hub.exchanges, hub.teller, wanted)
        # Proxies that gather an answer before they pass it on would never pass this one on.
        headers = {"X-Accel-Buffering": "no"}
        return Answer(stream=stream, media_type=_EVENTS, headers=headers, live=True)
    return Answer(stream=_reading(hub, values).items())


def export_log(hub: Hub, values: Values) -> Answer:
    """The last exchanges that fit the filters, as a file."""
    tenant = values.query.get("tenant")
    name = f"bacasable-{tenant}.har" if tenant else "bacasable.har"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Answer(stream=_reading(hub, values).archive(hub.base_url), headers=headers)


def clear_log(hub: Hub, values: Values) -> Answer:
    """Forget what was logged, of one tenant or of all."""
    tenant = values.query.get("tenant")
    if tenant is None:
        hub.exchanges.forget_all()
    else:
        hub.exchanges.forget(hub.estate.space(tenant).slug)
    return Answer(204)


def _reading(hub: Hub, values: Values) -> Reading:
    query, wanted = values.query, _wanted(hub, values)
    tenant, limit = query.get("tenant"), query["limit"]
    return Reading(hub.exchanges, hub.teller, wanted, tenant=tenant, limit=limit)


def _wanted(hub: Hub, values: Values, tenant: str | None = None) -> Wanted:
    """The filters of a request. Raises Refusal NOT_FOUND for a tenant, INVALID_REQUEST."""
    query = values.query
    if "tenant" in query:
        hub.estate.space(query["tenant"])
    operations = hub.engine.contract.operations
    operation = query.get("operation")
    if operation is not None and operation not in operations:
        said = f"is no operation of the contract{did_you_mean(operation, operations)}"
        violation = Violation("query/operation", said)
        raise Refusal("INVALID_REQUEST", "1 violation: see errors.", violations=[violation])
    exact = {"tenant": tenant, "operation": operation}
    exact |= {"method": query.get("method"), "actor": query.get("actor")}
    exact = {name: value for name, value in exact.items() if value is not None}
    status, since = query.get("status"), query.get("since")
    # As it is told: whoever gives the instant of an exchange gets that exchange.
    first = format_instant(parse_instant(since)) if since else ""

    def wanted(exchange: Exchange) -> bool:
        return (
            all(getattr(exchange, name) == value for name, value in exact.items())
            and (status is None or _is_of(exchange.status, status))
            and (not first or instant(exchange) >= first)
        )

    return wanted


def _is_of(status: int, pattern: str) -> bool:
    """Whether a status is the given one, or of the given class."""
    return str(status) == pattern or (pattern.endswith("xx") and pattern[0] == str(status)[0])
