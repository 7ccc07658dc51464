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

# Within search a module imports only what stands above it here; `archive` and `encoders` are rooms
# with an order of their own inside.
SEARCH_ORDER = (
    "errors",
    "initials",
    "stemming",
    "stopwords",
    "text",
    "records",
    "dates",
    "wishes",
    "syntax",
    "vocabulary",
    "romanisation",
    "occurrences",
    "spelling",
    "places",
    "countries",
    "people",
    "institutions",
    "set_phrases",
    "darija",
    "names",
    "thesaurus",
    "expansion",
    "encoders.identity",
    "encoders.words",
    "encoders.piece_query",
    "encoders.piece_table",
    "encoders.static",
    "encoders.hub",
    "encoders.load",
    "lexical_query",
    "lexical",
    "segment_file",
    "vector_codes",
    "vector_segment",
    "dense",
    "pieces",
    "archive.schema",
    "archive.catalogue",
    "archive.rows",
    "archive.facts",
    "archive.segments",
    "archive.commits",
    "archive.snapshot",
    "archive.reader",
    "archive.folder",
    "archive.seal",
    "archive.changes",
    "archive.writer",
    "archive.removal",
    "archive.merging",
    "archive.compaction",
    "archive.check",
    "bounds",
    "clock",
    "heap",
    "live",
    "keyboard",
    "pace",
    "suggest",
    "fusion",
    "similar",
    "facets",
    "candidates",
    "narrowing",
    "interpretation",
    "ranking",
    "beside",
    "worth",
    "nearness",
    "snippets",
    "hits",
    "engine",
    "answer",
    "console",
    "cli",
    "evaluation.judgements",
    "evaluation.evaluate",
    "evaluation.silence",
    "evaluation.cli",
)

MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imported_by(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def relative_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT / "search").with_suffix("").parts)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_between_packages_point_to_search(path):
    package = path.relative_to(ROOT).parts[0]
    assert {name.split(".")[0] for name in imported_by(path)} & FORBIDDEN[package] == set()


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.is_relative_to(ROOT / "search") and "__" not in path.name],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_modules_of_search_import_only_those_above_them(path):
    above = SEARCH_ORDER[: SEARCH_ORDER.index(relative_name(path))]
    ours = {
        name.removeprefix("search.") for name in imported_by(path) if name.startswith("search.")
    }
    assert ours - set(above) == set()


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
