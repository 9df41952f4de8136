"""What a reader sees: texts by their language, and the form that tries an operation."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Error, Locator, Page, Route, expect

from bacasable.portal.edition import Edition

LANGUAGES = ("en", "fr")
LANGUAGES_IN_TURN = ["fr", pytest.param("en", marks=pytest.mark.sweep)]
"""For what differs in its words alone."""
LOGIN = "/auth/login"
LOCALES = {"en": "en-GB", "fr": "fr-FR"}


def say(language: str, key: str, /, **values: str) -> str:
    """An interface text (`area.name`) as the pages write it."""
    return Edition(language, LANGUAGES, None, "").say(key, **values)


def with_login_alone(page: Page) -> None:
    """Let viewers draw a single operation of the contract: drawing all of them takes seconds."""

    def answer(route: Route) -> None:
        try:
            text = route.fetch().text()
        except Error:
            return  # the page has gone on to another one, and wants no answer
        before, script = text.split("{", 1)
        document = json.loads("{" + script.rstrip().removesuffix(";"))
        document["paths"] = {path: of for path, of in document["paths"].items() if path == LOGIN}
        text = f"{before}{json.dumps(document)};"
        route.fulfill(body=text, content_type="text/javascript")

    page.route("**/openapi.js", answer)


class Form:
    """The form of an operation's page, used as a reader does: by labels and names of buttons."""

    def __init__(self, page: Page, language: str = "en") -> None:
        self.page = page
        self.language = language
        self.node = page.locator(".try")
        self.node.scroll_into_view_if_needed()  # it is made when it comes into sight
        self.output = page.locator(".try-output")
        self.curl = page.locator(".try-result > .code code")

    def say(self, key: str, /, **values: str) -> str:
        """A text of the form."""
        return say(self.language, f"console.{key}", **values)

    def button(self, key: str, /, **values: str) -> Locator:
        """The button with that text of the form."""
        return self.node.get_by_role("button", name=self.say(key, **values), exact=True)

    def field(self, label: str) -> Locator:
        """The control of a parameter or member, required or not."""
        required = self.say("required")
        return self.node.get_by_label(re.compile(rf"^{re.escape(label)}( \({required}\))?$"))

    def set_tenant(self, slug: str) -> None:
        """Work in a tenant."""
        self.field(self.say("tenant")).fill(slug)

    def log_in(self, role: str = "ADMIN", tenant: str = "votre-tenant") -> None:
        """One click on a role, and wait until it is logged in."""
        name = f"{self.say('login_as')} {role}"
        self.node.get_by_role("button", name=name, exact=True).click()
        self.is_known_as(f"{role} · {tenant}")

    def is_known_as(self, who: str) -> None:
        """It says who is logged in."""
        expect(self.node.get_by_text(self.say("logged_in", who=who))).to_be_visible()

    def send(self) -> None:
        """Press Send."""
        self.button("send").click()

    def answer(self, status: int) -> Any:
        """The body of the answer, once one of that status is shown."""
        expect(self.output.locator(".badge")).to_have_text(re.compile(rf"^{status}\b"))
        return json.loads(self.output.locator("pre").first.inner_text())
