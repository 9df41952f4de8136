"""One tenant of a sandbox: its clients, and the controls of its time, state, faults, log, inbox."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, Self
from weakref import WeakSet

import httpx

from .calling import Data
from .clock import Clock
from .controls import Controls
from .errors import ControlRefused
from .faults import Faults
from .inbox import Inbox
from .log import Log
from .snapshots import Snapshots


class Home(Protocol):
    """What a tenant needs of its sandbox."""

    controls: Controls
    has_accounts: bool
    tenant_header: str

    def tenant(self, slug: str) -> "Tenant":
        """The tenant of a slug."""
        ...

    def forget(self, tenant: "Tenant") -> None:
        """Know a tenant no more."""
        ...

    def make_client(self, **options: Any) -> httpx.Client:
        """A client of the API."""
        ...

    def make_async_client(self, **options: Any) -> httpx.AsyncClient:
        """An asynchronous client of the API."""
        ...


class Tenant:
    """One tenant. `deleted_at_exit` says whether the end of a `with` block deletes it.

    It does so for what `fork` and `open` give, and leaves the others alone. Whatever the
    sandbox refuses raises ControlRefused; NOT_FOUND for a slug that nobody has.
    """

    def __init__(self, home: Home, slug: str) -> None:
        self._home, self._controls = home, home.controls
        self.slug = slug
        self.deleted_at_exit = False
        self._age = 0
        self._clients: WeakSet[httpx.Client] = WeakSet()
        self.clock = Clock(self._controls, slug, self.outdate)
        self.snapshots = Snapshots(self._controls, slug, self.outdate)
        self.faults = Faults(self._controls, slug)
        self.log = Log(self._controls, slug)
        self.inbox = Inbox(self._controls, slug, self._client_with)

    def info(self) -> Data:
        """What the sandbox says about it: name, status, origin, now, records, accounts, password.

        It is `Tenant` of /_sandbox/openapi.json.
        """
        return self._controls.read_tenant(self.slug)

    def fork(self, slug: str | None = None) -> "Tenant":
        """Fork it into a new tenant, with accounts. Without a slug the sandbox chooses one."""
        fork = self._home.tenant(self._controls.fork_tenant(self.slug, slug=slug)["slug"])
        fork.deleted_at_exit = True
        return fork

    def reset(self) -> None:
        """Put it back to what it was when it was seeded, opened or forked. Logins stay valid."""
        self._controls.reset_tenant(self.slug)
        self.outdate()

    def delete(self) -> None:
        """Delete it, and close its clients."""
        self.close()
        self._controls.delete_tenant(self.slug)

    def insert(self, resource: str, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Insert whole records of a resource, checked against the contract; gives their ids.

        All of them are stored, or none: then ControlRefused names every place in `errors`.
        """
        ids: list[str] = self._controls.insert_records(self.slug, resource, records)["ids"]
        return ids

    def token(
        self, role: str | None = None, *, email: str | None = None, user_id: str | None = None
    ) -> str:
        """An access token of an account, by role, e-mail or id; of the first without any."""
        token: str = self._sign_in(_account(role, email, user_id))["accessToken"]
        return token

    def client(
        self,
        role: str | None = None,
        *,
        email: str | None = None,
        user_id: str | None = None,
        anonymous: bool = False,
        **options: Any,
    ) -> httpx.Client:
        """An httpx client of the API, logged in by role, e-mail or id.

        It is the first account of the tenant if nothing is given. Paths are relative to the API:
        `client.get("/books")`. An anonymous one only names the tenant, and so does that of a
        document, which knows of no accounts. `options` go to httpx.Client. After the clock was
        moved here, it logs in anew.
        """
        auth = self._auth(_account(role, email, user_id), anonymous=anonymous)
        return self._kept(self._home.make_client(**self._options(options, auth)))

    def async_client(
        self,
        role: str | None = None,
        *,
        email: str | None = None,
        user_id: str | None = None,
        anonymous: bool = False,
        **options: Any,
    ) -> httpx.AsyncClient:
        """The same for asyncio: `async with tenant.async_client() as client`."""
        auth = self._auth(_account(role, email, user_id), anonymous=anonymous)
        return self._home.make_async_client(**self._options(options, auth))

    def close(self) -> None:
        """Close its clients, and forget it."""
        for client in list(self._clients):
            client.close()
        self._home.forget(self)

    def outdate(self) -> None:
        """Let clients log in anew: the time of the tenant was moved, and tokens have one."""
        self._age += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.deleted_at_exit:
            try:
                self.delete()
            except ControlRefused as refused:
                if refused.code != "NOT_FOUND":  # deleted inside the block: it is gone, as wanted
                    raise

    def __repr__(self) -> str:
        return f"<Tenant {self.slug}>"

    def _auth(self, account: Mapping[str, str], *, anonymous: bool) -> "_Login | None":
        return self._login(account) if self._home.has_accounts and not anonymous else None

    def _login(self, account: Mapping[str, str]) -> "_Login":
        return _Login(self._sign_in, account, lambda: self._age)

    def _sign_in(self, account: Mapping[str, str]) -> Data:
        return self._controls.issue_token(self.slug, **account)

    def _client_with(self, token: str) -> httpx.Client:
        return self._kept(self._home.make_client(**self._options({}, _Bearer(token))))

    def _kept(self, client: httpx.Client) -> httpx.Client:
        self._clients.add(client)
        return client

    def _options(self, options: Mapping[str, Any], auth: httpx.Auth | None) -> dict[str, Any]:
        name = self._home.tenant_header
        headers = httpx.Headers({name: self.slug} if name else {})
        headers.update(options.get("headers"))
        return {"auth": auth, **options, "headers": headers}


class _Bearer(httpx.Auth):
    """Sends an access token, unless a request brings its own."""

    def __init__(self, token: str) -> None:
        self.token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Let a request carry the token."""
        request.headers.setdefault("Authorization", f"Bearer {self.token}")
        yield request


class _Login(_Bearer):
    """Keeps the access token of an account, and takes a new one when its tenant's time has moved.

    Without that a client would be logged out by every jump over the hour that its token lives. It
    stays the same account, whoever else has the role by then.
    """

    def __init__(
        self,
        sign_in: Callable[[Mapping[str, str]], Data],
        account: Mapping[str, str],
        age: Callable[[], int],
    ) -> None:
        self._sign_in, self._age, self._signed_in_at = sign_in, age, age()
        tokens = sign_in(account)
        self._account = {"user_id": tokens["userId"]}
        super().__init__(tokens["accessToken"])

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Let a request carry a token of the present time."""
        if self._age() != self._signed_in_at:
            self._signed_in_at = self._age()
            # An account that is gone by now keeps its old token: the platform is to say so.
            with suppress(ControlRefused):
                self.token = self._sign_in(self._account)["accessToken"]
        yield from super().auth_flow(request)


def _account(role: str | None, email: str | None, user_id: str | None) -> dict[str, str]:
    """How the controls name an account. Raises TypeError for more than one way at once."""
    named = {"role": role, "email": email, "user_id": user_id}
    given = {name: value for name, value in named.items() if value is not None}
    if len(given) > 1:
        raise TypeError("give one of role, email and user_id")
    return given
