"""The contract as frozen values. Nothing here reads a file, knows HTTP libraries or holds state.

`build.py` makes these values from the document; every other layer reads them and nothing else
parses the document again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .preconditions import Given

Json = Any
JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where a value breaks the contract.

    `pointer` is a JSON pointer into the body, or the place and name of a parameter (query/page).
    """

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What a query parameter filters: record fields, and how they must match.

    `match` is equals, has (a list holds the value), contains (text search), from or to (range), or
    like: a part of a text, one of several values, or the same.
    """

    fields: tuple[str, ...]
    match: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation. `location` is path, query, header, cookie or querystring.

    `style` and `explode` are those that count, stated or by default. One that has a content in
    place of a schema has a `media_type`. `may_be_empty` is OpenAPI's allowEmptyValue; what is
    `reserved` (allowReserved) has reserved characters as they are, so that a plus is a plus.
    """

    name: str
    location: str
    required: bool
    schema: Json
    filter: Filter | None = None
    style: str = "form"
    explode: bool = False
    media_type: str = ""
    may_be_empty: bool = False
    reserved: bool = False
    is_tenant: bool = False
    """Whether it is the header that names the tenant of the call (extension x-tenant)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A business rule that JSON Schema cannot say: an id and one sentence (extension x-rules).

    `when` is the expression that is true when the rule is kept, in CEL; empty where code says it.
    """

    id: str
    says: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """What one operation, or time alone, does to the state of a record.

    No target means that the state stays; several mean that a rule of the resource decides.
    `stamps` names the field that takes the instant of the transition, `sets` holds the values of
    others. With `at`, the name of a field that holds an instant or a day, it also happens by itself
    then, or at each of the durations `after` it (ISO 8601). With `timed`, `operation` is the name
    of a timer, which no caller can call.
    """

    operation: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    fact: str | None
    stamps: str | None
    sets: Mapping[str, Json] = field(default_factory=dict)
    at: str = ""
    after: tuple[str, ...] = ("PT0S",)
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The states of a resource. `initial[0]` is the state of a new record unless a rule decides."""

    field: str
    states: tuple[str, ...]
    initial: tuple[str, ...]
    transitions: Mapping[str, Transition]

    def allowed_from(self, state: str) -> list[Transition]:
        """Transitions that a record in `state` can make, in the contract's order."""
        steps = self.transitions.values()
        return [t for t in steps if state in t.sources and not t.timed]


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in a value that names a record of `resource`; `*` in the path is every list item.

    One that is only likely is not `enforced`: it may name what is not there.
    """

    path: tuple[str, ...]
    resource: str
    enforced: bool = True


@dataclass(frozen=True, slots=True)
class Parent:
    """The resource a record belongs to, and the record's field that holds the parent's id."""

    resource: str
    field: str

    @property
    def is_hidden(self) -> bool:
        """Whether the field is no member of the document's, but one that is kept beside them."""
        return self.field.startswith("{")


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of record (extensions x-resource, x-lifecycle, x-references, x-masked-for).

    `collection` is the path template of the list. `scope` is tenant or platform. `id_format` is
    random (base32), uuid, sequence, integer or number (its text); `id_member` says where.
    `item` is the path template of one record, empty for the collection's with one segment more.
    `places` are members that no answer shows: each holds the value of a parameter of the
    collection's path that names no record. Where ids are only unique there, `key` is such a member
    too and holds all of that in one. A resource that `is_single` has one record in each place,
    which is there from the beginning.
    `created` and `updated` are the members that hold the instants of those, empty where there are
    none. A record that `is_open` may have members that its schema does not name. `initial` holds
    the value of every field that has one before any client or rule speaks, `containers` names those
    that are lists or objects.
    `visibility` maps a role to the fields a record must have for that role to see it; `$me` stands
    for the caller's id. `masked` maps a field to the roles that see it masked; `blind_roles` are
    all of those. `timers` are the transitions that happen by themselves.
    """

    name: str
    collection: str
    id_prefix: str
    id_format: str
    scope: str
    parent: Parent | None
    cascades: bool
    unique: tuple[str, ...]
    visibility: Mapping[str, Mapping[str, tuple[str, ...]]]
    lifecycle: Lifecycle | None
    references: tuple[Reference, ...]
    masked: Mapping[str, tuple[str, ...]]
    blind_roles: frozenset[str]
    properties: Mapping[str, JsonObject]
    initial: Mapping[str, Json]
    containers: tuple[str, ...]
    timers: tuple[Transition, ...] = ()
    id_member: str = "id"
    created: str = ""
    updated: str = ""
    is_open: bool = False
    schema: Json = None
    """What a whole record is like, where no component of its name says so."""
    item: str = ""
    places: tuple[str, ...] = ()
    key: str = ""
    is_single: bool = False

    def id_of(self, record: Mapping[str, Json]) -> str:
        """What a record is kept under: its id as paths name it, with its place if need be."""
        return str(record[self.key_member])

    @property
    def key_member(self) -> str:
        """The member that holds what its records are kept under."""
        return self.key or self.id_member

    @property
    def hidden(self) -> frozenset[str]:
        """The members of its records that are never shown."""
        above = (self.parent.field,) if self.parent and self.parent.is_hidden else ()
        return frozenset((*self.places, *above, *([self.key] if self.key else ())))


@dataclass(frozen=True, slots=True)
class Action:
    """What an operation does, as inferred from its method, path and lifecycle.

    `kind` is list, create, get, update, delete, transition or custom. `item_param` and
    `parent_param` name the path parameters that hold the record's and its parent's id; where ids
    are only unique in their place, `item_key` and `parent_key` name all that lead to it. `places`
    pairs the path parameters that name no record with the members that hold them.
    An update `replaces` the record, or only changes what it names; None leaves that to the method.
    One that `creates` makes the record that is not there. One `by_body` has the id in its body.
    """

    kind: str
    resource: str | None = None
    item_param: str | None = None
    parent_param: str | None = None
    item_key: tuple[str, ...] = ()
    parent_key: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    replaces: bool | None = None
    creates: bool = False
    by_body: bool = False
    is_stated: bool = field(default=False, compare=False)
    """Whether the document says so itself."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A documented answer: status, media type, schema (a pointer into the document), headers.

    An answer for a range of statuses has the status 0. `contents` are all media types that it is
    documented in, the preferred one first, each with its pointer.
    """

    status: int
    media_type: str | None
    schema: str | None
    headers: frozenset[str]
    contents: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a member of a form or of a multipart body is written; empty is by default."""

    media_type: str = ""
    style: str = ""
    explode: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """A documented media type, or range, of a request body."""

    media_type: str
    pointer: str
    schema: Json
    encoding: Mapping[str, Encoding] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Body:
    """A documented request body, as its preferred media type has it: JSON where it can be.

    `contents` are all its media types, the preferred one first.
    """

    media_type: str
    pointer: str
    schema: Json
    required: bool
    references: tuple[Reference, ...]
    contents: tuple[Content, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential by its scheme. `location` is header, query or cookie, `name` what it is called.

    `prefix` is what stands before it in the Authorization header, in lower case: bearer or basic;
    it is empty elsewhere. Mutual TLS has no place in a request: its location is empty. `kind` is
    the type of the scheme, `scopes` what a requirement wants it to hold.
    """

    scheme: str
    location: str
    name: str
    prefix: str = ""
    kind: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `roles` is None when it needs no token; `path` is relative to the base path.

    `example_path` fills the path's parameters with their documented examples. `ranges` holds the
    answers for what `answers` does not name: by `4XX` and its like, or by `default`. `security` are
    the credentials it asks for: alternatives, of each of which all are needed.
    """

    id: str
    method: str
    path: str
    tag: str
    summary: str
    roles: tuple[str, ...] | None
    parameters: tuple[Parameter, ...]
    body: Body | None
    answers: Mapping[int, Answer]
    rules: tuple[Rule, ...]
    emits: tuple[str, ...]
    action: Action
    example_path: str
    ranges: Mapping[str, Answer] = field(default_factory=dict)
    given: Given = field(default_factory=Given)
    security: tuple[tuple[Credential, ...], ...] = ()
    tenant_header: str = field(init=False)
    """The header in which the call names its tenant; empty where it names none."""

    def __post_init__(self) -> None:
        """Find once what each call asks for."""
        header = next((p.name for p in self.parameters if p.is_tenant), "")
        object.__setattr__(self, "tenant_header", header)

    @property
    def succeeds(self) -> Answer:
        """The documented answer of success, which a range of statuses may stand for."""
        found = self.answers.get(self.success) or self.ranges.get("2XX")
        found = found or self.ranges.get("default")
        none = Answer(self.success, None, None, frozenset())
        return replace(found, status=self.success) if found else none

    @property
    def success(self) -> int:
        """The documented status of success, or of a redirect; 200 where others name none."""
        done = [status for status in self.answers if status < 300]
        if not done and self.ranges.keys().isdisjoint({"2XX", "default"}):
            done = [status for status in self.answers if status < 400 and status != 304]
        return min(done, default=200)

    @property
    def needs_tenant(self) -> bool:
        """Whether the call names its tenant."""
        return bool(self.tenant_header)


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of refusal: the catalogue entry behind `code` (schema ProblemCode).

    `others` are statuses that stand for it where `status` is not documented.
    """

    code: str
    status: int
    title: str
    remedy: str
    others: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Contract:
    """The whole contract. `document` is the parsed OpenAPI document, not to be changed.

    It is equal to itself alone, so that what is made of it can be kept beside it.
    """

    document: JsonObject
    source: str
    base_path: str
    operations: Mapping[str, Operation]
    resources: Mapping[str, ResourceType]
    problems: Mapping[str, ProblemKind]
    facts: Mapping[str, str] = field(default_factory=dict)
    timed: Mapping[str, Operation] = field(default_factory=dict)
    """What time alone does, as operations that no path leads to, by the name of the timer."""
    title: str = ""
    version: str = ""
    strict: bool = True
    """Whether the document says all of itself: what it does not name is not there."""

    @property
    def tenant_header(self) -> str:
        """The header in which calls name their tenant; empty where the document knows of none."""
        return next((o.tenant_header for o in self.operations.values() if o.needs_tenant), "")

    @property
    def roles(self) -> tuple[str, ...]:
        """What operations require that a caller holds: roles or scopes, each once."""
        asked = (
            one for o in self.operations.values() for together in o.security for one in together
        )
        return tuple(dict.fromkeys(scope for one in asked for scope in one.scopes))
