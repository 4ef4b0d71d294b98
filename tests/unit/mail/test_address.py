"""One mailbox as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailit.mail.address import BadAddress, Mailbox, destination, domain_name, parse

CONTROLS = [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xD800, 0xDFFF]
printable = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
local_parts = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,20}", fullmatch=True) | st.text(printable, min_size=1)


class TestAPlainAddress:
    """`a@b` is read as it stands."""

    def test_it_has_no_name(self):
        """A bare address has an empty name."""
        assert parse("ana@example.com") == Mailbox("", "ana", "example.com")

    def test_its_domain_is_lower_case_and_its_local_part_as_written(self):
        """Domains have no case; a local part is its owner's business, but one delivery whatever its case."""
        mailbox = parse("Ana@Example.COM")
        assert mailbox.address == "Ana@example.com"
        assert mailbox.key == "ana@example.com"

    @pytest.mark.parametrize("text", [" a@b.c ", "<a@b.c>", " <a@b.c>", "< a@b.c >", "a@b.c\u00a0"])
    def test_white_space_and_brackets_around_it_are_forgiven(self, text):
        """What people paste."""
        assert parse(text) == Mailbox("", "a", "b.c")

    def test_a_single_label_is_a_domain(self):
        """Hosts on a private network have one."""
        assert parse("root@localhost").domain == "localhost"


class TestATextThatIsTooLong:
    """It is not looked at: to read megabytes as one mailbox takes seconds."""

    @pytest.mark.parametrize("text", ["a" * 4096 + "@b.c", '"' + "a" * 4096 + '" <a@b.c>', "a " * 2050 + "<a@b.c>"])
    def test_it_is_none(self, text):
        """Whatever is in it."""
        with pytest.raises(BadAddress, match="longer than 4096"):
            parse(text)

    def test_a_name_that_fills_a_line_is_read(self):
        """With a backslash before each of its letters, which nobody writes."""
        assert parse('"' + "\\a" * 998 + '" <a@b.c>').name == "a" * 998


class TestANamedAddress:
    """`Name <a@b>`."""

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("Ana <a@b.c>", "Ana"),
            ("Ana B. Banana<a@b.c>", "Ana B. Banana"),
            ("Ana   Banana  <a@b.c>", "Ana Banana"),
            ('"Banana, Ana" <a@b.c>', "Banana, Ana"),
            (r'"Ana \"the\\ B\"" <a@b.c>', r'Ana "the\ B"'),
            ('Ana "B." Banana <a@b.c>', "Ana B. Banana"),
            ('"A <x@y>" <a@b.c>', "A <x@y>"),
            ("a@b.c <a@b.c>", "a@b.c"),
            ("Ana (Sales) <a@b.c>", "Ana (Sales)"),
            ("Žofie <a@b.c>", "Žofie"),
            ('"" <a@b.c>', ""),
        ],
    )
    def test_its_name_is_read(self, text, name):
        """With quotation marks and without."""
        assert parse(text) == Mailbox(name, "a", "b.c")

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("Ana", "Ana <a@b.c>"),
            ("Ana B. Banana", "Ana B. Banana <a@b.c>"),
            ("Banana, Ana", '"Banana, Ana" <a@b.c>'),
            ('Ana "B"', r'"Ana \"B\"" <a@b.c>'),
            ("", "a@b.c"),
        ],
    )
    def test_it_is_written_with_quotation_marks_only_where_needed(self, name, text):
        """What is stored and shown is what a person would write."""
        assert str(Mailbox(name, "a", "b.c")) == text

    @given(st.text(printable), local_parts)
    def test_what_is_written_reads_back(self, name, local):
        """`parse(str(mailbox))` is the same mailbox."""
        try:
            mailbox = parse(f'"{_escape(name)}" <"{_escape(local)}"@example.com>')
        except BadAddress as error:
            assert "longer" in str(error)  # the one reason that such text may have
            return
        assert mailbox.name == name
        assert parse(str(mailbox)) == mailbox


class TestAQuotedLocalPart:
    """RFC 5321 §4.1.2 allows anything printable between quotation marks."""

    def test_it_keeps_its_quotation_marks(self):
        """They are part of the address in RCPT."""
        assert parse('"j d@x"@b.c').address == '"j d@x"@b.c'

    def test_it_loses_them_where_they_say_nothing(self):
        """`"a"@b` and `a@b` are one delivery."""
        assert parse('"a.b"@b.c') == parse("a.b@b.c")

    def test_needless_escapes_go(self):
        """One spelling, so that equal addresses have equal keys."""
        assert parse(r'"\j d"@b.c').key == '"j d"@b.c'

    def test_it_may_stand_in_angle_brackets(self):
        """And may itself have one."""
        assert parse('N <"x<y"@b.c>') == Mailbox("N", '"x<y"', "b.c")


class TestAnInternationalAddress:
    """RFC 6531 local parts, IDNA 2008 domains."""

    @pytest.mark.parametrize(
        ("text", "domain"),
        [
            ("a@exämple.com", "xn--exmple-cua.com"),
            ("a@EXÄMPLE.com", "xn--exmple-cua.com"),
            ("a@straße.de", "xn--strae-oqa.de"),
            ("a@例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("a@XN--EXMPLE-CUA.com", "xn--exmple-cua.com"),
        ],
    )
    def test_its_domain_becomes_a_labels(self, text, domain):
        """Everything past the door sees ASCII; ß stays apart from ss (UTS #46, not transitional)."""
        assert parse(text).domain == domain

    def test_its_local_part_stays_and_needs_smtputf8(self):
        """There is no ASCII form of a local part."""
        mailbox = parse("jörg@b.c")
        assert (mailbox.local, mailbox.needs_utf8) == ("jörg", True)
        assert not parse("Jörg <joerg@b.c>").needs_utf8

    def test_its_local_part_is_composed(self):
        """Both spellings of é are one address (RFC 6532 §3.1)."""
        assert parse("e\u0301@b.c") == parse("\u00e9@b.c")

    @pytest.mark.parametrize("text", ["a@\u2764.com", "a@\u0300.com", "a@１.２"])
    def test_a_domain_that_idna_has_not_is_refused(self, text):
        """Symbols, marks that open a label, digits in other clothes at the end."""
        with pytest.raises(BadAddress):
            parse(text)


class TestAnAddressLiteral:
    """An IP address in brackets (RFC 5321 §4.1.3)."""

    @pytest.mark.parametrize(
        ("text", "domain"),
        [("a@[127.0.0.1]", "[127.0.0.1]"), ("a@[IPv6:2001:DB8:0::1]", "[ipv6:2001:db8::1]")],
    )
    def test_it_is_kept_in_one_form(self, text, domain):
        """So that equal ones are one delivery."""
        assert parse(text).domain == domain

    @pytest.mark.parametrize(
        "text", ["a@[127.0.0]", "a@[::1]", "a@[IPv6:fe80::1%eth0]", "a@[127.0.0.1", "a@[x]", "a@[]"]
    )
    def test_others_are_refused(self, text):
        """Half ones, ones without the tag, ones with a zone."""
        with pytest.raises(BadAddress):
            parse(text)


class TestATextThatIsNoAddress:
    """It is refused with a short reason."""

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "empty"),
            ("  ", "empty"),
            ("ana", "the @ is missing"),
            ("<>", "the @ is missing"),
            ("@b.c", "before the @ is missing"),
            ('""@b.c', "before the @ is missing"),
            ("a@", "domain is missing"),
            ("a@b@c", "more than one"),
            ("a@b.c, d@e.f", "more than one"),
            ("a@b.c; d@e.f", "more than one"),
            ("A <a@b.c>, D <d@e.f>", "more than one"),
            ("Banana, Ana <a@b.c>", "quotation marks"),
            ("a b@c.d", "quotation marks"),
            ("a..b@c.d", "quotation marks"),
            (".a@c.d", "quotation marks"),
            ('"Ana <a@b.c>', "quotation mark is not closed"),
            ("Ana a@b.c>", "brackets"),
            (">", "brackets"),
            ("A <<a@b.c>>", "before the @"),
            ("a@b..c", "domain"),
            ("a@b.c.", "domain"),
            ("a@-b.c", "domain"),
            ("a@b_c.d", "domain"),
            ("a@1.2.3.4", "domain"),
            ("N <a@1.2.3.4>", "domain"),
            ("a@" + "b" * 64 + ".c", "domain"),
        ],
    )
    def test_the_reason_says_what_is_wrong(self, text, reason):
        """Fit for whoever wrote it."""
        with pytest.raises(BadAddress, match=reason):
            parse(text)

    @pytest.mark.parametrize("code", CONTROLS)
    @pytest.mark.parametrize(
        "shape", ["{}", "a{}@b.c", "N{}N <a@b.c>", '"{}" <a@b.c>', '"{}"@b.c', "a@b.c{}", "a@b{}.c"]
    )
    def test_controls_and_lone_surrogates_never_pass(self, code, shape):
        """Nothing that could end a line, in any place (invariant 5)."""
        with pytest.raises(BadAddress):
            parse(shape.format(chr(code)))

    @given(st.text())
    def test_any_text_is_one_or_the_other(self, text):
        """A mailbox that holds no control, or `BadAddress`; never another error."""
        try:
            mailbox = parse(text)
        except BadAddress:
            return
        assert not any(ord(character) in CONTROLS for character in str(mailbox))
        assert parse(str(mailbox)) == mailbox


class TestLengths:
    """RFC 5321 §4.5.3.1, in octets."""

    @pytest.mark.parametrize("local", ["x" * 64, "é" * 32])
    @pytest.mark.parametrize("shape", ["{}@b.c", "N <{}@b.c>"])
    def test_a_local_part_of_64_passes_and_one_more_does_not(self, local, shape):
        """Octets, not characters."""
        assert parse(shape.format(local)).local == local
        with pytest.raises(BadAddress, match="64 octets"):
            parse(shape.format(local + "x"))

    @pytest.mark.parametrize("shape", ["{}", "N <{}>"])
    def test_an_address_of_254_passes_and_one_more_does_not(self, shape):
        """A path of 256 with its angle brackets; the name does not count."""
        address = "x" * 50 + "@" + ".".join(["y" * 50] * 4)[:203]
        assert len(address) == 254
        assert parse(shape.format(address)).address == address
        with pytest.raises(BadAddress, match="longer"):
            parse(shape.format("x" + address))


class TestADomainName:
    """`domain_name` serves sending domains too."""

    def test_it_is_lower_case_a_labels(self):
        """As DNS has it."""
        assert domain_name("Exämple.COM") == "xn--exmple-cua.com"

    @pytest.mark.parametrize(
        "text", ["", "a b.c", "a.", "x" * 256, "[127.0.0.1]", "a/b.c", "a\n.c", "a.c\n", "é" * 200]
    )
    def test_others_are_refused(self, text):
        """With `BadAddress`, as in an address."""
        with pytest.raises(BadAddress):
            domain_name(text)


class TestADestination:
    """What people call a recipients' domain is found as it is kept."""

    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("Example.NET.", "example.net"),
            (" Grüße.example", "xn--gre-6ka8l.example"),
            ("[127.0.0.1]", "[127.0.0.1]"),
            ("[IPv6:0:0::1]", "[ipv6:::1]"),
        ],
    )
    def test_as_in_an_address(self, text, kept):
        """A name, however it is written, or a literal."""
        assert destination(text) == kept == parse(f"a@{text.strip().removesuffix('.')}").domain

    @pytest.mark.parametrize("text", ["", ".", "a b", "[10.0.0]", "[", "a..", "ana@example.net"])
    def test_others_are_refused(self, text):
        """An empty one, too."""
        with pytest.raises(BadAddress):
            destination(text)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
