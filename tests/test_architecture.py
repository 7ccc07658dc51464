"""Holds the house together: imports point one way, files stay small, no import loads torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("search", "indexer", "web")
FORBIDDEN = {
    "search": {"indexer", "web", "tests"},
    "indexer": {"web", "tests"},
    "web": {"indexer", "tests"},
}

MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imported_by(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_between_packages_point_to_search(path):
    package = path.relative_to(ROOT).parts[0]
    assert {name.split(".")[0] for name in imported_by(path)} & FORBIDDEN[package] == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path):
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 300
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, functions)]
    assert {node.name for node in found if (node.end_lineno or 0) - node.lineno > 45} == set()


@pytest.mark.parametrize(
    "package",
    [
        "search.engine",
        "indexer.cli",
        "indexer.training.cli",
        "search.cli",
        "web",
        "search.evaluation.cli",
    ],
)
def test_importing_loads_no_torch(package):
    code = f"import sys, {package}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
