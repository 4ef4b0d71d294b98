"""The seams of the house: what a room asks of another, as protocols, and the records that cross them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from attrs import field, frozen

from mailit.draft import Apart, Content, Draft, Stream
from mailit.errors import Refused, Reply
from mailit.events import Event
from mailit.mail.address import Mailbox

if TYPE_CHECKING:  # a process that signs reads this module, and has no reactor
    from twisted.internet.defer import Deferred

T = TypeVar("T")
I = TypeVar("I", contravariant=True)  # noqa: E741
R = TypeVar("R")


class Clock(Protocol):
    """Wall time; the reactor gives the other kind."""

    def __call__(self) -> float:
        """POSIX seconds."""
        ...


class Tx(Protocol):
    """An open transaction (or one implicit transaction of a group's connection), in a thread of the database."""

    def run(self, sql: str, params: Mapping[str, Any] | None = None) -> int:
        """Runs one statement, or several in one string; gives the row count of the last."""
        ...

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[Any]:
        """The rows of a query as named tuples; columns are attributes. uuid columns come as text."""
        ...

    def row(self, sql: str, params: Mapping[str, Any] | None = None) -> Any | None:
        """The first row of a query, or None."""
        ...


class Database(Protocol):
    """Ordinary transactions."""

    def transact(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> Deferred[T]:
        """Runs `work(tx, *args, **kwargs)` as one transaction in one thread hop; commits when it returns.

        Raises `Unavailable` where the database is away. `work` may run a second time after a serialization
        failure or a deadlock, so it has no other effects.
        """
        ...


class GroupCommit(Protocol[I, R]):
    """Writes what arrives together in one transaction."""

    def submit(self, item: I) -> Deferred[R]:
        """Fires after the commit. Raises `Unavailable` where nobody knows, or what was wrong with this item.

        Cancelling only stops waiting.
        """
        ...


class Notices(Protocol):
    """LISTEN and NOTIFY: hints between processes, never the only way to learn of a thing."""

    def listen(self, channel: str, heard: Callable[[str], None]) -> None:
        """Calls `heard(payload)` in the reactor for each notice, and `heard("")` after each (re)connect."""
        ...

    def notify(self, channel: str, payload: str = "") -> None:
        """Sends a notice soon; equal ones that wait are sent once. Never raises."""
        ...


class OutcomeKind(Enum):
    """How an attempt ended.

    UNTRIED is no attempt at all: nothing was sent that a peer could take for the mail. The claim is given back, due at
    once and without an event, and its mark with it, so that nothing is in doubt.
    """

    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNTRIED = "untried"


@frozen
class SigningKey:
    """One DKIM key in the clear, as bytes of its PKCS #8 DER."""

    domain: str
    selector: str
    algorithm: str  # "rsa-sha256" or "ed25519-sha256" (RFC 6376, RFC 8463)
    private: bytes = field(repr=False)


@frozen
class Email:
    """The mail that an envelope belongs to, as a claim brings it: what it takes to render a message."""

    id: str
    team_id: str
    domain_id: str
    from_: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    reply_to: tuple[str, ...]
    subject: str
    headers: tuple[tuple[str, str], ...]
    message_id: str
    created_at: float
    content: Content
    return_path: str  # the domain of its VERP addresses
    variables: Mapping[str, str] = field(factory=dict)
    recipients: int = 1
    verified_tls: bool = False  # the sending domain's `tls: enforced`


@frozen(eq=False)
class Envelope:
    """An attempt in our hands: one recipient of one mail, claimed.

    `attempt` counts from 1; (holder, id, attempt) is the fence. Times are POSIX seconds by the database's clock.
    `withdrawn` is a sentence when, at the claim, the mail may not go any more: its team, key or domain is gone.
    """

    id: str
    attempt: int
    domain: str
    stream: Stream
    recipient: str
    expires_at: float
    in_doubt: bool
    email: Email
    withdrawn: str | None = None
    holder: str = ""


@frozen
class Outcome:
    """How an attempt ended, and by whose word.

    `in_doubt`: it came of a final dot that was never answered. `hold`: a person must decide what becomes of it.
    """

    kind: OutcomeKind
    reply: Reply
    exchanger: str | None = None
    in_doubt: bool = False
    hold: bool = False
    data: Mapping[str, Any] | None = None


class Marks(Protocol):
    """The mark before the final dot."""

    def mark(self, envelope: Envelope) -> Deferred[bool]:
        """Asks that it be put on record; True once it is committed. On False the dot must not be sent.

        Asked for in the reactor turn that writes the envelope's DATA command, never before.
        """
        ...

    def alive(self, envelope: Envelope) -> bool:
        """Whether the lease that it was claimed under still stands, by our own monotonic clock.

        Asked in the turn that writes the dot, however long ago the mark was given: a process that slept past its
        lease sends no dot.
        """
        ...


class Carrier(Protocol):
    """What takes an envelope: SMTP, a relay, the sandbox."""

    def room(self, domain: str) -> int:
        """How many more envelopes for this domain it would begin now, beyond those that it already has."""
        ...

    def carry(self, envelope: Envelope) -> Awaitable[Outcome | None]:
        """Makes one attempt. Every way in which a peer can fail is an outcome; what raises is deferred.

        None: the claim is lost (its mark did not come back), the dot was not sent, and nothing is to be written.
        """
        ...


@frozen
class SiteHold:
    """What holds mail for a domain in this process, beside the queue. Times are POSIX seconds.

    `cause` is `rate`, `concurrency` or `back-off`; `until` is None where nobody can say. `reply` is what the site, or
    the way to it, had to say.
    """

    cause: str
    since: float
    until: float | None = None
    reply: Reply | None = None


@frozen
class SiteHost:
    """One address of one exchanger of a site. `until`: it is left alone until then."""

    host: str
    address: str
    sessions: int = 0
    failures: int = 0
    until: float | None = None
    reply: Reply | None = None


@frozen
class Learned:
    """How fast a site may be sent to from one source, by all processes together, and how that is known.

    `rate` is in mails a second, None without a limit. `provider` and `reason` say what stands in the program or the
    configuration about it, `slowed_at` and `reply` when the site last asked for less, in POSIX seconds, and in which
    words. `most_today` is set while the source warms up.
    """

    sessions: int
    rate: float | None
    messages: int
    processes: int = 1
    provider: str | None = None
    reason: str | None = None
    slowed_at: float | None = None
    reply: Reply | None = None
    sent_today: int | None = None
    most_today: int | None = None


@frozen
class SiteState:
    """A site as this process sees it: `name` are the names of its exchangers. Times are POSIX seconds.

    `waiting` messages wait in it for one of `sessions`, of which `most` are allowed; `rate` is in mails a second,
    `allowed` its limit where there is one. `hold` is what holds its mail at this moment.
    """

    name: str
    waiting: int
    in_hand: int
    sessions: int
    most: int
    rate: float
    allowed: float | None = None
    oldest: float | None = None
    hold: SiteHold | None = None
    hosts: tuple[SiteHost, ...] = ()
    source: str | None = None
    learned: Learned | None = None


class Sites(Protocol):
    """What a delivering process knows of sites and tells who asks; one that does not deliver knows none."""

    def hold(self, domain: str) -> SiteHold | None:
        """What holds mail for this domain now, if anything does."""
        ...

    def states(self) -> Sequence[SiteState]:
        """All sites that there is something to say of, the busiest first."""
        ...


class Render(Protocol):
    """Envelope in, the signed RFC 5322 bytes that leave out."""

    def __call__(self, envelope: Envelope) -> Deferred[bytes]:
        """Canonical CRLF text, 7-bit, DKIM-signed with every key that signs now. The heavy work is in threads."""
        ...


class Blobs(Protocol):
    """Where large parts of contents lie, apart from their rows."""

    def put(self, content_id: str, parts: Mapping[int, bytes]) -> Deferred[None]:
        """Keeps parts by their places; on disk when it fires. Raises `Unavailable`.

        To be done before the transaction that points at them: what nothing points at is swept after a while.
        """
        ...

    def get(self, parts: Sequence[Apart]) -> Deferred[Sequence[bytes]]:
        """The parts' bytes, in order. Raises `Unavailable` where one can't be had."""
        ...


class Signers(Protocol):
    """Custody of DKIM keys, as the renderer sees it."""

    def keys(self, domain_id: str) -> Deferred[Sequence[SigningKey]]:
        """The keys that sign for this sending domain at this moment."""
        ...


@frozen
class Mx:
    """One exchanger's name with its preference."""

    preference: int
    host: str


@frozen
class Tlsa:
    """A TLSA record (RFC 6698 §2.1): certificate usage, selector, matching type, and what to match."""

    usage: int
    selector: int
    matching: int
    data: bytes


@runtime_checkable
class Resolver(Protocol):
    """DNS, never blocking the reactor, cached by TTL, one question in flight a name.

    An empty answer (NODATA) is an empty list. Raises `NoSuchName` for NXDOMAIN and `NoAnswer` where DNS did not
    say (timeouts, SERVFAIL): see `mailit.net.resolver`.
    """

    def mx(self, name: str) -> Deferred[Sequence[Mx]]:
        """The MX records of a name, in no order."""
        ...

    def addresses(self, name: str) -> Deferred[Sequence[str]]:
        """Its A and AAAA records, as text."""
        ...

    def txt(self, name: str) -> Deferred[Sequence[str]]:
        """Its TXT records, the strings of each joined."""
        ...

    def cname(self, name: str) -> Deferred[Sequence[str]]:
        """Its CNAME record, if it has one."""
        ...

    def ptr(self, address: str) -> Deferred[Sequence[str]]:
        """The names of an address."""
        ...

    def tlsa(self, name: str) -> Deferred[Sequence[Tlsa]]:
        """Its TLSA records, if DNSSEC vouches for them; records that it does not vouch for are none.

        A name that does not exist has none, and nothing of the past stands in where DNS does not say.
        """
        ...

    def vouched(self, name: str, *kinds: str) -> Deferred[str | None]:
        """The name that these kinds of records (`MX`, `A` …) stand at, where DNSSEC vouches for all of the answers.

        That is the name itself, or the end of its aliases. None where DNSSEC does not, be the answers empty or not.
        Raises `NoAnswer` alone.
        """
        ...


@frozen
class SendingDomain:
    """A sending domain as submission needs it: may this team send from here?"""

    id: str
    team_id: str
    name: str
    status: str
    return_path: str  # the full name of the return-path domain
    sending: bool
    verified_tls: bool = False  # `tls: enforced`


class Domains(Protocol):
    """Sending domains, looked up fast: every accept asks."""

    def find(self, team_id: str, name: str) -> Deferred[SendingDomain | None]:
        """The team's domain that covers `name` and that it may send from now, or None."""
        ...


@frozen
class Accepted:
    """What the door answers: the mail is on disk under this id."""

    id: str
    draft: Draft


@frozen
class Row:
    """One recipient of a batch by `enlist`: who, and the values of this recipient's variables."""

    to: Mailbox
    variables: Mapping[str, str] = field(factory=dict)


@frozen
class KeyUse:
    """An idempotency key that came with a request; `digest` is that of the request's JSON in canonical form."""

    team_id: str
    key: str
    digest: bytes


@frozen
class Once:
    """A submission that is to take effect once: its key is written in its mails' transaction.

    `answer(results)` is what its request is answered with, one result a draft; it is kept beside the key.
    """

    use: KeyUse
    answer: Callable[[Sequence[Accepted | Refused]], str]


class Submission(Protocol):
    """The one door in."""

    def submit(self, draft: Draft, once: Once | None = None) -> Deferred[Accepted]:
        """One mail; fires after its commit. Raises from `mailit.errors`; `Unavailable` where nothing is known."""
        ...

    def submit_batch(self, drafts: Sequence[Draft], once: Once | None = None) -> Deferred[Sequence[Accepted]]:
        """Many mails in one transaction: all or none."""
        ...

    def submit_those_right(
        self, drafts: Sequence[Draft | Refused], once: Once | None = None
    ) -> Deferred[Sequence[Accepted | Refused]]:
        """Many mails in one transaction, but for those that are refused: a result for each, in their order.

        A draft that was refused already keeps its refusal and its place.
        """
        ...

    def preview(self, draft: Draft) -> Deferred[Email]:
        """The mail that a draft would become, of which nothing is written. Raises as `submit` does."""
        ...

    def enlist(self, draft: Draft, rows: Sequence[Row], progress: Callable[[Tx], None]) -> Deferred[Sequence[str]]:
        """One content to many recipients, a mail each, spooled in one transaction in which `progress` runs last.

        Gives the ids of the mails, in the rows' order. `draft.to` is not looked at.
        """
        ...


class EventFeed(Protocol):
    """The event log as one reads along: never past an event that is still to come."""

    async def read(self, team_id: str, after: int, limit: int, types: Sequence[str]) -> list[Event]:
        """A team's events past the seq `after`, oldest first; `types` empty is every type."""
        ...

    def wait(self) -> Deferred[None]:
        """Fires when there may be news since this call; each waiter has his own, and may cancel it."""
        ...


class Jobs(Protocol):
    """Periodic work that one process at a time does."""

    def add(self, name: str, every: float, work: Callable[[], Awaitable[None]]) -> None:
        """Runs `work` every so many seconds in the one process that holds the job's advisory lock."""
        ...


@frozen
class Caller:
    """Who speaks: an API key or a signed-in account, always for one team."""

    team_id: str
    api_key_id: str | None = None
    user_id: str | None = None
    full_access: bool = True
    domain_id: str | None = None
    operator: bool = False
    role: str | None = None
    session_id: str | None = None


@frozen
class Page:
    """A cursor's worth of a list: newest first; `after` goes older, `before` newer (ids, excluded)."""

    limit: int = 20
    after: str | None = None
    before: str | None = None


def utc(seconds: float) -> datetime:
    """POSIX seconds as an aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)
