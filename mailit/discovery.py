"""How plugins are found: every drop-in of `twisted.plugins` that brings an `IMailitPlugin`, or one clear refusal."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast

import twisted.plugins
from twisted.plugin import IPlugin, getPlugins
from twisted.python.modules import getModule
from zope.interface import Invalid
from zope.interface.verify import verifyObject

from mailit.errors import CannotStart
from mailit.plugin import IMailitPlugin, IPluginMaker, Plugin, PluginMaker

_OURS = b"mailit"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def discover() -> list[Plugin]:
    """Every plugin that is installed, by name, verified against `IMailitPlugin`.

    `getPlugins` hides a drop-in that can't be imported, so those whose source speaks of MailIt are imported first,
    and no other. Raises `CannotStart` for one that fails, brings nothing, does not verify or takes another's name.
    """
    found: dict[int, tuple[Plugin, str]] = {}
    for dropin in _dropins():
        for plugin in _brought(dropin):
            found.setdefault(id(plugin), (plugin, dropin.__name__))
    for other in getPlugins(IMailitPlugin, twisted.plugins):
        found.setdefault(id(other), (cast(Plugin, other), type(other).__module__))
    for maker in getPlugins(IPluginMaker, twisted.plugins):
        made = _made(cast(PluginMaker, maker), type(maker).__module__, type(maker).__module__)
        found.setdefault(id(made), (made, type(made).__module__))
    by_name: dict[str, tuple[Plugin, str]] = {}
    for plugin, where in found.values():
        _verify(plugin, where)
        if plugin.name in by_name:
            raise CannotStart(f"plugin {plugin.name}: found twice, in {by_name[plugin.name][1]} and in {where}")
        by_name[plugin.name] = plugin, where
    return [by_name[name][0] for name in sorted(by_name)]


def enabled(plugins: Sequence[Plugin], disabled: Collection[str]) -> list[Plugin]:
    """Those that are not disabled, each after all that it requires, and by name where that leaves a choice.

    Raises `CannotStart` where one requires what is not there, or where they require each other in a circle.
    """
    there = {plugin.name: plugin for plugin in plugins if plugin.name not in disabled}
    ordered: dict[str, Plugin] = {}

    def place(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " -> ".join((*path[path.index(name) :], name))
            raise CannotStart(f"plugin {name}: requires itself in a circle ({circle})")
        if name in ordered:
            return
        for needed in there[name].requires:
            if needed not in there:
                why = "is disabled (plugins.disabled)" if needed in disabled else "is not installed"
                raise CannotStart(f"plugin {name}: requires plugin {needed}, which {why}")
            place(needed, (*path, name))
        ordered[name] = there[name]

    for name in sorted(there):
        place(name, ())
    return list(ordered.values())


def _dropins() -> Iterator[ModuleType]:
    """The drop-ins that speak of MailIt, imported."""
    for module in getModule(twisted.plugins.__name__).iterModules():
        path = Path(module.filePath.path)
        try:
            if path.suffix != ".py" or _OURS not in path.read_bytes():
                continue
            yield import_module(module.name)
        except (Exception, SystemExit) as error:  # a drop-in may raise anything while it is imported
            raise _broken(module.name, str(path), error) from error


def _broken(dropin: str, where: str, error: BaseException) -> CannotStart:
    cause = " ".join(str(error).split()) or "no reason given"
    return CannotStart(
        f"plugin {dropin.rpartition('.')[2]}: can't be imported from {where}: {type(error).__name__}: {cause}"
    )


def _made(maker: PluginMaker, dropin: str, where: str) -> Plugin:
    try:
        return maker.make()
    except (Exception, SystemExit) as error:  # and so may a plugin
        raise _broken(dropin, where, error) from error


def _brought(dropin: ModuleType) -> list[Plugin]:
    members = list(vars(dropin).values())
    plugins = [cast(Plugin, one) for one in members if IMailitPlugin.providedBy(one)]
    makers = [cast(PluginMaker, one) for one in members if IPluginMaker.providedBy(one)]
    plugins += [_made(maker, dropin.__name__, maker.path) for maker in makers]
    if not plugins and not any(IPlugin.providedBy(one) for one in members):
        short = dropin.__name__.rpartition(".")[2]
        raise CannotStart(f"plugin {short}: nothing in {dropin.__file__} provides IMailitPlugin")
    return plugins


def _verify(plugin: Plugin, where: str) -> None:
    name = getattr(plugin, "name", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise CannotStart(f"plugin in {where}: its name must be small letters, digits and underscores, not {name!r}")
    try:
        verifyObject(IMailitPlugin, plugin)
    except Invalid as error:
        raise CannotStart(f"plugin {name}: is not an IMailitPlugin: {' '.join(str(error).split())}") from error
