"""HTML as a run of tags and texts, as browsers cut it, in time that grows with its length and no faster.

The standard library's parser takes quadratic time on unclosed tags and comments, and holds the interpreter meanwhile:
half a megabyte of `<a ` would stop every delivery of the process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from attrs import frozen

# An attribute's value may hold `>` between quotation marks, which count after `=` alone. Everything is possessive: what
# was passed once is not looked at again.
_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*+)((?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+)>""")
_MARKUP = re.compile(r"<(?=[a-zA-Z!?]|/[a-zA-Z!?/])")
_ATTRIBUTE = re.compile(r"""([^\s=/"'>]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]++)))?+""")
_NOT_MARKUP = frozenset({"script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp"})
_RAW_END = {name: re.compile(rf"</{name}[\s/>]", re.IGNORECASE) for name in _NOT_MARKUP}


@frozen
class Tag:
    """A tag: its name in lower case, whether it closes an element, its attributes as written."""

    name: str
    closes: bool
    written: str

    def attributes(self) -> dict[str, str]:
        """Its attributes by lower-case name, character references resolved; the first of a name counts."""
        found: dict[str, str] = {}
        for match in _ATTRIBUTE.finditer(self.written):
            name, *values = match.groups(default="")
            found.setdefault(name.lower(), resolved("".join(values)))
        return found


def pieces(html: str) -> Iterator[Tag | str]:
    """Tags and texts (character references resolved) in order, without comments and what scripts and styles hold.

    One that is not closed ends the document, as it does in a browser.
    """
    at, end = 0, len(html)
    while at < end:
        opening = _MARKUP.search(html, at)
        if opening is None:
            yield resolved(html[at:])
            return
        if opening.start() > at:
            yield resolved(html[at : opening.start()])
        at = opening.start()
        match = _TAG.match(html, at)
        if match is not None:
            slash, name, written = match.groups()
            tag = Tag(name.lower(), bool(slash), written)
            at = match.end()
            yield tag
            if tag.name in _NOT_MARKUP and not tag.closes:
                closing = _RAW_END[tag.name].search(html, at)
                if closing is None:
                    return
                at = closing.start()
        elif html.startswith("<!--", at):
            at = _after(html, "-->", at + 2)  # `<!-->` is a whole comment
        elif html.startswith(("<!", "<?", "</!", "</?", "<//"), at):
            at = _after(html, ">", at)
        else:
            return


def resolved(text: str) -> str:
    """The text with its character references resolved."""
    if "&" not in text:
        return text
    try:
        return unescape(text)
    except ValueError:  # a number of thousands of digits
        return text


def _after(html: str, mark: str, at: int) -> int:
    found = html.find(mark, at)
    return len(html) if found < 0 else found + len(mark)
