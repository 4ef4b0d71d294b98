"""Who speaks: the caller behind an API key or a session's token, looked up once a minute and not once a request."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailit.access import tokens
from mailit.access.attempts import KNOWN_FOR
from mailit.db.later import Later
from mailit.errors import InvalidApiKey, MissingApiKey, SessionEnded, Unavailable
from mailit.interfaces import Caller, Clock, Database, Notices, Tx, utc
from mailit.store import api_keys, attempts, invitations, password_resets, sessions
from mailit.store.remembered import Remembered

CHANNEL = "mailit_access"
"""Carries the ids of keys, sessions and accounts that were changed, "" for all of them.

Whoever ends one tells of it in the same transaction (`tell`): then no process that hears goes on believing in it, and
one that hears nothing is told to forget everything once it does again.
"""

_WRITE_USED_EVERY = 30.0
_MOST_CLAIMS = 10_000

KeyProof = tuple[str, bytes]
"""What an API key is looked up by: the beginning of its token, and the hash of all of it."""

SessionProof = tuple[str, str | None]
"""What a session is looked up by: its id, and the team that its token speaks for."""


@define(eq=False)
class Access:
    """Finds callers. A key or session that is revoked is forgotten here at once, elsewhere by notice.

    `secret` signs JWTs, `beginning` is how API keys begin. `reactor` gives monotonic time and timers.
    """

    _database: Database
    _notices: Notices
    _reactor: Any
    _clock: Clock
    _secret: str = field(repr=False)
    _beginning: str = "re_"
    _keep: float = 300.0
    _log: Logger = field(factory=Logger, init=False)
    _keys: Remembered[KeyProof, Caller] = field(init=False)
    _sessions: Remembered[SessionProof, Caller] = field(init=False)
    _claims: OrderedDict[bytes, tokens.Claims] = field(factory=OrderedDict, init=False)
    _used: dict[str, float] = field(factory=dict, init=False)
    _used_sessions: dict[str, float] = field(factory=dict, init=False)
    _later: Later = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._later = Later(self._reactor, _WRITE_USED_EVERY, self._write_used)
        seconds, keep = self._reactor.seconds, self._keep
        self._keys = Remembered(self._ask_key, seconds, keep, names=lambda caller: (caller.api_key_id,))
        self._sessions = Remembered(
            self._ask_session, seconds, keep, names=lambda caller: (caller.session_id, caller.user_id)
        )

    def start(self) -> None:
        """Listens for what other processes revoke."""
        self._notices.listen(CHANNEL, self._heard)

    async def stop(self) -> None:
        """Writes down which keys and sessions were used."""
        await self._later.stop()

    async def purge(self) -> None:
        """Deletes what ended over a day ago: sessions, counts of attempts, links that nobody used; a periodic job."""
        before = utc(self._clock() - 86400.0)
        for purge in (sessions.purge, attempts.purge):
            while await self._database.transact(purge, before):
                pass
        known_since = utc(self._clock() - KNOWN_FOR)
        while await self._database.transact(attempts.purge_places, known_since):
            pass
        for purge in (invitations.purge, password_resets.purge):
            await self._database.transact(purge, before)

    def known(self, authorization: bytes | None) -> Caller | None:
        """The caller behind a header, if that is known without asking the database."""
        token = _bearer(authorization)
        if token is None:
            return None
        caller = self._keys.peek(self._proof(token))
        if caller is not None:
            self._touch(caller)
            return caller
        claims = self._claims.get(sha256(token).digest())
        if claims is None or claims.expires_at <= self._clock():
            return None
        caller = self._sessions.peek((claims.session_id, claims.team_id))
        if caller is not None:
            self._touch(caller)
        return caller

    async def identify(self, authorization: bytes | None) -> Caller:
        """The caller behind an Authorization header.

        Raises `MissingApiKey` where there is none, `InvalidApiKey` or `SessionEnded` where it names nobody,
        `Unavailable` where the database can't say.
        """
        token = _bearer(authorization)
        if token is None:
            raise MissingApiKey
        if token.count(b".") == 2 and not token.startswith(self._beginning.encode()):
            claims = self.claims(authorization)
            if claims is None:
                raise SessionEnded
            caller = await self._sessions.get((claims.session_id, claims.team_id))
            if caller is None:
                raise SessionEnded
            self._touch(caller)
            return caller
        caller = await self._keys.get(self._proof(token))
        if caller is None:
            raise InvalidApiKey
        self._touch(caller)
        return caller

    async def caller_of_key(self, token: str) -> Caller:
        """The caller behind an API key by itself: a password on port 587. Raises like `identify`."""
        return await self.identify(b"Bearer " + token.encode("utf-8", "replace"))

    def claims(self, authorization: bytes | None) -> tokens.Claims | None:
        """What the JWT of a header says, if it is ours and not over; whether its session lives is another question."""
        token = _bearer(authorization)
        if token is None:
            return None
        key = sha256(token).digest()
        claims = self._claims.get(key)
        if claims is None:
            claims = tokens.read(self._secret, token.decode("ascii", "replace"), self._clock())
            if claims is None:
                return None
            self._claims[key] = claims
            if len(self._claims) > _MOST_CLAIMS:
                self._claims.popitem(last=False)
        return claims if claims.expires_at > self._clock() else None

    def forget(self, id_: str) -> None:
        """Drops what is known of a key, session or account here, at once, and hints to the others: it was changed."""
        self._heard(id_)
        self._notices.notify(CHANNEL, id_)

    def _heard(self, payload: str) -> None:
        if not payload:
            self._keys.forget()
            self._sessions.forget()
            return
        self._keys.forget_named(payload)
        self._sessions.forget_named(payload)

    def _proof(self, token: bytes) -> KeyProof:
        beginning = token[: len(self._beginning) + tokens.HEAD]
        return beginning.decode("latin-1"), sha256(token).digest()

    def _ask_key(self, proof: KeyProof) -> Deferred[Caller | None]:
        return self._database.transact(_caller_of_key, *proof)

    def _ask_session(self, proof: SessionProof) -> Deferred[Caller | None]:
        return self._database.transact(_caller_of_session, *proof, self._clock())

    def _touch(self, caller: Caller) -> None:
        if caller.api_key_id is not None:
            self._used[caller.api_key_id] = self._clock()
        elif caller.session_id is not None:
            self._used_sessions[caller.session_id] = self._clock()
        self._later.want()

    async def _write_used(self) -> None:
        used, self._used = self._used, {}
        signed_in, self._used_sessions = self._used_sessions, {}
        try:
            if used:
                await self._database.transact(api_keys.touch, used)
            if signed_in:
                await self._database.transact(sessions.touch, signed_in)
        except Unavailable:
            count = len(used) + len(signed_in)
            self._log.info("When {count} API keys and sessions were last used could not be written.", count=count)


def _bearer(authorization: bytes | None) -> bytes | None:
    """The token of a header; None where there is no such header, or of another scheme (RFC 6750 §2.1)."""
    if authorization is None:
        return None
    if authorization[:7] != b"Bearer " and authorization[:7].lower() != b"bearer ":
        return None
    return authorization[7:].strip() or None


def _caller_of_key(tx: Tx, prefix: str, hash_: bytes) -> Caller | None:
    if "\x00" in prefix:
        return None
    for key in api_keys.by_prefix(tx, prefix):
        if tokens.same(key.hash, hash_):
            return Caller(
                team_id=key.team_id,
                api_key_id=key.id,
                full_access=key.permission == "full_access",
                domain_id=key.domain_id,
            )
    return None


def _caller_of_session(tx: Tx, session_id: str, team_id: str | None, now: float) -> Caller | None:
    session = sessions.living(tx, session_id, team_id, utc(now))
    if session is None:
        return None
    return Caller(
        team_id=session.team_id,
        user_id=session.account_id,
        operator=session.operator,
        role=session.role,
        session_id=session.id,
    )
