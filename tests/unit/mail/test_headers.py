"""Header fields as they travel, read back by the standard library's parser."""

import re
from email import policy
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.mail.address import Mailbox, parse
from mailit.mail.headers import encoded_words, mailboxes, parametrised, unstructured

printable = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
texts = st.text(printable, max_size=300) | st.text(st.sampled_from("a =?é文😀\"\\,<>'%;_ "), max_size=200)
ascii_texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=300)
CONTROLS = ["\r", "\n", "\r\nBcc: eve@example.com", "\0", "\x1b", "\x7f", "\x85", "\u2028", "\ud800"]
_ENCODED_WORD = re.compile(r"=\?utf-8\?[qb]\?[!-~]*\?=")


def parsed(field, as_policy=policy.default):
    """The field as a message of one, read back."""
    return BytesParser(policy=as_policy).parsebytes(field.encode() + b"\r\n")


def lines(field):
    """Its lines, after a look at what every field must be."""
    assert field.endswith("\r\n")
    found = field[:-2].split("\r\n")
    assert not re.search(r"[\r\n]", "".join(found))
    assert all(len(line.encode()) <= 998 for line in found)
    assert all(line[0] in " \t" and line.strip() for line in found[1:])
    return found


class TestFreeText:
    """Subject and custom headers."""

    @given(texts)
    def test_it_reads_back(self, text):
        """Whatever it is, but for the white space around it."""
        field = unstructured("Subject", text)
        value = str(make_header(decode_header(parsed(field, policy.compat32)["Subject"].replace("\r\n", ""))))
        assert value == text.strip(" \t")

    @given(texts)
    def test_its_lines_are_short_ascii(self, text):
        """78 where there is a place to fold, and always where it is encoded."""
        for line in lines(unstructured("Subject", text)):
            assert line.isascii()
            assert len(line) <= 78 or " " not in line.removeprefix("Subject:").strip()

    @given(ascii_texts.filter(lambda text: "=?" not in text))
    def test_plain_text_is_not_changed_by_folding(self, text):
        """Unfolding (RFC 5322 §2.2.3) gives it back, each space included."""
        field = unstructured("X-Note", text)
        assert field.replace("\r\n", "") == f"X-Note: {text.strip(' ')}".rstrip(" ")

    def test_a_short_one_stands_as_it_is(self):
        """The usual case."""
        assert unstructured("Subject", "Your order has shipped") == "Subject: Your order has shipped\r\n"

    def test_an_empty_one_is_a_bare_name(self):
        """No line of white space alone."""
        assert unstructured("Subject", "  ") == "Subject:\r\n"

    def test_a_word_that_no_line_can_hold_is_encoded(self):
        """998 is the most (RFC 5322 §2.1.1)."""
        field = unstructured("X-Long", "x" * 2000)
        assert max(map(len, lines(field))) <= 78
        assert parsed(field)["X-Long"] == "x" * 2000

    def test_a_link_that_a_line_can_hold_is_left_whole(self):
        """Readers of List-Unsubscribe do not decode it."""
        link = f"<https://example.com/{'x' * 900}>"
        assert unstructured("List-Unsubscribe", link) == f"List-Unsubscribe: {link}\r\n"

    def test_what_looks_encoded_is_shown_as_written(self):
        """A reader would decode it; so it is encoded once more."""
        field = unstructured("Subject", "=?utf-8?q?hi?=")
        assert parsed(field)["Subject"] == "=?utf-8?q?hi?="

    @pytest.mark.parametrize("control", CONTROLS)
    def test_a_control_is_refused_by_name(self, control):
        """Nothing reaches a header unescaped (invariant 5)."""
        with pytest.raises(ValueError, match="X-Note"):
            unstructured("X-Note", f"a{control}b")

    def test_a_tab_is_white_space(self):
        """RFC 5322 §2.2.2."""
        assert unstructured("X-Note", "a\tb") == "X-Note: a\tb\r\n"


class TestEncodedWords:
    """RFC 2047 §2."""

    @given(texts.filter(bool), st.integers(0, 75))
    def test_each_is_whole_and_at_most_75(self, text, room):
        """Each decodes by itself, so none cuts a character; the first fits its room where that is of use."""
        words = encoded_words(text, room)
        assert all(len(word) <= 75 and _ENCODED_WORD.fullmatch(word) for word in words)
        assert "".join(str(make_header(decode_header(word))) for word in words) == text
        if room >= 30:
            assert len(words[0]) <= room

    @pytest.mark.parametrize(
        ("text", "word"),
        [("Gruß an alle Freunde", "=?utf-8?q?Gru=C3=9F_an_alle_Freunde?="), ("文", "=?utf-8?b?5paH?=")],
    )
    def test_the_shorter_encoding_is_taken(self, text, word):
        """Q for Latin, B for the rest."""
        assert encoded_words(text) == [word]


class TestMailboxes:
    """Address lists."""

    @given(
        st.lists(
            st.tuples(texts, st.sampled_from(["a@b.c", '"x y"@b.c', "x" * 64 + "@example.com"])), min_size=1, max_size=8
        )
    )
    def test_they_read_back(self, pairs):
        """Names with quotation marks, commas, other scripts; each address with its own."""
        boxes = [evolved(parse(address), name) for name, address in pairs]
        unfolded = mailboxes("To", boxes).replace("\r\n", "").removeprefix("To: ")
        found = [(str(make_header(decode_header(name))), address) for name, address in getaddresses([unfolded])]
        assert found == [(box.name, box.address) for box in boxes]

    @given(st.lists(st.tuples(texts, st.just("ana@example.com")), min_size=1, max_size=40))
    def test_lines_are_folded_between_them(self, pairs):
        """At 78."""
        for line in lines(mailboxes("Cc", [evolved(parse(address), name) for name, address in pairs])):
            assert line.isascii()
            assert len(line) <= 160

    @pytest.mark.parametrize(
        ("name", "field"),
        [
            ("", "To: a@b.c\r\n"),
            ("Ana", "To: Ana <a@b.c>\r\n"),
            ("Ana Banana", "To: Ana Banana <a@b.c>\r\n"),
            ("Banana, Ana", 'To: "Banana, Ana" <a@b.c>\r\n'),
            ('A "B" \\', 'To: "A \\"B\\" \\\\" <a@b.c>\r\n'),
            ("Acme Inc.", 'To: "Acme Inc." <a@b.c>\r\n'),
            ("Ána", "To: =?utf-8?b?w4FuYQ==?= <a@b.c>\r\n"),
        ],
    )
    def test_by_example(self, name, field):
        """Quoted only where it must be, encoded only where it must be."""
        assert mailboxes("To", [Mailbox(name, "a", "b.c")]) == field

    def test_a_local_part_in_another_script_stays(self):
        """RFC 6532: it has no other form."""
        assert mailboxes("To", [parse("Jörg <jörg@exämple.com>")]).endswith(" <jörg@xn--exmple-cua.com>\r\n")

    @pytest.mark.parametrize("control", CONTROLS)
    def test_a_control_in_a_name_or_an_address_is_refused(self, control):
        """Even where somebody has built the mailbox by hand."""
        for box in (
            Mailbox(f"A{control}", "a", "b.c"),
            Mailbox("", f"a{control}", "b.c"),
            Mailbox("", "a", f"b{control}"),
        ):
            with pytest.raises(ValueError, match="control"):
                mailboxes("To", [box])


class TestParameters:
    """RFC 2045 §5.1 and RFC 2231."""

    @given(texts | ascii_texts.map(lambda text: text * 4))
    def test_they_read_back(self, text):
        """File names of any kind and length."""
        field = parametrised("Content-Disposition", "attachment", [("filename", text)])
        lines(field)
        assert field.isascii()
        assert parsed(field)["Content-Disposition"].params["filename"] == text

    @pytest.mark.parametrize(
        ("name", "parameter"),
        [
            ("a.pdf", "filename=a.pdf"),
            ("a b.pdf", 'filename="a b.pdf"'),
            ('a";x="b', 'filename="a\\";x=\\"b"'),
            ("é.pdf", "filename*=utf-8''%C3%A9.pdf"),
        ],
    )
    def test_by_example(self, name, parameter):
        """The plain form wherever ASCII will do."""
        assert parametrised("Content-Disposition", "attachment", [("filename", name)]) == (
            f"Content-Disposition: attachment; {parameter}\r\n"
        )

    def test_a_long_one_goes_on(self):
        """RFC 2231 §3, each line short, and the parameter after it in its place."""
        field = parametrised("Content-Type", "text/csv", [("name", "é" * 100), ("x", "y")])
        assert max(map(len, lines(field))) <= 78
        assert dict(parsed(field)["Content-Type"].params) == {"name": "é" * 100, "x": "y"}

    @pytest.mark.parametrize("control", [*CONTROLS, "\t"])
    def test_a_control_is_refused(self, control):
        """A file name is no place for one."""
        with pytest.raises(ValueError, match="control"):
            parametrised("Content-Disposition", "attachment", [("filename", f"a{control}.pdf")])


def evolved(box, name):
    """The mailbox under another name."""
    return Mailbox(name, box.local, box.domain)
