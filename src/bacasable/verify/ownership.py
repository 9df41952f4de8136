"""What a run may change: what it made itself, and knows that it made. This is the law of the kit.

A request that may change something is sent only

- to a record that this run made, or below one: its creation was answered 201, or it was not there
  before by the run's own reading;
- to an address where nothing is, by a reading of a moment ago: what a PUT makes there is the run's;
- to create a record in a collection, under a name and an id that nothing there has;
- to log in, and to renew or end a session that was opened for just that;
- to ask, where the last word of a path says that it only asks (POST /search);
- to an operation that the user allows by its name.

Everything else raises NotOurs: records that were found by listing, sessions and accounts of the
callers, and what acts on the server as a whole. Reading is free (RFC 9110, 9.2.1), but for
operations whose very name says that they destroy. What cannot be told is not touched.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import unquote

from ..contract import Operation
from ..contract.model import Json
from .bench import Subject
from .beside import judge_beside, names_caller, scope_of, strangers
from .keywords import ParameterKeywords
from .making.calls import (
    PARAMETER,
    Address,
    Calls,
    lies_in,
    naming_member,
    path_of,
    sent,
    values_of,
)
from .making.census import Census
from .making.ledger import Ledger, Made, resembles
from .making.model import CannotMake, NotOurs
from .model import Exchange, Identity, Request
from .sessions import ends_session, ids_in, login_of, renews_session, texts_in
from .withholding import SAFE, asks, destroys, heads_of, words_of

_GONE = frozenset({404, 410})
_MALFORMED = frozenset({400, 414, 422})
_ACCOUNTS = frozenset({"user", "account", "member", "session", "token", "tenant", "profile"})
_TELLING = 8
"""An id of so many characters is not that of two things by chance."""
_UNSURE = re.compile(r"[\x00-\x1f\x7f/\\]")


@dataclass(frozen=True)
class Template:
    """A path of the contract, with its operations by their methods."""

    path: str
    methods: Mapping[str, Operation]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the paths of the template, decoded."""
        parts = PARAMETER.split(self.path.rstrip("/"))[::2]
        return re.compile("([^/]+)".join(map(re.escape, parts)))

    @cached_property
    def heads(self) -> list[str]:
        """The beginnings of the path that end in a parameter, the longest first."""
        return heads_of(self.path)


@dataclass
class Ownership:
    """Decides for each request whether it may be sent. `judge` raises NotOurs where it may not."""

    calls: Calls
    ledger: Ledger
    census: Census
    _vouched: dict[tuple[str, Address], bool] = field(default_factory=dict)
    _free: dict[Address, str] = field(default_factory=dict)
    """Addresses where nothing was, with their templates."""

    def __post_init__(self) -> None:
        self.subject: Subject = self.calls.subject
        contract = self.subject.contract
        paths: dict[str, dict[str, Operation]] = {}
        for operation in contract.operations.values():
            paths.setdefault(operation.path, {})[operation.method.upper()] = operation
        self._templates = [Template(path, methods) for path, methods in paths.items()]
        self._login = login_of(contract)
        self._allowed = set(self.subject.options.allow)

    def judge(self, request: Request, who: Identity) -> None:
        """Raise NotOurs for a request that may change what this run did not make."""
        method = request.method.upper()
        judge_beside(request, reads=method in SAFE)
        if method in SAFE:
            self._judge_reading(request, method)
            return
        address = self._address(request)
        found = self._found(address)
        if not found:
            raise NotOurs(f"{method} of a path that the contract does not have")
        for template in found:
            self._judge(request, method, address, template, who)

    def _judge_reading(self, request: Request, method: str) -> None:
        """A GET that is called like an order is none, unless it acts on our records."""
        path = unquote(request.target.partition("?")[0])
        address = tuple(path.removeprefix(self.subject.contract.base_path).strip("/").split("/"))
        for template in self._found(address) if method != "OPTIONS" else ():
            operations = template.methods.values()
            if not destroys(template.path) or self._allowed & {o.id for o in operations}:
                continue
            ends = any(map(ends_session, operations)) and not self._is_live(request)
            if not (ends or self._below_ours(address)):
                raise NotOurs(f"{template.path} destroys something, by its name")

    def _below_ours(self, address: Address) -> bool:
        """Whether an address is that of a record which the ledger lists, or lies below one."""
        return any(self.ledger.at(address[:end]) for end in range(1, len(address) + 1))

    def _found(self, address: Address) -> list[Template]:
        """The templates that a path fits: a server may take it for any of them."""
        return [t for t in self._templates if t.pattern.fullmatch("/" + "/".join(address))]

    def _judge(
        self, request: Request, method: str, address: Address, template: Template, who: Identity
    ) -> None:
        operation = template.methods.get(method)
        who = self._in_scope(request.headers, who)
        if operation and (operation.id in self._allowed or self._of_sessions(operation, request)):
            return
        if operation and operation.action.kind == "create":
            self._judge_creation(request, operation, address, who)
            return
        if operation and asks(operation):
            return
        if self._mine(address, who):
            self._judge_body(request, operation, template, address, who)
            return
        if self._named_in(request, template, who):
            return
        if not template.heads:
            raise NotOurs(f"{method} {template.path} names no record of this run")
        if not self._is_free(template, address, who, method):
            raise NotOurs(f"{method} {template.path} acts on what this run did not make")

    def _in_scope(self, headers: Iterable[tuple[str, str]], who: Identity) -> Identity:
        """A caller in the space that some headers name: a tenant, a workspace."""
        asked = scope_of(headers)
        if asked == scope_of(who.headers.items()):
            return who
        kept = [(n, v) for n, v in who.headers.items() if not scope_of([(n, v)])]
        return replace(who, headers=dict([*kept, *asked]))

    def _judge_body(
        self,
        request: Request,
        operation: Operation | None,
        template: Template,
        address: Address,
        who: Identity,
    ) -> None:
        """What acts on a record of the run must not name another one that is not, in its body."""
        value, name = sent(request), f"{request.method} {template.path}"
        if not isinstance(value, dict):
            return
        at = self._renamed(value, operation, template, address)
        if at and (
            _is_unsure(at[-1]) or not (self._mine(at, who) or self._is_free(template, at, who))
        ):
            raise NotOurs(f"the body of {name} names another record: {at[-1][:40]}")
        if operation is not None and operation.action.kind in ("create", "update"):
            return
        named = [id_ for _, id_ in strangers(operation, value)] if operation else []
        for id_ in (*named, *ids_in(value)):
            if self.ledger.is_somebodys(id_):
                raise NotOurs(f"the body of {name} names what somebody has: {id_[:40]}")

    def _renamed(
        self, value: Json, operation: Operation | None, template: Template, address: Address
    ) -> Address | None:
        """The address of the record that a body names instead of the path's; None without one."""
        ends = template.heads and len(address) == template.heads[0].count("/")
        if operation is None or not ends or not isinstance(value, dict):
            return None
        named = str(value.get(naming_member(value, template.path, operation)[1], address[-1]))
        return None if named == address[-1] else (*address[:-1], named)

    # --- sessions

    def _of_sessions(self, operation: Operation, request: Request) -> bool:
        """Whether a request logs in, or renews or ends a session that nobody needs."""
        if operation is self._login:
            return True
        about = ends_session(operation) or renews_session(self.subject.contract, operation)
        return about and not self._is_live(request)

    def _is_live(self, request: Request) -> bool:
        """Whether a request carries what proves a caller of this run, or was given at its login."""
        callers = (self.subject.main, *self.subject.by_role.values(), *self.subject.others)
        proofs = {
            value
            for who in callers
            for name, value in (*who.headers.items(), *who.query.items())
            if who.plain.get(name) != value
        }
        told = {text for who in callers for _, text in texts_in(who.said) if len(text) > 15}
        said = {text for _, text in texts_in(sent(request))}
        given = {value for _, value in request.headers} | said
        words = {word for value in given for word in (value, *value.split())}
        return bool(words & (proofs | told | {w.rpartition(" ")[2] for w in proofs}))

    # --- records of the run

    def _mine(self, address: Address, who: Identity) -> bool:
        """Whether an address is that of a record of this run, or lies below one."""
        for end in range(len(address), 0, -1):
            made = self.ledger.at(address[:end])
            if made is not None and self._is_it(made, address[:end], who):
                return True
        return False

    def _is_it(self, made: Made, address: Address, who: Identity) -> bool:
        """Whether what stands at the address of a record, for a caller, is that record.

        A creation may answer the id of something else, and another tenant, or another space that
        a header names, may count as we do. The first is read once for each collection, the
        second each time.
        """
        if who.tenant and made.identity.tenant != who.tenant:
            return self._reads(made, who)
        if scope_of(who.headers.items()) != made.scope:
            return self._reads(made, who, as_it_is=True)
        key = (made.record.resource, address[:-1])
        if key not in self._vouched:
            self._vouched[key] = self._reads(made, made.identity)
            if not self._vouched[key]:
                self.ledger.disown(made)
        return self._vouched[key]

    def _reads(self, made: Made, who: Identity, *, as_it_is: bool = False) -> bool:
        """Whether a caller reads a record at its address, or nothing at all."""
        record = made.record
        get = self.calls.getting(record.resource)
        if get is None:
            return True
        try:
            caller = who if as_it_is else self.calls.caller(get, who)
            exchange = self.calls.ask(get, caller, path_of(get, record, record.parent))
        except CannotMake:
            return True
        value = self.calls.record_in(exchange)
        return value is None or resembles(value, made)

    # --- addresses where nothing is

    def _is_free(
        self, template: Template, address: Address, who: Identity, method: str = ""
    ) -> bool:
        """Whether a reading of this moment shows that nothing is where a request goes.

        An id that is none is not deleted: a server may take it for "all of them".
        """
        for head in template.heads:
            at = address[: head.count("/")]
            if self.ledger.is_foreign(at):
                return False
            get = self.calls.at("get", head)
            if get is None:
                continue
            values = values_of(get.path, at)
            caller = self._in_scope(who.headers.items(), self.calls.sees_most(get, who))
            status = self.calls.ask(get, caller, values).status
            fits = self._fits(get, values)
            if method == "DELETE" and not fits:
                return False
            if status in _GONE or (status in _MALFORMED and not fits):
                self._free[at] = head
                return True
            if 200 <= status < 300:
                return False
        return False

    def _fits(self, get: Operation, values: Mapping[str, str]) -> bool:
        """Whether values are valid ones of a path: the refusal of such says nothing."""
        document, schemas = self.subject.contract.document, self.subject.schemas
        return not any(
            ParameterKeywords(schemas, document, parameter).broken(values.get(parameter.name, ""))
            for parameter in get.parameters
            if parameter.location == "path"
        )

    # --- creations and bodies

    def _judge_creation(
        self, request: Request, create: Operation, address: Address, who: Identity
    ) -> None:
        """A creation must not take the place of what is there, nor be of a caller's account."""
        if names_caller(self.subject, sent(request)):
            raise NotOurs(f"{create.id} names the account of a caller")
        named = self._item_in(request, create, address)
        if named is not None:
            template, at = named
            if not (self._mine(at, who) or self._is_free(template, at, who)):
                raise NotOurs(f"{create.id} would replace what is there: {'/'.join(at)}")
        if not self._mine(address, who):
            self.census.before(create, address, who)

    def _item_in(
        self, request: Request, operation: Operation, address: Address
    ) -> tuple[Template, Address] | None:
        """The record that a body names in the collection of a path; None where it names none.

        Raises NotOurs where nobody can tell which one that is.
        """
        item = next((t for t in self._templates if lies_in(t.path, operation.path)), None)
        value = sent(request)
        if item is None or not isinstance(value, dict):
            return None
        told = value.get(naming_member(value, item.path, operation)[1])
        if told is None:
            return None
        if not isinstance(told, str | int) or isinstance(told, bool) or _is_unsure(str(told)):
            raise NotOurs(f"no path leads to what {operation.id} would name {str(told)[:40]!r}")
        return item, (*address, str(told))

    def _named_in(self, request: Request, template: Template, who: Identity) -> bool:
        """Whether a request to a collection names one record in its body: ours, or none there."""
        operation = template.methods.get(request.method.upper())
        if operation is None or template.heads:
            return False
        address = tuple(template.path.strip("/").split("/"))
        named = self._item_in(request, operation, address)
        if named is None:
            return False
        return self._mine(named[1], who) or self._is_free(*named, who)

    def saw(self, exchange: Exchange) -> None:
        """Note what a request put where nothing was, and what an allowed operation did."""
        method, operation = exchange.request.method.upper(), exchange.operation
        if method in SAFE or not exchange.ok:
            return
        at = address = self.calls.address(exchange)
        with suppress(NotOurs):
            named = self._item_in(exchange.request, operation, address) if operation else None
            at = named[1] if named else self._moved(exchange, address) or address
        path = self._free.pop(at, None)
        # Where 201 is documented, another answer says that something was there, if hidden.
        there = operation is not None and 201 in operation.answers and exchange.status != 201
        if path is not None and method in ("PUT", "PATCH") and not there:
            self.ledger.made_at(at, exchange, path)
        elif operation and operation.id in self._allowed and not self._below_ours(address):
            self.ledger.allowed[operation.id] += 1

    def _moved(self, exchange: Exchange, address: Address) -> Address | None:
        """Where a change put a record by its body, unless the answer tells the old id."""
        value, operation = sent(exchange.request), exchange.operation
        found = (self._renamed(value, operation, t, address) for t in self._found(address))
        told = self.calls.record_in(exchange) or {}
        same = operation is not None and self.calls.id_of(operation, told) == address[-1]
        return None if same else next(filter(None, found), None)

    def _address(self, request: Request) -> Address:
        """The segments of a path below the base path. Raises NotOurs where they can be misread."""
        path = request.target.partition("?")[0]
        base = self.subject.contract.base_path
        if not path.startswith(base + "/"):
            raise NotOurs(f"{path} lies outside the API")
        parts = tuple(unquote(part) for part in path[len(base) + 1 :].split("/"))
        if parts[-1] == "" and any(t.path.endswith("/") for t in self._found(parts[:-1])):
            parts = parts[:-1]  # as the contract writes it
        if any(map(_is_unsure, parts)):
            raise NotOurs(f"a server may take {path} for another path")
        return parts


def is_callers(subject: Subject, resource: str, id_: str) -> bool:
    """Whether an id is that of an account, session or tenant that calls.

    A short or a counted id says so only of a resource that is called like one of these.
    """
    callers = (subject.main, *subject.by_role.values(), *subject.others)
    own = {v for who in callers for v in (who.account.get("id", ""), who.tenant, *ids_in(who.said))}
    telling = len(id_) >= _TELLING and not id_.isdigit()
    return id_ in own and (telling or bool(words_of(resource) & _ACCOUNTS))


def _is_unsure(part: str) -> bool:
    """Whether a segment of a path may be taken for something else than one segment."""
    return part.strip(" .") == "" or bool(_UNSURE.search(part))
