"""The plain text that goes beside HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.mail.text import html_to_text

PIECES = (
    "<p> </p> <a|href=x> </a> <ul> <ol|start=3> <li> </ol> </ul> <blockquote> <pre> </pre> <div|hidden> </div> <br>"
    ' <hr> <td> <img|alt=i> <script> </script> <!-- --> text| &amp; &#0; | < > = "'
)


class TestTheWordsOfAMail:
    """They are what a person would read."""

    @pytest.mark.parametrize(
        ("html", "text"),
        [
            ("", ""),
            ("<p></p>", ""),
            ("Hello", "Hello\n"),
            ("<p>Hello <b>bold</b>\n and <i>so</i>  on.</p>", "Hello bold and so on.\n"),
            ("<h1>Title</h1><p>One</p><p>Two</p>", "Title\n\nOne\n\nTwo\n"),
            ("<div>One</div><div>Two</div>Three", "One\nTwo\nThree\n"),
            ("One<br>Two<br/><br>Three", "One\nTwo\n\nThree\n"),
            ("a&nbsp;&amp;&lt;b&gt; &eacute;&#8364;&#x20ac;", "a &<b> é€€\n"),
            ("<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc\n"),
            ("a<hr>b", "a\n\n--------------------\n\nb\n"),
            ("<table><tr><td>A</td><td>B</td></tr><tr><th>C</th><td>D</td></tr></table>", "A B\nC D\n"),
            ("<blockquote>one<br>two</blockquote>three", "> one\n> two\n\nthree\n"),
            ("<img alt='A logo' src=x> by us", "A logo by us\n"),
            ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2\n"),
            ("don<wbr>t &copy", "dont ©\n"),
        ],
    )
    def test_blocks_and_words(self, html, text):
        """Blocks break lines, paragraphs stand apart, white space is one space."""
        assert html_to_text(html) == text

    @pytest.mark.parametrize(
        ("html", "text"),
        [
            ('<a href="https://x.example/?a=1&amp;b=2">Here</a>.', "Here (https://x.example/?a=1&b=2).\n"),
            ("<a href=https://x.example>https://x.example</a>", "https://x.example\n"),
            ("<a href='mailto:a@b.c'>a@b.c</a>", "a@b.c\n"),
            ("<a href='#top'>Up</a>", "Up\n"),
            ("<a href='javascript:x()'>Up</a>", "Up\n"),
            ("<a name=x>Here</a>", "Here\n"),
            ("<a href=y><img src=x></a><a href=z><img src=x alt=Z></a>", "y Z (z)\n"),
            ("<a href=y>one<a href=z>two</a>", "one (y) two (z)\n"),
        ],
    )
    def test_links(self, html, text):
        """The text, and where it leads, unless that says nothing new."""
        assert html_to_text(html) == text

    @pytest.mark.parametrize(
        ("html", "text"),
        [
            ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two\n"),
            ("<ul><li><p>One</p></li>\n<li>Two<p>more</p></li></ul>", "- One\n- Two\nmore\n"),
            ("<ol><li>One<li>Two</ol>", "1. One\n2. Two\n"),
            ("<ol start=9><li>One<li>Two</ol>", "9. One\n10. Two\n"),
            ("<ol start=x><li>One</ol>", "1. One\n"),
            ("a<ul><li>One<ol><li>In</ol></li><li>Two</ul>b", "a\n\n- One\n  1. In\n- Two\n\nb\n"),
            ("<li>alone", "- alone\n"),
        ],
    )
    def test_lists(self, html, text):
        """Points and numbers, inner ones further in."""
        assert html_to_text(html) == text

    @pytest.mark.parametrize(
        "html",
        [
            "<head><title>T</title></head><body>seen</body>",
            "<style>p{}</style>seen",
            "<script>if (a</b>c) '<p>'</script>seen",
            "<SCRIPT>x</SCRIPT >seen",
            "<!-- <p>no</p> -->seen",
            "<!doctype html>seen<?php no ?>",
            "<div style='display: none'>no<div>no</div>no</div>seen",
            "<span hidden>no</span>seen",
            "seen<!-- no",
            "seen<p title='no",
            "seen<script>no",
            "<input hidden>seen",
        ],
    )
    def test_what_is_not_shown_is_left_out(self, html):
        """Heads, scripts, styles, comments, what is hidden, what never closes."""
        assert html_to_text(html) == "seen\n"

    def test_a_number_of_thousands_of_digits_is_left_as_it_is(self):
        """Python refuses to read it."""
        reference = "&#" + "9" * 5000 + ";"
        assert html_to_text(reference) == reference + "\n"


class TestAnyMarkup:
    """It makes a text, and in time."""

    @given(
        st.lists(st.sampled_from([*PIECES.split(), "\n"]).map(lambda piece: piece.replace("|", " "))).map("".join)
        | st.text()
    )
    def test_it_never_raises_and_ends_with_one_newline(self, html):
        """However broken."""
        text = html_to_text(html)
        assert text == "" or (text.strip() and text.endswith("\n") and not text.endswith("\n\n"))

    @pytest.mark.parametrize(
        "piece", ["<a ", "<a b='", "<!--", "<", "&", "<ul><li>x", "<blockquote>x<br>", "<a href=x>y"]
    )
    def test_its_length_stays_within_bounds(self, piece):
        """Markup of a line does not become a page; this also takes forever where a tokeniser is quadratic."""
        html = piece * 20_000
        assert len(html_to_text(html)) <= 10 * len(html)
