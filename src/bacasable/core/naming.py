"""What a new record is kept under, and which record a body names."""

from typing import TYPE_CHECKING

from ..contract.model import Violation
from ..contract.problems import Refusal
from ..contract.renaming import stored
from ..contract.representation import unwrapped
from ..contract.schema import whole
from .places import joined_key
from .situation import Situation
from .store import Record

if TYPE_CHECKING:
    from .verbs import Plan


def note_key(plan: "Plan", situation: Situation) -> None:
    """Note what a new record is kept under, where its id alone is not enough."""
    if plan.kind.key:
        action, draft = plan.operation.action, situation.draft
        above = [n for n in action.item_key if n != action.item_param]
        names = [situation.call.request.path[name] for name in above]
        draft[plan.kind.key] = joined_key([*names, str(draft[plan.kind.id_member])])


_CHOSEN = frozenset({"", "random"})
"""Formats of ids that have a meaning for who chooses them: any text."""


def chosen_in_vain(plan: "Plan", situation: Situation) -> bool:
    """Whether a new record has an id that it need not have, and that is taken.

    Then the server names it, where its document knows of no refusal for that.
    """
    operation, kind = plan.operation, plan.kind
    refuses = 409 in operation.answers or operation.action.creates or plan.offers is None
    if refuses or kind.key or kind.id_format in _CHOSEN:
        return False
    if situation.get(kind.name, kind.id_of(situation.draft)) is None:
        return False
    schema = operation.body.schema if operation.body else {}
    return kind.id_member not in whole(situation.contract.document, schema).required


def refuse_taken(plan: "Plan", situation: Situation) -> None:
    """Raise Refusal DUPLICATE for an id of the client's own choice that another record has."""
    if situation.get(plan.kind.name, plan.kind.id_of(situation.draft)) is not None:
        taken = Violation(f"/{plan.kind.id_member}", "is taken by another record")
        raise Refusal("DUPLICATE", violations=[taken])


def named_in_body(plan: "Plan", situation: Situation) -> Record:
    """The record whose id stands in the body. Raises Refusal NOT_FOUND."""
    body = situation.body if isinstance(situation.body, dict) else {}
    named = stored(unwrapped(body, plan.kind.properties), plan.taken).get(plan.kind.id_member)
    found = None if named is None else situation.get(plan.kind.name, str(named))
    if found is None and not plan.operation.action.creates:
        raise Refusal("NOT_FOUND")
    return found or {}
