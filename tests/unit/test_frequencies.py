import gzip
import json
from collections import Counter

from indexer.training.frequencies import (
    count_words,
    hamza_seats,
    own_initials,
    short_nouns,
    twins,
)
from indexer.training.latin_words import common_latin_words, latin_words

# Words with their counts; each line tests the rule beside it.
COUNTS = {
    "وشاح": 40, "الوشاح": 30, "شاح": 2,  # it stands behind the article
    "وسوق": 50, "سوق": 400, "السوق": 900,  # a conjunction
    "ورزاز": 20, "بورزاز": 5, "رزاز": 90,  # a name that stands behind a preposition
    "بوسلهام": 30, "وسلهام": 10, "سلهام": 60,  # no preposition is so common before «و»
    "وصل": 300, "صل": 3,  # the rest of the word is rare
    "للوحة": 9, "لوحة": 80, "اللوحة": 70, "وحة": 1,
    "البوم": 5, "ألبوم": 40, "بوم": 1,  # written without its hamza
    "لحن": 90, "حن": 60, "الحن": 70, "اللحن": 30, "حل": 60, "الحل": 70,  # two letters with article
    "لحل": 4, "كحل": 9,  # «ك» is rarely a preposition before two letters
    "وأشرف": 900, "أشرف": 100, "ووعد": 30, "وعد": 900, "عد": 60,  # no «و» before a conjunction
}  # fmt: skip


def test_first_letters_are_distinguished_from_clitics_by_the_counts_of_words():
    with_own_initials = set(own_initials(Counter(COUNTS)))
    assert with_own_initials & COUNTS.keys() == {
        "وشاح",
        "ورزاز",
        "وصل",
        "لوحة",
        "البوم",
        "لحن",
        "وعد",
    }
    assert set(short_nouns(Counter(COUNTS))) == {"حن", "حل"}


def test_two_words_that_differ_in_their_last_letter_are_twins_unless_one_is_a_misspelling():
    counts = {
        "قامة": 50, "قامه": 1, "القامة": 40, "القامه": 1,
        "صورة": 500, "صوره": 200, "الصورة": 400, "الصوره": 0,  # «his pictures»
        "مدينة": 900, "مدينه": 60, "المدينة": 900, "المدينه": 50,  # a misspelling
    }  # fmt: skip
    assert twins(Counter(counts)) == ["صورة"]


def test_an_unusual_hamza_seat_is_listed_with_the_usual_form():
    counts = {
        "شؤون": 90, "شئون": 9,
        "رأس": 50,
        "لؤي": 5, "لأي": 50,  # two words
        "مسؤول": 90, "مسئول": 2,  # too rare
    }  # fmt: skip
    assert hamza_seats(Counter(counts)) == [("شئون", "شؤون")]


def test_words_of_french_alone_and_of_english_alone_are_listed():
    pairs = [{"lang_a": "fr", "a": "la route de Paris", "lang_b": "en", "b": "the road to Paris"}]
    pairs.append({"lang_a": "en", "a": "In the names Hassan and Basra", "lang_b": "ar", "b": ""})
    by_language = latin_words(pairs * 3)
    assert {language: " ".join(listed) for language, listed in by_language.items()} == {
        "fr": "la route de",
        "en": "the road to in names and",  # «Paris», «Hassan» and «Basra» are names
    }


def test_common_latin_words_are_mostly_written_in_small_letters():
    pairs = [{"lang_a": "fr", "a": "Grève à Fès : Said a dit", "lang_b": "en", "b": "He said so"}]
    pairs += [{"lang_a": "fr", "a": "une grève dite sauvage, Sauvage"}]
    assert set(common_latin_words(pairs * 3)) == {"dit", "said", "dite", "une", "greve", "sauvage"}


def test_words_are_counted_in_titles_and_bodies_without_vowel_marks(tmp_path):
    file = tmp_path / "news.jsonl.gz"
    with gzip.open(file, "wt", encoding="utf-8") as lines:
        lines.write(json.dumps({"title": "سُوق", "body": "في الســوق، سوق!", "url": "سوق"}))
    assert count_words([file]) == {"سوق": 2, "في": 1, "السوق": 1}
