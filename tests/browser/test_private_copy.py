"""A copy of the tenant for one reader, and the tenant set back, from the form."""

import pytest
from playwright.sync_api import Page, expect

from bacasable import Sandbox
from bacasable.client import Tenant
from tests.browser.conftest import Visit
from tests.browser.reading import LANGUAGES_IN_TURN, Form
from tests.browser.watching import Watch

CREATE = "api/companies/createCompany.html"


def companies(tenant: Tenant) -> int:
    return tenant.client("ADMIN").get("/companies").json()["meta"]["pagination"]["total"]


def copied(page: Page, form: Form) -> str:
    """The slug of the copy that a click has made."""
    with page.expect_response("**/forks") as asked:
        form.button("fork").click()
    slug: str = asked.value.json()["slug"]
    expect(form.node.get_by_text(form.say("fork_made", slug=slug))).to_be_visible()
    return slug


@pytest.mark.parametrize("language", LANGUAGES_IN_TURN)
def test_what_is_done_in_a_copy_stays_in_it(visit: Visit, sandbox: Sandbox, language: str) -> None:
    before = companies(sandbox.tenant("votre-tenant"))
    page = visit(f"/{language}/{CREATE}")
    form = Form(page, language)
    form.log_in()
    slug = copied(page, form)
    form.is_known_as(f"ADMIN · {slug}")  # its tokens are others
    form.send()
    form.answer(201)
    with sandbox.tenant(slug) as copy:
        assert companies(copy) == before + 1
        assert companies(sandbox.tenant("votre-tenant")) == before
        form.button("reset").click()
        expect(form.node.get_by_text(form.say("reset_done", slug=slug))).to_be_visible()
        assert companies(copy) == before


def test_a_tenant_that_does_not_exist_cannot_be_copied(visit: Visit, watch: Watch) -> None:
    form = Form(visit(f"/en/{CREATE}"))
    form.set_tenant("nobody")
    form.button("fork").click()
    unknown = form.say("fork_unknown", slug="nobody")
    expect(form.node.get_by_text(form.say("fork_failed", reason=unknown))).to_be_visible()
    assert form.field(form.say("tenant")).input_value() == "nobody"
    watch.forgive("404 (Not Found)")
