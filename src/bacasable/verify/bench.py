"""What a check has in its hands: the contract, who can call, how to call, and records to call on.

`Subject` says what a check can stand on before anything is sent; `Bench` sends.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from ..contract import Contract, Operation, SchemaSet
from ..contract.model import Json
from .model import ANONYMOUS, Exchange, Identity, Intent, Options, Request
from .places import Places
from .sessions import ends_session
from .written import written

if TYPE_CHECKING:
    from .maker import Maker
    from .session import Session

UNSENT: Any = type("Unsent", (), {"__repr__": lambda _: "UNSENT"})()
"""Stands for a request without a body: null is a body too."""


@dataclass(frozen=True)
class Subject:
    """What is known before the first request: the contract, the options, the identities.

    `main` is the caller of everything that is not about callers; `by_role` has one caller for each
    role that an account was given for; `others` are callers of other tenants.
    """

    contract: Contract
    options: Options
    main: Identity
    by_role: Mapping[str, Identity] = field(default_factory=dict)
    others: tuple[Identity, ...] = ()
    secrets: set[str] = field(default_factory=set, repr=False, compare=False)
    """Texts that no report may show; it grows when somebody logs in anew."""

    @cached_property
    def schemas(self) -> SchemaSet:
        """The contract's schemas, ready to compile checks from."""
        return SchemaSet(self.contract.document, closing=self.contract.strict)

    @cached_property
    def places(self) -> Places:
        """The walker through values and the schemas that speak of them."""
        return Places(self.contract.document, self.schemas)

    def caller(self, operation: Operation) -> Identity | None:
        """Who may call an operation: the main caller if its role may, or one whose role may.

        None when no account of a role that may was given.
        """
        if operation.roles is None:
            return ANONYMOUS if not self.main.tenant else self.anonymous
        if not operation.roles or not self.main.role or self.main.role in operation.roles:
            return self.main
        return next((self.by_role[r] for r in operation.roles if r in self.by_role), None)

    @cached_property
    def anonymous(self) -> Identity:
        """A caller without a token, who still names the tenant."""
        return Identity("anonymous", tenant=self.main.tenant, headers=self.main.plain)


class Bench:
    """A check's tools for one operation. Its randomness is that of the seed, check and operation.

    `call` raises OutOfTime when the budget is used up and Unreachable when the server is gone:
    checks let both pass.
    """

    def __init__(
        self, subject: Subject, session: "Session", maker: "Maker", purpose: str, operation: str
    ) -> None:
        self.subject = subject
        self.session = session
        self.maker = maker
        self.purpose = purpose
        self.random = Random(f"{subject.options.seed}/{purpose}/{operation}")  # noqa: S311 - a test's

    @property
    def contract(self) -> Contract:
        """The contract that the server is judged by."""
        return self.subject.contract

    def call(
        self,
        operation: Operation,
        *,
        path: Mapping[str, object] | None = None,
        query: Mapping[str, object] | Iterable[tuple[str, object]] = (),
        headers: Mapping[str, str | None] | None = None,
        body: Json = UNSENT,
        raw: bytes | None = None,
        identity: Identity | None = None,
        intent: Intent = "any",
    ) -> Exchange:
        """Call an operation. `raw` is sent as it is in place of a JSON body.

        Callers are, unless `identity` says otherwise, those of `Subject.caller`. A header with the
        value None is left out, also one of the identity. Who logs out does so with a session of
        its own: nobody who calls is needed any less afterwards.
        """
        who = identity or self.subject.caller(operation) or self.subject.main
        if ends_session(operation) and who.log_in:
            who = who.log_in()
        request = request_for(
            self.contract,
            operation,
            who,
            path=path,
            query=query,
            headers=headers,
            body=body,
            raw=raw,
        )
        return self.session.send(
            request, operation=operation, identity=who, purpose=self.purpose, intent=intent
        )

    def send(
        self, request: Request, *, identity: Identity | None = None, intent: Intent = "any"
    ) -> Exchange:
        """Send a request that belongs to no operation: an unknown path, another method."""
        who = identity or self.subject.main
        return self.session.send(
            request, operation=None, identity=who, purpose=self.purpose, intent=intent
        )


def request_for(
    contract: Contract,
    operation: Operation,
    identity: Identity,
    *,
    path: Mapping[str, object] | None = None,
    query: Mapping[str, object] | Iterable[tuple[str, object]] = (),
    headers: Mapping[str, str | None] | None = None,
    body: Json = UNSENT,
    raw: bytes | None = None,
) -> Request:
    """The request of an operation; path parameters that are not given keep their examples."""
    target = contract.base_path + filled(operation, path or {})
    asked = query.items() if isinstance(query, Mapping) else query
    pairs = [*asked, *identity.query.items()]
    if pairs:
        texts = [(k, _text(v)) for k, v in pairs]
        target += "?" + urlencode(texts, errors="replace", quote_via=quote)
    sent: dict[str, str | None] = {"Accept": "*/*", **identity.headers}
    content, kind = raw, operation.body.media_type if operation.body else "application/json"
    if body is not UNSENT:
        content, kind = written(contract.document, operation.body, body)
    if content is not None:
        sent["Content-Type"] = kind
    sent = _without_case({**sent, **(headers or {})})
    kept = tuple((k, v) for k, v in sent.items() if v is not None)
    return Request(operation.method.upper(), target, kept, content)


def filled(operation: Operation, values: Mapping[str, object]) -> str:
    """The path of an operation with its parameters filled in, percent-encoded.

    Half of a character, which a server may have given us as an id, is sent as a question mark.
    """
    if not values:
        return operation.example_path
    path = operation.path
    for name, value in values.items():
        path = path.replace("{" + name + "}", quote(_text(value), safe="", errors="replace"))
    return path


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _without_case(headers: Mapping[str, str | None]) -> dict[str, str | None]:
    """Headers of which a later one replaces an earlier one of the same name in another case."""
    found: dict[str, tuple[str, str | None]] = {}
    for name, value in headers.items():
        found[name.lower()] = (name, value)
    return dict(found.values())
