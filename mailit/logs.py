"""Log lines on standard error: for people, or as JSON for machines; nothing in them can pose as another line."""

from __future__ import annotations

import json
import traceback
from datetime import UTC, datetime
from typing import IO

from twisted.logger import (
    FileLogObserver,
    FilteringLogObserver,
    ILogObserver,
    LogEvent,
    LogLevel,
    LogLevelFilterPredicate,
    formatEvent,
)

from mailit.sections import LoggingSettings

_CONTROLS = {code: f"\\x{code:02x}" for code in [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029]} | {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
}


def observer(settings: LoggingSettings, file: IO[str]) -> ILogObserver:
    """What writes events to this file from the level on that the settings name."""
    written = FileLogObserver(file, _as_json if settings.format == "json" else _as_text)
    least = LogLevelFilterPredicate(defaultLogLevel=LogLevel.levelWithName(settings.level))
    return FilteringLogObserver(written, [least])


def _as_text(event: LogEvent) -> str | None:
    """`2026-11-30T12:00:00.123Z info mailit.daemon: …`, a traceback indented below it."""
    message = formatEvent(event)
    if not message and "log_failure" not in event:
        return None
    lines = [f"{_time(event)} {_level(event)} {_origin(event)}: {message.translate(_CONTROLS)}"]
    lines += [f"    {line.translate(_CONTROLS)}" for line in _traceback(event).splitlines()]
    return "\n".join(lines) + "\n"


def _as_json(event: LogEvent) -> str | None:
    message = formatEvent(event)
    if not message and "log_failure" not in event:
        return None
    line = {"time": _time(event), "level": _level(event), "logger": _origin(event), "message": message}
    if "log_failure" in event:
        line["traceback"] = _traceback(event)
    return json.dumps(line) + "\n"


def _time(event: LogEvent) -> str:
    moment = datetime.fromtimestamp(event.get("log_time", 0.0), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _level(event: LogEvent) -> str:
    level = event.get("log_level", LogLevel.info)
    return str(level.name)


def _origin(event: LogEvent) -> str:
    return str(event.get("log_namespace", "-"))


def _traceback(event: LogEvent) -> str:
    if "log_failure" not in event:
        return ""
    failure = event["log_failure"]
    if failure.value is None or failure.value.__traceback__ is None:
        return str(failure.getTraceback())
    return "".join(traceback.format_exception(failure.value))
