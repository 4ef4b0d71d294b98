"""What a plugin provides, with empty defaults; endpoints declared as plain data; how plugins are found."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from attrs import define, evolve, field, frozen
from twisted.application.service import IService
from twisted.plugin import IPlugin
from twisted.python.reflect import namedAny
from zope.interface import Attribute, Interface, implementer

from mailit.draft import Content, Draft
from mailit.events import Event
from mailit.interfaces import Caller, Carrier, Email, Envelope, Tx

if TYPE_CHECKING:
    from mailit.host import Host

F = TypeVar("F", bound=Callable[..., Awaitable[Any]])


class Needs(Enum):
    """What a caller must be allowed to."""

    NOTHING = "nothing"  # public
    SENDING = "sending"  # any API key or account
    FULL = "full"  # a key with full access, or an account
    ACCOUNT = "account"  # a signed-in account, no API key
    OPERATOR = "operator"  # the account that runs the installation


class Permission(Enum):
    """What an account's role must allow, beside what the caller needs to be; `access.permissions` has the roles."""

    READ = "read"  # to see what the team has and does; one's own account
    SEND = "send"  # mail, and what it is made of: send, schedule, cancel
    MANAGE = "manage"  # how the team sends: domains, API keys, webhooks, settings
    MEMBERS = "members"  # who is in the team: invite, remove, change roles below the owner's
    TEAM = "team"  # the team itself, and its owners


class Cost(Enum):
    """Which bucket of the team's rate limit a request draws from."""

    NONE = "none"
    READ = "read"
    SEND = "send"
    BATCH = "batch"
    AUTH = "auth"


@frozen
class Call:
    """One request, decoded as far as every endpoint needs it.

    `path` has the values of the path's `{names}`, percent-decoded once. `caller` is None on public endpoints alone.
    `raw()` is the body as it came.
    """

    request_id: str
    address: str
    path: Mapping[str, str] = field(factory=dict)
    headers: Callable[[str], str | None] = field(default=lambda name: None)
    identified: Caller | None = None
    raw: Callable[[], bytes] = field(default=lambda: b"")

    @property
    def caller(self) -> Caller:
        """Who speaks; endpoints that need anything always have one."""
        assert self.identified is not None
        return self.identified

    @property
    def team_id(self) -> str:
        """The tenant: part of every query."""
        return self.caller.team_id


@frozen
class RawAnswer:
    """What a raw endpoint says where bytes alone do not do: its status, its type, further headers.

    `status` and `type` None are those of the declaration. Headers are pairs of text; a CR or LF in them is refused.
    """

    body: bytes | AsyncIterator[bytes] = b""
    status: int | None = None
    type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@frozen
class Endpoint:
    """An endpoint, declared once; decoding, errors, OpenAPI follow from it.

    `takes` is the class of the JSON body (None: a body is not looked at; `bytes`: it is handed on as it came),
    `query` that of the query string, `gives` that of the answer. `run(call, body?, query?)` answers with a `gives`,
    or raises from `mailit.errors`. A `raw` endpoint gives `bytes`, an `AsyncIterator[bytes]` of type `gives_type`, or
    a `RawAnswer`. `shows` is what the description has in the place of `takes`. `limit` bounds the body, in bytes.
    `host` binds it to a host name. `permission` is what the role of a signed-in account must allow; API keys are judged
    by `needs` alone. `others` are statuses that a raw endpoint succeeds with beside `status`.
    """

    method: str
    path: str
    gives: Any
    run: Callable[..., Awaitable[Any]]
    takes: Any = None
    shows: Any = None
    query: Any = None
    status: int = 200
    others: tuple[int, ...] = ()
    needs: Needs = Needs.FULL
    permission: Permission | None = None
    cost: Cost = Cost.READ
    limit: int = 1_000_000
    raw: bool = False
    gives_type: str = "application/json"
    host: str | None = None
    summary: str = ""
    tag: str = ""

    @property
    def asks(self) -> Permission:
        """The permission; where none was declared, the one that lets nobody do more than he should."""
        return self.permission or (Permission.READ if self.method in ("GET", "HEAD") else Permission.MANAGE)

    @property
    def name(self) -> str:
        """The operation's id in the OpenAPI document."""
        words = [part.strip("{}").replace("-", "_") for part in self.path.split("/") if part]
        return "_".join([self.method.lower(), *words])


def endpoint(method: str, path: str, **declared: Any) -> Callable[[F], F]:
    """Marks a method of a class of routes as an endpoint; keywords are `Endpoint`'s. The docstring is its summary."""

    def mark(function: F) -> F:
        function.__endpoint__ = (method, path, declared)  # type: ignore[attr-defined]
        return function

    return mark


def endpoints(routes: object) -> list[Endpoint]:
    """The endpoints of an instance, in the order of their definition."""
    found = []
    for name in vars(type(routes)):
        declared = getattr(getattr(type(routes), name), "__endpoint__", None)
        if declared is not None:
            method, path, options = declared
            run = getattr(routes, name)
            tag = options.get("tag") or path.split("/")[1]
            found.append(
                evolve(
                    Endpoint(method=method, path=path, run=run, **{"gives": None, **options}),
                    summary=" ".join((run.__doc__ or "").split()),
                    tag=tag,
                )
            )
    return found


@frozen
class Subscriber:
    """Takes events, in order, in the transaction that moves its cursor. `types` empty: every type.

    `take(tx, events)` has no effect but through `tx`; work with the outside is a service's, from the plugin's rows.
    """

    name: str
    take: Callable[[Tx, Sequence[Event]], None]
    types: frozenset[str] = frozenset()


@frozen
class Job:
    """Periodic work, in one process at a time. `every` is in seconds."""

    name: str
    every: float
    work: Callable[[], Awaitable[None]]


@frozen
class CarrierRule:
    """A carrier and the envelopes it takes: the first rule that matches is the carrier.

    `covers(domain)` tells, before the claim, whether it may match anything at that domain: whose room counts.
    """

    covers: Callable[[str], bool]
    matches: Callable[[Envelope], bool]
    carrier: Carrier


@frozen
class Mode:
    """A way to send that `smtp_outbound.mode` may name.

    `asks_dns`: False where domains count as verified, and every key signs, without a look into DNS. `carrier(host)`
    makes what carries in this mode, in the place of SMTP: it comes after the carriers of every plugin, and takes what
    they leave.
    """

    name: str
    asks_dns: bool = True
    carrier: Callable[[Host], Carrier] | None = field(default=None, eq=False)


@frozen
class Screened:
    """A recipient that is not to be sent: which event it becomes, and why."""

    recipient: str
    reason: str
    data: Mapping[str, Any] = field(factory=dict)


@frozen
class PluginFacts:
    """A plugin that is installed, as operators are told of it.

    `adds` counts what it brings, by the members of `Plugin`; `settings` are those of its section, secrets struck out.
    """

    name: str
    enabled: bool
    version: str | None = None
    requires: tuple[str, ...] = ()
    adds: Mapping[str, int] = field(factory=dict)
    routes: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(factory=dict)


Stage = Callable[[Draft], Draft]
"""After validation: a draft, or a refusal raised from `mailit.errors`. No I/O."""

Screen = Callable[[Tx, str, Sequence[str]], Iterable[Screened]]
"""(tx, team_id, recipients) -> those not to be sent. One set query; runs at the accept and again at the claim."""


@frozen
class DomainScreen:
    """A `Screen` that has nothing to say but of recipients at some domains.

    It is asked only where there are such: all other mail is spared the round trip, and the work, that screens cost.
    """

    covers: Callable[[str], bool]
    screen: Screen

    def __call__(self, tx: Tx, team_id: str, recipients: Sequence[str]) -> Iterable[Screened]:
        """What the screen says of those at its domains."""
        covered = [recipient for recipient in recipients if self.covers(recipient.rpartition("@")[2])]
        return self.screen(tx, team_id, covered) if covered else ()


def concerned(screens: Iterable[Screen], domains: Collection[str]) -> list[Screen]:
    """The screens that may have something to say of recipients at these domains."""
    return [one for one in screens if not isinstance(one, DomainScreen) or any(map(one.covers, domains))]


RenderStep = Callable[[Email, str, Content], Content]
"""(email, recipient, parts) -> parts, at delivery, in a thread: links, pixels, late variables."""


class IMailitPlugin(Interface):
    """A feature. Every member has an empty default in `Plugin`; nothing happens before it is asked."""

    name = Attribute("its name: that of its configuration section and of its schema's owner")
    requires = Attribute("names of plugins that it builds on")
    schema = Attribute("a folder of migrations, or None")
    settings = Attribute("an attrs class, its section of the configuration, or None")
    modes = Attribute("ways to send that it brings")

    def expand(host: Host) -> Sequence[Callable[[Draft], Awaitable[Draft]]]:
        """Before validation: a template becomes from, subject, parts."""

    def stages(host: Host) -> Sequence[Stage]:
        """Draft -> draft or refusal, after validation."""

    def screens(host: Host) -> Sequence[Screen]:
        """Recipients that are not to be sent."""

    def render(host: Host) -> Sequence[RenderStep]:
        """What changes a mail's parts at delivery."""

    def carriers(host: Host) -> Sequence[CarrierRule]:
        """Who takes an envelope."""

    def routes(host: Host) -> Sequence[Endpoint]:
        """Endpoints."""

    def subscribers(host: Host) -> Sequence[Subscriber]:
        """Who hears of events."""

    def inbound(host: Host) -> Sequence[Callable[[Any], Any]]:
        """Filters of received mail."""

    def services(host: Host) -> Sequence[IService]:
        """What runs as long as the process does (role `jobs`)."""

    def jobs(host: Host) -> Sequence[Job]:
        """Periodic work."""


@implementer(IPlugin, IMailitPlugin)
class Plugin:
    """The empty defaults; a plugin is a subclass that brings what it brings."""

    name: ClassVar[str]
    requires: ClassVar[tuple[str, ...]] = ()
    schema: ClassVar[Any | None] = None
    settings: ClassVar[type | None] = None
    modes: ClassVar[tuple[Mode, ...]] = ()

    def expand(self, host: Host) -> Sequence[Callable[[Draft], Awaitable[Draft]]]:
        """See `IMailitPlugin`."""
        return ()

    def stages(self, host: Host) -> Sequence[Stage]:
        """See `IMailitPlugin`."""
        return ()

    def screens(self, host: Host) -> Sequence[Screen]:
        """See `IMailitPlugin`."""
        return ()

    def render(self, host: Host) -> Sequence[RenderStep]:
        """See `IMailitPlugin`."""
        return ()

    def carriers(self, host: Host) -> Sequence[CarrierRule]:
        """See `IMailitPlugin`."""
        return ()

    def routes(self, host: Host) -> Sequence[Endpoint]:
        """See `IMailitPlugin`."""
        return ()

    def subscribers(self, host: Host) -> Sequence[Subscriber]:
        """See `IMailitPlugin`."""
        return ()

    def inbound(self, host: Host) -> Sequence[Callable[[Any], Any]]:
        """See `IMailitPlugin`."""
        return ()

    def services(self, host: Host) -> Sequence[IService]:
        """See `IMailitPlugin`."""
        return ()

    def jobs(self, host: Host) -> Sequence[Job]:
        """See `IMailitPlugin`."""
        return ()


class IPluginMaker(Interface):
    """A plugin that is imported once it is asked for, and not with its drop-in."""

    def make() -> Plugin:
        """The plugin, always the same one."""


@implementer(IPlugin, IPluginMaker)
@define(eq=False)
class PluginMaker:
    """A plugin by the full name of its class, for drop-ins, as Twisted's `ServiceMaker` is for services.

    twistd imports every drop-in to list its commands, and prints a traceback for one that fails. A plugin that is named
    here is imported by MailIt alone, which has one line for what is wrong with it.
    """

    path: str
    _made: Plugin | None = field(default=None, init=False)

    def make(self) -> Plugin:
        """See `IPluginMaker`. Raises whatever its import does."""
        if self._made is None:
            self._made = namedAny(self.path)()
        return self._made
