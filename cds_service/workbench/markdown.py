"""A card's Markdown as HTML that holds nothing but text: rendered by one library, cleaned by another."""

from functools import cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = {"p", "br", "strong", "em", "del", "ul", "ol", "li", "code", "pre", "blockquote", "hr", "a",
         "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip
_SCHEMES = {"http", "https"}


def as_html(text: str) -> Markup:
    r"""Markdown as HTML without scripts, styles, pictures or raw HTML.

    >>> as_html("**Why** <script>1</script>")
    Markup('<p><strong>Why</strong> &lt;script&gt;1&lt;/script&gt;</p>\n')
    """
    html = nh3.clean(
        _renderer().render(text),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
    )
    return Markup(html)  # noqa: S704  # nosec B704  # cleaned just above


@cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
