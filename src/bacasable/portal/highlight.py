"""Code with its colours, as HTML with class names that the design system's style sheet knows."""

import re
from functools import lru_cache

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_by_name
from pygments.util import ClassNotFound

from .model import Code

_FORMATTER = HtmlFormatter(nowrap=True)
# White space, punctuation and plain names have the colour of the code around them.
_PLAIN = re.compile(r'<span class="(?:w|p|o|n)">([^<]*)</span>')


@lru_cache(maxsize=4096)
def code(text: str, lexer: str) -> Code:
    """A piece of code, highlighted; `lexer` is what Pygments calls its language (json, sh, …).

    Languages that it does not know stay without colours: contracts of others name any.
    """
    try:
        found = get_lexer_by_name(lexer)
    except ClassNotFound:
        found = TextLexer()
    return Code(text, lexer, _PLAIN.sub(r"\1", highlight(text, found, _FORMATTER)).rstrip("\n"))
