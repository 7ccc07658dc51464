"""The training data of the static encoder: pairs, made-up queries, and no benchmark text."""

import gzip
import json
import random

import pytest

from indexer.training.arabizi import romanise
from indexer.training.contamination import GramHasher, benchmark_grams, drop_contaminated
from indexer.training.glossary import Glossary
from indexer.training.pairs import PairSet, read_pair_sets

BODY = "نص طويل عن موضوع الماء في القرى البعيدة. " * 8


def write(path, *records):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as out:
        for record in records:
            out.write(json.dumps(record) + "\n")


def pairs_of(sets, kind):
    return [pair for s in sets if s.kind == kind for pair in zip(s.left, s.right, strict=True)]


def test_the_fields_of_a_record_decide_the_kind_of_its_pairs(tmp_path):
    news = [{"title": title, "abstract": "ملخص", "body": BODY} for title in "أب"]
    labels = {"ن": "1", "ل": "0", "م": "agree"}  # 0: the texts do not agree
    labelled = [{"a": a, "b": "س", "label": label} for a, label in labels.items()]
    write(tmp_path / "news.jsonl.gz", *news)
    write(tmp_path / "qa.jsonl.gz", *[{"question": q, "context": "جواب"} for q in "أب"])
    write(tmp_path / "parallel.jsonl.gz", *[{"a": "ماء", "b": b} for b in ("eau", "water")])
    write(tmp_path / "labelled.jsonl.gz", *labelled)
    sets = read_pair_sets(tmp_path, seed=0)
    assert pairs_of(sets, "title") == [("أ", BODY), ("ملخص", BODY), ("ب", BODY), ("ملخص", BODY)]
    assert pairs_of(sets, "cloze") == [(BODY, BODY)] * 2
    assert pairs_of(sets, "question") == [("أ", "جواب"), ("ب", "جواب")]
    parallel = {("ماء", "eau"), ("ماء", "water"), ("ن", "س"), ("م", "س")}
    assert set(pairs_of(sets, "parallel")) == parallel


def test_a_folder_without_data_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no \.jsonl\.gz file"):
        read_pair_sets(tmp_path, seed=0)


def test_a_title_is_translated_word_by_word_where_half_of_its_words_are_known():
    words = [("ماء", "eau", "fr"), ("مدرسة", "école", "fr"), ("ماء", "water", "en")]
    glossary = Glossary({"a": a, "b": b, "lang_a": "ar", "lang_b": lang} for a, b, lang in words)
    rng = random.Random(0)
    assert glossary.gloss("الماء في المدرسة", "fr", rng) == "eau école"
    assert glossary.gloss("الماء", "en", rng) == "water"
    assert glossary.gloss("سوق وطريق وجسر والماء", "fr", rng) == ""


def test_arabic_is_spelled_in_latin_letters_with_or_without_digits():
    def spellings(**options):
        return {romanise("حكيمي", random.Random(seed), **options) for seed in range(50)}

    assert "7kimi" in spellings()
    assert not any("7" in spelling for spelling in spellings(with_digits=False))
    assert romanise("COVID 2020", random.Random(0)) == ""


EIGHT = "واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية"


def test_a_text_with_eight_words_in_a_row_of_a_benchmark_is_dropped(tmp_path):
    write(tmp_path / "bench.jsonl.gz", {"title": "عنوان قصير في الاختبار", "body": f"{EIGHT} تسعة"})
    dropped = [
        f"قبل {EIGHT} بعد",
        f"قبل {EIGHT.replace('أ', 'ا').replace('ة', 'ه')}، بعد",  # in another spelling
        EIGHT.replace(" ", ", "),  # with punctuation between
        "عنوان قصير في الاختبار",  # a whole short text of the benchmark
    ]
    kept = [" ".join(EIGHT.split()[:7]), " ".join(reversed(EIGHT.split())), "عنوان قصير في"]
    texts = [*dropped, *kept]
    for benchmarks, expected in (([tmp_path], kept), ([], texts)):
        pairs = PairSet("s", "title", 1.0, list(texts), list("abcdefg"))
        hasher = GramHasher()
        counts = drop_contaminated([pairs], benchmark_grams(benchmarks, hasher), hasher)
        assert pairs.left == expected
        assert counts == {"s": len(texts) - len(expected)}
