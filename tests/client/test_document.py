"""The sandbox of any document in Python and pytest: its records, its tenant and forks."""

from pathlib import Path

import pytest

from bacasable import Sandbox
from bacasable.client import SandboxError
from tests.support import FEW_PLUGINS

pytest_plugins = ["pytester"]
SHOP = Path(__file__).parents[1] / "core" / "documents" / "librairie.yaml"


@pytest.mark.parametrize("socket", [True, False])
def test_a_document_is_served_with_so_many_records(socket: bool) -> None:
    with Sandbox(SHOP, records=25, locale="fr", socket=socket) as sandbox:
        (tenant,) = sandbox.tenants()
        assert tenant.slug == "sandbox"
        client = tenant.client()
        assert client.get("/clients").json()[0]["pseudo"] == "ada"
        assert len(client.get("/clients").json()) == 26
        with tenant.fork() as fork:
            body = {"prenom": "Mary", "nom": "Shelley"}
            new = fork.client().post("/auteurs", json=body).raise_for_status().json()["data"]["id"]
            assert fork.client().get(f"/auteurs/{new}").status_code == 200
            assert client.get(f"/auteurs/{new}").status_code == 404
        with Sandbox(str(SHOP), records=3, locale="fr_FR", socket=False) as other:
            found = other.tenant("sandbox").client().get("/clients").json()
        assert client.get("/clients").json()[:4] == found


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"records": -1}, "records -1: give a number from 0"),
        ({"records": 10**9}, "records 1000000000: give a number from 0 to 100000"),
        ({"locale": "xx"}, "locale xx: is no language of Faker's"),
    ],
)
def test_what_cannot_be_made_is_told_at_the_start(options: dict[str, object], says: str) -> None:
    with pytest.raises(SandboxError) as refused:
        Sandbox(SHOP, **options).start()  # type: ignore[arg-type]
    assert says in str(refused.value)


def test_records_are_for_documents() -> None:
    with pytest.raises(SandboxError, match="leave out records and locale"):
        Sandbox(records=3).start()
    with pytest.raises(TypeError, match="give one of them"):
        Sandbox(SHOP, contract=SHOP)


def test_the_plugin_serves_a_document(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in FEW_PLUGINS.items():
        monkeypatch.setenv(name, value)
    pytester.makeini("[pytest]\nsandbox_document = shop.yaml\nsandbox_locale = fr")
    pytester.path.joinpath("shop.yaml").write_text(SHOP.read_text("utf-8"), "utf-8")
    pytester.mkdir("below")
    pytester.makepyfile(
        **{
            "below/test_it": """
            def test_each_test_has_a_fork(tenant):
                assert tenant.info()["origin"] == "sandbox"
                assert len(tenant.client().get("/clients").json()) == 5
            """
        }
    )
    options = ("-p", "no:cacheprovider", "--sandbox-records=4")
    done = pytester.runpytest_subprocess(*options)
    done.assert_outcomes(passed=1)
    wrong = pytester.runpytest_subprocess("--sandbox-records=many")
    assert "--sandbox-records many: is no number" in wrong.stderr.str()
