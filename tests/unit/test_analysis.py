import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.language.analysis import fold, language_of, query_terms, stem, term_of, terms, words
from search.language.matching import find_words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("أَخْبَارُ", "اخبار"),  # vowel marks, hamza on alef
        ("إآٱأ", "اااا"),  # every alef
        ("مؤتمر وشاطئ", "موتمر وشاطي"),  # hamza seats
        ("مدرسة", "مدرسه"),  # ta marbuta
        ("مستشفى", "مستشفي"),  # alef maqsura
        ("عـــربي", "عربي"),  # tatweel
        ("ﻻ ﷲ", "لا الله"),  # presentation forms
        ("٢٠٢٠ و۲۰۲۱", "2020 و2021"),  # both Eastern digit sets
        ("ایران", "ايران"),  # Persian ya
        ("Été À L'ŒUVRE", "ete a l'oeuvre"),  # accents, case, ligature
        ("مي\u200cخواهم", "ميخواهم"),  # zero-width non-joiner
        ("\u202bسد\u202c\u200f\ufeff", "سد"),  # direction signs, byte order mark
        ("کنیتھ ٹیلے", "كنيته تيلي"),  # Urdu letters
        ("أݣادير ڨفصة ڭلميم", "اكادير قفصه كلميم"),  # Maghrebi letters for g
        ("ڢاس وڧصر", "فاس وقصر"),  # the old Maghrebi fa and qaf
    ],
)
def test_fold_brings_spelling_variants_together(written, folded):
    assert fold(written) == folded


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("والمدارس", "مدارس"),
        ("بالمغرب", "مغرب"),
        ("للفلاحين", "فلاح"),
        ("الفيضانات", "فيضان"),
        ("كاتبون", "كاتب"),
        ("ولد", "ولد"),  # «و» stays where three letters would not be left
        ("ال", "ال"),
        ("درعه", "درع"),
        ("وبالمدارس", "مدارس"),  # chains of clitics
        ("فللفلاحين", "فلاح"),
        ("وللماء", "ماء"),
        ("لمدرسه", "مدرس"),  # «ل» alone
        ("وبمدرسه", "مدرس"),
        ("بمراكش", "مراكش"),
        ("فيضانات", "فيضان"),  # its own «ف»
        ("وفيضان", "فيضان"),
        ("مروان", "مروان"),  # a name, not two of something
        ("بحر", "بحر"),  # too short to lose a letter
        ("فاس", "فاس"),
        ("مدينتها", "مدين"),
        ("درعها", "درع"),
        ("صحرا", "صحر"),
        ("maroc", "maroc"),
    ],
)
def test_stem_strips_clitics_and_endings(word, stemmed):
    assert stem(word) == stemmed


@pytest.mark.parametrize("variant", ["المَدرسة", "مدرسه", "والمدرسة", "مـدرسة", "المدرسهْ"])
def test_variants_of_a_word_share_one_term(variant):
    assert term_of(variant) == "مدرس"


def test_a_vowelled_word_is_one_word():
    assert [(w.start, w.end, w.term) for w in words("«كَتَبَ» الولد")] == [
        (1, 7, "كتب"),
        (9, 14, "ولد"),
    ]


def test_words_of_mixed_text_keep_their_places():
    text = "فيروس COVID-19 ينتشر"
    assert [text[w.start : w.end] for w in words(text)] == ["فيروس", "COVID", "19", "ينتشر"]


def test_terms_keep_order_and_repetitions():
    assert terms("الماء، ثم الماء") == ["ماء", "ثم", "ماء"]


@given(
    st.text(alphabet="بتا لو،-.aA1\n\u00a0\u0640\u064b", max_size=60),
    st.sets(st.sampled_from(["ب", "با", "a", "a1", "aa"])),
)
@example("aa aaa aa", {"aa"})
@example("الباب-باب باب،باب", {"باب"})
def test_words_are_found_by_term_as_a_walk_over_all_would(text, wanted):
    assert find_words(text, wanted) == [word for word in words(text) if word.term in wanted]


def test_query_terms_are_distinct_and_without_stop_words():
    assert query_terms("ما هي أسباب الفيضانات في القصر، أسباب؟") == ["اسباب", "فيضان", "قصر"]


def test_stop_words_are_known_with_a_conjunction_before_them():
    assert query_terms("وفي مراكش ومن فاس فمع طنجة") == ["مراكش", "فاس", "طنج"]


def test_moroccan_stop_words_in_both_scripts():
    assert query_terms("الثمن ديال اللحم فين") == ["ثمن", "لحم"]
    assert query_terms("dyal lktab f dakhla 3lach") == ["lktab", "dakhla"]


def test_stop_words_alone_still_give_a_query():
    assert query_terms("من في") == ["من", "في"]


@pytest.mark.parametrize("text", ["", "  ", "؟!", "\u064b\u064c", "🙂"])
def test_text_without_words_gives_no_terms(text):
    assert terms(text) == []
    assert query_terms(text) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("أمطار غزيرة", "ar"),
        ("La neige coupe la route", "fr"),
        ("The snow cuts the road", "en"),
        ("فيروس COVID-19", "ar"),
        ("2020 - 12", "und"),
    ],
)
def test_language_is_told_by_letters_and_common_words(text, language):
    assert language_of(text) == language
