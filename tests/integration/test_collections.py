"""Measuring an encoder on collections with known answers, by the real indexing trip and engine."""

import gzip
import json
import random

import pytest

from indexer.evaluation import cli
from indexer.evaluation.collections import COLLECTIONS, read_collections
from indexer.training.misspelling import misspell
from search.errors import SearchError

ARTICLES = [
    (
        "أمطار قوية تغمر شوارع المدينة",
        "أمطار قوية شهدتها المدينة. غمرت المياه الشوارع وتوقفت الحركة.",
    ),
    ("الفريق يفوز بكأس العرش", "توج الفريق باللقب. رفع العميد كأس العرش أمام جمهور غفير."),
    ("افتتاح معرض الكتاب", "فتح المعرض أبوابه للزوار. آلاف الكتب في أروقة الناشرين."),
]


@pytest.fixture
def corpora(tmp_path):
    questions = [
        {
            "set": "xquad", "q_lang": "ar", "c_lang": "ar", "question": title,
            "context_id": str(place), "context": body,
        }
        for place, (title, body) in enumerate(ARTICLES)
    ]  # fmt: skip
    other = questions[0] | {"q_lang": "en", "question": "heavy rain floods the streets"}
    pairs = [
        {"lang_a": "ar", "a": "مطر", "lang_b": "en", "b": "rain"},
        {"lang_a": "fr", "a": "pluie", "lang_b": "ar", "b": "مطر"},
    ]
    articles = [{"title": title, "body": body} for title, body in ARTICLES]
    write(tmp_path / "eval" / "qa_retrieval.jsonl.gz", [*questions, other])
    write(tmp_path / "eval" / "ntrex128.jsonl.gz", pairs)
    write(tmp_path / "bench" / "saudinewsnet.jsonl.gz", [*articles, {"title": "بلا متن"}])
    write(tmp_path / "train" / "news" / "goud_darija.jsonl.gz", articles)
    return tmp_path


def write(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def collection(corpora, name):
    [found] = read_collections(corpora, [name])
    return found


def test_passages_in_the_language_of_the_question_stand_beside_the_answers(corpora):
    path = corpora / "eval" / "qa_retrieval.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    english = {"set": "mlqa", "q_lang": "en", "c_lang": "en", "context_id": "0", "context": "Rain."}
    write(path, [*records, records[0] | english])
    found = collection(corpora, "mixed-en-ar")
    assert [query.text for query in found.queries] == ["heavy rain floods the streets"]
    assert found.body_by_id == {"0": ARTICLES[0][1], "beside-0": "Rain."}
    assert [qrel.doc_id for qrel in found.qrels] == ["0"]


def test_questions_of_one_pair_of_languages_only(corpora):
    found = collection(corpora, "xquad-ar-ar")
    assert [query.text for query in found.queries] == [title for title, _ in ARTICLES]
    assert list(found.body_by_id.values()) == [body for _, body in ARTICLES]
    crossing = collection(corpora, "xquad-en-ar")
    assert [(qrel.doc_id, qrel.relevance) for qrel in crossing.qrels] == [("0", 1)]


def test_translations_ask_in_one_language_and_answer_in_the_other(corpora):
    found = collection(corpora, "ntrex-fr-ar")
    assert [query.text for query in found.queries] == ["pluie"]
    assert list(found.body_by_id.values()) == ["مطر"]


def test_titles_ask_for_bodies(corpora):
    found = collection(corpora, "saudi-title")
    assert sorted(query.text for query in found.queries) == sorted(title for title, _ in ARTICLES)
    assert all(query.text not in found.body_by_id.values() for query in found.queries)


def test_hard_titles_lack_what_the_first_sentence_repeats(corpora):
    asked = {query.query_id: query.text for query in collection(corpora, "saudi-hard").queries}
    assert asked["0"] == "تغمر شوارع"
    assert asked["1"] == "يفوز بكأس العرش"


def test_misspelt_titles_differ_and_are_the_same_each_time(corpora):
    asked = [query.text for query in collection(corpora, "saudi-misspelt").queries]
    assert asked == [query.text for query in collection(corpora, "saudi-misspelt").queries]
    assert not set(asked) & {title for title, _ in ARTICLES}


@pytest.mark.parametrize("seed", range(5))
def test_misspelling_changes_as_many_long_words_as_asked(seed):
    text = "من مدينة طنجة إلى الصويرة"
    changed = misspell(text, random.Random(seed)).split()
    differing = [old for old, new in zip(text.split(), changed, strict=True) if old != new]
    assert len(differing) <= 2
    assert set(differing) <= {"مدينة", "طنجة", "الصويرة"}


def test_the_command_measures_every_mode_and_keeps_the_results(corpora, tmp_path, capsys):
    results = tmp_path / "results"
    arguments = ["--data", str(corpora), "--collection", "saudi-title", "--results", str(results)]
    assert cli.main([*arguments, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [row["mode"] for row in report["results"]] == ["lexical", "semantic", "hybrid"]
    assert all(row["measures"]["nDCG@10"] > 0.9 for row in report["results"])
    [kept] = results.iterdir()
    assert json.loads(kept.read_text(encoding="utf-8")) == report
    assert report["encoder"]["digest"][:8] in kept.name
    assert cli.main(arguments) == 0
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:2] for line in printed[1:]] == [
        ["saudi-title", mode] for mode in ("lexical", "semantic", "hybrid")
    ]


def test_an_unknown_collection_and_a_missing_file_are_named(corpora, tmp_path, capsys):
    with pytest.raises(SearchError, match="no collection trec: expected one of xquad-ar-ar"):
        collection(corpora, "trec")
    assert cli.main(["--data", str(tmp_path / "none"), "--collection", "mlqa-ar-ar"]) == 1
    assert "qa_retrieval.jsonl.gz cannot be read" in capsys.readouterr().err


def test_every_collection_can_be_read(corpora):
    assert [found.name for found in read_collections(corpora)] == list(COLLECTIONS)
