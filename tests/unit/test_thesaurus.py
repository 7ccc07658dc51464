import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from indexer.training.export import export_model
from indexer.training.thesaurus import WRITTEN, main, read_written
from search.language.analysis import term_of
from search.lexicon.thesaurus import MODEL, SYNONYMS, TRANSLATIONS, synonyms_of, translations_of

ROWS = {
    "مدرسة": (1, 0),
    "المدرسة": (5, 1),  # the same term
    "school": (3, 1),
    "ecole": (1, 1),
    "كتاب": (0, 1),
    "معلم": (1, 1),
    "the": (0, 9),  # a stop word
    "##book": (0, 1),  # no whole word
    "of": (0, 1),
}


@pytest.fixture
def model(tmp_path, monkeypatch):
    pieces = {"[UNK]": 0, **{word: number for number, word in enumerate(ROWS, 1)}}
    tokenizer = Tokenizer(models.WordLevel(pieces, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    export_model(np.array([(0, 0), *ROWS.values()], dtype=np.float32), tokenizer, tmp_path)
    monkeypatch.setattr("sys.argv", ["thesaurus", str(tmp_path), str(tmp_path)])
    return tmp_path


def test_words_of_two_scripts_that_lie_near_translate_each_other(model):
    main()
    assert (model / TRANSLATIONS).read_text(encoding="utf-8").splitlines() == [
        "ecole\tمعلم:100 مدرس:83 كتاب:71",
        "school\tمدرس:99 معلم:89",
        "كتاب\tecole:71",
        "مدرس\tschool:99 ecole:83",
        "معلم\tecole:100 school:89",
    ]


def test_synonyms_are_each_among_the_others_nearest(model, monkeypatch):
    monkeypatch.setattr("indexer.training.thesaurus.MUTUAL_AMONG", 1)
    main()
    # «كتاب» is nearest to «معلم», and this to «مدرس».
    assert (model / SYNONYMS).read_text(encoding="utf-8").splitlines() == [
        "مدرس\tمعلم:83",
        "معلم\tمدرس:83",
    ]


def test_written_synonyms_replace_those_of_the_table_and_count_both_ways(model):
    lines = ["مدرسة\tثانوية معهد", "المعلم\tأستاذ مدرسة لحد", "كتاب\t"]  # the stem of «لحد» is «حد»
    (model / WRITTEN).write_text("\n".join(lines), encoding="utf-8")
    main()
    assert (model / SYNONYMS).read_text(encoding="utf-8").splitlines() == [
        "استاذ\tمعلم:74",
        "ثانو\tمدرس:74",
        "مدرس\tثانو:80 معهد:76 معلم:70",
        "معلم\tاستاذ:80 مدرس:76",
        "معهد\tمدرس:70",
    ]


def test_the_shipped_synonyms_are_those_that_were_written():
    for term, near in read_written(MODEL / WRITTEN).items():
        found = [synonym.term for synonym in synonyms_of(term)]
        assert found == [synonym for synonym, _ in near], term


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("élections", "انتخاب"),
        ("drought", "جفاف"),
        ("محكمة", "tribunal"),
        ("وزير", "minister"),
        ("النفط", "oil"),
    ],
)
def test_the_shipped_table_translates(word, expected):
    assert expected in [found.term for found in translations_of(term_of(word))]


@pytest.mark.parametrize(
    ("word", "expected"), [("تلميذ", "تلاميذ"), ("الحريق", "نيران"), ("الطبيب", "أطباء")]
)
def test_broken_plurals_and_other_words_for_a_thing_are_synonyms(word, expected):
    assert term_of(expected) in [found.term for found in synonyms_of(term_of(word))]


def test_what_is_not_in_the_table_has_none():
    assert translations_of("zzz") == translations_of("") == translations_of("electio") == []
    assert synonyms_of("zzz") == synonyms_of("election") == []


@pytest.mark.parametrize(
    ("table", "find"), [(TRANSLATIONS, translations_of), (SYNONYMS, synonyms_of)]
)
def test_every_line_of_the_shipped_tables_is_found_by_its_term(table, find):
    lines = (MODEL / table).read_text(encoding="utf-8").splitlines()
    assert lines == sorted(lines)
    for line in lines[::500]:
        term, listed = line.split("\t")
        assert [f"{one.term}:{one.cosine * 100:.0f}" for one in find(term)] == listed.split()
