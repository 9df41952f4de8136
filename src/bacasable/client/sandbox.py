"""The sandbox inside a test: started here, or connected to where it runs."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from weakref import WeakSet

import httpx

from ..resources import fixture_path
from ..startup import without_collector
from .controls import Controls
from .errors import SandboxError
from .log import Log
from .login import fitting
from .places import Place, Remote, key_header
from .tenant import Tenant


class Sandbox:
    """A sandbox for tests: `with Sandbox(seed=1) as sandbox:`, or `start()` and `stop()`.

    `document` is the path of any OpenAPI document, or of a folder with one (docs/any-contract.md),
    served in place of the included platform: its only tenant is `sandbox`, each of its collections
    begins with its examples and `records` more, in the language of `locale`, and `credentials`
    tells what its security schemes accept. Files that it refers to lie in its folder, or in `root`.
    Once it is started, `has_accounts` says whether clients log in, and `tenant_header` how they
    name their tenant.

    `tenants` are slugs of packaged fixtures or paths of your own (all packaged ones when left out);
    `now` is the instant at which its clock starts to run, the machine's when left out; `contract`
    is the path of another version. It listens on a free port of loopback, or on `port`; without
    `socket` clients call it in memory. Whatever goes wrong at the start raises SandboxError in one
    line. Clients are closed when it stops.
    """

    def __init__(
        self,
        document: str | Path | None = None,
        *,
        root: str | Path | None = None,
        seed: int = 42,
        records: int = 0,
        locale: str = "en_US",
        tenants: Sequence[str | Path] | None = None,
        now: str | None = None,
        contract: str | Path | None = None,
        socket: bool = True,
        port: int = 0,
    ) -> None:
        if isinstance(tenants, str):
            raise TypeError("tenants: give a list of names or paths")
        if document is not None and contract is not None:
            raise TypeError("document and contract both say what is served; give one of them")

        def here() -> Place:
            with without_collector():
                # Connexion and what stands on it takes half a second: not for who only connects.
                from .inprocess import InProcess

                return InProcess(
                    document=document,
                    root=root,
                    seed=seed,
                    records=records,
                    locale=locale,
                    tenants=tenants,
                    now=now,
                    contract=contract,
                    port=port if socket else None,
                )

        self.has_accounts, self.tenant_header, self._base_path = False, "", ""
        self._find: Callable[[], Place] = here
        self._key: str | None = None
        self._place: Place | None = None
        self._tenants: dict[str, Tenant] = {}
        self._clients: WeakSet[httpx.Client] = WeakSet()

    @classmethod
    def at(cls, url: str, key: str | None = None) -> Self:
        """A sandbox that runs already, in a container for example. It goes on when this stops.

        `key` is the sandbox key, which one that others can reach prints at start. Starting raises
        SandboxUnreachable when there is none.
        """
        found = cls()
        found._find, found._key = lambda: Remote(url), key
        return found

    def start(self) -> Self:
        """Start it, or connect to it; gives it. Raises SandboxError in one line."""
        if self._place is not None:
            raise SandboxError("the sandbox is started already")
        self._place = self._find()
        http = self._open_client(self.url, headers=key_header(self._key))
        self.controls = Controls(http, self._place.proxy)
        try:
            served = self.controls.read_contract()
        except BaseException:
            self.stop()
            raise
        self.has_accounts, self.tenant_header = served["hasAccounts"], served["tenantHeader"]
        self._base_path = served["basePath"]
        return self

    def stop(self) -> None:
        """Close its clients, and end it if it was started here. Once is enough."""
        place, self._place = self._place, None
        if place is None:
            return
        for client in list(self._clients):
            client.close()
        self._tenants.clear()
        place.stop()

    @property
    def url(self) -> str:
        """Its address without a path: http://127.0.0.1:4010."""
        return self._at().url

    @property
    def base_url(self) -> str:
        """The address of the API: http://127.0.0.1:4010/v1."""
        return self._at().url + self._base_path

    @property
    def log(self) -> Log:
        """The request log of all tenants."""
        self._at()
        return Log(self.controls, None)

    def credentials(self) -> list[dict[str, Any]]:
        """What the security schemes of a document accept: `Credential` of /_sandbox/openapi.json.

        Each says what a call is to carry (`in`, `name`, `value`) and which scopes that holds.
        """
        self._at()
        return self.controls.list_credentials()

    def credential(self, scheme: str | None = None, *scopes: str) -> dict[str, Any]:
        """The first credential of a scheme, or of any, that holds these scopes.

        Raises SandboxError when there is none.
        """
        return fitting(self.credentials(), scheme, scopes)

    def tenants(self) -> list[Tenant]:
        """All tenants, in the order they were opened."""
        self._at()
        return [self.tenant(data["slug"]) for data in self.controls.read_tenants()]

    def tenant(self, slug: str) -> Tenant:
        """The tenant of a slug. Its controls and clients are refused if there is none."""
        self._at()
        if slug not in self._tenants:
            self._tenants[slug] = Tenant(self, slug)
        return self._tenants[slug]

    def open(self, fixture: Mapping[str, Any] | str | Path) -> Tenant:
        """Open a tenant from a fixture: a document, or the path of a YAML file (docs/fixtures.md).

        Raises SandboxError for a file that cannot be read, ControlRefused for one that cannot be
        played.
        """
        self._at()
        document = fixture if isinstance(fixture, Mapping) else read_fixture(fixture)
        opened = self.tenant(self.controls.open_tenant(document)["slug"])
        opened.deleted_at_exit = True
        return opened

    def reset(self) -> None:
        """Reset everything to what it was at start: tenants that came later are gone."""
        self._at()
        left = {data["slug"] for data in self.controls.reset_all()}
        for slug, tenant in list(self._tenants.items()):
            if slug in left:
                tenant.outdate()
            else:
                tenant.close()

    def client(self, **options: Any) -> httpx.Client:
        """An httpx client that is nobody in no tenant; paths are relative to `url`."""
        return self._open_client(self.url, **options)

    def make_client(self, **options: Any) -> httpx.Client:
        """A client of the API, as `Tenant.client` asks for."""
        return self._open_client(self.base_url, **options)

    def make_async_client(self, **options: Any) -> httpx.AsyncClient:
        """An asynchronous client of the API, as `Tenant.async_client` asks for."""
        way = self._at().async_transport()
        return httpx.AsyncClient(base_url=self.base_url, transport=way, **options)

    def forget(self, tenant: Tenant) -> None:
        """Know a tenant no more: it is gone."""
        self._tenants.pop(tenant.slug, None)

    def _open_client(self, url: str, **options: Any) -> httpx.Client:
        client = httpx.Client(base_url=url, transport=self._at().transport(), **options)
        self._clients.add(client)
        return client

    def _at(self) -> Place:
        if self._place is None:
            said = "use it as 'with Sandbox() as sandbox:', or call start() first"
            raise SandboxError(f"the sandbox is not running: {said}")
        return self._place

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Sandbox {self._place.url if self._place else 'not running'}>"


def read_fixture(path: str | Path) -> dict[str, Any]:
    """The document of a fixture file. Raises SandboxError in one line."""
    from ..contract.document import ContractError, parse_document, read_text

    file = fixture_path(str(path))
    try:
        return parse_document(read_text(file), str(file))
    except ContractError as error:
        raise SandboxError(str(error)) from error
