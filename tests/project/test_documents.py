"""Documents stay true: generated parts are compared, commands are run elsewhere, links lead on."""

import re
from pathlib import Path

import pytest
import yaml

from bacasable import __version__
from bacasable.contract.extensions import as_markdown
from bacasable.contract.load import check_file
from bacasable.contract.rules.functions import FUNCTIONS, LOOPS, METHODS
from bacasable.contract.rules.syntax import DEEPEST, LONGEST
from bacasable.core import rules
from bacasable.platforms.qualiforma import PLATFORM
from bacasable.resources import CONTRACT, FIXTURES
from bacasable.sandbox.fixtures import load_fixture
from bacasable.verify import listing
from bacasable.verify.checks import all_checks
from tests.support import in_process, make_sandbox
from tests.verify.catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


def test_the_contract_has_no_findings():
    assert check_file(CONTRACT) == []


def test_the_page_of_extensions_is_generated():
    assert (ROOT / "docs/extensions.md").read_text("utf-8") == as_markdown()
    assert (ROOT / "docs/checks.md").read_text("utf-8") == listing.as_markdown()


def test_the_table_of_defects_names_all_of_the_catalogue_and_the_readme_their_number():
    rows = re.findall(
        r"^\| `([^`]+)` (.*?) \| `([^`]+)` \|",
        (ROOT / "docs/defects.md").read_text("utf-8"),
        flags=re.MULTILINE,
    )
    assert rows == [(d.id, d.says.replace("|", "/"), d.check) for d in CATALOGUE]
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"{len(all_checks())} checks" in readme
    assert f"[{len(CATALOGUE)} of them]" in readme


def test_the_page_of_rules_names_all_that_they_may_use():
    page = (ROOT / "docs/rules.md").read_text("utf-8")
    for name in (*FUNCTIONS, *LOOPS, *METHODS):
        assert re.search(rf"`{name}[(`]", page), name
    for bound in (LONGEST, DEEPEST, rules._MOST):
        assert f" {bound:,} " in page
    (example,) = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    declared = yaml.safe_load(CONTRACT.read_text("utf-8"))["paths"]["/enrollments"]["post"]
    assert yaml.safe_load(example)["x-rules"][0] in declared["x-rules"]


def test_architecture_is_one_page():
    assert len((ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines()) <= 60


def test_the_changelog_opens_with_unreleased():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(r"^## (.*)$", text, re.MULTILINE)[1] == "Unreleased"
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_the_readme_lists_every_seeded_account(contract):
    readme = (ROOT / "README.md").read_text("utf-8")
    for path in PLATFORM.own_fixtures:
        fixture = load_fixture(path, contract)
        assert f"`{fixture.slug}`" in readme
        assert fixture.password in readme
    assert "admin@example.com" in readme
    assert "Not affiliated with QualiForma" in readme


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_links_within_the_repository_lead_somewhere(path):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def test_every_fixture_is_seeded_by_default():
    assert {path.stem for path in FIXTURES.glob("*.yaml")} == set(PLATFORM.tenants)


def test_the_fixture_of_the_manual_can_be_served(contract, tmp_path):
    manual = (ROOT / "docs/fixtures.md").read_text("utf-8")
    mine = tmp_path / "mine.yaml"
    mine.write_text(re.search(r"```yaml\n(.*?)```", manual, re.DOTALL)[1], "utf-8")
    with in_process(make_sandbox(contract, (str(mine),))) as api:
        enrollments = api.as_("ADMIN", "mon-organisme").get("/enrollments").data
    assert [e["courseId"] for e in enrollments] == ["crs_premier"]
