"""Who calls which operation while requests are generated.

Everybody logs in once more: a generated request that ends its session then ends no other. Without
credentials to log in with, operations that end a session are left alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ...contract import Operation
from ..bench import Subject
from ..credentials import Live
from ..model import Identity, Request
from ..sessions import ends_session


class Callers:
    """The caller of each operation, in a session of its own where it has credentials."""

    def __init__(self, subject: Subject, operations: Iterable[Operation]) -> None:
        """Raises OutOfTime and Unreachable: it logs in."""
        self._own: dict[str, Identity] = {}
        self._first: dict[str, dict[str, str]] = {}
        self.by_operation: dict[str, Identity] = {}
        for operation in operations:
            caller = subject.caller(operation)
            if caller is not None:
                self.take(operation, caller)

    def take(self, operation: Operation, caller: Identity) -> None:
        """An operation is called by this caller; one that ends a session, by who has another."""
        own = self._session_of(caller)
        if own is not caller or not ends_session(operation):
            self.by_operation[operation.id] = own
            self._first[operation.id] = _small(own.headers)

    def _session_of(self, identity: Identity) -> Identity:
        if identity.token not in self._own:
            self._own[identity.token] = _lasting(identity)
        return self._own[identity.token]

    def everybody(self) -> list[Identity]:
        """The callers, as they logged in."""
        return list(self._own.values())

    def dressed(self, operation: Operation, request: Request) -> tuple[Request, Identity]:
        """The request with the credentials that hold now, and who sends it.

        It is nobody, when the caller's credentials are not on it as they were given.
        """
        identity, first = self.by_operation[operation.id], self._first[operation.id]
        sent, plain = _small(dict(request.headers)), _small(identity.plain)
        if any(sent.get(name) != value for name, value in first.items() if name not in plain):
            return request, Identity("anonymous", tenant=identity.tenant)
        now = _small(identity.headers)
        headers = tuple(
            (name, now[name.lower()] if first.get(name.lower()) == value else value)
            for name, value in request.headers
        )
        return Request(request.method, request.target, headers, request.body), identity


def _lasting(identity: Identity) -> Identity:
    """A session of its own, opened anew when its token is refused; as it is without a login."""
    if identity.log_in is None:
        return identity
    opened = [identity.log_in()]
    return replace(
        opened[0],
        headers=Live(lambda: opened[-1].headers),
        query=Live(lambda: opened[-1].query),
        renew=lambda: opened.append(identity.log_in()) if identity.log_in else None,
    )


def _small(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
