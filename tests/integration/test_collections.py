"""Measuring an encoder on collections with known answers, by the real indexing trip and engine."""

import gzip
import json
import random

import pytest

from indexer.evaluation import cli
from indexer.evaluation.collections import COLLECTIONS, read_collections
from indexer.misspelling import misspell
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
    [chosen] = read_collections(corpora, [name])
    return chosen


def test_a_mixed_collection_adds_passages_in_the_language_of_the_question(corpora):
    path = corpora / "eval" / "qa_retrieval.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    english = {"set": "mlqa", "q_lang": "en", "c_lang": "en", "context_id": "0", "context": "Rain."}
    write(path, [*records, records[0] | english])
    mixed = collection(corpora, "mixed-en-ar")
    assert [query.text for query in mixed.queries] == ["heavy rain floods the streets"]
    assert mixed.body_by_id == {"0": ARTICLES[0][1], "beside-0": "Rain."}
    assert [qrel.doc_id for qrel in mixed.qrels] == ["0"]


def test_a_collection_of_questions_has_one_pair_of_languages(corpora):
    arabic = collection(corpora, "xquad-ar-ar")
    assert [query.text for query in arabic.queries] == [title for title, _ in ARTICLES]
    assert list(arabic.body_by_id.values()) == [body for _, body in ARTICLES]
    crossing = collection(corpora, "xquad-en-ar")
    assert [(qrel.doc_id, qrel.relevance) for qrel in crossing.qrels] == [("0", 1)]


def test_translations_are_queries_in_one_language_for_bodies_in_the_other(corpora):
    translations = collection(corpora, "ntrex-fr-ar")
    assert [query.text for query in translations.queries] == ["pluie"]
    assert list(translations.body_by_id.values()) == ["مطر"]


def test_titles_are_queries_for_bodies(corpora):
    find_by_title = collection(corpora, "saudi-title")
    assert sorted(query.text for query in find_by_title.queries) == sorted(
        title for title, _ in ARTICLES
    )
    assert all(
        query.text not in find_by_title.body_by_id.values() for query in find_by_title.queries
    )


def test_hard_titles_lack_what_the_first_sentence_repeats(corpora):
    queries = {query.query_id: query.text for query in collection(corpora, "saudi-hard").queries}
    assert queries["0"] == "تغمر شوارع"
    assert queries["1"] == "يفوز بكأس العرش"


def test_misspelt_titles_differ_and_are_the_same_each_time(corpora):
    queries = [query.text for query in collection(corpora, "saudi-misspelt").queries]
    assert queries == [query.text for query in collection(corpora, "saudi-misspelt").queries]
    assert not set(queries) & {title for title, _ in ARTICLES}


def test_misspelling_changes_at_most_two_long_words():
    text = "من مدينة طنجة إلى الصويرة"
    for seed in range(5):
        misspelt = misspell(text, random.Random(seed)).split()
        changed = [old for old, new in zip(text.split(), misspelt, strict=True) if old != new]
        assert len(changed) <= 2, seed
        assert set(changed) <= {"مدينة", "طنجة", "الصويرة"}, seed


def test_the_command_measures_every_mode_and_writes_the_results(corpora, tmp_path, capsys):
    results = tmp_path / "results"
    arguments = ["--data", str(corpora), "--collection", "saudi-title", "--results", str(results)]
    assert cli.main([*arguments, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [row["mode"] for row in report["results"]] == ["lexical", "semantic", "hybrid"]
    assert all(row["measures"]["nDCG@10"] > 0.9 for row in report["results"])
    [file] = results.iterdir()
    assert json.loads(file.read_text(encoding="utf-8")) == report
    assert report["encoder"]["digest"][:8] in file.name
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
    assert [chosen.name for chosen in read_collections(corpora)] == list(COLLECTIONS)
