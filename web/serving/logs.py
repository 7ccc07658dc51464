"""Write the log as JSON, one object per line, for programs that collect it."""

import json
import logging
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """A formatter that writes time, level, logger, message, and the extra fields of a record."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry.update(getattr(record, "fields", {}))
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def write_json() -> None:
    """Set every handler of the process to write JSON."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JsonLines())
