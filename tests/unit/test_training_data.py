"""What encoders are trained on: pairs, made-up queries, and the guard against benchmark text."""

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


def test_each_shape_of_record_gives_its_kind_of_pairs(tmp_path):
    write(
        tmp_path / "news.jsonl.gz", *[{"title": t, "abstract": "ملخص", "body": BODY} for t in "أب"]
    )
    write(tmp_path / "qa.jsonl.gz", *[{"question": q, "context": "جواب"} for q in "أب"])
    write(tmp_path / "parallel.jsonl.gz", *[{"a": "ماء", "b": b} for b in ("eau", "water")])
    write(
        tmp_path / "labelled.jsonl.gz",
        *[
            {"a": a, "b": "س", "label": label}
            for a, label in (("ن", "1"), ("ل", "0"), ("م", "agree"))
        ],
    )
    sets = read_pair_sets(tmp_path, seed=0)
    assert pairs_of(sets, "title") == [("أ", BODY), ("ملخص", BODY), ("ب", BODY), ("ملخص", BODY)]
    assert pairs_of(sets, "cloze") == [(BODY, BODY)] * 2
    assert pairs_of(sets, "question") == [("أ", "جواب"), ("ب", "جواب")]
    parallel = {("ماء", "eau"), ("ماء", "water"), ("ن", "س"), ("م", "س")}
    assert set(pairs_of(sets, "parallel")) == parallel


def test_a_folder_without_data_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no \.jsonl\.gz file"):
        read_pair_sets(tmp_path, seed=0)


def test_a_glossary_makes_keyword_queries_of_titles():
    words = [("ماء", "eau", "fr"), ("مدرسة", "école", "fr"), ("ماء", "water", "en")]
    glossary = Glossary({"a": a, "b": b, "lang_a": "ar", "lang_b": lang} for a, b, lang in words)
    rng = random.Random(0)
    assert glossary.gloss("الماء في المدرسة", "fr", rng) == "eau école"
    assert glossary.gloss("الماء", "en", rng) == "water"
    assert glossary.gloss("سوق وطريق وجسر والماء", "fr", rng) == ""  # too little of it is known


def test_arabic_is_spelt_in_latin_letters_as_it_is_typed():
    spelt = {romanise("حكيمي", random.Random(seed)) for seed in range(50)}
    assert "7kimi" in spelt
    assert not any("7" in romanise("حكيمي", random.Random(s), with_digits=False) for s in range(50))
    assert romanise("COVID 2020", random.Random(0)) == ""


EIGHT = "واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية"


@pytest.mark.parametrize(
    ("text", "is_dropped"),
    [
        (f"قبل {EIGHT} بعد", True),
        (f"قبل {EIGHT.replace('أ', 'ا').replace('ة', 'ه')}، بعد", True),  # spelling hides nothing
        (EIGHT.replace(" ", ", "), True),  # nor do marks
        (" ".join(EIGHT.split()[:7]), False),
        (" ".join(reversed(EIGHT.split())), False),
        ("عنوان قصير في الاختبار", True),  # a whole short text of the benchmark
        ("عنوان قصير في", False),
    ],
)
def test_text_shared_with_a_benchmark_is_dropped(tmp_path, text, is_dropped):
    write(tmp_path / "bench.jsonl.gz", {"title": "عنوان قصير في الاختبار", "body": f"{EIGHT} تسعة"})
    hasher = GramHasher()
    sets = [PairSet("s", "title", 1.0, [text, "نظيف"], ["x", "y"])]
    dropped = drop_contaminated(sets, benchmark_grams([tmp_path], hasher), hasher)
    assert dropped == {"s": int(is_dropped)}
    assert sets[0].left == (["نظيف"] if is_dropped else [text, "نظيف"])


def test_without_benchmarks_nothing_is_dropped():
    hasher = GramHasher()
    sets = [PairSet("s", "title", 1.0, [EIGHT], [EIGHT])]
    assert drop_contaminated(sets, benchmark_grams([], hasher), hasher) == {"s": 0}
