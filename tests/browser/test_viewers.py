"""The viewers of others: they draw the contract without a network, under the server's CSP."""

import pytest
from playwright.sync_api import Page, expect

from bacasable import Sandbox
from tests.browser.conftest import Visit
from tests.browser.reading import with_login_alone

# The mean of red, green and blue of a text.
LIGHTNESS = r"""(node) => {
  const [red, green, blue] = getComputedStyle(node).color.match(/[\d.]+/g).map(Number);
  return (red + green + blue) / 3;
}"""
LOGIN = {"en": "Log in", "fr": "Se connecter"}


# Both kinds of site and both languages, one of them for each viewer: drawing takes seconds.
PLACES = (("served", "fr"), ("file", "en"))


def placed(first: int) -> pytest.MarkDecorator:
    """The one of the places, and the other in the sweep."""
    other = pytest.param(*PLACES[1 - first], marks=pytest.mark.sweep)
    return pytest.mark.parametrize(("root", "language"), [PLACES[first], other], indirect=["root"])


@pytest.fixture
def root(request: pytest.FixtureRequest, sandbox: Sandbox) -> str:
    """The address of a kind of site: served, or a folder."""
    return sandbox.url if request.param == "served" else request.getfixturevalue("folder")


@placed(1)
def test_scalar_draws_the_operations(visit: Visit, root: str, language: str) -> None:
    page = visit(f"{root}/{language}/reference.html")
    operation = page.get_by_role("heading", name=LOGIN[language], exact=True)
    expect(operation.first).to_be_attached()
    expect(page.locator("#viewer")).to_contain_text("/auth/login")
    expect(page.locator("#viewer")).to_contain_text("QualiForma API")


@pytest.mark.sweep
@placed(0)
def test_swagger_draws_the_operations(visit: Visit, root: str, language: str) -> None:
    page = visit(f"{root}/{language}/swagger.html")
    operation = page.locator("#operations-Auth-login")
    expect(operation).to_contain_text(LOGIN[language])
    operation.locator(".opblock-summary-control").click()
    expect(operation.locator(".responses-table")).to_contain_text("200")


@pytest.fixture
def see(visit: Visit) -> Visit:
    """Opens a page whose viewer has little to draw."""

    def opened(path: str, **options: object) -> Page:
        page = visit("/assets/icon.svg", **options)
        with_login_alone(page)
        page.goto(path)
        return page

    return opened


@pytest.mark.sweep
def test_swagger_sends_a_call(see: Visit) -> None:
    page = see("/en/swagger.html")
    operation = page.locator("#operations-Auth-login")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("tr[data-param-name='X-Tenant-ID'] input").fill("votre-tenant")
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table")).to_contain_text("accessToken")


@pytest.mark.sweep
@pytest.mark.parametrize("viewer", ["reference", "swagger"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_viewers_keep_to_the_theme(see: Visit, viewer: str, scheme: str) -> None:
    page = see(f"/en/{viewer}.html", color_scheme=scheme)
    title = page.locator("#viewer").get_by_text("QualiForma API").first
    expect(title).to_be_visible()
    assert (title.evaluate(LIGHTNESS) > 128) == (scheme == "dark")


@pytest.mark.sweep
def test_the_bar_leads_back_and_to_the_other_language(see: Visit, sandbox: Sandbox) -> None:
    page = see("/en/swagger.html")
    page.locator(".viewer-bar a[hreflang=fr]").click()
    expect(page).to_have_url(f"{sandbox.url}/fr/swagger.html")
    page.locator(".viewer-bar a").first.click()
    expect(page).to_have_url(f"{sandbox.url}/fr/index.html")
