"""The plain text that goes beside HTML, made from it where its sender wrote none."""

from __future__ import annotations

import re

from attrs import define, field

from mailit.mail.markup import Tag, pieces


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS = _names(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p pre section summary table tbody tfoot thead tr ul"
)
_APART = _names("blockquote dl h1 h2 h3 h4 h5 h6 hr ol p pre table ul")  # an empty line before and after
_UNSEEN = _names("head iframe noscript object script select style svg template textarea title")
_VOID = _names("area base br col embed hr img input link meta source track wbr")
_CELLS = frozenset(("td", "th"))
_SPACE = re.compile(r"[ \t\n\f\r\u00a0]+")
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_NOT_SHOWN = ("#", "javascript:", "data:", "cid:")
_RULE = "-" * 20
_DEEPEST = 6  # lists and quotations further in are shown at this depth: markup of a line must not become a page


def html_to_text(html: str) -> str:
    """The words of an HTML mail as plain text, lines ended by a newline; empty where it has none.

    Links become `text (url)`, list items lines with `-` or their number, quotations lines with `> `, cells of a row
    stand side by side. Styles, scripts and what is hidden are left out. Lines are not filled: readers do that.
    """
    text = _Text()
    unseen = ""  # the element that hides what is in it
    depth = 0
    for piece in pieces(html):
        if unseen:
            if isinstance(piece, Tag) and piece.name == unseen:
                depth += -1 if piece.closes else 1
                unseen = unseen if depth else ""
        elif isinstance(piece, str):
            text.write(piece)
        elif piece.closes:
            text.close(piece.name)
        elif piece.name not in _VOID and (piece.name in _UNSEEN or _is_hidden(piece)):
            unseen, depth = piece.name, 1
        else:
            text.open(piece)
    return text.finished()


def _is_hidden(tag: Tag) -> bool:
    if "hid" not in tag.written and "none" not in tag.written:
        return False
    attributes = tag.attributes()
    return "hidden" in attributes or _HIDDEN.search(attributes.get("style", "")) is not None


@define
class _Text:
    """Text as it grows, and what must come before the next word."""

    _out: list[str] = field(factory=list)
    _newlines: int = 0  # owed before the next word
    _space: bool = False  # owed too, where the line has begun
    _address_last: bool = False  # whether what stands last is where a link leads: a word does not touch it
    _marker: str = ""  # owed too: the point or number of a list's item
    _quotes: int = 0  # how many quotations the next word is in
    _quotes_before: int = 0  # how many the last one was in
    _pre: int = 0
    _lists: list[int | None] = field(factory=list)  # the next number, None for a list of points
    _link: tuple[str, int] | None = None  # where the open link leads, and where in `_out` its text begins

    def write(self, text: str) -> None:
        """Adds words; white space is one space, but in `pre`."""
        if self._pre:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self._put(first)
            for line in rest:
                self._break(self._newlines + 1)
                self._put(line)
            return
        words = _SPACE.sub(" ", text)
        if words.startswith(" "):
            self._space = True
        inner = words.strip(" ")
        if inner:
            self._put(inner)
            self._space = words.endswith(" ")

    def open(self, tag: Tag) -> None:
        """An element begins, or is whole where it can't hold any."""
        name = tag.name
        if name in _BLOCKS:
            self._block(name)
        if name == "br":
            self._break(self._newlines + 1)
        elif name == "a":
            self._end_link()  # links do not nest
            self._link = _address(tag.attributes().get("href", "")), len(self._out)
        elif name == "img":
            self.write(tag.attributes().get("alt", ""))
        elif name == "hr":
            self._put(_RULE)
            self._block(name)
        elif name == "li":
            self._item()
        elif name in ("ul", "ol"):
            start = tag.attributes().get("start", "1") if name == "ol" else ""
            self._lists.append((int(start) if start.isdecimal() and len(start) < 9 else 1) if start else None)
        elif name == "pre":
            self._pre += 1
        elif name == "blockquote":
            self._quotes = min(self._quotes + 1, _DEEPEST)
        elif name in _CELLS:
            self._space = True

    def close(self, name: str) -> None:
        """An element ends; one that never began changes nothing."""
        if name == "a":
            self._end_link()
        elif name in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif name == "pre" and self._pre:
            self._pre -= 1
        elif name == "blockquote" and self._quotes:
            self._quotes -= 1
        if name in _BLOCKS:
            self._block(name)

    def finished(self) -> str:
        """All of it."""
        lines = [line.rstrip() for line in "".join(self._out).split("\n")]
        text = "\n".join(lines).strip("\n")
        return text + "\n" if text.strip() else ""

    def _block(self, name: str) -> None:
        self._break(2 if name in _APART and not self._lists else 1)

    def _break(self, newlines: int) -> None:
        if not self._marker:  # what opens an item stays on the item's line
            self._newlines = min(max(self._newlines, newlines), 2)
        self._space = False

    def _put(self, words: str) -> None:
        if not words:
            return
        out = self._out
        if not out:
            out.append("> " * self._quotes)
        elif self._newlines:
            if self._newlines == 2:
                out.append("\n" + "> " * min(self._quotes_before, self._quotes))
            out.append("\n" + "> " * self._quotes)
        elif (self._space or (self._address_last and words[0].isalnum())) and not self._marker:
            out.append(" ")
        if self._marker:
            out.append(self._marker)
            self._marker = ""
        out.append(words)
        self._newlines, self._space, self._address_last, self._quotes_before = 0, False, False, self._quotes

    def _item(self) -> None:
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        depth = min(len(self._lists), _DEEPEST)
        self._marker = "  " * (depth - 1) + ("- " if number is None else f"{number}. ")

    def _end_link(self) -> None:
        if self._link is None:
            return
        address, began = self._link
        self._link = None
        shown = "".join(self._out[began:]).strip("\n> ")
        if address and shown not in (address, address.removeprefix("mailto:")):
            self._space = True
            self._put(f"({address})" if shown else address)
            self._address_last = True


def _address(href: str) -> str:
    address = "".join(href.split())
    return "" if address.lower().startswith(_NOT_SHOWN) else address
