"""DKIM signatures, with dkimpy as the oracle of canonical forms and the verifier of what we sign."""

import dkim
import pytest
from attrs import evolve
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from mailit.interfaces import SigningKey
from mailit.mail.dkim import (
    ED25519,
    OVERSIGNED,
    RSA,
    canonical_body,
    generate,
    load,
    record,
    sign,
    signing_input,
)

NOW = 1_700_000_000
ALGORITHMS = (RSA, ED25519)
MESSAGE = (
    b"From: Ana <ana@example.com>\r\nTo: bo@example.net\r\nSubject: Hello\r\n  there\r\n"
    b"Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <1@example.com>\r\n"
    b"List-Unsubscribe: <https://example.com/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"X-Other: not signed\r\nMIME-Version: 1.0\r\n\r\nHello,  world \r\n\r\n\r\n"
)

octets = st.lists(st.sampled_from([b"a", b"Z", b" ", b"  ", b"\t", b"\r\n", b"\r", b"\n", b".", b"\xff"])).map(b"".join)
values = st.builds(
    b"%b:%b".__mod__,
    st.tuples(
        st.sampled_from([b"", b" ", b"\t"]),
        st.lists(st.sampled_from([b"a", b":", b" ", b"  ", b"\t", b"\r\n ", b"\r\n\t", b"\xff", b"\x0b"])).map(
            b"".join
        ),
    ),
)
words = st.text(st.sampled_from("ab \t"), max_size=30).map(lambda text: f"x{text}x".encode())


@st.composite
def messages(draw):
    """Canonical messages with some of the signed fields, folded at times, and any body of CRLF lines."""
    names = draw(st.lists(st.sampled_from(["To", "CC", "Subject", "Reply-To", "List-Id", "X-A", "references", "To"])))
    fields = [b"From: a@example.com", *(name.encode() + b":" + draw(words) for name in names)]
    fields = [field.replace(b"a a", b"a\r\n\t a") for field in fields]
    body = draw(st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b".", b"\xc3"]))).copy()
    return b"\r\n".join(fields) + b"\r\n\r\n" + b"".join(body)


@pytest.fixture(scope="module")
def keyring():
    """One key of each algorithm, and the records that publish them."""
    keys, records = [], {}
    for algorithm in ALGORITHMS:
        private, public = generate(algorithm, 1024)
        selector = algorithm.partition("-")[0]
        keys.append(load(SigningKey("example.com", selector, algorithm, private)))
        records[f"{selector}._domainkey.example.com."] = record(algorithm, public)
    return keys, records


class TestTheCanonicalForm:
    """It is dkimpy's, on any octets."""

    @given(octets | st.binary())
    def test_of_a_body(self, body):
        """Relaxed, RFC 6376 §3.4.4."""
        assert canonical_body(body) == Relaxed.canonicalize_body(body)

    @given(st.lists(values, min_size=1, max_size=4))
    def test_of_the_fields(self, found):
        """Relaxed, RFC 6376 §3.4.2, folded or not."""
        _, signed = signing_input(b"\r\n".join(b"Cc" + value for value in found))
        fields = Relaxed.canonicalize_headers([(b"Cc", value[value.index(b":") + 1 :]) for value in reversed(found)])
        assert signed == b"".join(name + b":" + value for name, value in fields)

    def test_takes_time_that_grows_with_the_length_alone(self):
        """A run of spaces without an end is where a simpler expression takes the square of it."""
        assert canonical_body(b" " * 1_000_000) == b" \r\n"

    @pytest.mark.parametrize(
        ("body", "canonical"),
        [
            (b"", b""),
            (b"\r\n\r\n", b""),
            (b"a", b"a\r\n"),
            (b"a \t b \r\n\r\n", b"a b\r\n"),
            (b" \r\n a", b"\r\n a\r\n"),
        ],
    )
    def test_of_the_bodies_that_the_rfc_tells_of(self, body, canonical):
        """Empty ones, white space at ends, lines that are empty at the end."""
        assert canonical_body(body) == canonical


class TestASignedMessage:
    """Anyone who has the key's record can verify it."""

    @given(message=messages())
    def test_dkimpy_verifies_it(self, keyring, message):
        """Any message, both algorithms, each signature by itself."""
        keys, records = keyring
        signed = sign(message, keys, NOW) + message
        assert [_verifies(signed, records, index) for index in (0, 1)] == [True, True]

    @pytest.mark.parametrize("index", [0, 1], ids=ALGORITHMS)
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"Hello,  world", b"Hello, World"),
            (b"Ana", b"Eve"),
            (b"bo@", b"eve@"),
            (b"there", b"here"),
            (b"One-Click", b"Two-Click"),
            (b"X-Other:", b"Subject: another\r\nX-Other:"),
            (b"X-Other:", b"From: eve@example.com\r\nX-Other:"),
            (b"X-Other:", b"To: eve@example.com\r\nX-Other:"),
            (b"X-Other:", b"Date: never\r\nX-Other:"),
            (b"t=1700000000", b"t=1700000001"),
        ],
    )
    def test_a_change_is_seen(self, keyring, index, old, new):
        """In the body, in a signed field, by one more of an over-signed field, in the signature itself."""
        keys, records = keyring
        signed = sign(MESSAGE, keys, NOW) + MESSAGE
        assert _verifies(signed, records, index)
        assert not _verifies(signed.replace(old, new), records, index)

    @pytest.mark.parametrize(
        ("old", "new"), [(b"not signed", b"changed"), (b"Hello,  world ", b"Hello, world"), (b"\r\n  there", b" there")]
    )
    def test_what_relays_may_do_is_not(self, keyring, old, new):
        """Fields that are not signed, white space, folding: what relaxed is for."""
        keys, records = keyring
        signed = (sign(MESSAGE, keys, NOW) + MESSAGE).replace(old, new)
        assert all(_verifies(signed, records, index) for index in (0, 1))

    def test_each_over_signed_field_is_named_once_more_than_present(self):
        """Absent ones too, so that none can be added."""
        names, _ = signing_input(b"From: a@b\r\nto: c@d\r\nTo: e@f\r\nCc: g@h")
        counts = {name: names.count(name) for name in {*names}}
        assert counts == {"from": 2, "to": 3, "cc": 1, "subject": 1, "date": 1}
        assert set(counts) >= OVERSIGNED

    def test_fields_of_one_name_are_taken_from_the_bottom_up(self):
        """RFC 6376 §5.4.2."""
        _, signed = signing_input(b"From: a@b\r\nTo: first\r\nTo: last")
        assert signed == b"from:a@b\r\nto:last\r\nto:first\r\n"

    def test_its_lines_are_short_and_end_in_crlf(self, keyring):
        """So that no relay folds them anew."""
        fields = sign(MESSAGE, keyring[0], NOW)
        assert fields.endswith(b"\r\n")
        lines = fields[:-2].split(b"\r\n")
        assert max(map(len, lines)) <= 78
        assert [line for line in lines if not line.startswith(b" ")] == [line for line in lines if b"DKIM-Sig" in line]

    def test_without_keys_nothing_goes_in_front(self):
        """A domain whose keys are not seen in DNS yet."""
        assert sign(MESSAGE, [], NOW) == b""


class TestAKey:
    """It comes from its custodian as DER, with its algorithm beside it."""

    @pytest.mark.parametrize("algorithm", ALGORITHMS)
    def test_one_of_another_algorithm_is_refused(self, algorithm):
        """A row that was mixed up must not make signatures that nobody can verify."""
        other = next(other for other in ALGORITHMS if other != algorithm)
        stored = SigningKey("example.com", "s", algorithm, generate(algorithm, 1024)[0])
        load(stored)
        with pytest.raises(ValueError, match="is not for"):
            load(evolve(stored, algorithm=other))

    def test_octets_that_are_no_key_are_refused(self):
        """With ValueError, as all that is wrong with a key."""
        with pytest.raises(ValueError, match="key"):
            load(SigningKey("example.com", "s", RSA, b"nothing"))

    def test_an_unknown_algorithm_makes_none(self):
        """There are two."""
        with pytest.raises(ValueError, match="rsa-sha1"):
            generate("rsa-sha1")

    def test_its_record_says_its_kind(self):
        """RFC 6376 §3.6.1, RFC 8463 §4."""
        assert record(RSA, "MIIB") == "v=DKIM1; k=rsa; p=MIIB"
        assert record(ED25519, "11qY") == "v=DKIM1; k=ed25519; p=11qY"


def _verifies(message, records, index):
    try:
        return dkim.DKIM(message).verify(idx=index, dnsfunc=lambda name, timeout=5: records[name.decode()].encode())
    except dkim.ValidationError:
        return False
