"""The training data of the contextual encoder: articles, made queries and similar articles."""

import gzip
import json
import math
import random

import numpy as np
import pytest

from indexer.training.contextual.articles import (
    Article,
    Material,
    cross_translations,
    read_material,
)
from indexer.training.contextual.events import find_related
from indexer.training.contextual.moroccan import write_moroccan
from indexer.training.contextual.queries import WEIGHTS, ExampleMaker, without_shared_words
from indexer.training.contextual.sampling import Sampler
from indexer.training.contextual.similar import SimilarArticles, WordIndex
from indexer.training.contextual.written import (
    WrittenQuery,
    digest_of,
    read_queries,
    take_queries,
)
from indexer.training.glossary import Glossary
from indexer.training.held_out import is_held_out
from indexer.training.pairs import PairSet, read_pair_sets
from search.encoders.identity import PieceCounts
from search.encoders.loading import load_encoder
from search.language.analysis import terms

BODY = (
    "وصلت القافلة إلى القرية بعد أسبوع من السفر عبر الجبال. رحب السكان بها وقدموا الطعام للجميع. "
)


def write(path, *records):
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(record) + "\n" for record in records)


def test_a_fifth_of_the_moroccan_news_is_held_out_of_every_training(tmp_path):
    articles = [
        {
            "title": f"خبر رقم {number}",
            "body": " ".join(f"كلمة{number}و{place}" for place in range(30)),
            "source": "هسبريس",
        }
        for number in range(100)
    ]
    write(tmp_path / "hespress_aljazeera.jsonl.gz", *articles, {**articles[0], "source": "أخرى"})
    held_out = {a["title"] for a in articles if is_held_out("hespress_aljazeera", a)}
    assert 10 < len(held_out) < 30
    [titles] = [s.left for s in read_pair_sets(tmp_path, seed=0) if s.kind == "cloze"]
    assert len(titles) == 101 - len(held_out)
    material = read_material(tmp_path, [], tmp_path)
    assert {article.title for article in material.held_out} == held_out
    assert not held_out & {article.title for article in material.articles}
    title = min(held_out)
    assert not is_held_out("ant", {"title": title, "source": "هسبريس"})
    assert not is_held_out("hespress_aljazeera", {"title": title, "source": "أخرى"})


def test_copies_of_held_out_and_benchmark_articles_are_left_out_of_later_runs_too(tmp_path):
    data, bench = tmp_path / "data", tmp_path / "bench"
    data.mkdir()
    bench.mkdir()
    benchmark = (
        "نظمت البلدية سباقا للدراجات شارك فيه المئات من الشباب في شوارع المدينة القديمة صباح اليوم"
    )
    titles = [f"عنوان {number}" for number in range(50)]
    held_out = next(t for t in titles if is_held_out("goud_darija", {"title": t}))
    write(data / "goud_darija.jsonl.gz", {"title": held_out, "body": BODY * 3})
    copy = {"title": "", "body": BODY * 3 + "هكذا كان"}
    quoting = {
        "title": "سباق",
        "body": f"كان يوما طويلا. {benchmark}. " + "وانتهى كل شيء بخير. " * 12,
    }
    clean = {"title": "سوق", "body": "فتح السوق أبوابه للزوار من كل مكان في هذا العام. " * 6}
    write(data / "other.jsonl.gz", copy, quoting, clean)
    write(bench / "bench.jsonl.gz", {"title": "سباق الدراجات", "body": benchmark})
    first = read_material(data, [bench], tmp_path)
    assert [article.title for article in first.articles] == ["سوق"]
    second = read_material(data, [tmp_path / "missing"], tmp_path)
    assert second.articles == first.articles


def test_pairs_of_one_language_are_paraphrases_and_their_translations_are_crossed(tmp_path):
    write(
        tmp_path / "pairs.jsonl.gz",
        {"a": "سافر أبي", "b": "رحل والدي", "lang_a": "ar", "lang_b": "ar"},
        {"a": "عاد أخي", "b": "رجع أخي", "lang_a": "ar", "lang_b": "ar"},
        {"a": "رحل والدي", "b": "My father left", "lang_a": "ar", "lang_b": "en"},
        {"a": "رجع أخي", "b": "My brother is back", "lang_a": "ar", "lang_b": "en"},
        {"a": "غير", "b": "معروف", "label": None},  # not a pair
    )
    pair_sets = read_material(tmp_path, [], tmp_path).pairs
    sets = {s.name: list(zip(s.left, s.right, strict=True)) for s in pair_sets}
    assert sets["pairs:paraphrase"] == [("سافر أبي", "رحل والدي"), ("عاد أخي", "رجع أخي")]
    assert len(sets["pairs:parallel"]) == 2
    crossed = [("سافر أبي", "My father left"), ("عاد أخي", "My brother is back")]
    assert sets["crossed:parallel"] == crossed
    assert cross_translations([PairSet("p", "paraphrase", 1.0, ["أ"], ["ب"])]).left == []


def test_content_words_of_the_passage_are_taken_out_of_its_query():
    expected = {
        # The passage has «قافلة» with its article: terms are compared.
        ("قافلة طبية تزور جبال الأطلس", "وصلت القافلة"): "طبية تزور جبال الأطلس",
        ("قافلة، طبية: تزور جبال", "وصلت القافلة"): "طبية: تزور جبال",
        ("قافلة طبية تزور", "وصلت القافلة"): "",  # two words are too few
        ("قافلة طبية في جبال الأطلس", "سوق"): "قافلة طبية في جبال الأطلس",
    }
    assert {texts: without_shared_words(*texts) for texts in expected} == expected


def test_a_headline_is_rewritten_in_moroccan_words():
    text = "لماذا ارتفعت أسعار الخضر في رمضان"
    written = {write_moroccan(text, random.Random(seed)) for seed in range(20)}
    assert any(query.startswith("علاش ارتفعت") and " ف رمضان" in query for query in written)
    assert write_moroccan("سباق الدراجات", random.Random(0)) == ""


ARTICLES = [
    Article("زلزال قوي يضرب إزمير", "هزة أرضية غرب تركيا", BODY * 3, "2020-10-30"),
    Article("هزة أرضية عنيفة في إزمير التركية", "", "ضرب زلزال إزمير. " * 20, "2020-10-31"),
    Article("مهرجان موسيقى كناوة", "", "افتتح مهرجان كناوة بالصويرة. " * 12, "2020-10-30"),
    Article("القمر", "", "القمر تابع للأرض يدور حولها. " * 12, "2017-01-20", "doc_1"),
    Article("القمر بالمصري", "", "القمر بيلف حوالين الارض دايما. " * 12, "2017-01-20", "doc_1"),
]


@pytest.fixture(scope="module")
def similar():
    return SimilarArticles(ARTICLES, load_encoder(), width=4)


def test_counterparts_are_related_and_articles_of_one_day_alone_are_not(similar):
    related = find_related(ARTICLES, similar)
    assert related[3:] == [[4], [3]]
    assert related[2] == []


def test_word_scores_are_those_of_the_bm25_formula():
    texts = [PieceCounts(np.array([0, 1], np.uint32), np.array([2, 1], np.uint16)),
             PieceCounts(np.array([1], np.uint32), np.array([1], np.uint16))]  # fmt: skip
    scores = WordIndex(texts, 3).score(np.array([0, 2]))
    # The lengths are 3 and 1, 2 on average; piece 0 occurs twice in one of the two texts.
    idf = math.log(1 + 1.5 / 1.5)
    assert scores.tolist() == pytest.approx(
        [idf * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 1.5)), 0.0], rel=1e-3
    )


def test_articles_are_near_by_words_by_the_table_or_by_the_model(similar):
    rng = np.random.default_rng(0)
    assert similar.near(0, 1, "words", rng).tolist() == [1]
    assert similar.near(3, 1, "table", rng).tolist() == [4]
    similar.remember(np.array([0, 2, 3]), np.eye(4, dtype=np.float32)[[0, 0, 1]])
    assert similar.near(0, 1, "model", rng).tolist() == [2]
    assert similar.near(1, 1, "model", rng).tolist() == similar.near(1, 1, "words", rng).tolist()


def test_a_batch_is_a_function_of_its_step_and_marks_further_right_answers(similar):
    related = find_related(ARTICLES, similar)
    maker = ExampleMaker(ARTICLES, related, Glossary(()))
    samplers = [Sampler(similar, maker, related, [], size=5, seed=seed) for seed in (0, 0, 1)]
    batches = [sampler.draw(7) for sampler in samplers]
    assert batches[0].left == batches[1].left
    assert batches[0].left != batches[2].left
    row = {int(number): place for place, number in enumerate(batches[0].numbers)}
    assert sorted(row) == [0, 1, 2, 3, 4]
    assert batches[0].alike[row[3], row[4]]
    assert not batches[0].alike[row[0], row[2]]
    assert not batches[0].alike.diagonal().any()
    drawn = {kind for step in range(40) for kind in samplers[0].draw(step).kinds}
    assert {"bare", "title", "keywords", "romanised", "related"} <= drawn <= WEIGHTS.keys()


def test_a_bare_query_shares_no_content_word_with_its_passage(similar):
    maker = ExampleMaker(ARTICLES, [[]] * len(ARTICLES), Glossary(()))
    examples = [maker.make(0, random.Random(seed)) for seed in range(100)]
    bare = [example for example in examples if example.kind == "bare"]
    assert bare
    stop_words = {"في", "من", "الي", "بها", "بعد", "عبر"}
    for example in bare:
        assert not (set(terms(example.query)) - stop_words) & set(terms(example.passage))


def test_written_queries_train_on_their_article_and_a_tenth_is_held_out(tmp_path):
    articles = [Article(f"خبر {number}", "", f"نص {number} " * 90) for number in range(60)]
    lines = [
        {"article": digest_of(article), "kind": kind, "query": f"{kind} {number}"}
        for number, article in enumerate(articles[:50])
        for kind in ("paraphrase", "fr")
    ]
    write(tmp_path / "written.jsonl.gz", *lines, {**lines[0], "article": "0" * 16})
    material = Material(Glossary(()), articles=list(articles))
    written = take_queries(read_queries(tmp_path / "written.jsonl.gz"), material)
    held_out = {article.title for article, _ in written.held_out}
    assert 1 <= len(held_out) <= 15
    assert not held_out & {article.title for article in material.articles}
    assert len(written.by_number) == 50 - len(held_out)
    for number, queries in written.by_number.items():
        title = material.articles[number].title
        place = title.split()[1]
        assert [query.text for query in queries] == [f"paraphrase {place}", f"fr {place}"]
    [pairs] = material.pairs
    assert (pairs.kind, len(pairs.left)) == ("paraphrase", 50 - len(held_out))
    maker = ExampleMaker(material.articles, [[]] * 60, Glossary(()), written.by_number)
    number = next(iter(written.by_number))
    example = maker.make_written(number, random.Random(0))
    assert example.query in {query.text for query in written.by_number[number]}
    assert example.passage.split("\n")[-1] in " ".join(material.articles[number].body.split())


def test_every_other_batch_has_written_queries(similar):
    queries = {0: [WrittenQuery("paraphrase", "اهتزت مدينة على بحر إيجة")]}
    maker = ExampleMaker(ARTICLES, [[]] * len(ARTICLES), Glossary(()), queries)
    sampler = Sampler(similar, maker, [[]] * 5, [], size=3, seed=0, written=queries)
    batches = [sampler.draw(step) for step in range(4)]
    assert [batch.kind for batch in batches] == ["written", "article"] * 2
    for batch in batches[::2]:
        place = batch.numbers.tolist().index(0)
        assert (batch.kinds[place], batch.left[place]) == ("paraphrase", queries[0][0].text)
