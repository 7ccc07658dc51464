"""The benchmarks that read a dump run: what nobody runs daily breaks unseen."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.figures import RESULTS, write_figures

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


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("near_duplicates", [], "12 articles"),
        ("indexing", [], "encode"),
        ("encodings", [], "cp1256"),
        ("reading", [], "12 article"),
        ("memory", ["30"], "30 articles in"),
    ],
)
def test_a_benchmark_runs_on_a_dump(dump, name, more, said):
    assert said in printed_by(name, str(dump), *more)


def test_archives_of_recombined_articles_are_built_and_timed(dump, tmp_path):
    archive = str(tmp_path / "archive")
    printed_by("recombined", str(dump), "40", archive)
    assert "recall@10" in printed_by("scale", archive, str(dump), "4")
    [timed] = json.loads(printed_by("latency", str(dump), archive))["results"]
    assert (timed["documents"], timed["trend"]["documents"]) == (40, 0)
    assert 0 < timed["engine"]["p50"] <= timed["engine"]["p99"]
    assert "\narshif " in printed_by("peers", str(dump), "20", "arshif")


def test_the_page_of_figures_is_what_the_results_give():
    page = (ROOT / "data" / "eval" / "README.md").read_text(encoding="utf-8")
    assert page == write_figures(RESULTS)


def test_a_difference_between_two_measurements_is_weighed_against_chance(tmp_path):
    kinds = {"a": "question", "b": "question", "c": "question", "d": "paraphrase"}
    for name, values in (("before", [0.0, 0.0, 0.0, 0.5]), ("after", [1.0, 1.0, 1.0, 0.5])):
        report = {"kinds": kinds, "values": {"hybrid": dict(zip(kinds, values, strict=True))}}
        (tmp_path / f"{name}.json").write_text(json.dumps(report))
    files = [str(tmp_path / "before.json"), str(tmp_path / "after.json")]
    rows = [line.split() for line in printed_by("significance", *files).splitlines()]
    # Of the 8 ways to swap three pairs, 2 give a difference of 1; with an equal pair, 4 of 16.
    assert ["hybrid", "question", "3", "0.000", "1.000", "0.250"] in rows
    assert ["hybrid", "paraphrase", "1", "0.500", "0.500", "1.000"] in rows
    assert ["hybrid", "all", "4", "0.125", "0.875", "0.250"] in rows


def test_the_soak_and_the_names_run_on_an_archive(tmp_path):
    archive = str(tmp_path / "archive")
    command = [sys.executable, "-m", "indexer", "add", "data/sample", "--archive", archive]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    printed = printed_by("soak", archive, "--requests", "30")
    assert "answers by status: {200: 24, 400: 4, 404: 2}" in printed
    assert "set_phrases: 8 of" in printed_by("names", archive)


def test_no_request_fails_while_the_archive_changes(dump):
    printed = printed_by(
        "reload", str(dump), "--clients", "2", "--pause-ms", "20", "--alone-s", "1"
    )
    steps = [line.split() for line in printed.splitlines()[1:]]
    assert [step[0] for step in steps] == ["alone", "add", "compact", "reencode", "after"]
    assert all(int(step[2]) > 5 for step in steps)
    assert [step[7] for step in steps] == ["0"] * 5
    assert steps[-1][8] == "12"


def printed_by(name, *arguments):
    ended = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{name}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
