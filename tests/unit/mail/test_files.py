"""A file as a part of a message."""

from email import policy
from email.parser import BytesParser

import pytest

from mailit.draft import Attachment
from mailit.mail.files import check_file, file_part

SEED = "0192f0c4"
NESTED = b"From: a@b.c\r\nSubject: inner\r\n\r\nHello \r\n"


def part_of(**fields):
    """The part that a file makes, read back."""
    part = file_part(Attachment(**{"content": b"content", **fields}), SEED)
    return BytesParser(policy=policy.default).parsebytes(part.head.encode() + b"\r\n" + part.body)


class TestAFile:
    """It arrives octet for octet, under its name."""

    def test_its_content_and_name_arrive(self):
        """As base64, whatever it is."""
        part = part_of(content=bytes(range(256)) * 10, filename="a b.bin")
        assert part.get_content() == bytes(range(256)) * 10
        assert (part.get_filename(), part.get_content_disposition()) == ("a b.bin", "attachment")
        assert part.get_content_type() == "application/octet-stream"

    def test_a_hostile_name_is_only_a_name(self):
        """Quotation marks open nothing."""
        name = 'a"; filename="b.exe\\'
        assert part_of(filename=name)["Content-Disposition"].params == {"filename": name}

    def test_one_without_a_name_has_none(self):
        """No parameter at all."""
        assert part_of()["Content-Disposition"] == "attachment"

    def test_one_that_is_shown_in_place_has_its_content_id(self):
        """What `cid:` links name."""
        part = part_of(content_id="logo@x", inline=True, content_type="image/png")
        assert (part["Content-ID"], part.get_content_disposition()) == ("<logo@x>", "inline")


class TestItsType:
    """What the sender wrote, where it is one."""

    @pytest.mark.parametrize(
        ("written", "kind", "parameters"),
        [
            ("image/png", "image/png", {}),
            (
                'Text/Calendar; method=REQUEST; Charset="utf-8"',
                "text/calendar",
                {"method": "REQUEST", "charset": "utf-8"},
            ),
            ("text/plain;", "text/plain", {"charset": "utf-8"}),
            ("application/pdf; name=x.exe; boundary=b; a*=b", "application/pdf", {}),
            ("", "application/octet-stream", {}),
            ("pdf", "application/octet-stream", {}),
            ("a/b/c", "application/octet-stream", {}),
            ("text/html; x", "application/octet-stream", {}),
            ("x" * 200 + "/y", "application/octet-stream", {}),
        ],
    )
    def test_by_example(self, written, kind, parameters):
        """Names in lower case; file names and boundaries are ours to write."""
        params = dict(part_of(content_type=written)["Content-Type"].params)
        assert (part_of(content_type=written).get_content_type(), params) == (kind, parameters)

    def test_text_that_is_not_utf8_is_not_called_so(self):
        """Nothing is known of its characters."""
        assert "charset" not in part_of(content=b"\xff", content_type="text/csv")["Content-Type"].params


class TestAMessageInAMessage:
    """RFC 2046 §5.2.1: it may not be encoded."""

    def test_it_stays_readable(self):
        """As 7bit, its line ends canonical."""
        part = part_of(content=NESTED.replace(b"\r\n", b"\n"), content_type="message/rfc822", filename="m.eml")
        assert part["Content-Transfer-Encoding"] == "7bit"
        assert part.get_content()["Subject"] == "inner"

    @pytest.mark.parametrize(
        "content", [NESTED + b"\xff", NESTED + b"x" * 999, NESTED + b"--=_0192f0c4_m\r\n", b"", b" " + NESTED, b"Hello"]
    )
    def test_one_that_can_not_goes_as_a_file(self, content):
        """8-bit, too long a line, what would end our own part, or what is no message at all."""
        part = part_of(content=content, content_type="message/rfc822")
        assert part.get_content_type() == "application/octet-stream"
        assert part.get_content() == content
        assert part.get_filename() == "message.eml"

    @pytest.mark.parametrize("kind", ["multipart/mixed; boundary=x", "message/partial; id=1", "message/external-body"])
    def test_other_kinds_that_hold_parts_go_as_files(self, kind):
        """They would be read as parts of our mail."""
        assert part_of(content_type=kind).get_content_type() == "application/octet-stream"


class TestWhatIsRefused:
    """The door asks first, and compose again."""

    @pytest.mark.parametrize("control", ["\r\n", "\0", "\u2028", "\ud800"])
    @pytest.mark.parametrize("field", ["filename", "content_id"])
    def test_controls_by_the_name_of_the_field(self, field, control):
        """Nothing reaches a header unescaped (invariant 5)."""
        file = Attachment(b"", **{field: f"a{control}b"})
        for refuses in (check_file, lambda file: file_part(file, SEED)):
            with pytest.raises(ValueError, match=f"`{field}`"):
                refuses(file)

    @pytest.mark.parametrize("content_id", ["a b", "<a>", "é", "x" * 1000])
    def test_a_content_id_that_no_header_can_hold(self, content_id):
        """It stands between angle brackets."""
        with pytest.raises(ValueError, match="content_id"):
            check_file(Attachment(b"", content_id=content_id))

    @pytest.mark.parametrize("control", ["\r\nX: y", "\0", "\t", "\u2028", "\ud800"])
    @pytest.mark.parametrize("shape", ["text/{}plain", 'text/plain; a="{}"', 'text/plain; a="\\{}"', "text/plain;{}"])
    def test_a_control_in_a_type_makes_it_none(self, shape, control):
        """Unless it is white space between parameters, which is not kept."""
        part = file_part(Attachment(b"", content_type=shape.format(control)), SEED)
        assert part.head.startswith(("Content-Type: application/octet-stream\r\n", "Content-Type: text/plain"))
        assert part.head.isascii()
        assert part.head.count("\r\n") == 3
        assert not set(part.head.replace("\r\n", "")) & {"\r", "\n", "\0", "\t"}

    def test_a_tab_in_a_name_is_a_space(self):
        """White space, no more."""
        assert part_of(filename="a\tb").get_filename() == "a b"

    def test_nothing_else(self):
        """An empty name or Content-ID is none."""
        check_file(Attachment(b"", filename="", content_id="", content_type="what?"))
        assert part_of(filename="", content_id="")["Content-ID"] is None
