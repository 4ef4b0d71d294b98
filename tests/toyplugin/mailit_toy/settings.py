"""The section `toy`."""

from __future__ import annotations

from attrs import frozen

from mailit.settings import DURATION, HOST_NAME, TEXT, list_of, setting


@frozen
class ToySettings:
    """Section `toy`."""

    greeting: str = setting("Hello", "How the toy's template begins.")
    blocked: tuple[str, ...] = setting((), "Words that no subject may have.", list_of(TEXT))
    page_host: str = setting("toy.example.org", "The host name of the toy's page.", HOST_NAME)
    tidy_every: float = setting("1h", "How often it tidies up.", DURATION)
