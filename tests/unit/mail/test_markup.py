"""HTML as a run of tags and texts, with the standard library's parser beside it."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.mail.markup import Tag, pieces

words = st.text(st.sampled_from("ab é=\n"), max_size=6)
attributes = st.lists(
    st.sampled_from(["href=x", "a='b>c'", 'b="d\'e"', "hidden", "C = 1", "a=2", "t='&amp;&lt;'", "u=a/b"]), max_size=3
).map(" ".join)
tags = st.builds("<{} {}>".format, st.sampled_from(["p", "A", "h1", "custom-tag"]), attributes)
documents = st.lists(
    words | tags | st.sampled_from(["</p>", "</A >", "<!-- x > -->", "<!doctype html>", "<?x?>", "&eacute;", "<br/>"])
)


class _Expected(HTMLParser):
    """What the standard library sees."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        """The first of a name counts, as in HTML."""
        first = {}
        for name, value in attrs:
            first.setdefault(name, value or "")
        self.found.append((tag, False, first))

    def handle_endtag(self, tag):
        """A closing tag."""
        self.found.append((tag, True, {}))

    def handle_startendtag(self, tag, attrs):
        """A slash at the end means nothing in HTML."""
        self.handle_starttag(tag, attrs)

    def handle_data(self, data):
        """Texts, joined where they touch."""
        if self.found and isinstance(self.found[-1], str):
            data = self.found.pop() + data
        self.found.append(data)


@given(documents.map("".join))
def test_sound_markup_is_cut_as_the_standard_library_cuts_it(html):
    """Names, attributes, texts, character references."""
    expected = _Expected()
    expected.feed(html)
    expected.close()
    found = []
    for piece in pieces(html):
        if isinstance(piece, Tag):
            found.append((piece.name, piece.closes, {} if piece.closes else piece.attributes()))
        elif found and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
    assert found == expected.found


@pytest.mark.parametrize(
    ("html", "attributes"),
    [
        ("<a href=x>", {"href": "x"}),
        ("<a href = 'a>b' HREF=c>", {"href": "a>b"}),
        ('<a title=it\'s href="x">', {"title": "it's", "href": "x"}),
        ("<a b c=d/>", {"b": "", "c": "d/"}),
        ('<a href="a&amp;b">', {"href": "a&b"}),
    ],
)
def test_attributes(html, attributes):
    """As browsers read them."""
    [tag] = pieces(html)
    assert tag.attributes() == attributes
