"""What the toy does to a mail on its way: at the door, and when its bytes are made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from mailit.draft import Content, Draft
from mailit.errors import Refused
from mailit.interfaces import Email, Tx
from mailit.plugin import Screened
from mailit_toy import store
from mailit_toy.settings import ToySettings
from mailit_toy.words.service import greeted

TEMPLATE = "toy"


@frozen
class Drafts:
    """All of it, by the settings."""

    _settings: ToySettings

    async def expand(self, draft: Draft) -> Draft:
        """The template `toy` greets whoever its variable NAME names."""
        if draft.template is None or draft.template.id != TEMPLATE:
            return draft
        greeting = greeted(self._settings.greeting, str(draft.template.variables.get("NAME", "you")))
        return evolve(draft, template=None, subject=draft.subject or greeting, content=Content(text=greeting))

    def stage(self, draft: Draft) -> Draft:
        """Refuses blocked words, and marks what passes."""
        for word in self._settings.blocked:
            if word in (draft.subject or "").lower():
                raise Refused(f"The toy does not send `{word}`.")
        return evolve(draft, headers=(*draft.headers, ("X-Toy", "yes")))


def screen(tx: Tx, team_id: str, recipients: Sequence[str]) -> Iterable[Screened]:
    """Those who want no toys."""
    return [Screened(address, "wants no toys") for address in store.refused(tx, team_id, recipients)]


def signed(email: Email, recipient: str, parts: Content) -> Content:
    """Adds a line to the text, a different one for each recipient."""
    return evolve(parts, text=f"{parts.text or ''}\n-- \nA toy for {recipient}\n")
