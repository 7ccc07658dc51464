"""What a report of a benchmark says of itself: when, where, and of which code it was made."""

import os
import platform
import subprocess
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]


def describe_run() -> dict[str, object]:
    """Return the date, the machine and the commit."""
    commit = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return {
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "commit": subprocess.run(commit, capture_output=True, text=True).stdout.strip(),
    }
