"""The life of a sandbox in a test: start, stop, threads, event loops, addresses, mistakes."""

import asyncio
import gc
import logging
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

import bacasable
from bacasable import Sandbox
from bacasable.client import ControlRefused, SandboxError, SandboxUnreachable
from bacasable.core import SystemClock
from bacasable.core.clock import RunningClock, parse_instant
from bacasable.platforms import PlatformPackage
from bacasable.resources import fixture_path
from bacasable.server.forwarded import Fronts
from bacasable.server.launch import build_sandbox
from tests.support import NOW, over_socket

BOTH = pytest.mark.parametrize("socket", [True, False], ids=["socket", "memory"])
BROKEN = httpx.RemoteProtocolError
KEY = "a-key-for-this-test"
LOCKERS = Path(__file__).parents[1] / "core" / "documents" / "lockers.yaml"


def small(**options):
    return Sandbox(**{"tenants": ["vide"], "now": NOW, **options})


def companies(tenant, count=1):
    client = tenant.client()
    return [
        client.post("/companies", json={"name": "S"}).json()["data"]["id"] for _ in range(count)
    ]


@BOTH
def test_nothing_is_left_when_it_has_stopped(socket):
    before = {*threading.enumerate()}
    sandbox = small(socket=socket)
    for _ in range(2):  # it may be started again, and is a new one then
        sandbox.start()
        url, client = sandbox.url, sandbox.tenant("vide").client()
        assert client.get("/companies").json()["data"] == []
        companies(sandbox.tenant("vide"))
        sandbox.stop()
        sandbox.stop()
        assert {*threading.enumerate()} <= before
        assert client.is_closed
    if socket:
        with pytest.raises(httpx.ConnectError):
            httpx.get(url, trust_env=False)


@BOTH
def test_it_says_where_it_is(socket):
    with small(socket=socket) as sandbox:
        assert sandbox.base_url == sandbox.url + "/api/v1"
        assert sandbox.client().get("/openapi.json").json()["openapi"].startswith("3.1")
        assert repr(sandbox) == f"<Sandbox {sandbox.url}>"
    assert repr(sandbox) == "<Sandbox not running>"


def test_all_packaged_tenants_are_there_by_default():
    with Sandbox(socket=False) as sandbox:
        assert [tenant.slug for tenant in sandbox.tenants()] == [
            "votre-tenant",
            "qualiforma-demo",
            "atelier-nord",
            "vide",
            "suspendu",
        ]


@BOTH
def test_two_sandboxes_share_nothing_but_what_their_seed_says(socket):
    with small(seed=1, socket=socket) as one, small(seed=1) as same, small(seed=2) as other:
        made = companies(one.tenant("vide"), 3)
        assert other.tenant("vide").client().get("/companies").json()["data"] == []
        assert companies(same.tenant("vide"), 3) == made
        assert not set(companies(other.tenant("vide"), 3)) & set(made)
        one.tenant("vide").clock.advance("P1Y")
        assert same.tenant("vide").clock.now < one.tenant("vide").clock.now
        one.tenant("vide").delete()
        assert same.tenant("vide").info()["slug"] == "vide"


def test_its_clock_runs_from_now():
    with small() as sandbox:
        clock = sandbox.tenant("vide").clock
        assert not clock.frozen
        assert clock.now >= parse_instant(NOW)
        assert (clock.now - parse_instant(NOW)).total_seconds() < 600


@BOTH
def test_async_clients_work_at_the_same_time(socket):
    async def work(tenant):
        async with tenant.async_client(role="ADMIN") as client:
            made = [client.post("/companies", json={"name": f"S{n}"}) for n in range(20)]
            answers = await asyncio.gather(*made)
            listed = (await client.get("/companies?perPage=100")).json()["data"]
            async with tenant.async_client(anonymous=True) as nobody:
                assert (await nobody.get("/companies")).status_code == 401
            return {answer.json()["data"]["id"] for answer in answers}, {c["id"] for c in listed}

    with small(socket=socket) as sandbox:
        for _ in range(2):  # each in an event loop of its own
            with sandbox.tenant("vide").fork() as fork:
                made, listed = asyncio.run(work(fork))
                assert len(made) == 20
                assert made == listed


@BOTH
def test_async_clients_meet_faults_as_others_do(socket):
    async def work(tenant):
        async with tenant.async_client(timeout=0.2) as client:
            for when in ("BEFORE", "MIDWAY"):
                with tenant.faults.add("CUT", when=when), pytest.raises(BROKEN):
                    await client.get("/companies")
            for kind in ("DELAY", "SLOW"):
                with tenant.faults.add(kind, seconds=30), pytest.raises(httpx.ReadTimeout):
                    await client.get("/companies")
            with tenant.faults.add("SLOW", seconds=0.1):
                assert (await client.get("/companies")).json()["data"] == []

    with small(socket=socket) as sandbox:
        asyncio.run(work(sandbox.tenant("vide")))


@BOTH
def test_it_can_be_used_inside_a_running_event_loop(socket):
    async def work():
        with small(socket=socket) as sandbox, sandbox.tenant("vide").fork() as fork:
            companies(fork)
            fork.clock.advance("P1D")
            return fork.client().get("/companies").json()["meta"]["pagination"]["total"]

    assert asyncio.run(work()) == 1


@BOTH
def test_a_follower_of_the_log_is_let_go_at_the_stop(socket):
    sandbox, told, entered = small(socket=socket).start(), [], threading.Event()

    def follow():
        with sandbox.log.follow() as exchanges:
            entered.set()
            told.extend(exchanges)

    thread = threading.Thread(target=follow)
    thread.start()
    assert entered.wait(10)
    sandbox.tenant("vide").client().get("/companies")
    sandbox.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert [exchange.operation for exchange in told] == ["listCompanies"]


@BOTH
def test_stopping_in_the_middle_of_an_answer_is_quiet(socket, caplog):
    sandbox = small(socket=socket).start()
    tenant = sandbox.tenant("vide")
    with tenant.faults.add("DELAY", seconds=60), pytest.raises(httpx.ReadTimeout):
        tenant.client(timeout=0.1).get("/companies")
    with caplog.at_level(logging.DEBUG):
        sandbox.stop()
    gc.collect()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_it_leaves_the_loggers_of_the_process_alone():
    logger = logging.getLogger("uvicorn.access")
    handler = logging.NullHandler()
    logger.addHandler(handler)
    before = ([*logger.handlers], logger.propagate, logger.level)
    try:
        with small() as sandbox:
            sandbox.tenant("vide").client().get("/companies")
            assert (logger.handlers, logger.propagate, logger.level) == before
    finally:
        logger.removeHandler(handler)


def test_reset_takes_everything_back_and_lets_later_tenants_go():
    with small(socket=False) as sandbox:
        fork, seeded = sandbox.tenant("vide").fork(), sandbox.tenant("vide")
        client, gone = seeded.client(), fork.client()
        companies(seeded)
        seeded.clock.advance("P1Y")
        sandbox.reset()
        assert sandbox.tenants() == [seeded]
        assert gone.is_closed
        assert client.get("/companies").json()["data"] == []
        with fork:
            pass  # its end finds nothing to delete, and says nothing


def test_a_tenant_is_opened_from_a_file_or_a_document():
    with small(socket=False) as sandbox:
        with sandbox.open("votre-tenant") as opened:
            assert opened.slug == "votre-tenant"
            assert opened.client(role="TRAINER").get("/courses").json()["data"]
            document = {"id": "tnt_x", "opened": "2026-01-05T08:00:00Z"}
            with pytest.raises(ControlRefused, match="INVALID_REQUEST"):
                sandbox.open(document)
        assert [tenant.slug for tenant in sandbox.tenants()] == ["vide"]


def test_one_that_runs_already_is_used_and_left_running(contract):
    running = build_sandbox(
        contract=contract, fixtures=[fixture_path("vide")], clock=SystemClock(), key=KEY
    )
    with over_socket(running) as api:
        for url in (api.url, api.url + "/", api.url + "/api/v1"):
            with Sandbox.at(url, key=KEY) as sandbox:
                assert sandbox.base_url == api.url + "/api/v1"
                with sandbox.tenant("vide").fork() as fork:
                    assert companies(fork)
        for key in (None, "another"):
            with pytest.raises(SandboxUnreachable, match="BACASABLE_KEY"):
                Sandbox.at(api.url, key=key).start()


def test_without_controls_it_says_so(contract):
    bare = build_sandbox(
        contract=contract,
        fixtures=[fixture_path("vide")],
        clock=RunningClock(parse_instant(NOW)),
        controls=False,
    )
    with over_socket(bare) as api, pytest.raises(SandboxUnreachable, match="--no-controls"):
        Sandbox.at(api.url).start()


def one_line(raised):
    text = str(raised.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"tenants": ["nowhere"]}, "nowhere"),
        ({"now": "yesterday"}, "2026-09-01T09:00:00Z"),
        ({"contract": "none.yaml"}, "none.yaml"),
    ],
)
def test_what_cannot_be_started_is_one_line(wrong, says):
    before = {*threading.enumerate()}
    with pytest.raises(SandboxError) as raised:
        small(**wrong).start()
    assert says in one_line(raised)
    assert {*threading.enumerate()} <= before


def test_a_taken_port_is_one_line():
    with small() as sandbox, pytest.raises(SandboxError) as raised:
        small(port=httpx.URL(sandbox.url).port).start()
    assert "--port" in one_line(raised)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://127.0.0.1:1/api/v1"])
def test_where_nothing_answers_one_line_says_so(url):
    with pytest.raises(SandboxUnreachable) as raised:
        Sandbox.at(url).start()
    assert "bacasable serve" in one_line(raised)


@pytest.mark.parametrize(
    "url", ["", "localhost", "localhost:4010", "ftp://localhost", "http://", "é:"]
)
def test_what_is_no_address_is_one_line(url):
    with pytest.raises(SandboxError) as raised:
        Sandbox.at(url).start()
    assert "http://127.0.0.1:4010" in one_line(raised)


def test_using_it_before_the_start_says_what_to_do():
    sandbox = small()
    uses = [sandbox.tenants, sandbox.reset, sandbox.client, lambda: sandbox.url]
    uses += [lambda: sandbox.tenant("vide"), lambda: sandbox.log, lambda: sandbox.open("vide")]
    for use in uses:
        with pytest.raises(SandboxError, match="with Sandbox"):
            use()


def test_mistakes_in_python_are_told_at_once(tmp_path):
    with pytest.raises(TypeError, match="list"):
        Sandbox(tenants="vide")
    with small(socket=False) as sandbox:
        with pytest.raises(SandboxError, match="started already"):
            sandbox.start()
        with pytest.raises(SandboxError, match="cannot be read"):
            sandbox.open("none.yaml")
        text = tmp_path / "text.yaml"
        text.write_text("just text\n", "utf-8")
        with pytest.raises(SandboxError, match="not a mapping"):
            sandbox.open(text)


def test_the_package_imports_the_sandbox_when_it_is_asked_for():
    code = "import sys, bacasable; assert 'httpx' not in sys.modules; bacasable.Sandbox"
    subprocess.run([sys.executable, "-c", code + "; assert 'httpx' in sys.modules"], check=True)
    with pytest.raises(AttributeError, match="Sandpit"):
        bacasable.Sandpit  # noqa: B018 - what is tested


@BOTH
def test_any_document_is_served_with_what_it_accepts(socket):
    with Sandbox(document=LOCKERS, socket=socket) as sandbox:
        assert sandbox.base_url == sandbox.url + "/v2"
        login = sandbox.credential("login", "look")
        assert (login["account"], login["name"]) == ("login", "Authorization")
        assert sandbox.credential() == sandbox.credentials()[0]
        assert sandbox.credential(None, "change")["scheme"] == "login"
        client = sandbox.make_client(headers={login["name"]: login["value"]})
        assert client.post("/lockers", json={"label": "A"}).status_code == 201
        assert sandbox.make_client().post("/lockers", json={}).status_code == 401
        with pytest.raises(SandboxError, match="'key' with look; schemes: key, query, "):
            sandbox.credential("key", "look")
        client.close()
    with small(socket=socket) as sandbox, pytest.raises(SandboxError, match="schemes: none"):
        sandbox.credential()


@pytest.mark.parametrize("ending", ["", "/", "/v2"])
@pytest.mark.parametrize("prefix", ["", "/in/front"])
def test_what_is_served_elsewhere_says_how_it_is_called(prefix, ending):
    running = build_sandbox(
        PlatformPackage.of(LOCKERS), clock=SystemClock(), fronts=Fronts(prefix, ("127.0.0.1",))
    )
    with over_socket(running) as api, Sandbox.at(api.url + prefix + ending) as sandbox:
        assert sandbox.url == api.url + prefix
        assert sandbox.base_url == api.url + prefix + "/v2"
        assert (sandbox.has_accounts, sandbox.tenant_header) == (False, "X-Sandbox-Tenant")
        (tenant,) = sandbox.tenants()
        key = sandbox.credential("key")
        with tenant.fork() as fork:
            made = fork.client(headers={key["name"]: key["value"]})
            assert made.post("/lockers", json={"label": "A"}).status_code in {201, 401, 403}
            assert [each.tenant for each in fork.log] == [fork.slug]


def test_the_platform_that_is_included_has_accounts_and_a_header():
    with small(socket=False) as sandbox:
        served = sandbox.controls.read_contract()
        assert (served["hasAccounts"], served["basePath"]) == (True, "/api/v1")
        assert sandbox.tenant_header == served["tenantHeader"] == "X-Tenant-ID"
        mine = sandbox.tenant("vide").client()
        assert mine.get("/auth/me").json()["data"]["user"]["email"] == "admin@vide.example"
