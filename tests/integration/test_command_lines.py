"""The command lines as other programs use them: exit codes, stdout, stderr, JSON."""

import io
import json
import sqlite3
import sys
from contextlib import closing

import pytest

import indexer.cli
import search.cli
import search.evaluation.cli
import search.lexicon.cli
import search.trends.cli
from search.index.local.database.schema import DATABASE
from tests.conftest import TINY_DUMP, write_jsonl


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Build an archive of the tiny dump with the shipped encoder, through the command line."""
    folder = tmp_path_factory.mktemp("cli") / "archive"
    assert indexer.cli.main(["add", str(TINY_DUMP), "--archive", str(folder)]) == 0
    return folder


def run(capsys, main, *arguments):
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_add_prints_one_json_object_and_nothing_else(tmp_path, capsys):
    status, out, _ = run(
        capsys, indexer.cli.main, "add", TINY_DUMP, "--archive", tmp_path / "a", "--json"
    )
    counts = json.loads(out)
    assert status == 0
    assert {
        "files", "articles", "headlines", "duplicates", "near_duplicates", "updated", "rejected",
        "passages", "seconds", "total",
    } <= set(counts)  # fmt: skip
    assert (counts["articles"], counts["headlines"], counts["total"]) == (13, 4, 18)


def test_add_reads_standard_input(tmp_path, capsys, monkeypatch):
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(TINY_DUMP.read_bytes())))
    monkeypatch.setattr(sys, "stdin", stdin)
    status, out, _ = run(
        capsys, indexer.cli.main, "add", "-", "--archive", tmp_path / "a", "--json"
    )
    assert (status, json.loads(out)["total"]) == (0, 18)


def test_add_summary_reads_well(tmp_path, capsys, caplog):
    bad = write_jsonl(tmp_path / "bad.jsonl", [{"title": "خبر"}, {}, {"body": " "}])
    status, out, _ = run(capsys, indexer.cli.main, "add", bad, "--archive", tmp_path / "a")
    assert status == 0
    assert "neither title nor body" in out
    assert "the archive holds 1 documents" in out
    assert "bad.jsonl:2: neither title nor body" in caplog.text


def test_captured_on_dates_the_headlines(tmp_path, capsys):
    arguments = ["add", TINY_DUMP, "--archive", tmp_path / "a", "--captured-on", "2026-03-20"]
    assert run(capsys, indexer.cli.main, *arguments)[0] == 0
    with closing(sqlite3.connect(tmp_path / "a" / DATABASE)) as db:
        days = db.execute("SELECT DISTINCT day FROM documents WHERE kind = 'headline'").fetchall()
    assert days == [("2026-03-20",)]


def test_status_counts_what_the_archive_holds(archive, capsys):
    status, out, _ = run(capsys, indexer.cli.main, "status", "--archive", archive, "--json")
    held = json.loads(out)
    assert status == 0
    assert held["kinds"] == {"article": 14, "headline": 4}
    assert {"value": "ملاعبنا", "count": 3} in held["sources"]
    assert {"value": 2015, "count": 2} in held["years"]
    assert held["encoder"]["name"] == "arshif-small"
    assert held["encoder"]["table"]["name"] == "arshif-static"
    assert "4 headlines" in run(capsys, indexer.cli.main, "status", "--archive", archive)[1]


def test_check_says_that_nothing_is_wrong(archive, capsys):
    status, out, _ = run(capsys, indexer.cli.main, "check", "--archive", archive, "--json")
    assert (status, json.loads(out)) == (0, {"ok": True, "problems": []})


def test_check_fails_and_names_what_is_wrong(tmp_path, capsys):
    indexer.cli.main(["add", str(TINY_DUMP), "--archive", str(tmp_path / "a")])
    next((tmp_path / "a" / "segments").glob("*.faiss")).unlink()
    capsys.readouterr()
    status, out, _ = run(capsys, indexer.cli.main, "check", "--archive", tmp_path / "a")
    assert status == 1
    assert "00000001.faiss is missing" in out


def test_search_prints_hits_with_moroccan_dates(archive, capsys):
    status, out, _ = run(capsys, search.cli.main, "ثلوج الجبل", "--archive", archive, "-k", 1)
    assert status == 0
    assert "ثلوج كثيفة تقطع طريق الجبل" in out
    assert "جريدة السهل · 22 دجنبر 2015 · article" in out


def test_search_prints_the_json_of_the_contract(archive, capsys):
    arguments = ["ثلوج", "--archive", archive, "--mode", "lexical", "--from", "2015-01-01"]
    arguments += ["--to", "2015-12-31", "--kind", "article", "--source", "جريدة السهل", "--json"]
    status, out, _ = run(capsys, search.cli.main, *arguments)
    answer = json.loads(out)
    assert (status, answer["mode"], answer["total"]) == (0, "lexical", 1)
    assert answer["hits"][0]["title"] == "ثلوج كثيفة تقطع طريق الجبل"


def test_search_says_when_nothing_is_found(archive, capsys):
    arguments = ["زنجبيل", "--archive", archive, "--mode", "lexical"]
    assert run(capsys, search.cli.main, *arguments) == (0, "nothing found for زنجبيل\n", "")


@pytest.mark.parametrize(
    ("main", "arguments", "message"),
    [
        (search.cli.main, ["سد", "--archive", "nowhere"], "no archive at nowhere"),
        (search.cli.main, [" ", "--archive", "{archive}"], "the query is empty"),
        (search.cli.main, ["سد", "--archive", "{archive}", "-k", "0"], "k is 0"),
        (search.cli.main, ["سد", "--archive", "{archive}", "-k", "1000000000"], "ask for 1 to 100"),
        (indexer.cli.main, ["add", "nowhere", "--archive", "{archive}"], "no file or folder"),
        (indexer.cli.main, ["status", "--archive", "nowhere"], "no archive at nowhere"),
        (indexer.cli.main, ["check", "--archive", "nowhere"], "no archive at nowhere"),
        (
            indexer.cli.main,
            ["adapt", "--archive", "nowhere", "--out", "nowhere/model"],
            "no archive at nowhere",
        ),
        (
            indexer.cli.main,
            ["add", str(TINY_DUMP), "--archive", "{archive}", "--encoder", "./nowhere"],
            "no encoder at ./nowhere",
        ),
        (
            search.evaluation.cli.main,
            ["--archive", "{archive}", "--queries", "nowhere.jsonl", "--qrels", "nowhere.tsv"],
            "nowhere.jsonl cannot be read",
        ),
        (search.trends.cli.main, ["سد", "--archive", "nowhere"], "no archive at nowhere"),
        (search.trends.cli.main, ["سد", " ", "--archive", "{archive}"], "the query is empty"),
        (search.trends.cli.main, [*"abcdef", "--archive", "{archive}"], "6 terms: expected 1 to 5"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line_and_exit_status_1(archive, capsys, main, arguments, message):
    filled = [argument.format(archive=archive) for argument in arguments]
    status, out, err = run(capsys, main, *filled)
    assert (status, out) == (1, "")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("main", "arguments"),
    [
        (indexer.cli.main, []),
        (indexer.cli.main, ["remove", "--archive", "a"]),
        (indexer.cli.main, ["remove", "--archive", "a", "--id", "x", "--source", "y"]),
        (indexer.cli.main, ["reencode", "--archive", "a"]),
        (indexer.cli.main, ["adapt", "--archive", "a"]),
        (indexer.cli.main, ["adapt", "--archive", "a", "--out", "b", "--steps", "0"]),
        (indexer.cli.main, ["adapt", "--archive", "a", "--out", "b", "--hours", "nan"]),
        (indexer.cli.main, ["add", "x", "--archive", "a", "--captured-on", "2026-13-40"]),
        (search.cli.main, ["سد", "--archive", "a", "--mode", "magic"]),
        (search.cli.main, ["سد", "--archive", "a", "--from", "أمس"]),
        (search.cli.main, ["سد"]),
        (search.trends.cli.main, ["--archive", "a"]),
        (search.trends.cli.main, ["سد", "--archive", "a", "--by", "week"]),
        (search.trends.cli.main, ["سد", "--archive", "a", "--csv", "--json"]),
        (search.lexicon.cli.main, []),
        (search.lexicon.cli.main, ["check"]),
    ],
)
def test_wrong_usage_is_exit_status_2(capsys, main, arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("main", "arguments", "example"),
    [
        (indexer.cli.main, ["--help"], "python -m indexer add"),
        (indexer.cli.main, ["add", "--help"], "python -m indexer add"),
        (indexer.cli.main, ["status", "--help"], "python -m indexer status"),
        (indexer.cli.main, ["check", "--help"], "python -m indexer check"),
        (indexer.cli.main, ["remove", "--help"], "python -m indexer remove"),
        (indexer.cli.main, ["compact", "--help"], "python -m indexer compact"),
        (indexer.cli.main, ["adapt", "--help"], "python -m indexer adapt"),
        (indexer.cli.main, ["reencode", "--help"], "python -m indexer reencode"),
        (search.cli.main, ["--help"], "python -m search"),
        (search.evaluation.cli.main, ["--help"], "python -m search.evaluation"),
        (search.trends.cli.main, ["--help"], "python -m search.trends"),
        (search.lexicon.cli.main, ["--help"], "python -m search.lexicon check"),
        (search.lexicon.cli.main, ["check", "--help"], "python -m search.lexicon check"),
    ],
)
def test_help_ends_with_an_example(capsys, main, arguments, example):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    assert f"example: {example}" in " ".join(capsys.readouterr().out.split())


def test_search_offers_what_may_have_been_meant(archive, capsys):
    arguments = ["زنجبيل الحصببة", "--archive", archive, "--mode", "lexical"]
    _, out, _ = run(capsys, search.cli.main, *arguments)
    assert "did you mean: الحصبة (1)\n" in out


def test_search_says_which_days_it_brought_forward(archive, capsys):
    _, out, _ = run(capsys, search.cli.main, "ثلوج 2015", "--archive", archive)
    assert "sooner because of «2015»\n" in out


def test_search_says_which_phrase_stands_nowhere(archive, capsys):
    _, out, _ = run(capsys, search.cli.main, 'ثلوج "كلام لا يقوله أحد"', "--archive", archive)
    assert "«كلام لا يقوله أحد» is nowhere word for word; found by its words\n" in out
    assert "sooner because of" not in out


def test_search_counts_matches_apart_and_names_what_a_hit_is(archive, capsys):
    at = ["--archive", archive, "--mode", "lexical"]
    _, out, _ = run(capsys, search.cli.main, "السيول السهل", *at)
    assert out.startswith("2 documents match, in 1 texts; 1 more are near in meaning (")
    assert out.count("· some of the words\n") == 1
    _, out, _ = run(capsys, search.cli.main, "ثمن", *at, "--from", "2020-01-01")
    assert "1 more that match have no date: --undated lists them\n" in out
    _, out, _ = run(capsys, search.cli.main, "ثمن", *at, "--undated", "--json")
    assert [hit["title"] for hit in json.loads(out)["hits"]] == [
        "ارتفاع ثمن الغازوال ابتداء من الغد"
    ]
    _, out, _ = run(capsys, search.cli.main, *at, "--source", "صوت", "--source", "ملاعبنا")
    assert out.startswith("8 documents match (")
    _, out, _ = run(capsys, search.cli.main, *at, "--source", "ملعبنا")
    assert out == (
        "nothing found for these filters\nthe archive has no newspaper «ملعبنا»; like it: ملاعبنا\n"
    )
