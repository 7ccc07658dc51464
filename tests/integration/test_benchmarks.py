"""The benchmarks run: nobody runs them daily, so that only a test finds them broken."""

import gzip
import json
from pathlib import Path

import pytest

from indexer.cli import main
from tests.benchmarks.figures import RESULTS, write_figures
from tests.integration.kills import run_in_child, run_module

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def dump(tmp_path_factory):
    path = tmp_path_factory.mktemp("benchmarks") / "dump.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for number in range(12):
            words = " ".join(f"كلمة{place * (number // 2 + 1)}" for place in range(120))
            record = {"id": str(number), "title": f"عنوان الخبر رقم {number}", "body": words}
            lines.write(json.dumps(record) + "\n")
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("near_duplicates", [], "12 articles"),
        ("indexing", [], "encode"),
        ("encodings", [], "cp1256"),
        ("reading", [], "12 article"),
        ("memory", ["30"], "30 articles in"),
    ],
)
def test_a_benchmark_of_a_dump_prints_its_figures(run, dump, name, arguments, expected):
    assert expected in run(name, dump, *arguments)


@pytest.mark.slow
def test_archives_of_recombined_articles_are_built_and_measured(run, dump, tmp_path):
    archive = tmp_path / "archive"
    run("recombined", dump, 40, archive)
    assert "recall@10" in run("scale", archive, dump, 4)
    [figures] = json.loads(run("latency", dump, archive))["results"]
    assert (figures["documents"], figures["trend"]["documents"]) == (40, 0)
    assert 0 < figures["engine"]["p50"] <= figures["engine"]["p99"]
    assert "\narshif " in run("peers", dump, 20, "arshif")


def test_the_page_of_figures_is_written_from_the_results():
    page = (ROOT / "data" / "eval" / "README.md").read_text(encoding="utf-8")
    assert page == write_figures(RESULTS)


def test_the_significance_of_a_difference_is_the_share_of_swaps_that_reach_it(run, tmp_path):
    kinds = {"a": "question", "b": "question", "c": "question", "d": "paraphrase"}
    for name, values in (("before", [0.0, 0.0, 0.0, 0.5]), ("after", [1.0, 1.0, 1.0, 0.5])):
        report = {"kinds": kinds, "values": {"hybrid": dict(zip(kinds, values, strict=True))}}
        (tmp_path / f"{name}.json").write_text(json.dumps(report))
    printed = run("significance", tmp_path / "before.json", tmp_path / "after.json")
    rows = [line.split() for line in printed.splitlines()]
    # Of the 8 ways to swap three pairs, 2 give a difference of 1; with an equal pair, 4 of 16.
    assert ["hybrid", "question", "3", "0.000", "1.000", "0.250"] in rows
    assert ["hybrid", "paraphrase", "1", "0.500", "0.500", "1.000"] in rows
    assert ["hybrid", "all", "4", "0.125", "0.875", "0.250"] in rows


@pytest.mark.slow
def test_the_soak_and_the_names_run_on_an_archive(run, tmp_path):
    archive = tmp_path / "archive"
    words = ["add", str(ROOT / "data" / "sample"), "--encoder", "arshif-static"]
    assert main([*words, "--archive", str(archive)]) == 0
    printed = run("soak", archive, "--requests", 30)
    assert "answers by status: {200: 24, 400: 4, 404: 2}" in printed
    assert "set_phrases: 8 of" in run("names", archive)


@pytest.mark.slow
def test_no_request_fails_while_the_archive_changes(run, dump):
    times = ["--pause-ms", 20, "--alone-s", 0.5, "--settle-s", 0.5]
    printed = run("reload", dump, "--clients", 2, *times)
    steps = [line.split() for line in printed.splitlines()[1:]]
    assert [step[0] for step in steps] == ["alone", "add", "compact", "reencode", "after"]
    assert all(int(step[2]) > 5 for step in steps)
    assert [step[7] for step in steps] == ["0"] * 5
    assert steps[-1][8] == "12"


@pytest.fixture
def run(tmp_path):
    """Return a function that runs a benchmark in a process of its own and returns its output."""

    def run(name, *arguments):
        words = [str(argument) for argument in arguments]
        status = run_in_child(run_module, f"tests.benchmarks.{name}", words, tmp_path)
        assert status == 0, (tmp_path / "stderr").read_text()
        return (tmp_path / "stdout").read_text()

    return run
