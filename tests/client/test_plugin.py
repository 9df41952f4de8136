"""The pytest plugin, in runs of pytest of their own: mostly in a process of its own, too."""

import pytest

from bacasable import Sandbox
from bacasable.server.launch import build_sandbox
from tests.support import FEW_PLUGINS, fixture_path, over_socket

pytest_plugins = ["pytester"]


@pytest.fixture
def suite(pytester, monkeypatch):
    """Runs a test file; gives the result. With `inside` it saves the start of a process."""
    for name, value in FEW_PLUGINS.items():
        monkeypatch.setenv(name, value)

    def run(text, *options, outcomes=None, status=0, ini=False, inside=False):
        pytester.makepyfile(text)
        chosen = any("url" in option or "fixture" in option for option in options)
        few = [] if chosen or ini else ["--sandbox-fixture=votre-tenant", "--sandbox-fixture=vide"]
        start = pytester.runpytest_inprocess if inside else pytester.runpytest_subprocess
        done = start("-p", "no:cacheprovider", *few, *options)
        assert done.ret == status, done.stdout.str() + done.stderr.str()
        if outcomes:
            done.assert_outcomes(**outcomes)
        return done

    return run


def test_a_run_has_one_sandbox_and_each_test_a_fork(suite):
    suite(
        """
        import pytest

        seen = set()

        @pytest.mark.parametrize("turn", range(3))
        def test_each_has_a_tenant_of_its_own(sandbox, tenant, turn):
            client = tenant.client(role="ADMIN")
            client.post("/companies", json={"name": "Société"}).raise_for_status()
            found = client.get("/companies").json()["meta"]["pagination"]["total"]
            seen.add((sandbox.url, found))
            assert [t for t in sandbox.tenants() if t.info()["kind"] == "FORK"] == [tenant]
            assert tenant.info()["origin"] == "votre-tenant"
            assert len(seen) == 1
        """,
        outcomes={"passed": 3},
    )


def test_the_marker_names_another_origin(suite):
    suite(
        """
        import pytest

        @pytest.mark.sandbox(tenant="votre-tenant")
        class TestMarked:
            def test_its_origin_is_the_marked_one(self, tenant):
                assert tenant.info()["origin"] == "votre-tenant"

        def test_others_have_that_of_the_option(tenant):
            assert tenant.info()["origin"] == "vide"
        """,
        "--strict-markers",
        "--sandbox-tenant=vide",
        outcomes={"passed": 2},
    )


@pytest.mark.sweep
def test_options_have_twins_in_the_ini_file(suite, pytester):
    pytester.makeini(
        """
        [pytest]
        sandbox_seed = 7
        sandbox_now = 2027-03-01T09:00:00Z
        sandbox_tenant = mien
        sandbox_fixture = fixtures/mien.yaml vide
        """
    )
    text = fixture_path("vide").read_text("utf-8")
    pytester.mkdir("fixtures").joinpath("mien.yaml").write_text(
        text.replace("slug: vide", "slug: mien").replace("tnt_", "tnt_1"), "utf-8"
    )
    test = """
        def test_it(sandbox, tenant):
            assert [t.slug for t in sandbox.tenants()][:2] == ["mien", "vide"]
            assert str(tenant.clock.now).startswith("EXPECTED")
            made = tenant.client().post("/companies", json={"name": "S"}).json()["data"]["id"]
            print("made", made)
    """
    ini = suite(test.replace("EXPECTED", "2027-03-01 09:"), "-s", ini=True).stdout.str()
    same = suite(test.replace("EXPECTED", "2027-03-01 09:"), "-s", ini=True).stdout.str()
    options = ("-s", "--sandbox-seed=8", "--sandbox-now=2028-03-01")
    expected = test.replace("EXPECTED", "2028-03-01 00:")
    given = suite(expected, *options, ini=True, inside=True).stdout.str()
    made = [line for run in (ini, same, given) for line in run.splitlines() if "made" in line]
    assert made[0] == made[1] != made[2]


@pytest.mark.sweep
def test_workers_of_xdist_do_not_meet(suite):
    suite(
        """
        import os, pytest

        @pytest.mark.parametrize("turn", range(8))
        def test_it(sandbox, tenant, turn):
            client = tenant.client()
            client.post("/companies", json={"name": "S"}).raise_for_status()
            assert [t for t in sandbox.tenants() if t.info()["kind"] == "FORK"] == [tenant]
        """,
        "-n",
        "2",
        outcomes={"passed": 8},
    )


def test_workers_share_a_sandbox_that_runs_already(suite, contract, monkeypatch):
    monkeypatch.setenv("BACASABLE_KEY", "a-key")
    running = build_sandbox(contract=contract, fixtures=[fixture_path("votre-tenant")], key="a-key")
    with over_socket(running) as api:
        suite(
            f"""
            import pytest

            @pytest.mark.parametrize("turn", range(8))
            def test_it(sandbox, tenant, turn):
                assert sandbox.url == "{api.url}"
                client = tenant.client()
                before = client.get("/companies").json()["meta"]["pagination"]["total"]
                client.post("/companies", json={{"name": "S"}}).raise_for_status()
                after = client.get("/companies").json()["meta"]["pagination"]["total"]
                assert after == before + 1
            """,
            "-n",
            "2",
            f"--sandbox-url={api.url}/api/v1",
            outcomes={"passed": 8},
        )
        with Sandbox.at(api.url, key="a-key") as sandbox:
            assert [tenant.slug for tenant in sandbox.tenants()] == ["votre-tenant"]


def test_it_costs_nothing_where_nobody_asks_for_it(suite):
    suite(
        """
        import sys

        def test_it():
            assert "httpx" not in sys.modules
            assert "connexion" not in sys.modules
            assert "bacasable.client" not in sys.modules
        """,
        outcomes={"passed": 1},
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--sandbox-url=http://127.0.0.1:1"], "bacasable serve"),
        (["--sandbox-url=nonsense"], "is no address"),
        (["--sandbox-tenant=nowhere"], "NOT_FOUND"),
        (["--sandbox-now=yesterday"], "is no instant"),
        (["--sandbox-fixture=none.yaml"], "none.yaml"),
    ],
)
def test_what_cannot_work_is_said_without_a_traceback(suite, options, says):
    if "url" not in options[0]:
        options = ["--sandbox-fixture=vide", *options]
    test = "def test_it(tenant): pass"
    done = suite(test, *options, outcomes={"errors": 1}, status=1, inside=True)
    assert says in done.stdout.str()
    assert "Traceback" not in done.stdout.str()
    assert "site-packages" not in done.stdout.str()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--sandbox-url=http://127.0.0.1:1", "--sandbox-seed=7"], "without --sandbox-url"),
        (["--sandbox-seed=seven"], "is no number"),
    ],
)
def test_options_that_cannot_be_honoured_are_refused(suite, options, says):
    done = suite("def test_it(): pass", *options, status=4, inside=True)
    assert says in done.stderr.str()


def test_a_marker_that_says_something_else_is_refused(suite):
    text = """
        import pytest

        @pytest.mark.sandbox(tennant="vide")
        def test_it(tenant):
            pass
    """
    done = suite(text, "--sandbox-fixture=vide", outcomes={"errors": 1}, status=1, inside=True)
    assert "tennant" in done.stdout.str()
