"""The text of a page: Markdown, as administrators write it, → HTML that can do no harm.

HTML in the text is text: signs and not tags. What comes out of Markdown goes through a
sanitiser all the same, whose list is the whole of what a page can hold.

Python-Markdown's own links and images look for the end of each bracket up to the end of the
text, so that 20,000 brackets take half a minute; its HTML does likewise. Here a link is one
bounded pattern, and there is nothing else that leads anywhere.
"""

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown import Markdown
from markdown.blockprocessors import BlockQuoteProcessor
from markdown.extensions.sane_lists import SaneOListProcessor, SaneUListProcessor
from markdown.extensions.tables import TableProcessor
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor

from roadmap.record import INVISIBLE

LONGEST = 20_000  # characters of a body
DEEPEST = 20  # lists and quotations within each other; each of them takes from Python's stack
MOST_CELLS = 2_000  # of a table; each of 10,000 short rows gets as many cells as the widest

TAGS = {
    *("h2", "h3", "h4", "p", "ul", "ol", "li", "strong", "em", "blockquote", "a", "hr", "br"),
    *("code", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "rel"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
# Set by the sanitiser on each of them, whatever the text says.
FIXED = {"table": {"class": "data-table"}, "th": {"scope": "col"}}

# [words](address): no brackets in the words, and at most one pair of them in the address.
_SIGN = r'[^\s()<>"\\\x02\x03]'
_LINK = rf"(?<!!)\[([^\[\]]{{1,300}})\]\(((?:{_SIGN}|\({_SIGN}{{0,99}}\)){{1,500}})\)"
_ENTITY = re.compile(r"&#?\w+;")
# What makes links, images and HTML in Python-Markdown itself.
_INLINE_LEFT_OUT = (
    *("link", "image_link", "reference", "image_reference", "short_reference"),
    *("short_image_ref", "autolink", "automail", "html"),
)
_BLOCKS_LEFT_OUT = ("reference", "code")


# A version never changes, and a text made to be slow takes seconds.
@lru_cache(maxsize=64)
def render(text: str, base: str, table_name: str = "") -> SafeString:
    """The HTML of a text whose relative links begin at `base`, the address of a strategy.

    Each table stands in a box of its own that scrolls and takes the focus; `table_name` is what
    it is called aloud.
    """
    html = nh3.clean(
        _markdown(base)[0].convert(text[:LONGEST]),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel=None,
        set_tag_attribute_values=FIXED,
    )
    name = escape(table_name)
    box = f'<div class="table-box" role="region" aria-label="{name}" tabindex="0"><table'
    html = html.replace("<table", box).replace("</table>", "</table></div>")
    return mark_safe(html)  # noqa: S308 - the sanitiser's


def links(text: str, base: str) -> list[tuple[str, str | None]]:
    """Each link as it is written and where it leads; None for one that leads nowhere allowed."""
    markdown, found = _markdown(base)
    markdown.convert(text[:LONGEST])
    return found


def address(target: str, base: str) -> str | None:
    """Where a link leads: a web or mail address, or a path of this portal. None for others."""
    if _ENTITY.search(target) or INVISIBLE.search(target) or "\\" in target:
        return None  # something else for the browser than for us
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    if parts.scheme:
        leads = parts.path if parts.scheme == "mailto" else parts.netloc
        return target if parts.scheme in SCHEMES and leads else None
    path = urljoin(base, target)
    return None if target.startswith("//") or path.startswith("//") else path


def is_external(address: str) -> bool:
    return not address.startswith("/")


class _Links(InlineProcessor):
    ANCESTOR_EXCLUDES = ("a",)

    def __init__(self, base: str, found: list):
        super().__init__(_LINK)
        self.base, self.found = base, found

    def handleMatch(self, m, data):  # noqa: N802 - the name is Markdown's
        leads = address(m[2], self.base)
        self.found.append((m[2], leads))
        if leads is None:
            return None, None, None
        link = Element("a", {"href": leads})
        if is_external(leads):
            link.set("rel", "noopener")
        link.text = m[1]
        return link, m.start(0), m.end(0)


class _NotTooDeep:
    """What would lie deeper stays as it was typed."""

    def test(self, parent, block):
        return len(self.parser.state) < DEEPEST and super().test(parent, block)


class _Numbered(_NotTooDeep, SaneOListProcessor):
    pass


class _Bulleted(_NotTooDeep, SaneUListProcessor):
    pass


class _Quotations(_NotTooDeep, BlockQuoteProcessor):
    pass


class _Tables(TableProcessor):
    def test(self, parent, block):
        return super().test(parent, block) and self._cells(block) <= MOST_CELLS

    def _cells(self, block: str) -> int:
        return len(self.separator) * (block.count("\n") + 1)


class _Headings(Treeprocessor):
    """The title of the page is its only h1, and below h4 nothing can be told apart."""

    LEVELS = {"h1": "h2", "h5": "h4", "h6": "h4"}

    def run(self, root):
        for element in root.iter():
            element.tag = self.LEVELS.get(element.tag, element.tag)


# In the places of Python-Markdown's own, lists by the rule of its extension "sane lists".
_NESTING = ((_Numbered, "olist", 40), (_Bulleted, "ulist", 30), (_Quotations, "quote", 20))


def _markdown(base: str) -> tuple[Markdown, list]:
    """A reader of one text, and the list that it fills with the links of the text."""
    markdown, found = Markdown(), []
    markdown.preprocessors.deregister("html_block")
    for name in _INLINE_LEFT_OUT:
        markdown.inlinePatterns.deregister(name)
    for name in _BLOCKS_LEFT_OUT:
        markdown.parser.blockprocessors.deregister(name)
    markdown.inlinePatterns.register(_Links(base, found), "link", 160)
    tables = _Tables(markdown.parser, {"use_align_attribute": True})
    markdown.parser.blockprocessors.register(tables, "table", 75)
    for kind, name, priority in _NESTING:
        markdown.parser.blockprocessors.register(kind(markdown.parser), name, priority)
    markdown.ESCAPED_CHARS.append("|")
    markdown.treeprocessors.register(_Headings(markdown), "headings", 15)
    return markdown, found
