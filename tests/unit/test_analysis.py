import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search.language.analysis import (
    content_words,
    fold,
    language_of,
    query_terms,
    stem_of,
    term_of,
    terms,
    words,
)
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


CLITICS_COME_OFF = {
    "article": "الجسر بالجسر والجسر فالجسر كالجسر للجسر وللجسر وبالجسر -> جسر",
    "particles": "وجسر بجسر لجسر كجسر -> جسر",
    "article before a word in lam": "للوحة اللوحة بلوحة ولوحة -> لوحة",
    "definite forms of words in waw, ba and fa": "الورشة ورشة وورشة -> ورشة",
    "of ba": "الباخرة باخرة للباخرة -> باخرة",
    "of fa": "الفلاحة فلاحة والفلاحة -> فلاحة",
    "of kaf": "الكمامة كمامة بالكمامة -> كمامة",
    "short names": "بسلا وسلا سلا -> سلا",
    "verbs": "وأعلن فأعلن أعلن -> أعلن",
    "what looks like an ending behind the article": "الزمان والزمان زمان -> زمان",
    "articles behind a conjunction": "والزيت الزيت زيت -> زيت",
    "commoner without waw": "وبيت البيت -> بيت",
    "commoner without ba": "بلقاء اللقاء -> لقاء",
    "commoner without lam": "لباب للباب الباب -> باب",
    "short words in lam": "للص لص اللص -> لص",
    "prepositions before two letters": "لفن بفن للفن الفن -> فن",
    "waw that no conjunction precedes": "وأضاف -> أضاف",
}
WORDS_APART = {
    "waw of its own": [("وزان", "زان"), ("وهران", "هران"), ("وسام", "سام"), ("وادي", "ادي")],
    "ba of its own": [("بركان", "ركان"), ("بوعزة", "عزة"), ("برج", "رج"), ("بلعيد", "لعيد")],
    "lam of its own": [("ليبيا", "يبيا"), ("لقاح", "قاح"), ("لحم", "حم")],
    "of two letters behind kaf": [("كرد", "رد"), ("كحل", "حل")],
    "words of a lexicon": [("بولب", "ولب")],
    "kaf of its own": [("كرامة", "رامة"), ("كريم", "ريم"), ("كانت", "أنت")],
    "no article": [("التحاق", "تحاق"), ("ألمان", "مان"), ("إلغاء", "غاء")],
    "twins": [("كتابة", "كتابه"), ("آلة", "إله"), ("علي", "على")],
    "madda": [("آثار", "أثار"), ("آمن", "أمن"), ("مآل", "مال"), ("رآه", "راه"), ("مرآة", "مرأة")],
    "hamza on alef": [("فأس", "فاس"), ("ثأر", "ثار"), ("رأي", "راي")],
    "hamza of another word": [("لؤي", "لأي")],
    "another noun": [("عمارة", "عمار"), ("رسالة", "رسال")],
}


def test_words_lose_their_clitics_and_nothing_else():
    for rule, line in CLITICS_COME_OFF.items():
        written, bare = line.split(" -> ")
        assert {term_of(word) for word in written.split()} == {term_of(bare)}, rule
    for rule, pairs in WORDS_APART.items():
        for one, other in pairs:
            assert term_of(one) != term_of(other), rule
            assert fold(one[:-1]) in fold(term_of(one)), rule


SPELLINGS_ARE_ONE = {
    "vowel marks and tatweel": "المَدرسة مدرسة مـدرسة",
    "ta marbuta as ha": "المدرسة المدرسه",
    "ya without dots": "المغربي المغربى",
    "hamza on waw or ya": "شؤون شئون الشئون",
    "hamza on alef or ya": "بيئة بيأة",
    "hamza left out": "مؤسسة موسسة",
    "hamza left out of alef": "رأس راس",
    "madda left out of what is hardly another word": "الآخر الاخر",
    "madda of names": "آرسنال أرسنال",
    "thousands": "45.300 45,300 45300 ٤٥٬٣٠٠",
}


def test_spellings_of_a_word_share_one_term():
    for rule, written in SPELLINGS_ARE_ONE.items():
        assert len({tuple(terms(word)) for word in written.split()}) == 1, rule


STEMS = {
    "plurals and duals in endings": "مهندس مهندسون مهندسين مهندسان",
    "feminines": "مهندس مهندسة مهندسات مهندستها",
    "adjectives": "مغرب مغربي مغربية المغربيات",
    "nouns with a feminine ending of their own": "نقابة نقابات نقابتها نقابي",
    "nouns in -aya": "رواية روايات الرواية",
}
STEMS_APART = [
    ("النقاب", "نقابة"),
    ("الجامع", "الجامعة"), ("المكتب", "مكتبة"), ("العام", "عامة"), ("بداية", "بدا"),
    ("مروان", "مرو"), ("ولد", "لد"),
]  # fmt: skip


def test_alefs_are_no_matter_for_stems():
    assert stem_of("آثارها") == stem_of("آثار") == stem_of("اثار")


def test_forms_of_a_word_share_one_stem():
    for rule, written in STEMS.items():
        assert len({stem_of(word) for word in written.split()}) == 1, rule
    for one, other in STEMS_APART:
        assert stem_of(one) != stem_of(other), (one, other)
    assert stem_of("Maroc") == term_of("Maroc") == "maroc"


GLUED = {
    "موسم2019": ["موسم", "2019"],
    "ربح75درهما": ["ربح", "75", "درهما"],
    "مؤتمر22": ["موتمر", "22"],
    "cop27": ["cop", "27"],
    "COP-27": ["cop", "27"],
    "G7 CO2 MP3": ["g7", "co2", "mp3"],
    "7akimi sba7": ["7akimi", "sba7"],
    "3.14 و192.168.1.1": ["3", "14", "و", "192", "168", "1", "1"],
    "26.12.2020": ["26", "12", "2020"],
    "1.250.000 نسمة": ["1250000", "نسمه"],
    "12\u00a0500 درهم": ["12500", "درهم"],
    "1\u202f250\u202f000 نسمة": ["1250000", "نسمه"],
    "06\u00a012\u00a013 و2019\u00a0500": ["06", "12", "13", "و", "2019", "500"],
    "الصفحة 12 500": ["صفحه", "12", "500"],
}


def test_digits_are_words_apart_from_letters():
    for text, expected in GLUED.items():
        assert terms(text) == expected


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
@settings(deadline=None)  # the first reads the tables
@example("aa aaa aa", {"aa"})
@example("الباب-باب باب،باب", {"باب"})
@example("ب 12\u00a0500\u00a0ب", {"12500", "ب"})
def test_words_are_found_by_term_as_a_walk_over_all_would(text, wanted):
    found = [(word.start, word.end, word.term) for word in find_words(text, wanted)]
    assert found == [
        (word.start, word.end, word.term) for word in words(text) if word.term in wanted
    ]


STOP_WORDS = {
    "ما هي أسباب الفيضانات في القصر، أسباب؟": "أسباب الفيضانات القصر",
    "وفي مراكش ومن فاس فمع طنجة": "مراكش فاس طنجة",  # with a conjunction
    "إلى القاهرة فى المساء": "القاهرة المساء",  # as Egyptians write them
    "وله بيت ولها بستان": "بيت بستان",
    "وهم الفهم وفهم الوهم": "وهم الفهم وفهم الوهم",  # words that look like one with a conjunction
    "علي الراعي": "علي الراعي",
    "الثمن ديال اللحم فين": "الثمن اللحم",  # Moroccan, in both scripts
    "dyal lktab f dakhla 3lach": "lktab dakhla",
    "la pluie dans le nord": "pluie nord",
    "prix de l'or": "prix or",  # a stop word of the other language
    "the rain or the snow": "rain snow",
    "UN chief visits the camps": "UN chief visits camps",  # a name in capitals
    "or": "or",
    "من في": "من في",  # nothing else is there
}


def test_stop_words_are_told_by_the_words_beside_them():
    for query, kept in STOP_WORDS.items():
        written = [query[word.start : word.end] for word in content_words(query)]
        assert list(dict.fromkeys(written)) == list(dict.fromkeys(kept.split())), query


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
