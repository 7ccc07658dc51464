"""The command lines as other programs use them: exit codes, stdout, stderr, JSON."""

import io
import json
import shlex
import shutil
import sqlite3
import sys
from contextlib import closing

import pytest

import indexer.cli
import search.cli
import search.evaluation.cli
import search.lexicon.cli
import search.trends.cli
from search.index.local.folder import DATABASE
from tests.conftest import TINY_DUMP, write_jsonl

STATIC = ("--encoder", "arshif-static")  # which loads faster than the default


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Build an archive of the tiny dump through the command line."""
    folder = tmp_path_factory.mktemp("cli") / "archive"
    assert indexer.cli.main(["add", str(TINY_DUMP), "--archive", str(folder), *STATIC]) == 0
    return folder


def run(capsys, main, *arguments):
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_add_prints_one_json_object_and_stores_the_default_encoders(tmp_path, capsys):
    to = ["--archive", tmp_path / "a", "--json"]
    status, out, _ = run(capsys, indexer.cli.main, "add", TINY_DUMP, *to)
    counts = json.loads(out)
    assert status == 0
    assert {
        "files", "articles", "headlines", "duplicates", "near_duplicates", "updated", "rejected",
        "passages", "seconds", "total",
    } <= set(counts)  # fmt: skip
    assert (counts["articles"], counts["headlines"], counts["total"]) == (13, 4, 18)
    encoder = json.loads(run(capsys, indexer.cli.main, "status", *to)[1])["encoder"]
    assert (encoder["name"], encoder["table"]["name"]) == ("arshif-small", "arshif-static")


def test_add_reads_standard_input(tmp_path, capsys, monkeypatch):
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(TINY_DUMP.read_bytes())))
    monkeypatch.setattr(sys, "stdin", stdin)
    arguments = ["add", "-", "--archive", tmp_path / "a", *STATIC, "--json"]
    status, out, _ = run(capsys, indexer.cli.main, *arguments)
    assert (status, json.loads(out)["total"]) == (0, 18)


def test_add_summarises_its_counts_and_names_rejected_records(tmp_path, capsys, caplog):
    bad = write_jsonl(tmp_path / "bad.jsonl", [{"title": "خبر"}, {}, {"body": " "}])
    arguments = ["add", bad, "--archive", tmp_path / "a", *STATIC]
    status, out, _ = run(capsys, indexer.cli.main, *arguments)
    assert status == 0
    assert "neither title nor body" in out
    assert "the archive holds 1 documents" in out
    assert "bad.jsonl:2: neither title nor body" in caplog.text


def test_captured_on_dates_the_headlines(tmp_path, capsys):
    arguments = ["add", TINY_DUMP, "--archive", tmp_path / "a", *STATIC]
    assert run(capsys, indexer.cli.main, *arguments, "--captured-on", "2026-03-20")[0] == 0
    with closing(sqlite3.connect(tmp_path / "a" / DATABASE)) as db:
        days = db.execute("SELECT DISTINCT day FROM documents WHERE kind = 'headline'").fetchall()
    assert days == [("2026-03-20",)]


def test_status_counts_the_documents_by_kind_source_and_year(archive, capsys):
    status, out, _ = run(capsys, indexer.cli.main, "status", "--archive", archive, "--json")
    counts = json.loads(out)
    assert status == 0
    assert counts["kinds"] == {"article": 14, "headline": 4}
    assert {"value": "ملاعبنا", "count": 3} in counts["sources"]
    assert {"value": 2015, "count": 2} in counts["years"]
    assert "4 headlines" in run(capsys, indexer.cli.main, "status", "--archive", archive)[1]


def test_check_reports_a_sound_archive_and_names_what_is_wrong(archive, tmp_path, capsys):
    status, out, _ = run(capsys, indexer.cli.main, "check", "--archive", archive, "--json")
    assert (status, json.loads(out)) == (0, {"ok": True, "problems": []})
    damaged = shutil.copytree(archive, tmp_path / "a")
    next((damaged / "segments").glob("*.faiss")).unlink()
    status, out, _ = run(capsys, indexer.cli.main, "check", "--archive", damaged)
    assert status == 1
    assert "00000001.faiss is missing" in out


def test_search_prints_hits_with_moroccan_dates(archive, capsys):
    status, out, _ = run(capsys, search.cli.main, "ثلوج الجبل", "--archive", archive, "-k", 1)
    assert status == 0
    assert "ثلوج كثيفة تقطع طريق الجبل" in out
    assert "جريدة السهل · 22 دجنبر 2015 · article" in out


def test_search_applies_its_filters_and_prints_json(archive, capsys):
    arguments = ["ثلوج", "--archive", archive, "--mode", "lexical", "--from", "2015-01-01"]
    arguments += ["--to", "2015-12-31", "--kind", "article", "--source", "جريدة السهل", "--json"]
    status, out, _ = run(capsys, search.cli.main, *arguments)
    answer = json.loads(out)
    assert (status, answer["mode"], answer["total"]) == (0, "lexical", 1)
    assert answer["hits"][0]["title"] == "ثلوج كثيفة تقطع طريق الجبل"


def test_search_finds_documents_of_the_language_asked_for(archive, capsys):
    arguments = ["--archive", archive, "--json", "-k", 100]
    totals = {}
    for language in ("ar", "fr"):
        _, out, _ = run(capsys, search.cli.main, *arguments, "--language", language)
        answer = json.loads(out)
        assert {hit["language"] for hit in answer["hits"]} == {language}
        totals[language] = answer["total"]
    assert totals == {"ar": 16, "fr": 2}


def test_search_reports_that_nothing_is_found(archive, capsys):
    arguments = ["زنجبيل", "--archive", archive, "--mode", "lexical"]
    assert run(capsys, search.cli.main, *arguments) == (0, "nothing found for زنجبيل\n", "")


ARCHIVE, NOWHERE = "--archive {archive}", "--archive nowhere"
REFUSED = {
    f"search سد {NOWHERE}": "no archive at nowhere",
    f"search ' ' {ARCHIVE}": "the query is empty",
    f"search سد {ARCHIVE} -k 0": "k is 0",
    f"search سد {ARCHIVE} -k 1000000000": "ask for 1 to 100",
    f"indexer add nowhere {ARCHIVE}": "no file or folder",
    f"indexer status {NOWHERE}": "no archive at nowhere",
    f"indexer check {NOWHERE}": "no archive at nowhere",
    f"indexer adapt {NOWHERE} --out nowhere/model": "no archive at nowhere",
    f"indexer add {TINY_DUMP} {ARCHIVE} --encoder ./nowhere": "no encoder at ./nowhere",
    f"evaluation {ARCHIVE} --queries no.jsonl --qrels no.tsv": "no.jsonl cannot be read",
    f"trends سد {NOWHERE}": "no archive at nowhere",
    f"trends سد ' ' {ARCHIVE}": "the query is empty",
    f"trends a b c d e f {ARCHIVE}": "6 terms: expected 1 to 5",
}
WRONG_USAGE = (
    *("indexer", "indexer remove --archive a", "indexer reencode --archive a"),
    *("indexer remove --archive a --id x --source y", "indexer adapt --archive a"),
    *(
        "indexer adapt --archive a --out b --steps 0",
        "indexer adapt --archive a --out b --hours nan",
    ),
    *("indexer add x --archive a --captured-on 2026-13-40", "search سد --archive a --mode magic"),
    *("search سد --archive a --from أمس", "search سد", "trends --archive a"),
    *("trends سد --archive a --by week", "trends سد --archive a --csv --json"),
    *("lexicon", "lexicon check"),
)
# Each with a command that its help gives as an example.
HELP = {
    "indexer": "python -m indexer add",
    "indexer add": "python -m indexer add",
    "indexer status": "python -m indexer status",
    "indexer check": "python -m indexer check",
    "indexer remove": "python -m indexer remove",
    "indexer compact": "python -m indexer compact",
    "indexer adapt": "python -m indexer adapt",
    "indexer reencode": "python -m indexer reencode",
    "search": "python -m search",
    "evaluation": "python -m search.evaluation",
    "trends": "python -m search.trends",
    "lexicon": "python -m search.lexicon check",
    "lexicon check": "python -m search.lexicon check",
}
MAINS = {
    "indexer": indexer.cli.main,
    "search": search.cli.main,
    "evaluation": search.evaluation.cli.main,
    "trends": search.trends.cli.main,
    "lexicon": search.lexicon.cli.main,
}


def run_line(capsys, line):
    """Run a command line, also where the parser of the arguments ends it."""
    name, *arguments = shlex.split(line)
    try:
        return run(capsys, MAINS[name], *arguments)
    except SystemExit as ended:
        captured = capsys.readouterr()
        return ended.code, captured.out, captured.err


def test_a_refusal_is_one_line_on_stderr_and_exit_status_1(archive, capsys):
    ended = {line: run_line(capsys, line.format(archive=archive)) for line in REFUSED}
    wrong = {
        line: (status, out, err)
        for line, (status, out, err) in ended.items()
        if (status, out, err.count("\n")) != (1, "", 1) or REFUSED[line] not in err
    }
    assert wrong == {}


def test_wrong_usage_is_exit_status_2(capsys):
    statuses = {line: run_line(capsys, line)[0] for line in WRONG_USAGE}
    assert statuses == dict.fromkeys(WRONG_USAGE, 2)


def test_help_ends_with_an_example(capsys):
    ended = {line: run_line(capsys, f"{line} --help") for line in HELP}
    wrong = {
        line: (status, out)
        for line, (status, out, _) in ended.items()
        if status or f"example: {HELP[line]}" not in " ".join(out.split())
    }
    assert wrong == {}


def test_search_suggests_a_corrected_query(archive, capsys):
    arguments = ["زنجبيل الحصببة", "--archive", archive, "--mode", "lexical"]
    _, out, _ = run(capsys, search.cli.main, *arguments)
    assert "did you mean: الحصبة (1)\n" in out


def test_search_reports_the_dates_that_it_favours(archive, capsys):
    _, out, _ = run(capsys, search.cli.main, "ثلوج 2015", "--archive", archive)
    assert "documents of «2015» are ranked higher\n" in out


def test_search_reports_a_phrase_that_stands_nowhere(archive, capsys):
    _, out, _ = run(capsys, search.cli.main, 'ثلوج "كلام لا يقوله أحد"', "--archive", archive)
    assert "no document holds «كلام لا يقوله أحد» word for word; searched as plain words\n" in out
    assert "are ranked higher" not in out


def test_search_counts_matches_apart_from_near_hits_and_marks_partial_ones(archive, capsys):
    arguments = ["السيول السهل", "--archive", archive, "--mode", "lexical"]
    _, out, _ = run(capsys, search.cli.main, *arguments)
    assert out.startswith("2 documents match, in 1 texts; 1 more are near in meaning (")
    assert out.count("· some of the words\n") == 1


def test_search_counts_undated_matches_and_lists_them_on_request(archive, capsys):
    arguments = ["ثمن", "--archive", archive, "--mode", "lexical"]
    _, out, _ = run(capsys, search.cli.main, *arguments, "--from", "2020-01-01")
    assert "1 more matching documents have no date: --undated lists them\n" in out
    _, out, _ = run(capsys, search.cli.main, *arguments, "--undated", "--json")
    titles = [hit["title"] for hit in json.loads(out)["hits"]]
    assert titles == ["ارتفاع ثمن الغازوال ابتداء من الغد"]


def test_search_lists_newspapers_without_a_query_and_suggests_similar_names(archive, capsys):
    arguments = ["--archive", archive, "--mode", "lexical"]
    _, out, _ = run(capsys, search.cli.main, *arguments, "--source", "صوت", "--source", "ملاعبنا")
    assert out.startswith("8 documents match (")
    _, out, _ = run(capsys, search.cli.main, *arguments, "--source", "ملعبنا")
    assert out == (
        "nothing found for these filters\nthe archive has no newspaper «ملعبنا»; similar: ملاعبنا\n"
    )


def test_days_in_reverse_are_read_as_meant(archive, capsys):
    days = ("--from", "2019-12-31", "--to", "2019-01-01")
    status, out, _ = run(capsys, search.cli.main, "السيول", "--archive", archive, *days)
    assert (status, "read as 2019-01-01 to 2019-12-31" in out) == (0, True)
