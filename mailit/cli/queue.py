"""`mailit queue`: what waits, why, and hands to hold, release, retry, cancel it, and to settle what is in doubt."""

from __future__ import annotations

import argparse
import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs

from mailit.cli.opened import migrated, takes_config, told
from mailit.cli.tables import print_table
from mailit.errors import CannotStart
from mailit.interfaces import Tx
from mailit.mail.address import BadAddress, destination
from mailit.store import doubts, queue, why
from mailit.store.queue import Chosen, Waiting

CHANGES = {
    "retry": "try it now",
    "hold": "keep it from being tried, until it is released",
    "release": "let go of what was held",
    "cancel": "end it: it will not be tried again",
}


def declare(commands: Any) -> None:
    """Takes an action and, for most, which envelopes it means."""
    command = commands.add_parser("queue", help="what waits to be delivered, and what to do about it")
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="how much waits, by destination")
    takes_config(listing)
    listing.add_argument("--json", action="store_true", help="print a JSON object a line")
    listing.set_defaults(run=list_)
    show = actions.add_parser("show", help="what waits, one by one, with the last words of its receiver")
    _takes_choice(show)
    show.add_argument("--json", action="store_true", help="print a JSON object a line")
    show.set_defaults(run=show_, usage=show.error)
    reason = actions.add_parser("why", help="why the recipients of one mail have it not yet")
    takes_config(reason)
    reason.add_argument("id", metavar="ID", type=_id, help="of an email, or of one delivery")
    reason.add_argument("--json", action="store_true", help="print a JSON object a line")
    reason.set_defaults(run=why_)
    for name, words in CHANGES.items():
        action = actions.add_parser(name, help=words)
        _takes_choice(action)
        action.add_argument("--all", action="store_true", help="everything that waits")
        action.set_defaults(run=change_, action=name, usage=action.error)
    doubtful = actions.add_parser("in-doubt", help="what may have arrived: its final dot was never answered")
    takes_config(doubtful)
    doubtful.add_argument("--json", action="store_true", help="print a JSON object a line")
    doubtful.set_defaults(run=in_doubt)
    decision = actions.add_parser("decide", help="settle what is in doubt")
    decision.add_argument(
        "decision",
        metavar="DECISION",
        choices=doubts.DECISIONS,
        help="resend (which may make a second copy), assume_sent, or fail",
    )
    _takes_choice(decision)
    decision.add_argument("--all", action="store_true", help="everything that is in doubt")
    decision.set_defaults(run=decide, usage=decision.error)


def list_(given: argparse.Namespace) -> None:
    """Prints a line a destination, the fullest first."""
    with migrated(told(given)) as database:
        rows = database.transact(queue.summary)
    if given.json:
        _print_json(rows)
        return
    if not rows:
        print("the queue is empty")
        return
    print_table(
        ("DOMAIN", "DUE", "WAITING", "CLAIMED", "HELD", "IN DOUBT", "NEXT"),
        [
            (row.domain, row.due, row.waiting, row.claimed, row.held, row.in_doubt, _moment(row.next_due))
            for row in rows
        ],
    )


def show_(given: argparse.Namespace) -> None:
    """Prints a line an envelope, oldest first."""
    with migrated(told(given)) as database:
        rows = database.transact(queue.chosen, _chosen(given))
    if given.json:
        _print_json(rows)
    elif given.ids and not rows:
        raise CannotStart("nothing of that waits")
    else:
        print_table(
            ("ID", "EMAIL", "RECIPIENT", "STATE", "ATTEMPT", "DUE", "LAST REPLY"),
            [
                (one.id, one.email_id, one.recipient, _state(one), one.attempt, _moment(one.due_at), one.reply)
                for one in rows
            ],
        )


def why_(given: argparse.Namespace) -> None:
    """Prints a line a recipient who has not got the mail: what holds it, or what ended it."""
    with migrated(told(given)) as database:
        rows = database.transact(_why, given.id)
    if rows is None:
        raise CannotStart("there is no such email")
    found = why.explain(rows, why.nothing_known)
    if given.json:
        _print_json(found)
    elif not found:
        print("nothing holds it: every recipient has it, or it was canceled")
    else:
        print_table(("RECIPIENT", "CAUSE", "SINCE", "NEXT", "WHY"), why.columns(found))


def change_(given: argparse.Namespace) -> None:
    """Prints how many it changed; what is in somebody's hands at this moment stays as it is."""
    which, after, changed = _meant(given), None, 0
    with migrated(told(given)) as database:
        while True:
            step = database.transact(queue.step, given.action, which, after)
            changed += step.changed
            if step.last is None:
                break
            after = step.last
    if given.ids and not changed:
        held = ", is held back" if given.action == "retry" else ""
        raise CannotStart(
            f"nothing to {given.action}: it does not wait{held}, or is in a daemon's hands at this moment"
        )
    print(f"{given.action}: {changed} recipient{'' if changed == 1 else 's'}")


def in_doubt(given: argparse.Namespace) -> None:
    """Prints a line an envelope in doubt, oldest first."""
    with migrated(told(given)) as database:
        rows = database.transact(doubts.doubts)
    if given.json:
        _print_json(rows)
    elif not rows:
        print("nothing is in doubt")
    else:
        print_table(
            ("ID", "EMAIL", "RECIPIENT", "EXCHANGER", "SINCE", "THEN"),
            [
                (
                    one.id,
                    one.email_id,
                    one.recipient,
                    one.exchanger or "-",
                    _moment(one.since),
                    "waits for a decision" if one.held else f"sent again {_moment(one.due_at)}",
                )
                for one in rows
            ],
        )


def decide(given: argparse.Namespace) -> None:
    """Prints how many it settled."""
    which = _meant(given)
    with migrated(told(given)) as database:
        settled = database.transact(doubts.decide, which, given.decision)
    if given.ids and not settled:
        raise CannotStart("nothing to decide: it is not in doubt, or is in a daemon's hands at this moment")
    print(f"{given.decision}: {settled} recipient{'' if settled == 1 else 's'}")


def _why(tx: Tx, id_: str) -> list[Any] | None:
    email_id = queue.email_of(tx, id_)
    return None if email_id is None else why.read(tx, email_id)


def _meant(given: argparse.Namespace) -> Chosen:
    which = _chosen(given)
    if which == Chosen() and not given.all:
        given.usage("say which: IDs, --domain, --team or --all")
    if which != Chosen() and given.all:
        given.usage("--all leaves nothing to choose")
    return which


def _takes_choice(action: argparse.ArgumentParser) -> None:
    takes_config(action)
    action.add_argument("ids", metavar="ID", nargs="*", type=_id, help="of an email, or of one delivery")
    action.add_argument("--domain", type=_domain, help="what goes to this domain")
    action.add_argument("--team", metavar="ID", type=_id, help="what this team sent")


def _id(text: str) -> str:
    return str(uuid.UUID(text))


_id.__name__ = "id"  # argparse says "invalid id value"


def _domain(text: str) -> str:
    try:
        return destination(text)
    except BadAddress as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no domain: {error}") from error


def _chosen(given: argparse.Namespace) -> Chosen:
    return Chosen(ids=given.ids or None, domain=given.domain, team_id=given.team)


def _state(one: Waiting) -> str:
    state = "held" if one.held else "claimed" if one.claimed else "waiting"
    return f"{state}, in doubt" if one.in_doubt else state


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else "-"


def _print_json(rows: Sequence[attrs.AttrsInstance]) -> None:
    for row in rows:
        print(json.dumps(attrs.asdict(row), default=lambda moment: moment.isoformat()))
