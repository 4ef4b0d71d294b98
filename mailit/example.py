"""The example configuration, written from the settings themselves: every key with its documentation and default."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

import yaml

from mailit.plugin import Plugin
from mailit.sections import CORE, TO_COME
from mailit.settings import UNSET, Setting, settings_of

_WIDTH = 100
_TOP = """\
# MailIt's configuration: every key, what it is for, and its default. Remove the "#" before those you change.
# A variable MAILIT_SECTION_KEY wins over the file (MAILIT_SMTP_OUTBOUND_TLS_POLICY over smtp_outbound.tls_policy);
# lists are written with commas there. Durations are 500ms, 10s, 5m, 1h or 2d. Without any file the defaults hold.
"""


def example(plugins: Sequence[Plugin]) -> str:
    """The text of `config/mailit.example.yaml` for the core and these plugins."""
    known = {**CORE, **TO_COME, **{one.name: one.settings for one in plugins if one.settings is not None}}
    return "\n".join([_TOP, *("\n".join(_section(name, section)) + "\n" for name, section in known.items())])


def _section(name: str, section: type) -> Iterator[str]:
    yield f"{name}:"
    for key, about in settings_of(section).items():
        words = f"{about.doc} Default: {about.default_doc}." if about.default_doc else about.doc
        yield from textwrap.wrap(words, _WIDTH, initial_indent="  # ", subsequent_indent="  # ", break_on_hyphens=False)
        yield f"  #{key}: {_written(about)}".rstrip()


def _written(about: Setting) -> str:
    if about.default is UNSET:
        return ""
    default = list(about.default) if isinstance(about.default, tuple) else about.default
    return yaml.safe_dump(default, default_flow_style=True, width=10_000).replace("\n...", "").strip()
