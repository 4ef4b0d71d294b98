"""How exchangers are in the field: each of these gives a simulated one its ways.

A personality is asked at every command, and says something, or None for what a willing server says. The words are those
that senders meet; what a personality remembers is its own, so that each exchanger is given one of its own. Replies of
big receivers are as their sites document them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from attrs import define, field

from mailit.testing.exchanger import CLOSE, Action, Answer, Asked, Caught, after, then_close
from mailit.testing.reports import Report, bounce, complaint


class Personality(Protocol):
    """What an exchanger is like. `now` is in seconds, on the clock of the test."""

    def says(self, asked: Asked, now: float) -> Answer:
        """The answer to a command, or None."""
        ...

    def reports(self, mail: Caught, hostname: str) -> Sequence[tuple[float, Report]]:
        """What comes back later about a mail that was taken: after so many seconds, which report."""
        ...


class Willing:
    """Takes everything. The others are this one, but for what they are known for."""

    def says(self, asked: Asked, now: float) -> Answer:
        """See `Personality`."""
        return None

    def reports(self, mail: Caught, hostname: str) -> Sequence[tuple[float, Report]]:
        """See `Personality`."""
        return ()


@define
class Greylisting(Willing):
    """Takes no sender and recipient that it has not seen `delay` seconds before; forgets them after `memory`."""

    delay: float = 300.0
    memory: float = 36 * 3600.0
    reply: str = "450 4.2.0 {recipient}: Recipient address rejected: Greylisted, try again later"
    _seen: dict[tuple[str, str], float] = field(factory=dict, init=False)

    def says(self, asked: Asked, now: float) -> Answer:
        """See `Personality`."""
        if asked.verb != "RCPT" or asked.sender is None:
            return None
        recipient = _address(asked.argument)
        first = self._seen.get((asked.sender, recipient), -self.memory)
        if now - first >= self.memory:
            first = self._seen[asked.sender, recipient] = now
        return None if now - first >= self.delay else self.reply.format(recipient=recipient)


@define
class Throttling(Willing):
    """Takes `most` mails in any `window` seconds; then it refuses at MAIL and closes, as Gmail does with 4.7.28."""

    most: int = 10
    window: float = 60.0
    reply: str = (
        "421 4.7.28 Gmail has detected an unusual rate of mail originating from your IP address. To protect our users "
        "from spam, mail has been temporarily rate limited. - gsmtp"
    )
    _begun: deque[float] = field(factory=deque, init=False)

    def says(self, asked: Asked, now: float) -> Answer:
        """See `Personality`."""
        if asked.verb != "MAIL":
            return None
        while self._begun and self._begun[0] <= now - self.window:
            self._begun.popleft()
        if len(self._begun) >= self.most:
            return then_close(self.reply)
        self._begun.append(now)
        return None


@define
class Tss04(Willing):
    """Yahoo's: once `most` mails have come, it hangs up on every connection for `pause` seconds."""

    most: int = 20
    pause: float = 1800.0
    reply: str = (
        "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - "
        "4.16.55.1; see https://postmaster.yahooinc.com/error-codes"
    )
    _count: int = field(default=0, init=False)
    _until: float = field(default=0.0, init=False)

    def says(self, asked: Asked, now: float) -> Answer:
        """See `Personality`."""
        if asked.verb not in ("CONNECT", "MAIL"):
            return None
        if now < self._until:
            return then_close(self.reply)
        if asked.verb == "MAIL":
            self._count += 1
            if self._count > self.most:
                self._count, self._until = 0, now + self.pause
                return then_close(self.reply)
        return None


@define
class Outlook515(Willing):
    """Microsoft's: refuses at the dot what `passes(data)` says is not authenticated; as it is, everything unsigned."""

    passes: Callable[[bytes], bool] = lambda data: b"\r\ndkim-signature:" in b"\r\n" + data[:20_000].lower()
    reply: str = (
        "550 5.7.515 Access denied, sending domain EXAMPLE.ORG does not meet the required authentication level. The "
        "sender's domain in the 5322.From address does not meet the authentication requirements defined for the sender."
    )

    def says(self, asked: Asked, now: float) -> Answer:
        """See `Personality`."""
        return self.reply if asked.verb == "." and not self.passes(asked.data) else None


@define
class Tarpit(Willing):
    """Answers every command `seconds` late."""

    seconds: float = 20.0

    def says(self, asked: Asked, now: float) -> Answer:
        """See `Personality`."""
        usual = _USUAL.get(asked.verb)
        return after(self.seconds, usual) if usual is not None else None


@define
class DropAfterDot(Willing):
    """Takes the first `times` mails and closes the connection without a word: they are in doubt, and have arrived.

    With `taken` False they have not.
    """

    times: int = 1
    taken: bool = True

    def says(self, asked: Asked, now: float) -> Answer:
        """See `Personality`."""
        if asked.verb != "." or self.times <= 0:
            return None
        self.times -= 1
        return Action(close=True, take=self.taken)


@define
class BrokenStartTls(Willing):
    """Offers STARTTLS and can't do it. `how`: `refuse` (454), `close`, or `garbage` in place of a handshake.

    Garbage needs a real socket: the network in memory has no TLS.
    """

    how: str = "refuse"

    def says(self, asked: Asked, now: float) -> Answer:
        """See `Personality`."""
        if asked.verb == "EHLO":
            return "250-mx.example.net\r\n250-PIPELINING\r\n250 STARTTLS"
        if asked.verb != "STARTTLS":
            return None
        if self.how == "close":
            return CLOSE
        if self.how == "garbage":
            return Action(b"220 2.0.0 Ready\r\n\x16\x03\x01 this is no handshake", mute=True)
        return "454 4.7.0 TLS not available due to local problem"


@define
class ManyLines(Willing):
    """Says everything in `lines` lines, each with its status (RFC 5321 §4.2.1)."""

    lines: int = 4

    def says(self, asked: Asked, now: float) -> Answer:
        """See `Personality`."""
        usual = _USUAL.get(asked.verb)
        if usual is None or asked.verb == "EHLO":
            return None
        code, rest = usual[:3], usual[4:]
        return "\r\n".join([f"{code}-{rest}, line {number}" for number in range(1, self.lines)] + [f"{code} {rest}"])


@define
class Malformed(Willing):
    """Answers `verb` with what is no reply, the first `times` times.

    `how`: `words` (no code), `codes` (lines of different codes), `endless` (a line without end), `binary`, or `bare`
    (a bare LF, which is a reply to most).
    """

    how: str = "words"
    verb: str = "MAIL"
    times: int = 1_000_000

    def says(self, asked: Asked, now: float) -> Answer:
        """See `Personality`."""
        if asked.verb != self.verb or self.times <= 0:
            return None
        self.times -= 1
        return {
            "words": b"Ok, go ahead\r\n",
            "codes": b"250-2.1.0 Ok\r\n451 4.3.0 No\r\n",
            "endless": b"250 " + b"x" * 200_000,
            "binary": bytes(range(256)) + b"\r\n",
            "bare": (_USUAL.get(self.verb, "250 2.0.0 Ok") + "\n").encode(),
        }[self.how]


@define
class Refusing(Willing):
    """Refuses these recipients, or all where none are named: unknown users, full mailboxes, whatever `reply` says."""

    recipients: Sequence[str] = ()
    reply: str = "550 5.1.1 <{recipient}>: Recipient address rejected: User unknown in virtual mailbox table"

    def says(self, asked: Asked, now: float) -> Answer:
        """See `Personality`."""
        if asked.verb != "RCPT":
            return None
        recipient = _address(asked.argument)
        if self.recipients and recipient.lower() not in {one.lower() for one in self.recipients}:
            return None
        return self.reply.format(recipient=recipient)


@define
class LaterBounce(Willing):
    """Takes every mail and bounces it `after` seconds later, by a report to its return path (RFC 3464)."""

    after: float = 600.0
    status: str = "5.1.1"
    diagnostic: str = "550 5.1.1 User unknown"

    def reports(self, mail: Caught, hostname: str) -> Sequence[tuple[float, Report]]:
        """See `Personality`."""
        return [(self.after, bounce(mail, one, hostname, self.status, self.diagnostic)) for one in mail.recipients]


@define
class Complaining(Willing):
    """Takes every mail, and its reader calls it spam `after` seconds later (RFC 5965)."""

    after: float = 3600.0

    def reports(self, mail: Caught, hostname: str) -> Sequence[tuple[float, Report]]:
        """See `Personality`."""
        return [(self.after, complaint(mail, one, hostname)) for one in mail.recipients]


@define
class Away(Willing):
    """Hangs up with 421 until `until` seconds on the clock; `reply` is what it says."""

    until: float = 86400.0
    reply: str = "421 4.3.2 Service not available, closing transmission channel"

    def says(self, asked: Asked, now: float) -> Answer:
        """See `Personality`."""
        return then_close(self.reply) if asked.verb == "CONNECT" and now < self.until else None


@define
class All(Willing):
    """Several at once: the first that has something to say is heard."""

    of: Sequence[Any] = ()

    def says(self, asked: Asked, now: float) -> Answer:
        """See `Personality`."""
        for one in self.of:
            answer: Answer = one.says(asked, now)
            if answer is not None:
                return answer
        return None

    def reports(self, mail: Caught, hostname: str) -> Sequence[tuple[float, Report]]:
        """See `Personality`."""
        return [report for one in self.of for report in one.reports(mail, hostname)]


BY_NAME: dict[str, Callable[[], Personality]] = {
    "willing": Willing,
    "greylisting": Greylisting,
    "throttling": Throttling,
    "tss04": Tss04,
    "outlook515": Outlook515,
    "tarpit": Tarpit,
    "drop-after-dot": DropAfterDot,
    "broken-starttls": BrokenStartTls,
    "many-lines": ManyLines,
    "malformed": Malformed,
    "refusing": Refusing,
    "later-bounce": LaterBounce,
    "complaining": Complaining,
    "away": Away,
}
"""Each with its defaults, by the name that the command line takes."""

# What a willing server says where a personality says it in its own way.
_USUAL = {
    "CONNECT": "220 mx.example.net ESMTP",
    "EHLO": "250-mx.example.net\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 Go ahead",
    ".": "250 2.0.0 Queued",
}


def _address(argument: str) -> str:
    return argument.partition("<")[2].partition(">")[0]
