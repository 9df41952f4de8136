"""The report of the test kit in a browser: a file that asks nobody, with scripts and without."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from bacasable.contract import Contract
from bacasable.verify.reports import write
from tests.browser.conftest import Visit
from tests.browser.test_sweep import issues
from tests.verify.fakes import HOSTILE, exchange, fault, report_of
from tests.verify.test_coverage import covered


@pytest.fixture
def page_of_report(contract: Contract, tmp_path: Path) -> str:
    """The address of a report with two findings, one of them hostile."""
    shown = exchange(contract, "listCourses", 418, answer=HOSTILE.encode())
    faults = [fault(exchanges=(shown,)), fault(cause="evil", title=HOSTILE)]
    coverage = covered(contract, shown, only=("Courses",))
    path = tmp_path / "report.html"
    write(report_of(contract, faults, coverage=coverage), "html", path)
    return path.as_uri()


def test_findings_can_be_filtered_and_copied(visit: Visit, page_of_report: str) -> None:
    page = visit(page_of_report, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_label("Search").fill("418 CURL")
    expect(page.locator(".finding:visible")).to_have_count(1)
    page.locator("select").select_option("warning")
    expect(page.locator(".finding:visible")).to_have_count(0)
    page.locator(".matrix a").first.click()
    expect(page.locator(".finding:visible")).to_have_count(2)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("pre").first.inner_text()


@pytest.mark.sweep
def test_axe_finds_nothing_serious_in_a_report(visit: Visit, page_of_report: str) -> None:
    page = visit(page_of_report)
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert issues(page) == []


def test_a_report_can_be_read_without_scripts(visit: Visit, page_of_report: str) -> None:
    page = visit(page_of_report, java_script_enabled=False)
    expect(page.locator(".finding:visible")).to_have_count(2)
    expect(page.get_by_label("Search")).to_be_hidden()
    page.get_by_text("Exchanges (1)").click()
    expect(page.get_by_text("GET /api/v1/courses", exact=False).first).to_be_visible()


def test_a_report_fits_a_narrow_screen(visit: Visit, page_of_report: str) -> None:
    page = visit(page_of_report, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
