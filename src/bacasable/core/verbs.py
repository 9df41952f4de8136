"""The generic verbs, written once for every resource.

Each takes a plan (what is known of the operation before any call) and the situation of one call,
whose record was found and whose request was read. The order for those that write is always:
state → references → prepare → rules → uniqueness → write → facts → effects.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..contract.complete import fresh
from ..contract.files import file_in
from ..contract.model import Filter, Json, Operation, ResourceType, Transition, Violation
from ..contract.problems import Refusal
from ..contract.renaming import stored
from ..contract.representation import unwrapped
from ..contract.shape import Shape
from .calls import Page, Reply
from .naming import chosen_in_vain, named_in_body, note_key, refuse_taken
from .offers import Offers
from .orders import Order
from .paging import page_links, page_of
from .places import key_in, known_below, named_within
from .query import Query, ordered
from .references import doomed_with, refuse_unknown
from .rules import Rules, refuse_broken
from .situation import Behaviour, ContractBroken, Reading, Situation, declared_facts
from .store import Record

_NO_SHAPE = Shape(None, None, None)


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation with the behaviour of its resource, bound at start-up."""

    operation: Operation
    resource: ResourceType | None
    behaviour: Behaviour
    base_path: str
    filters: tuple[tuple[str, Filter], ...] = ()
    """Query parameters that filter a list, by name."""
    shape: Shape = _NO_SHAPE
    """How a list is paged and sorted."""
    rules: Rules = ()
    """Its business rules, each with what tells whether it is kept."""
    offers: Offers | None = None
    """What an operation of a document of others answers that is no record."""
    file_member: str = ""
    """Where a record keeps the file that a body is."""
    shown: Mapping[str, str] = field(default_factory=dict)
    """Members of the record by other names that they have in the answer."""
    taken: Mapping[str, str] = field(default_factory=dict)
    """The same in the body."""

    @property
    def kind(self) -> ResourceType:
        """The resource of an operation that has one."""
        if self.resource is None:
            raise ContractBroken(f"{self.operation.id} has no resource")
        return self.resource

    @property
    def reads(self) -> Callable[[Situation], Iterable[Reading]] | None:
        """What gives the orders that the operation reads, which it may take long to fill."""
        if self.lists is None:
            return self.behaviour.reads.get(self.operation.id)
        name = self.lists.name
        return lambda s: [(s.collection(name), ordered_for(self, s))]

    @property
    def lists(self) -> ResourceType | None:
        """The resource that it lists, by the generic verb."""
        operation = self.operation
        own = operation.id in self.behaviour.operations
        return None if own or operation.action.kind != "list" else self.kind

    @property
    def move(self) -> tuple[str, Transition] | None:
        """The field of the state and what the operation does to it; None when it does nothing."""
        lifecycle = self.kind.lifecycle
        step = lifecycle.transitions.get(self.operation.id) if lifecycle else None
        return (lifecycle.field, step) if lifecycle and step else None


def read(plan: Plan, situation: Situation) -> Record:
    """The record in the path."""
    refuse_broken(plan.rules, situation)
    return situation.record


def list_(plan: Plan, situation: Situation) -> Page:
    """A page of the records the caller may see; all of them where the contract has no paging."""
    refuse_broken(plan.rules, situation)
    order = ordered_for(plan, situation)
    collection, values = situation.collection(plan.kind.name), situation.values.query
    collection.fill(order)
    place, said = page_of(plan.shape, values, len(order))
    path = plan.base_path + plan.operation.path
    links = page_links(plan.shape, path, situation.call.request, said)
    return Page(collection, order, place, said, links)


def ordered_for(plan: Plan, situation: Situation) -> Order:
    """The order of the records that the caller asks for and may see; it may not be filled yet."""
    resource, values = plan.kind, situation.values.query
    fixed = tuple(_placed(plan, situation).items())
    given = tuple(
        (found, _hashable(values[name])) for name, found in plan.filters if name in values
    )
    views = situation.views(resource)
    asked = values.get(plan.shape.sort)
    query = Query(fixed, views, given, _sorting(plan, asked) if asked else ())
    return ordered(situation.collection(resource.name), query, situation.mask(resource))


def _sorting(plan: Plan, asked: Json) -> tuple[str, ...]:
    """The members to sort by that a query names: a list, or a text with commas between them.

    Many write the commas though their document has a name for each item.
    """
    found: list[str] = []
    for name in (asked if isinstance(asked, str) else ",".join(asked)).split(","):
        bare = name.removeprefix("-")
        member = plan.shown.get(bare, bare)
        if member in plan.kind.properties:
            found.append(name.removesuffix(bare) + member)
    return tuple(found)


def exemplify(plan: Plan, situation: Situation) -> Reply | None:
    """What is documented for an operation that does nothing to records: its example.

    Of a record that holds a file it may be that.
    """
    refuse_broken(plan.rules, situation)
    accept = situation.call.request.accept
    return plan.offers.reply(accept, situation.record) if plan.offers else None


def attach(plan: Plan, situation: Situation) -> Reply | None:
    """The record in the path keeps the file that was sent; what is documented is answered."""
    body = situation.values.body
    sent = [body] if isinstance(body, str) else list(body.values()) if body else []
    lists = (one if isinstance(one, list) else [one] for one in sent)
    file = next((one for several in lists for one in several if file_in(one)), None)
    if file is not None:
        situation.draft = fresh(situation.record) | {plan.file_member: file}
        situation.write(plan.kind.name, situation.draft)
        situation.record = situation.draft
    return exemplify(plan, situation)


def create(plan: Plan, situation: Situation) -> Record:
    """A new record from the body."""
    resource = plan.kind
    refuse_unknown(situation, plan.operation.body.references if plan.operation.body else ())
    given = _given(plan, situation) | _placed(plan, situation)
    own = resource.id_member
    named = plan.operation.action.item_param
    if plan.operation.action.creates and named:
        given[own] = situation.values.path.get(named, situation.call.request.path[named])
    elif own == resource.key and (within := named_within(situation.body, resource.item)):
        given[own] = within
    # The id is taken last, so that a refusal further down costs none.
    situation.draft = situation.new(resource.name, **{own: "-", **given})
    if plan.file_member in given:
        # Its name may be none of those that a record has.
        situation.draft[plan.file_member] = given[plan.file_member]
    _prepare_and_check(plan, situation)
    _refuse_first_state(resource, situation)
    if own in given and chosen_in_vain(plan, situation):
        del given[own]
    if own in given:
        note_key(plan, situation)
        refuse_taken(plan, situation)
    else:
        situation.draft[own] = situation.space.new_id(resource)
        note_key(plan, situation)
    if plan.operation.id in plan.behaviour.prepare:
        # Members in the order of the contract, also those that the hook has added.
        draft = situation.draft
        ordered = {name: draft[name] for name in resource.properties if name in draft}
        situation.draft = ordered | draft
    _store(plan, situation)
    return situation.draft


def _placed(plan: Plan, situation: Situation) -> Record:
    """What records of the path's place have there: its parent, and values that name no record."""
    parent, path = plan.kind.parent, situation.call.request.path
    placed: Record = {member: path[name] for name, member in plan.operation.action.places}
    if parent and situation.parent:
        owner = situation.contract.resources[parent.resource]
        placed[parent.field] = known_below(owner, situation.parent, parent)
    return placed


def only_record(plan: Plan, situation: Situation) -> Record:
    """The record of a resource that has one in each place; as it begins, until it is changed."""
    kind, action = plan.kind, plan.operation.action
    key = key_in(situation.call.request.path, action.item_key) if action.item_key else "-"
    found = situation.get(kind.name, key)
    if found is not None:
        return found
    own = {kind.key: key, kind.id_member: key} | _placed(plan, situation)
    return situation.new(kind.name, **own)


def delete(plan: Plan, situation: Situation) -> None:
    """The record is gone, with its children where the contract says so."""
    refuse_state(plan, situation)
    situation.draft = fresh(situation.record)
    _prepare_and_check(plan, situation)
    for name, record in doomed_with(situation, plan.kind, situation.record):
        situation.collection(name).remove(situation.contract.resources[name].id_of(record))
    _facts_and_effects(plan, situation)


def amend(plan: Plan, situation: Situation) -> Record:
    """The record with the members of the body in place of its own, in its next state.

    PUT on the record itself resets the members that the body leaves out.
    """
    resource, action = plan.kind, plan.operation.action
    if action.by_body:
        situation.record = named_in_body(plan, situation)
    if not situation.record and action.creates:
        return create(plan, situation)
    refuse_state(plan, situation)
    refuse_unknown(situation, plan.operation.body.references if plan.operation.body else ())
    base = fresh(situation.record)
    replaces = plan.operation.method == "put" if action.replaces is None else action.replaces
    if replaces and action.kind == "update" and situation.values.body is not None:
        base = fresh(dict(resource.initial)) | _owned(resource, base)
    its_id = {resource.id_member: situation.record[resource.id_member]}
    situation.draft = base | _given(plan, situation) | its_id | _moved(plan, situation)
    if resource.updated:
        situation.draft[resource.updated] = situation.now
    _prepare_and_check(plan, situation)
    _refuse_target(plan, situation)
    _store(plan, situation)
    return situation.draft


def _owned(resource: ResourceType, record: Record) -> Record:
    """What of a record is the server's own, which no client takes away by leaving it out."""
    own = {resource.id_member, resource.created, *resource.hidden}
    own |= {resource.parent.field} if resource.parent else set()
    return {
        name: value
        for name, value in record.items()
        if name in own or resource.properties.get(name, {}).get("readOnly")
    }


def _given(plan: Plan, situation: Situation) -> Record:
    """Members of the body that are the record's. What the server owns is no client's to set.

    The body of a transition names exactly what it is for: a reason, a report.
    """
    body, properties = situation.body, plan.kind.properties
    if not isinstance(body, dict):  # a file, or a list of changes that no document explains
        return {plan.file_member: body} if file_in(body) else {}
    if plan.offers is not None:
        body = unwrapped(body, {**properties, **plan.taken} if plan.taken else properties)
    body = stored(body, plan.taken)
    own = plan.operation.action.kind == "transition"
    return {
        k: v
        for k, v in body.items()
        if (k in properties and (own or not properties[k].get("readOnly")))
        or (k not in properties and plan.kind.is_open)
    }


def _refuse_first_state(resource: ResourceType, situation: Situation) -> None:
    lifecycle = resource.lifecycle
    if lifecycle and situation.draft[lifecycle.field] not in lifecycle.initial:
        state = situation.draft[lifecycle.field]
        raise ContractBroken(f"{situation.operation.id} begins with {state}, which is not declared")


def refuse_state(plan: Plan, situation: Situation) -> None:
    """Raise Refusal ILLEGAL_TRANSITION when the record's state does not allow the operation."""
    lifecycle, move = plan.kind.lifecycle, plan.move
    if lifecycle is None or move is None:
        return
    field, step = move
    state = situation.record[field]
    if state in step.sources:
        return
    allowed = [
        {"operation": t.operation} | ({"to": t.targets[0]} if t.targets else {})
        for t in lifecycle.allowed_from(state)
    ]
    raise Refusal(
        "ILLEGAL_TRANSITION",
        f"{plan.operation.id} needs {' or '.join(step.sources)}; the record is {state}.",
        currentState=state,
        allowedTransitions=allowed,
    )


def _moved(plan: Plan, situation: Situation) -> Record:
    """The members that the transition itself changes: the state, what it sets and stamps."""
    if plan.move is None:
        return {}
    field, step = plan.move
    moved: Record = {**step.sets, field: step.targets[0]} if step.targets else {**step.sets}
    return moved | ({step.stamps: situation.now} if step.stamps else {})


def _refuse_target(plan: Plan, situation: Situation) -> None:
    """A hook may choose among the targets that the contract lists, and no other state."""
    if plan.move is None:
        return
    field, step = plan.move
    if situation.draft[field] not in (step.targets or (situation.record[field],)):
        said = f"{plan.operation.id} leads to {situation.draft[field]}, which is not declared"
        raise ContractBroken(said)


def _prepare_and_check(plan: Plan, situation: Situation) -> None:
    prepare = plan.behaviour.prepare.get(plan.operation.id)
    if prepare:
        prepare(situation)
    refuse_broken(plan.rules, situation)


def _refuse_duplicates(plan: Plan, situation: Situation) -> None:
    resource, draft = plan.kind, situation.draft
    own = resource.id_member
    named = {member: name for name, member in plan.taken.items()}
    taken = [
        Violation(f"/{named.get(field, field)}", "is taken by another record")
        for field in resource.unique
        if draft.get(field) is not None
        and any(
            r[own] != draft[own] for r in situation.where(resource.name, **{field: draft[field]})
        )
    ]
    if taken:
        raise Refusal("DUPLICATE", violations=taken)


def _store(plan: Plan, situation: Situation) -> None:
    _refuse_duplicates(plan, situation)
    situation.write(plan.kind.name, situation.draft)
    _facts_and_effects(plan, situation)


def _facts_and_effects(plan: Plan, situation: Situation) -> None:
    operation, behaviour = plan.operation, plan.behaviour
    chosen = behaviour.facts.get(operation.id)
    facts = chosen(situation) if chosen else declared_facts(operation, plan.resource)[:1]
    for fact in facts:
        situation.emit(fact, plan.kind.name, situation.draft)
    if operation.id in behaviour.effects:
        behaviour.effects[operation.id](situation)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


VERBS = {
    "list": list_,
    "create": create,
    "get": read,
    "update": amend,
    "delete": delete,
    "transition": amend,
}
