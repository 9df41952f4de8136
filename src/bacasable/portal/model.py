"""What pages show, as frozen values: the interface between views and templates.

Views read the contract, templates know nothing of it.

Texts are in the language of the edition. `href` values are places inside one language of the site,
such as `models/course.html#status`; templates turn them into relative links. `html` values are
safe to be written as they are, everything else is plain text.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere in this language of the site."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of code: its text as it is copied, its language, and it highlighted as HTML."""

    text: str
    lexer: str
    html: str


@dataclass(frozen=True, slots=True)
class Member:
    """One row of a table of parameters or members.

    `type` reads as a phrase ("array of string", "string or null"). `limits` are short phrases
    ("1 to 100 characters"). `values` are the allowed ones, as JSON texts without quotes.
    `names` is the resource whose id it holds. `members` are nested; `choice` tells that they are
    the alternatives of a oneOf or anyOf, each a Member with its own members.
    """

    name: str
    type: str
    format: str
    required: bool
    read_only: bool
    write_only: bool
    default: str | None
    limits: tuple[str, ...]
    values: tuple[str, ...]
    html: str
    names: Link | None
    members: tuple["Member", ...] = ()
    choice: bool = False


@dataclass(frozen=True, slots=True)
class ParameterGroup:
    """The parameters of one place: path, query, header or cookie; `title` is its heading."""

    place: str
    title: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class BodyView:
    """A request body. `model` leads to the page of its schema, where there is one."""

    media_type: str
    required: bool
    html: str
    members: tuple[Member, ...]
    example: Code | None


@dataclass(frozen=True, slots=True)
class AnswerView:
    """A documented answer. `status` may be `default` or `4XX` in contracts of others.

    `members` are those of the payload; `model` is the resource it shows.
    """

    status: str
    reason: str
    html: str
    media_type: str
    model: Link | None
    members: tuple[Member, ...]
    headers: tuple[Member, ...]
    example: Code | None


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A kind of refusal that an operation can give; `everywhere` as nearly all of them can."""

    code: str
    status: int
    title: str
    remedy: str
    href: str
    everywhere: bool


@dataclass(frozen=True, slots=True)
class RuleView:
    """A business rule of an operation: id, sentence, and the expression that decides, if any."""

    id: str
    says: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact that is recorded: its name (of `webhooks`), its sentence, and its place."""

    name: str
    summary: str
    href: str


@dataclass(frozen=True, slots=True)
class Next:
    """What can be done next with an answer: an operation and how its values are found."""

    operation: Link
    how: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A complete program that makes one call. `language` is python, curl, typescript or php."""

    language: str
    label: str
    code: Code


@dataclass(frozen=True, slots=True)
class OperationView:
    """Everything that a page says about one operation.

    `url` is complete (server and path template); `crumbs` are the parts of the path, those that
    are collections or records with a link. `roles` is None where no token is needed, and empty
    where any token will do. `untried` says why it cannot be tried from a page, or is empty.
    """

    id: str
    anchor: str
    href: str
    method: str
    path: str
    url: str
    crumbs: tuple[Link, ...]
    tag: Link
    summary: str
    html: str
    deprecated: bool
    roles: tuple[str, ...] | None
    parameters: tuple[ParameterGroup, ...]
    body: BodyView | None
    answers: tuple[AnswerView, ...]
    problems: tuple[ProblemView, ...]
    rules: tuple[RuleView, ...]
    facts: tuple[FactView, ...]
    next: tuple[Next, ...]
    untried: str


@dataclass(frozen=True, slots=True)
class TagView:
    """A tag with its operations and the resources they work on."""

    name: str
    slug: str
    href: str
    html: str
    operations: tuple[OperationView, ...]
    models: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class TransitionView:
    """One way from a state to another. `operation` is None where time alone does it (`when`)."""

    number: int
    operation: Link | None
    when: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    roles: tuple[str, ...]
    fact: FactView | None


@dataclass(frozen=True, slots=True)
class LifecycleView:
    """A lifecycle: its field, its states, a drawing (inline SVG with title and description)."""

    field: str
    initial: tuple[str, ...]
    states: tuple[str, ...]
    svg: str
    transitions: tuple[TransitionView, ...]


@dataclass(frozen=True, slots=True)
class ModelView:
    """A resource: members, lifecycle, who sees what, its operations and the facts about it."""

    name: str
    title: str
    href: str
    html: str
    id_prefix: str
    collection: str
    parent: Link | None
    members: tuple[Member, ...]
    masked: tuple[tuple[str, tuple[str, ...]], ...]
    lifecycle: LifecycleView | None
    operations: tuple[Link, ...]
    facts: tuple[FactView, ...]
    example: Code | None


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that search can find. `kind` is operation, member, error, event, model or guide.

    `words` are found too, and not shown.
    """

    kind: str
    title: str
    detail: str
    href: str
    words: str = ""
