"""Translations and synonyms: as they are made of a table of vectors, and as they are shipped."""

import math

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers

from indexer.training.export import export_model
from indexer.training.thesaurus import WRITTEN, read_written, write_thesaurus
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
    "##book": (0, 1),  # not a whole word
    "of": (0, 1),
}


def thesaurus_of(rows, folder, *, written=""):
    """Write a thesaurus of a table with these vectors; return translations and synonyms by term."""
    pieces = {"[UNK]": 0, **{word: number for number, word in enumerate(rows, 1)}}
    tokenizer = Tokenizer(models.WordLevel(pieces, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    export_model(np.array([(0, 0), *rows.values()], dtype=np.float32), tokenizer, folder)
    (folder / WRITTEN).write_text(written, encoding="utf-8")
    write_thesaurus(folder, folder)
    return [
        dict(line.split("\t") for line in (folder / name).read_text(encoding="utf-8").splitlines())
        for name in (TRANSLATIONS, SYNONYMS)
    ]


def test_translations_are_the_nearest_words_of_the_other_script(tmp_path):
    translations, _ = thesaurus_of(ROWS, tmp_path)
    assert translations == {
        "ecole": "معلم:100 مدرس:83 كتاب:71",
        "school": "مدرس:99 معلم:89",
        "كتاب": "ecole:71",
        "مدرس": "school:99 ecole:83",
        "معلم": "ecole:100 school:89",
    }
    assert list(translations) == sorted(translations)  # for the look-up by bisection


def test_synonyms_are_near_words_of_which_each_is_among_the_nearest_of_the_other(tmp_path):
    _, synonyms = thesaurus_of(ROWS, tmp_path)
    assert synonyms == {"كتاب": "معلم:71", "مدرس": "معلم:83", "معلم": "مدرس:83 كتاب:71"}
    # One word at 0° and others from 30° to 34°: it is among the five nearest words of each other
    # word, until there is a sixth at 35°.
    rows = {
        word: (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
        for word, angle in zip(
            ("شمس", "بحر", "جسر", "حجر", "قمر", "نهر", "شجر"), (0, *range(30, 36)), strict=True
        )
    }
    _, of_seven = thesaurus_of(rows, tmp_path)
    assert "شمس" not in of_seven
    del rows["شجر"]
    _, of_six = thesaurus_of(rows, tmp_path)
    assert of_six["شمس"] == "بحر:87 جسر:86"


def test_written_synonyms_replace_those_of_the_table_and_count_in_both_directions(tmp_path):
    lines = ["مدرسة\tثانوية معهد", "المعلم\tأستاذ مدرسة لحد", "كتاب\t"]  # the stem of «لحد» is «حد»
    _, synonyms = thesaurus_of(ROWS, tmp_path, written="\n".join(lines))
    assert synonyms == {
        "استاذ": "معلم:74",
        "ثانو": "مدرس:74",
        "مدرس": "ثانو:80 معهد:76 معلم:70",
        "معلم": "استاذ:80 مدرس:76",
        "معهد": "مدرس:70",
    }


def test_the_shipped_synonyms_are_those_that_were_written():
    for term, written in read_written(MODEL / WRITTEN).items():
        shipped = [synonym.term for synonym in synonyms_of(term)]
        assert shipped == [synonym for synonym, _ in written], term


def test_common_words_have_a_translation():
    translations = {
        "élections": "انتخاب",
        "drought": "جفاف",
        "محكمة": "tribunal",
        "وزير": "minister",
        "النفط": "oil",
    }
    missing = {
        word: translation
        for word, translation in translations.items()
        if translation not in [near.term for near in translations_of(term_of(word))]
    }
    assert missing == {}


def test_broken_plurals_and_other_words_for_a_thing_are_synonyms():
    for word, other in (("تلميذ", "تلاميذ"), ("الحريق", "نيران"), ("الطبيب", "أطباء")):
        synonyms = [synonym.term for synonym in synonyms_of(term_of(word))]
        assert term_of(other) in synonyms, word


def test_a_word_outside_the_tables_has_no_translation_and_no_synonym():
    for word in ("zzz", "", "electio"):
        assert translations_of(word) == [], word
    for word in ("zzz", "election"):
        assert synonyms_of(word) == [], word


def test_every_line_of_the_shipped_tables_is_found_by_its_term():
    for table, find in ((TRANSLATIONS, translations_of), (SYNONYMS, synonyms_of)):
        lines = (MODEL / table).read_text(encoding="utf-8").splitlines()
        assert lines == sorted(lines), table
        for line in lines[::500]:
            term, listed = line.split("\t")
            near = [f"{near.term}:{near.cosine * 100:.0f}" for near in find(term)]
            assert near == listed.split(), term
