"""Stored answers for repeated requests (Idempotency-Key), kept 24 hours by the tenant's clock."""

import hashlib
from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import timedelta
from itertools import takewhile

from ..contract.model import JsonObject
from ..contract.problems import Refusal
from ..contract.request import format_instant
from ..contract.wire import canonical_json, from_json
from .calls import Reply
from .situation import Situation

IDEMPOTENCY_KEY = "idempotency-key"
KEPT = timedelta(hours=24)
_STORE = "idempotency"
_LARGE = 64 * 1024


def remembered_reply(situation: Situation) -> Reply | None:
    """The stored answer to the same request, or None when the key is new.

    It is asked for before the record is looked for: a repeated request is answered as the first
    was, whatever has become of the record. Raises Refusal IDEMPOTENCY_KEY_REUSED when the key was
    used for another body.
    """
    stored = situation.space.private(_STORE).get(_key(situation))
    if stored is None or stored["until"] <= situation.now:
        return None
    if stored["body"] != _digest(situation):
        raise Refusal("IDEMPOTENCY_KEY_REUSED")
    content, media_type = stored["content"].encode(), stored.get("mediaType", "")
    if media_type:
        content = b64decode(content)
    return Reply(stored["status"], content, dict(stored["headers"]), media_type=media_type)


def remember(situation: Situation, reply: Reply) -> None:
    """Store the answer of a request that carries a key, and forget those past their time."""
    store = situation.space.private(_STORE)
    # Stored in the order of their time: the first that still holds ends the search.
    for old in list(takewhile(lambda entry: entry["until"] <= situation.now, store)):
        store.remove(old["id"])
    until = format_instant(situation.instant + KEPT)
    entry = {"id": _key(situation), "until": until, "body": _digest(situation)}
    answer: JsonObject = {"status": reply.status, "headers": reply.headers}
    if reply.media_type:
        # It need not be text.
        content = b64encode(reply.content).decode()
        answer |= {"content": content, "mediaType": reply.media_type}
    else:
        answer["content"] = reply.content.decode()
    store.put(entry | answer)
    store.trim(situation.space.limits.max_idempotency_keys)


def _digest(situation: Situation) -> str:
    """The body as it came, whatever its white space. A digest, because it may hold a password."""
    body = situation.call.request.body or b""
    # What is no JSON will be refused for that; until then it is the same as itself only, and so is
    # what would take long to read.
    with suppress(ValueError):
        body = canonical_json(from_json(body)) if len(body) <= _LARGE else body
    return hashlib.sha256(body).hexdigest()


def _key(situation: Situation) -> str:
    request = situation.call.request
    actor, slug = situation.call.actor, situation.space.slug
    who = actor.id if actor else ""
    # Accounts of two tenants may have the same id, when one is a fork of the other.
    home = actor.home if actor and actor.home != slug else ""
    parts = (who, home, situation.operation.id, *request.path.values())
    return repr((*parts, request.headers[IDEMPOTENCY_KEY]))
