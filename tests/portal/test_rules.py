"""Each business rule is shown with its sentence, its id and the expression that decides."""

import re
from html import escape

from bacasable.contract import Contract
from bacasable.portal.site import Site
from bacasable.portal.views.reference import operation_view
from tests.tables import each

WORDS = {"en": "Kept when", "fr": "Respectée si"}


@each("language", WORDS)
def test_every_rule_stands_on_a_page_with_its_expression(
    site: Site, contract: Contract, language: str
) -> None:
    pages, shown = site.pages_in(language), 0
    for operation in contract.operations.values():
        if not operation.rules:
            continue
        path = operation_view(pages.edition, operation.id).href.partition("#")[0]
        html = pages.html(path).decode()
        for rule in operation.rules:
            assert f"<code>{rule.id}</code>" in html
            found = re.search(rf"{WORDS[language]} <code[^>]*>{_written(rule.when)}</code>", html)
            assert found, (path, rule)
            shown += 1
    assert shown == 73


def _written(text: str) -> str:
    """An expression as HTML has it; quotation marks may be written in several ways."""
    return re.escape(escape(text, quote=False)).replace('"', '(?:&#34;|&quot;|")')
