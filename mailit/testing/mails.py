"""Records to hand to what is tested: a draft, an envelope, an event, a call. Every field may be given."""

from __future__ import annotations

from typing import Any

from mailit.draft import Content, Draft, Stream
from mailit.events import Event
from mailit.ids import Ids
from mailit.interfaces import Caller, Email, Envelope, utc
from mailit.mail.address import Mailbox, parse
from mailit.plugin import Call
from mailit.testing.clocks import START

TEAM = "01a3185c-5000-7000-8000-000000000001"
"""The team of every record that names no other."""

CALLER = Caller(TEAM, api_key_id="01a3185c-5000-7000-8000-000000000002")
"""One of its API keys, with full access."""

_ids = Ids()


def draft(*to: str, **fields: Any) -> Draft:
    """A draft to these addresses, from hello@example.org."""
    whole = {
        "team_id": TEAM,
        "from_": parse("Hello <hello@example.org>"),
        "subject": "Hi",
        "to": tuple(map(parse, to or ("ana@example.net",))),
        "content": Content(html="<p>Hi</p>"),
    }
    return Draft(**{**whole, **fields})


def envelope(recipient: str = "ana@example.net", **fields: Any) -> Envelope:
    """A first attempt of a mail to this address. Fields of `Email` go to the mail, those of `Envelope` to itself."""
    box: Mailbox = parse(recipient)
    email = {
        "id": _ids(),
        "team_id": TEAM,
        "domain_id": _ids(),
        "from_": "Hello <hello@example.org>",
        "to": (str(box),),
        "cc": (),
        "reply_to": (),
        "subject": "Hi",
        "headers": (),
        "message_id": f"<{_ids()}@example.org>",
        "created_at": START,
        "content": Content(html="<p>Hi</p>"),
        "return_path": "send.example.org",
    }
    own = {
        "id": _ids(),
        "attempt": 1,
        "domain": box.domain,
        "stream": Stream.TRANSACTIONAL,
        "recipient": box.address,
        "expires_at": START + 86400.0,
        "in_doubt": False,
        "holder": _ids(),
    }
    for name, value in fields.items():
        (email if name in email or name in ("variables", "recipients") else own)[name] = value
    return Envelope(**own, email=Email(**email))  # type: ignore[arg-type]


def event(type_: str, **fields: Any) -> Event:
    """An event of the log, of a mail to ana@example.net."""
    whole = {
        "seq": 1,
        "id": _ids(),
        "team_id": TEAM,
        "type": type_,
        "created_at": utc(START),
        "email_id": _ids(),
        "recipient": "ana@example.net",
    }
    return Event(**{**whole, **fields})


def call(**fields: Any) -> Call:
    """A request as an endpoint is given it; `path` has the values of its names."""
    return Call(**{"request_id": "req_1", "address": "192.0.2.9", "identified": CALLER, **fields})
