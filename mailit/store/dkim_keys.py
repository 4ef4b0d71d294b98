"""The keys that sign for domains, the private halves as they are kept: encrypted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import frozen

from mailit.interfaces import Tx

PUBLISHING, SIGNING, RETIRING = "publishing", "signing", "retiring"
"""The states of a key; what they mean is said at the table."""

INSERT = """
    INSERT INTO dkim_key (id, domain_id, selector, algorithm, public_key, private_key, state, generation)
    VALUES (%(id)s, %(domain)s, %(selector)s, %(algorithm)s, %(public)s, %(private)s, %(state)s, %(generation)s)
"""

OF_DOMAIN = """
    SELECT id, domain_id, selector, algorithm, public_key, private_key, seen_at, state, generation, retire_at,
           created_at
      FROM dkim_key WHERE domain_id = %(domain)s ORDER BY generation DESC, algorithm DESC
"""

OLDEST = """
    SELECT dkim_key.id, domain.name, dkim_key.private_key
      FROM dkim_key JOIN domain ON domain.id = dkim_key.domain_id
     ORDER BY dkim_key.id
     LIMIT %(most)s
"""

NOTE_SEEN = """
    UPDATE dkim_key SET seen_at = CASE WHEN id = ANY (%(seen)s::uuid[]) THEN %(now)s::timestamptz END
     WHERE id = ANY (%(looked)s::uuid[])
"""

SIGN = """
    UPDATE dkim_key SET state = 'signing' WHERE id = ANY (%(ids)s::uuid[]) AND state = 'publishing'
"""

RETIRE = """
    UPDATE dkim_key SET state = 'retiring', retire_at = %(at)s
     WHERE id = ANY (%(ids)s::uuid[]) AND state = 'signing'
"""

DROP = "DELETE FROM dkim_key WHERE id = ANY (%(ids)s::uuid[]) AND state = 'retiring'"


@frozen
class DkimKey:
    """A key as it is kept; `private` is encrypted, bound to the id. `seen_at`: when DNS last had the public half.

    The keys that were made together are a `generation`.
    """

    id: str
    domain_id: str
    selector: str
    algorithm: str
    public: str
    private: bytes
    seen_at: datetime | None = None
    state: str = SIGNING
    generation: int = 1
    retire_at: datetime | None = None
    created_at: datetime | None = None


def insert(tx: Tx, keys: Sequence[DkimKey]) -> None:
    """Adds keys to their domain."""
    for key in keys:
        tx.run(
            INSERT,
            {
                "id": key.id,
                "domain": key.domain_id,
                "selector": key.selector,
                "algorithm": key.algorithm,
                "public": key.public,
                "private": key.private,
                "state": key.state,
                "generation": key.generation,
            },
        )


def of_domain(tx: Tx, domain_id: str) -> list[DkimKey]:
    """A domain's keys, the newest generation first, and RSA first in each."""
    return [
        DkimKey(
            id=row.id,
            domain_id=row.domain_id,
            selector=row.selector,
            algorithm=row.algorithm,
            public=row.public_key,
            private=bytes(row.private_key),
            seen_at=row.seen_at,
            state=row.state,
            generation=row.generation,
            retire_at=row.retire_at,
            created_at=row.created_at,
        )
        for row in tx.rows(OF_DOMAIN, {"domain": domain_id})
    ]


def oldest(tx: Tx, most: int) -> list[tuple[str, str, bytes]]:
    """Ids, names of their domains, and private halves as they are kept, of the oldest keys of all domains."""
    return [(row.id, row.name, bytes(row.private_key)) for row in tx.rows(OLDEST, {"most": most})]


def note_seen(tx: Tx, seen: Mapping[str, bool], now: datetime) -> None:
    """Notes which keys DNS has: `seen` has, by id, those about which it gave an answer."""
    looked = sorted(seen)
    if looked:
        tx.run(NOTE_SEEN, {"looked": looked, "seen": [id_ for id_ in looked if seen[id_]], "now": now})


def sign(tx: Tx, ids: Sequence[str]) -> None:
    """Lets keys that were being published sign."""
    tx.run(SIGN, {"ids": list(ids)})


def retire(tx: Tx, ids: Sequence[str], at: datetime) -> None:
    """Lets keys sign no more, and be gone at that time."""
    tx.run(RETIRE, {"ids": list(ids), "at": at})


def drop(tx: Tx, ids: Sequence[str]) -> None:
    """Deletes keys that have retired, private halves and all."""
    tx.run(DROP, {"ids": list(ids)})
