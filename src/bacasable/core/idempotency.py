"""Stored answers for repeated requests (Idempotency-Key), kept 24 hours by the tenant's clock."""

from datetime import timedelta
from typing import Any

from ..contract.problems import Refusal
from ..contract.request import format_instant
from ..contract.wire import canonical_json
from .calls import Reply
from .situation import Situation

KEPT = timedelta(hours=24)
_STORE = "idempotency"


def remembered_reply(situation: Situation) -> Reply | None:
    """The stored answer to the same request, or None when the key is new or none was sent.

    Raises Refusal IDEMPOTENCY_KEY_REUSED when the key was used for another body.
    """
    key = _key(situation)
    stored = situation.space.private(_STORE).get(key) if key else None
    if stored is None or stored["until"] <= situation.now:
        return None
    if stored["body"] != canonical_json(situation.body):
        raise Refusal("IDEMPOTENCY_KEY_REUSED")
    reply: Reply = stored["reply"]
    return reply


def remember(situation: Situation, reply: Reply) -> None:
    """Store the answer of a request that carries a key, and forget those past their time."""
    key = _key(situation)
    if not key:
        return
    store = situation.space.private(_STORE)
    for old in [entry["id"] for entry in store if entry["until"] <= situation.now][:100]:
        store.remove(old)
    until = format_instant(situation.instant + KEPT)
    entry: dict[str, Any] = {"id": key, "until": until, "reply": reply}
    store.put(entry | {"body": canonical_json(situation.body)})


def _key(situation: Situation) -> str:
    key = situation.values.headers.get("Idempotency-Key")
    if not key:
        return ""
    who = situation.call.actor.id if situation.call.actor else ""
    path = "/".join(situation.call.request.path.values())
    return f"{who} {situation.operation.id} {path} {key}"
