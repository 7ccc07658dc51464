import subprocess
import sys

MODULES = (
    "search.engine",
    "search.cli",
    "search.evaluation.cli",
    "indexer.cli",
    "indexer.training.cli",
    "web.app",
)


def test_importing_a_command_or_the_engine_does_not_load_torch():
    # Loading torch takes seconds.
    code = f"""
import importlib, sys
for module in {MODULES}:
    importlib.import_module(module)
    if "torch" in sys.modules:
        sys.exit(f"{{module}} loads torch")
"""
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
