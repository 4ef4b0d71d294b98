"""Envelopes whose holder is dead: without a mark they are free again, with one they are in doubt."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from mailit.interfaces import Database, Tx
from mailit.store.holders import Abandoned
from mailit.store.outcomes import Ending
from mailit.store.seam import TABLES, Spool

_A_TIME = 200
_REASON = "The sending process ended between the final dot and the receiver's reply"


@frozen
class DeadHolders:
    """Takes over from the dead. `policy` is `smtp_outbound.in_doubt`, `delays` the waits between tries."""

    _database: Database
    _policy: str
    _delays: Sequence[float]
    _spool: Spool = TABLES

    async def settle(self) -> int:
        """Settles all there are, in steps of one transaction each; gives their number."""
        total = 0
        while True:
            count = await self._database.transact(self._step)
            total += count
            if count < _A_TIME:
                return total

    def _step(self, tx: Tx) -> int:
        found = self._spool.abandoned(tx, _A_TIME)
        marked = [self._ending(envelope) for envelope in found if envelope.marked]
        if marked:
            self._spool.settle(tx, marked)
        return len(found)

    def _ending(self, envelope: Abandoned) -> Ending:
        assumed = self._policy == "assume_sent"
        return Ending(
            fence=envelope.fence,
            email_id=envelope.email_id,
            final=assumed,
            state="delivered" if assumed else "delivery_delayed",
            code=0,
            status="",
            text=_REASON,
            exchanger=None,
            in_doubt=True,
            held=self._policy == "hold",
            delay=self._delays[0],
            sole=False,
        )
