"""A session: one SMTP connection to an exchanger, from the greeting to the end.

`twisted.mail`'s client does EHLO, STARTTLS and AUTH. Its reader of replies, its timeouts and its mail transactions are
not used: see `replies` and `transactions`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from attrs import evolve, field, frozen
from OpenSSL.SSL import Error as SslError
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import connectionDone
from twisted.mail.smtp import (
    AUTHDeclinedError,
    AuthenticationError,
    AUTHRequiredError,
    CramMD5ClientAuthenticator,
    ESMTPClient,
    LOGINAuthenticator,
    SMTPClientError,
    TLSRequiredError,
)
from twisted.python.failure import Failure
from zope.interface import implementer

from mailit.delivery.credentials import Credentials, Plain
from mailit.delivery.message import Message
from mailit.delivery.outcomes import InDoubt, Trouble, refusal, spoken
from mailit.delivery.replies import RawReply, ReplyReader
from mailit.delivery.trail import FORGETFUL, Trails
from mailit.delivery.transactions import Capabilities, Timeouts, Transactions
from mailit.errors import Reply
from mailit.interfaces import Marks, Outcome, OutcomeKind
from mailit.mail.status import classify
from mailit.net.tls import EXPIRED, INVALID, NO_STARTTLS, OTHER_NAME, UNTRUSTED, Creator, Demand, Tls, TlsUsed

_Client: Any = ESMTPClient  # twisted.mail has no types

_VERBS = frozenset({b"EHLO", b"HELO", b"STARTTLS", b"QUIT"})

_OURS = ("auth-required", "tls-required", "relaying")  # what a smarthost refuses for want of settings

_FAULTS = {
    EXPIRED: "has expired",
    OTHER_NAME: "is another host's",
    UNTRUSTED: "is of no authority that we trust",
    INVALID: "is not one that its TLSA records name",
}


@frozen
class Peer:
    """Whom a session is with: the exchanger's name and the address that was dialled."""

    host: str
    address: str
    port: int
    demand: Demand
    implicit: bool = False  # TLS from the first byte
    credentials: Credentials | None = None
    chunking: bool = True  # BDAT may be used
    ahead: bool = True  # commands may follow a final dot
    fell_back: bool = False  # its TLS is known to fail, and none is asked for
    smarthost: bool = False  # the operator's, who can mend what is wrong with signing in there

    @property
    def tls(self) -> Tls:
        """What is asked of TLS, in a word."""
        return self.demand.tls

    @property
    def name(self) -> str:
        """What its certificate is to bear: the host's name, or the address where mail goes to that."""
        return self.address if self.host.startswith("[") else self.host


class Results(Protocol):
    """Who counts how TLS went: `tls_results.TlsResults`."""

    def session(self, domain: str, host: str, address: str, source: str, demand: Demand, fault: str, why: str) -> None:
        """See `tls_results.TlsResults`."""
        ...


@frozen
class Manners:
    """What all sessions of a carrier have in common."""

    hostname: str
    marks: Marks
    in_doubt: InDoubt = InDoubt.RESEND
    timeouts: Timeouts = field(factory=Timeouts)
    results: Results | None = None
    trails: Trails = FORGETFUL


class Keeper(Protocol):
    """Who opened a session and feeds it: a pool."""

    def ready(self, session: Session) -> None:
        """The peer takes mail; the keeper calls `session.begin()`."""
        ...

    def take(self, session: Session) -> Message | None:
        """The next message for it."""
        ...

    def idle(self, session: Session) -> None:
        """It has nothing in hand, and there was nothing more."""
        ...

    def ended(self, session: Session, back: list[Message], trouble: Trouble) -> None:
        """It is over, be it before it was ready. `back` are messages that were taken and never sent, in order."""
        ...


@implementer(IHandshakeListener)
class Session(_Client):  # type: ignore[misc]  # a base without types
    """One connection. Before it is ready, `twisted.mail`'s states lead; after that, `transactions` does.

    `offered` are the keywords of the last EHLO, each with its parameters.
    `tls` says, once it is ready, how it is encrypted; `fault` what is wrong with that, and was lived with (RFC 8460);
    `noted` are the domains whose mail has been on it; `source` is our own address, once it is connected.
    """

    debug = False
    transport: Any
    _okresponse: Any
    _failresponse: Any

    def __init__(
        self,
        reactor: Any,
        peer: Peer,
        manners: Manners,
        keeper: Keeper,
        context: Creator | None,
    ) -> None:
        secret = peer.credentials.password.encode() if peer.credentials else None
        _Client.__init__(self, secret, context, manners.hostname)
        self.peer = peer
        self.timeout = manners.timeouts.greeting
        self.requireTransportSecurity = peer.tls in (Tls.MANDATORY, Tls.ENFORCED)
        self.requireAuthentication = peer.credentials is not None
        if peer.credentials is not None:
            user = peer.credentials.username.encode()
            for mechanism in (Plain, LOGINAuthenticator, CramMD5ClientAuthenticator):
                self.registerAuthenticator(mechanism(user))
        self.capabilities = Capabilities()
        self.offered: dict[bytes, bytes] = {}
        self.transactions: Transactions | None = None
        self.tls: TlsUsed | None = None
        self.fault = ""
        self.noted: set[str] = set()
        self.source = ""
        self.idle_since = 0.0
        self._reactor = reactor
        self._manners = manners
        self._keeper = keeper
        self._trail = manners.trails.begin(peer.host, peer.address, peer.port)
        self._reader = ReplyReader()
        self._securing = False  # from STARTTLS until TLS has carried a reply
        self._over = False

    # What the keeper calls

    @property
    def begun(self) -> int:
        """How many messages were begun on it."""
        return self.transactions.begun if self.transactions else 0

    @property
    def finished(self) -> int:
        """How many came to their end."""
        return self.transactions.finished if self.transactions else 0

    @property
    def busy(self) -> bool:
        """Whether messages are in its hands."""
        return self.transactions is not None and self.transactions.busy

    def begin(self) -> None:
        """Takes messages, if it is idle."""
        assert self.transactions is not None
        self.transactions.begin()

    def quit(self) -> None:
        """Takes leave; nothing is in hand."""
        if self.transactions is not None:
            self.transactions.quit()
        else:
            self.give_up()

    def give_up(self) -> None:
        """Ends it now."""
        if self.transactions is not None:
            self.transactions.give_up()
        else:
            self.fail(Trouble(Reply(0, "4.3.2", "The connection was ended by us, for we had to stop")))

    def fail(self, trouble: Trouble) -> None:
        """It is over before it was ready, or before it was connected."""
        if self._over:
            return
        self._over = True
        self.setTimeout(None)
        if self.transactions is not None:
            self.transactions.give_up()
            return
        self._trail.secured(self.tls or TlsUsed("", "", self.peer.demand.policy))
        self._trail.failed(trouble.reply.text)
        if self.transport is not None:
            self.transport.abortConnection()  # of no effect where it is gone
        self._keeper.ended(self, [], trouble)

    # What the transactions call

    def take(self) -> Message | None:
        """See `transactions.Owner`."""
        return self._keeper.take(self)

    def idle(self) -> None:
        """See `transactions.Owner`."""
        self.idle_since = self._reactor.seconds()
        self._keeper.idle(self)

    def refused(self, reply: Reply) -> Outcome | Trouble:
        """See `transactions.Owner`; what is refused for the sake of our connection is not refused for good."""
        said = refusal(reply, self.peer.host)
        if said.kind is OutcomeKind.BOUNCED and (self.peer.fell_back or self.peer.smarthost):
            kind = classify(reply).kind
            if self.peer.fell_back and kind == "tls-required":
                text = f"TLS failed, and without it the server takes no mail: {reply}"
                return Trouble(Reply(0, "4.7.5", text), clear=True)
            if self.peer.smarthost and kind in _OURS:
                return evolve(said, kind=OutcomeKind.DEFERRED)
        return said

    def ended(self, back: list[Message], trouble: Trouble) -> None:
        """See `transactions.Owner`."""
        self._keeper.ended(self, back, trouble)

    # What the transport calls

    def connectionMade(self) -> None:
        """The peer speaks first."""
        if self._over:
            self.transport.abortConnection()
            return
        self.source = str(self.transport.getHost().host)
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        _Client.connectionMade(self)

    def dataReceived(self, data: bytes) -> None:
        """Bytes off the wire, to whoever leads."""
        if self.transactions is not None:
            self.transactions.received(data)
            return
        for number, raw in enumerate(self._reader.feed(data)):
            if self._over:
                return
            if number:
                # One command, one reply. A second one behind the 220 to STARTTLS is an attack: what came in the clear
                # would be read as if TLS had brought it.
                fault = INVALID if self._securing else ""
                text = "The server answered one command twice"
                self.fail(Trouble(Reply(0, "5.5.0", text), tls=self._securing, fault=fault))
                return
            self._replied(raw)
        if self._reader.fault and not self._over:
            self.fail(Trouble(Reply(0, "5.5.0", f"The server answered with {self._reader.fault}")))

    def handshakeCompleted(self) -> None:
        """TLS stands; what comes by it is given its own time."""
        if self.transactions is None and not self._over:
            self.setTimeout(self._manners.timeouts.hello)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone."""
        _Client.connectionLost(self, reason)
        if self.transactions is not None:
            self.transactions.lost(_how(reason))
        else:
            self.fail(self._broken(reason) if self._securing else Trouble(Reply(0, "4.4.2", _how(reason))))

    def sendLine(self, line: bytes) -> None:
        """A command before the first mail. What AUTH is given is no business of a record's."""
        verb, _, rest = line.partition(b" ")
        if verb.upper() == b"AUTH":
            shown = b"AUTH " + rest.split(b" ")[0] + (b" ****" if b" " in rest else b"")
        else:
            shown = line if verb.upper() in _VERBS else b"****"
        self._trail.line("C", shown.decode("ascii", "replace"))
        _Client.sendLine(self, line)

    def callLater(self, period: float, func: Callable[[], None]) -> Any:
        """The timeouts' clock is the reactor that we were given."""
        return self._reactor.callLater(period, func)

    def timeoutConnection(self) -> None:
        """The peer is silent before it is ready; in the midst of STARTTLS that is a TLS that does not work."""
        text = f"The server said nothing for {self.timeOut:g} seconds"
        if self._securing:
            self.fail(Trouble(Reply(0, "4.7.5", f"TLS failed: {text[0].lower()}{text[1:]}"), tls=True, fault=INVALID))
        else:
            self.fail(Trouble(Reply(0, "4.4.2", text)))

    # twisted.mail's states

    def _replied(self, raw: RawReply) -> None:
        if self._tlsMode and self.tls is None and not self._secured():
            return
        self._securing = False
        self.setTimeout(self._manners.timeouts.hello)
        if self.peer.credentials is not None:
            raw = self.peer.credentials.struck(raw)
        self._raw = raw
        code, lines = raw
        for more, line in zip(range(len(lines) - 1, -1, -1), lines, strict=True):
            self._trail.line("S", f"{code}{'-' if more else ' '}{str(spoken((code, [line])))[4:]}")
        step = self._okresponse if code in self._expected else self._failresponse
        step(code, b"\n".join(lines))

    def esmtpState_ehlo(self, code: int, resp: bytes) -> None:
        """EHLO; where it is not known, HELO, unless TLS or AUTH must be."""
        _Client.esmtpState_ehlo(self, code, resp)
        if self._failresponse == self.smtpState_helo and self._tlsMode:
            self._failresponse = self.smtpConnectionFailed

    def smtpState_helo(self, code: int, resp: bytes) -> None:
        """EHLO was refused: for good, and HELO may do (RFC 5321 §3.2); for now, and it is a failure."""
        if code < 500:
            self.smtpConnectionFailed(code, resp)
            return
        _Client.smtpState_helo(self, code, resp)
        self._failresponse = self.smtpConnectionFailed

    def esmtpState_serverConfig(self, code: int, resp: bytes) -> None:
        """What the peer offers; the first line is its name and its greeting (RFC 5321 §4.1.1.1)."""
        offered: dict[bytes, bytes] = {}
        for line in resp.split(b"\n")[1:]:
            keyword, _, value = line.strip().replace(b"AUTH=", b"AUTH ").partition(b" ")
            offered[keyword.upper()] = offered.get(keyword.upper(), b"") + b" " + value.strip()
        self.offered = offered
        size = offered.get(b"SIZE")
        self.capabilities = Capabilities(
            pipelining=b"PIPELINING" in offered,
            size=None if size is None else int(size) if size.strip().isdigit() and len(size) < 20 else 0,
            eight_bit=b"8BITMIME" in offered,
            utf8=b"SMTPUTF8" in offered,
            ahead=self.peer.ahead,
            chunking=self.peer.chunking and b"CHUNKING" in offered and b"PIPELINING" in offered,
        )
        self.tryTLS(code, resp, offered)
        self._securing = self._okresponse == self.esmtpState_starttls

    def esmtpState_starttls(self, code: int, resp: bytes) -> None:
        """TLS begins, unless something came in the clear behind the 220."""
        if not self._reader.clean or self._reader.fault:
            text = "The server spoke in the clear after STARTTLS"
            self.fail(Trouble(Reply(0, "4.7.5", text), tls=True, fault=INVALID))
            return
        self._securing = True
        self._tlsMode = True
        self.transport.startTLS(self.context)
        self.esmtpState_ehlo(code, resp)
        self._securing = True
        self.setTimeout(self._manners.timeouts.handshake)

    def esmtpTLSFailed(self, code: int = -1, resp: bytes | None = None) -> None:
        """STARTTLS was refused."""
        self.fail(Trouble(spoken(self._raw), tls=True, fault=NO_STARTTLS))

    def _secured(self) -> bool:
        """TLS has brought its first reply: whether it is what was asked for."""
        connection = self.transport.getHandle()
        self.tls = TlsUsed(
            connection.get_protocol_version_name(), connection.get_cipher_name() or "", self.peer.demand.policy
        )
        good = self.context.judge(connection)
        self.fault = self.context.fault
        if not good:
            self.fail(Trouble(Reply(0, "4.7.5", self._blame(self.fault)), tls=True, fault=self.fault))
        return bool(good)

    def _broken(self, reason: Failure) -> Trouble:
        """The handshake failed, or the connection ended in the midst of it."""
        fault = self.context.fault if self.context is not None else ""
        text = self._blame(fault) if fault and fault != self.peer.demand.fault else _how(reason)
        return Trouble(Reply(0, "4.7.5", text), tls=True, fault=fault or INVALID)

    def _blame(self, fault: str) -> str:
        return f"The certificate of {self.peer.host} {_FAULTS[fault]} (TLS policy: {self.peer.demand.policy})"

    def smtpState_from(self, code: int, resp: bytes) -> None:
        """All that comes before mail is done."""
        self.setTimeout(None)
        if self.tls is None:
            self.tls = TlsUsed("", "", self.peer.demand.policy)
            self.fault = "" if self.peer.tls is Tls.NONE else NO_STARTTLS
        self.transactions = Transactions(
            self._reactor,
            self.transport,
            self.capabilities,
            self,
            self._manners.marks,
            self._manners.timeouts,
            self._manners.in_doubt,
            self.peer.host,
            self._trail,
        )
        self._trail.secured(self.tls)
        self._keeper.ready(self)

    def _esmtpState_plainAuth(self, code: int, resp: bytes) -> None:
        """PLAIN was refused: the library would give the same once more, and be locked out in half the time."""
        self.esmtpAUTHDeclined(code, resp)

    def sendError(self, exc: Exception) -> None:
        """One of `twisted.mail`'s states has failed."""
        if isinstance(exc, TLSRequiredError):
            text = f"The server does not offer TLS, and TLS is required (TLS policy: {self.peer.demand.policy})"
            trouble = Trouble(Reply(0, "4.7.5", text), fault=NO_STARTTLS)
        elif isinstance(exc, AUTHRequiredError):
            trouble = Trouble(Reply(0, "4.7.0", "The server offers no way to sign in that we know"))
        elif isinstance(exc, (AUTHDeclinedError, AuthenticationError)):
            trouble = Trouble(spoken(self._raw))  # for now: the operator can mend the password
        elif isinstance(exc, SMTPClientError):
            trouble = Trouble(spoken(self._raw), final=self._raw[0] >= 500)
        else:
            trouble = Trouble(Reply(0, "4.3.0", f"Local error in processing: {type(exc).__name__}"))
        self.fail(trouble)


def _how(reason: Failure) -> str:
    """How a connection ended, as a sentence without its end."""
    if reason.check(ConnectionDone):
        return "The server closed the connection"
    if isinstance(reason.value, SslError):
        details = reason.value.args[0] if reason.value.args else []
        words = [str(detail[-1]) for detail in details if detail] if isinstance(details, list) else []
        return f"TLS failed: {', '.join(words) or 'the peer broke it off'}"
    return f"The connection was lost: {reason.getErrorMessage().rstrip('.')}"
