"""Importing a front door loads nothing heavy: torch takes seconds, and a search needs none."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "search.engine",
        "search.cli",
        "search.evaluation.cli",
        "indexer.cli",
        "indexer.training.cli",
        "web.app",
    ],
)
def test_importing_loads_no_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
