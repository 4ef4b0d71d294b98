"""Which plugins are installed and what each brings, for operators."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mailit import __version__
from mailit.plugin import Endpoint, Plugin, PluginFacts
from mailit.settings import settings_of

_STRUCK = "****"


def facts(
    plugin: Plugin, adds: Mapping[str, Sequence[Any]], routes: Sequence[Endpoint], settings: Any | None
) -> PluginFacts:
    """A plugin that is enabled; `adds` is what its members gave."""
    return PluginFacts(
        name=plugin.name,
        enabled=True,
        version=__version__ if type(plugin).__module__.startswith("mailit.") else None,
        requires=tuple(plugin.requires),
        adds={name: len(brought) for name, brought in adds.items() if brought},
        routes=tuple(f"{one.method} {one.path}" for one in routes),
        settings=_shown(settings),
    )


def disabled(names: Collection[str]) -> list[PluginFacts]:
    """Those that the configuration leaves out."""
    return [PluginFacts(name=name, enabled=False) for name in sorted(names)]


def _shown(settings: Any | None) -> dict[str, str]:
    if settings is None:
        return {}
    return {
        name: _STRUCK if about.kind.name == "secret" and getattr(settings, name) else str(getattr(settings, name))
        for name, about in settings_of(type(settings)).items()
    }
