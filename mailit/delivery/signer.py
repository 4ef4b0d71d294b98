"""Mails in, the signed bytes that leave out: plain functions, and the program that runs them in a process of its own.

`python -m mailit.delivery.signer` reads batches from its standard input and writes what became of them to its standard
output, each as four bytes of length (big-endian) and msgpack, until its input ends. It knows nothing of the reactor.
"""

from __future__ import annotations

import signal
import struct
import sys
from collections.abc import Sequence
from typing import BinaryIO

import msgspec
from attrs import define, field, frozen

from mailit.errors import MailItError, Reply
from mailit.interfaces import Email, SigningKey
from mailit.mail import dkim, wire
from mailit.mail.address import parse
from mailit.mail.compose import Outgoing, compose

LENGTH = struct.Struct(">I")

_MOST_KEYS = 2_000


class Unrenderable(MailItError):
    """The mail can't be made into a message, now or ever; its words say why."""

    reply = Reply(554, "5.6.0", "The message could not be made")


@frozen
class Unsigned:
    """A mail with its content as it leaves, and the keys that sign it; `at` is the signatures' time, POSIX seconds."""

    email: Email
    keys: tuple[SigningKey, ...]
    at: float


@frozen
class Fault:
    """Why a mail was not made, as it crosses from one process to another."""

    text: str
    ours: bool  # nothing in the mail was to blame

    @property
    def error(self) -> Exception:
        """The same as an exception."""
        return RuntimeError(self.text) if self.ours else Unrenderable(self.text)


@define(eq=False)
class Signer:
    """Composes and signs; keeps the keys that it has made ready. For one thread at a time, or several."""

    _loaded: dict[SigningKey, dkim.PrivateKey] = field(factory=dict, init=False)

    def __call__(self, mail: Unsigned) -> bytes:
        """The message, its signatures in front. Raises `Unrenderable` where the mail itself is at fault."""
        try:
            message = _composed(mail.email)
        except ValueError as error:
            raise Unrenderable(f"The message could not be made: {error}") from error
        if mail.keys:
            message = dkim.sign(message, [self._load(key) for key in mail.keys], int(mail.at)) + message
        return message

    def _load(self, key: SigningKey) -> dkim.PrivateKey:
        loaded = self._loaded.get(key)
        if loaded is None:
            if len(self._loaded) >= _MOST_KEYS:
                self._loaded.clear()
            loaded = self._loaded[key] = dkim.load(key)
        return loaded


def _composed(email: Email) -> bytes:
    content = email.content
    if content.raw is not None:
        return wire.canonical(content.raw)
    return compose(
        Outgoing(
            from_=parse(email.from_),
            to=tuple(map(parse, email.to)),
            cc=tuple(map(parse, email.cc)),
            reply_to=tuple(map(parse, email.reply_to)),
            subject=email.subject,
            message_id=email.message_id,
            date=email.created_at,
            boundary=email.id.replace("-", ""),
            headers=email.headers,
            html=content.html,
            text=content.text,
            attachments=content.attachments,
        )
    )


# Between processes

_ENCODER = msgspec.msgpack.Encoder()
_BATCH = msgspec.msgpack.Decoder(list[Unsigned])
_RESULTS = msgspec.msgpack.Decoder(list[bytes | Fault])


def framed(batch: Sequence[Unsigned] | Sequence[bytes | Fault]) -> bytes:
    """A batch, or what came of it, as it goes between them. Raises ValueError where it can not go."""
    data = _ENCODER.encode(batch)
    return LENGTH.pack(len(data)) + data


def results(data: bytes) -> list[bytes | Fault]:
    """What came of a batch, in its order."""
    return _RESULTS.decode(data)


def _read(source: BinaryIO) -> bytes:
    """The next frame; empty at the end."""
    head = source.read(LENGTH.size)
    return source.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""


def _attempted(sign: Signer, mail: Unsigned) -> bytes | Fault:
    try:
        return sign(mail)
    except Unrenderable as error:
        return Fault(error.message, ours=False)
    except Exception as error:
        return Fault(f"{type(error).__name__}: {error}", ours=True)


def main() -> None:
    """The program. It ends with its input, that is with whoever started it, and for no signal that asks it to."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sign = Signer()
    while batch := _read(sys.stdin.buffer):
        sys.stdout.buffer.write(framed([_attempted(sign, mail) for mail in _BATCH.decode(batch)]))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
