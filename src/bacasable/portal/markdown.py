"""Markdown as HTML: the guides, and the descriptions of the contract (CommonMark and tables)."""

from collections.abc import Sequence
from functools import cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup
from mdit_py_plugins.attrs import attrs_block_plugin

from .addresses import is_web, may_be_followed
from .highlight import code


def html(text: str) -> str:
    """Text of a contract as HTML. Raw HTML in it is shown, not done: contracts may be foreign."""
    made: str = _markdown(trusted=False).render(text)
    return made.strip()


def inline(text: str) -> str:
    """One line of text, such as a summary, as HTML without a paragraph around it."""
    made: str = _markdown(trusted=False).renderInline(text)
    return made


def plain(made: str) -> str:
    """The words of HTML that this module made."""
    return Markup(made).striptags()  # noqa: S704 - only read


def guide_html(text: str) -> str:
    """A guide as HTML. Guides are ours: blocks of HTML in them stay."""
    made: str = _markdown(trusted=True).render(text)
    return made


@cache
def _markdown(*, trusted: bool) -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": trusted}).enable("table")
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("table_open", lambda *_: '<div class="scroll" tabindex="0"><table>\n')
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    if trusted:
        return markdown.use(attrs_block_plugin)
    markdown.add_render_rule("image", _image)
    markdown.validateLink = may_be_followed  # type: ignore[assignment, method-assign]
    return markdown


def _image(
    _self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    """A link to an image: loading it would tell its host who reads the page, and when."""
    source, said = str(tokens[index].attrGet("src") or ""), escape(tokens[index].content)
    return f'<a href="{escape(source)}">{said or escape(source)}</a>' if is_web(source) else said


def _fence(
    _self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    token = tokens[index]
    language, *_ = token.info.split() or ["text"]
    shown = code(token.content.rstrip("\n"), language)
    return f'<div class="code"><pre tabindex="0"><code>{shown.html}</code></pre></div>\n'
