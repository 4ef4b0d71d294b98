"""A whole message from its parts, read back by the standard library's parser."""

import re
from email import policy
from email.parser import BytesParser

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mailit.draft import Attachment
from mailit.mail.address import Mailbox, parse
from mailit.mail.compose import OWNED_HEADERS, Outgoing, check_header, compose, date
from mailit.mail.wire import canonical

PLAIN = Outgoing(
    from_=parse("Ana <ana@example.com>"),
    to=(parse("bo@example.net"),),
    subject="Hello",
    message_id="<1@example.com>",
    date=1_700_000_000.9,
    boundary="0192f0c4-7777-7aaa-8bbb-0123456789ab",
    text="Hello, Bo.\n",
)
HTML = evolve(PLAIN, html="<p>Hello, <b>Bo</b>.</p>", text=None)
LOGO = Attachment(b"\x89PNG", "logo.png", "image/png", "logo", inline=True)
FILE = Attachment(b"%PDF", "a b.pdf", "application/pdf")

printable = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
bodies = (
    st.none()
    | st.text()
    | st.lists(
        st.sampled_from(
            ["--=_0192f0c4-7777-7aaa-8bbb-0123456789ab_a--", "\n", ".", "é", "x" * 999, "From ", "\r", " ", "<p>"]
        )
    ).map("".join)
)
files = st.builds(
    Attachment,
    content=st.binary(max_size=200),
    filename=st.none() | st.text(printable),
    content_type=st.sampled_from(["application/pdf", "text/plain", "message/rfc822", "multipart/mixed", "", "x"]),
    content_id=st.none() | st.just("cid"),
    inline=st.booleans(),
)
names = st.text(printable, max_size=100)
outgoing = st.builds(
    Outgoing,
    from_=st.builds(Mailbox, names, st.just("a"), st.just("b.c")),
    to=st.lists(st.builds(Mailbox, names, st.just("a"), st.just("b.c")), max_size=4).map(tuple),
    subject=st.text(printable, max_size=400),
    headers=st.lists(st.tuples(st.sampled_from(["X-A", "List-Unsubscribe", "In-Reply-To"]), names), max_size=3).map(
        tuple
    ),
    message_id=st.just("<1@example.com>"),
    date=st.floats(0, 4e9),
    boundary=st.just(PLAIN.boundary),
    html=bodies,
    text=bodies,
    attachments=st.lists(files, max_size=3).map(tuple),
)


def read(message):
    """The composed message, parsed."""
    return BytesParser(policy=policy.default).parsebytes(compose(message))


def shape(message):
    """Its structure: the type, or the type with the shapes of what it holds."""
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        return message.get_content_subtype(), *(shape(part) for part in message.iter_parts())
    return message.get_content_type().rpartition("/")[2]


class TestAnyMessage:
    """What leaves is canonical whatever came in."""

    @given(outgoing)
    def test_it_is_short_lines_of_7_bits_that_end_in_crlf(self, message):
        """RFC 5321 §2.3.8, RFC 5322 §2.1.1."""
        sent = compose(message)
        assert sent.isascii()
        assert b"\0" not in sent
        assert sent.endswith(b"\r\n")
        assert not re.search(rb"[\r\n]", sent.replace(b"\r\n", b""))
        assert all(len(line) <= 998 for line in sent.split(b"\r\n"))

    @given(outgoing)
    def test_its_parts_arrive_whole(self, message):
        """No body, file or name can break out of its part."""
        parsed = read(message)
        assert not [defect for part in parsed.walk() for defect in part.defects]
        leaves = [part for part in parsed.walk() if part.get_content_maintype() != "multipart"]
        bodies = {part.get_content_type(): part for part in leaves if part.get_content_disposition() is None}
        for kind, written in (("text/html", message.html), ("text/plain", message.text)):
            if written:
                arrived = bodies[kind].get_payload(decode=True)
                assert canonical(written.encode()).rstrip(b"\r\n") == arrived.rstrip(b"\r\n")
        found = [part.get_payload(decode=True) for part in leaves if part.get_content_disposition() is not None]
        kept = [file.content for file in message.attachments if file.content_type != "message/rfc822"]
        assert all(content in found for content in kept)

    @given(outgoing)
    def test_equal_ones_have_equal_octets(self, message):
        """Each attempt sends the same mail."""
        assert compose(message) == compose(evolve(message))


class TestTheHeader:
    """What stands above the first empty line."""

    def test_it_is_what_was_asked_for(self):
        """The usual fields, in the usual order."""
        message = evolve(
            PLAIN,
            cc=(parse("Carl <carl@example.net>"),),
            reply_to=(parse("re@example.com"),),
            headers=(("X-Ref", "7"), ("List-Unsubscribe", "<https://example.com/u>")),
        )
        head, _, body = compose(message).partition(b"\r\n\r\n")
        assert head.decode().split("\r\n") == [
            "From: Ana <ana@example.com>",
            "To: bo@example.net",
            "Cc: Carl <carl@example.net>",
            "Reply-To: re@example.com",
            "Subject: Hello",
            "Date: Tue, 14 Nov 2023 22:13:20 +0000",
            "Message-ID: <1@example.com>",
            "X-Ref: 7",
            "List-Unsubscribe: <https://example.com/u>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 7bit",
        ]
        assert body == b"Hello, Bo.\r\n"

    def test_it_names_nobody_where_all_are_blind(self):
        """RFC 5322 wants no field for that, some readers do."""
        assert read(evolve(PLAIN, to=()))["To"] == "undisclosed-recipients:;"
        assert read(evolve(PLAIN, to=(), cc=PLAIN.to))["To"] is None

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("subject", "a\r\nBcc: eve@example.com"),
            ("from_", Mailbox("a\nb", "a", "b.c")),
            ("to", (Mailbox("", "a\r\nX: y", "b.c"),)),
            ("message_id", "<a@b>\r\nX: y"),
            ("message_id", "a@b"),
            ("boundary", 'a"b'),
            ("boundary", ""),
            ("boundary", "x" * 61),
            ("headers", (("X-A", "a\nb"),)),
            ("headers", (("X-A: b\r\nX-B", "c"),)),
            ("headers", (("From", "eve@example.com"),)),
            ("attachments", (evolve(FILE, filename="a\r\nb"),)),
        ],
    )
    def test_nothing_can_break_out_of_its_field(self, field, value):
        """Even past a door that failed to look (invariant 5)."""
        with pytest.raises(ValueError, match=r".+"):
            compose(evolve(PLAIN, **{field: value}))

    @given(st.integers(0, 4_000_000_000))
    def test_its_date_reads_back(self, seconds):
        """In UTC."""
        text = date(seconds)
        assert text.endswith(" +0000")
        assert BytesParser(policy=policy.default).parsebytes(f"Date: {text}\r\n\r\n".encode())[
            "Date"
        ].datetime.timestamp() == pytest.approx(seconds)


class TestACustomHeader:
    """It may be anything that is not ours to write."""

    @pytest.mark.parametrize(
        "name", [*sorted(OWNED_HEADERS), "From", "DKIM-Signature", "Resent-To", "Resend-Idempotency-Key"]
    )
    def test_ours_are_refused_by_name(self, name):
        """In any case."""
        for written in (name, name.upper()):
            with pytest.raises(ValueError, match=written):
                check_header(written, "x")

    @pytest.mark.parametrize("name", ["", "a b", "a:", "é", "a\r", "x" * 77])
    def test_what_is_no_name_is_refused(self, name):
        """RFC 5322 §3.6.8."""
        with pytest.raises(ValueError, match="not a valid header name"):
            check_header(name, "x")

    @pytest.mark.parametrize("value", ["a\nb", "a\rb", "\0", "\x1b[0m", "\ud800"])
    def test_a_value_with_a_control_is_refused(self, value):
        """By the header's name."""
        with pytest.raises(ValueError, match="X-Ref"):
            check_header("X-Ref", value)

    @pytest.mark.parametrize(
        ("name", "value"), [("Sender", "a@b.c"), ("x" * 76, ""), ("X-Ref", "é\t"), ("List-Id", "<x>")]
    )
    def test_others_pass(self, name, value):
        """Sender among them."""
        check_header(name, value)
        compose(evolve(PLAIN, headers=((name, value),)))


class TestTheStructure:
    """mixed(alternative(plain, related(html, inline)), files), as far as needed."""

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"text": "x"}, "plain"),
            ({"text": None}, "plain"),
            ({"html": "<p>x", "text": ""}, "html"),
            ({"html": "<p>x", "text": None}, ("alternative", "plain", "html")),
            ({"html": "<img src=x>", "text": None}, "html"),
            ({"html": "", "text": None}, "html"),
            ({"html": "<p>x", "text": "x"}, ("alternative", "plain", "html")),
            ({"html": "x", "text": "", "attachments": (LOGO,)}, ("related", "html", "png")),
            ({"html": "x", "attachments": (LOGO,)}, ("alternative", "plain", ("related", "html", "png"))),
            ({"attachments": (FILE,)}, ("mixed", "plain", "pdf")),
            ({"attachments": (LOGO,)}, ("mixed", "plain", "png")),
            (
                {"html": "x", "attachments": (evolve(LOGO, inline=False),)},
                ("mixed", ("alternative", "plain", "html"), "png"),
            ),
            (
                {"html": "x", "attachments": (evolve(LOGO, content_id=None),)},
                ("mixed", ("alternative", "plain", "html"), "png"),
            ),
            (
                {"html": "x", "attachments": (FILE, LOGO)},
                ("mixed", ("alternative", "plain", ("related", "html", "png")), "pdf"),
            ),
        ],
    )
    def test_by_example(self, fields, expected):
        """Only what is there."""
        assert shape(read(evolve(PLAIN, **fields))) == expected

    def test_its_text_is_made_from_its_html(self):
        """Where the sender wrote none."""
        assert read(HTML).get_body(("plain",)).get_content() == "Hello, Bo.\r\n"

    def test_a_text_that_was_written_is_kept(self):
        """Word for word."""
        assert read(evolve(HTML, text="Written.")).get_body(("plain",)).get_content() == "Written."

    def test_an_inline_picture_is_found_by_its_content_id(self):
        """As `cid:` asks."""
        related = read(evolve(HTML, attachments=(LOGO,))).get_payload()[1]
        assert related["Content-Type"].params["type"] == "text/html"
        [picture] = list(related.iter_attachments())
        assert (picture["Content-ID"], picture.get_content()) == ("<logo>", b"\x89PNG")


class TestALocalPartInAnotherScript:
    """RFC 6532: it stays UTF-8, and all else 7-bit."""

    def test_only_its_own_field_is_not_ascii(self):
        """Names have another form, local parts have none."""
        sent = compose(evolve(PLAIN, to=(parse("Jörg <jörg@example.net>"),), subject="é"))
        assert [line for line in sent.split(b"\r\n") if not line.isascii()] == [
            "To: =?utf-8?b?SsO2cmc=?= <jörg@example.net>".encode()
        ]
