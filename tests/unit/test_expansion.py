from math import log

import pytest

from search.language.analysis import stem_of, term_of
from search.lexicon.gazetteer import WEIGHT_OF_NAME, Gazetteer
from search.plan import Alternative
from search.query.darija import looks_like_arabic_darija, looks_like_latin_darija
from search.query.expansion import WEIGHT_OF_PLURAL, WEIGHT_OF_SOUND, expand
from search.query.related_terms import SYNONYMS_UP_TO
from tests.vocabulary import ListedVocabulary

TEXT = """
    مراكش القصر الكبير فيضانات سبتمبر شتنبر مهاجرين الميناء الطماطم السعر كتاب الأخطبوط
    inondations Marrakech Kebir Ksar neige
"""
VOCABULARY = ListedVocabulary.of_text(TEXT.split())
NAMES = Gazetteer.shipped()


def found_by(query):
    return [
        {" ".join(one.terms): one.weight for one in word if not one.is_own_stem}
        for word in expand(query, VOCABULARY, NAMES).words
    ]


def test_a_known_word_is_found_by_itself():
    assert found_by("فيضانات") == [{"فيضانات": 1.0}]
    assert found_by("neige") == [{"neige": 1.0}]


def test_a_word_is_found_by_its_stem_too():
    [word] = expand("الفيضانات", VOCABULARY, NAMES).words
    assert word == (
        Alternative(("فيضانات",)),
        Alternative(("فيضان*",), is_own_stem=True, only_ranks=True),
    )


JOINED_AND_APART = {
    "عبدالرحيم": ("عبد", "رحيم"),
    "عبد الرحيم": ("عبدالرحيم",),
    "بن زيدون": (term_of("بنزيدون"),),
    "أبوزنيقة": ("ابو", "زنيقه"),
}


def test_names_are_found_joined_and_apart():
    for typed, other in JOINED_AND_APART.items():
        vocabulary = ListedVocabulary(dict.fromkeys(other, 4))
        words = expand(typed, vocabulary, NAMES, by_meaning=False).words
        assert Alternative(other) in words[-1], typed


def test_names_are_found_in_the_other_script():
    assert found_by("مراكش") == [{"مراكش": 1.0, "marrakech": WEIGHT_OF_NAME}]
    assert found_by("Marrakesh")[0]["مراكش"] == WEIGHT_OF_NAME
    assert found_by("قصر الكبير") == [{"قصر": 1.0, "ksar kebir": WEIGHT_OF_NAME / 2}, {"كبير": 1.0}]


def test_what_a_word_is_also_called_counts_no_more_than_the_word_for_being_rare():
    vocabulary = ListedVocabulary({"داعش": 1000, "isis": 10, "daech": 1000})
    [word] = expand("داعش", vocabulary, NAMES).words
    weights = {one.terms[0]: one.weight for one in word}
    assert weights["daech"] == WEIGHT_OF_NAME
    assert weights["isis"] == pytest.approx(WEIGHT_OF_NAME * log(1000) / log(100_000), rel=0.02)


def test_a_name_of_several_words_is_a_phrase_and_its_unknown_words_ask_for_nothing():
    vocabulary = ListedVocabulary({"قصر": 1, "كبير": 1})
    expansion = expand("Ksar El Kebir", vocabulary, NAMES)
    assert expansion.words == (
        (Alternative(("ksar",)), Alternative(("قصر", "كبير"), WEIGHT_OF_NAME)),
    )


def test_a_name_that_the_index_has_is_not_spelled_by_sound_too():
    vocabulary = ListedVocabulary.of_text("الحموشي هامش".split(), 9)
    [word] = expand("Hammouchi", vocabulary, NAMES).words
    assert [one.terms[0] for one in word] == ["hammouchi", "حموشي"]


def test_months_are_found_by_their_other_names():
    assert found_by("أيلول") == [{"ايلول": 1.0, "سبتمبر": 0.9, "شتنبر": 0.9}]
    assert found_by("septembre")[0].keys() >= {"سبتمبر", "شتنبر"}


def test_moroccan_words_are_found_by_what_the_press_writes():
    assert found_by("ثمن مطيشة")[1] == {"مطيشه": 1.0, "طماطم*": 0.6}


def test_moroccan_words_in_latin_letters():
    words = found_by("zmagria f lmersa dyal lktab 3lach")
    assert [max(word, key=lambda term: word[term] * (term not in typed)) for word, typed in zip(
        words, (["zmagria"], ["lmersa"], ["lktab"]), strict=True
    )] == ["مهاجر*", "ميناء*", "كتاب"]  # fmt: skip
    assert words[2]["كتاب"] == WEIGHT_OF_SOUND


def test_only_names_are_found_by_their_sound():
    vocabulary = ListedVocabulary.of_text("عقد جرف الدوم فاس فأس كيلو قال".split(), 9)

    def sounds(query, *, by_meaning=True):
        words = expand(query, vocabulary, NAMES, by_meaning=by_meaning).words
        return {one.terms[0] for word in words for one in word if not one.terms[0].isascii()}

    assert sounds("grève élucidée") == set()  # common words of French, the one inflected
    assert sounds("Umm al-Doom") == {"دوم"}  # a capital tells a name from a common word
    assert sounds("grève", by_meaning=False) == {"جرف"}  # nothing else carries it
    assert sounds("Fès") == {"فاس"}
    assert sounds("bch7al lkilo") == {"كيلو"}  # nothing far-fetched beside it


def test_a_town_with_the_name_of_a_common_word_is_meant_alone():
    vocabulary = ListedVocabulary.of_words({"سلا": 9, "بيع": 9, "مالح": 9})
    expansion = expand("Salé", vocabulary, NAMES)
    assert [one.terms for one in expansion.words[0]] == [("sale",), ("سلا",)]
    assert expansion.glosses == ("سلا",)


def test_an_encoder_is_told_how_names_alone_are_spelled():
    vocabulary = ListedVocabulary.of_text("شكري بلعيد".split(), 9)
    assert expand("Chokri Belaid", vocabulary, NAMES).glosses == ("شكري", "بلعيد")
    assert expand("affaire Chokri Belaid", vocabulary, NAMES).glosses == ()


@pytest.mark.parametrize(
    ("typed", "other"), [("القوارب", "قارب"), ("قارب", "قوارب"), ("مدارس", "مدرسة")]
)
def test_broken_plurals_and_their_singulars_are_found_in_second_place(typed, other):
    vocabulary = ListedVocabulary.of_words({typed: 9, other: 9})
    [word] = expand(typed, vocabulary, NAMES, by_meaning=False).words
    found = Alternative((stem_of(other),), WEIGHT_OF_PLURAL, only_ranks=True)
    assert word[-1] == found, word
    assert all(one.weight > WEIGHT_OF_PLURAL for one in word[:-1])


def test_thousands_are_found_joined_and_apart():
    [number] = expand("12500", ListedVocabulary({"12": 9, "500": 9}), NAMES).words
    assert Alternative(("12", "500")) in number
    words = expand("12 500", ListedVocabulary({"12500": 9}), NAMES).words
    assert Alternative(("12500",)) in words[-1]


def test_a_word_is_found_by_what_another_language_calls_it():
    vocabulary = ListedVocabulary.of_words({"انتخاب": 100, "تركيا": 40, "oil": 3, "نفط": 100})
    turkey, elections = expand("élections en Turquie", vocabulary, NAMES).words[::-1]
    assert [one.terms for one in elections] == [("elections",), ("انتخاب*",)]
    assert 0.8 < elections[1].weight < 0.9
    assert ("تركيا",) in {one.terms for one in turkey}
    [oil] = expand("oil", vocabulary, NAMES).words  # three passages name a film
    assert [one.terms for one in oil] == [("oil",), ("نفط*",)]


def test_a_translation_that_the_index_hardly_holds_is_left_out():
    vocabulary = ListedVocabulary.of_words({"نفط": 100, "oil": 9, "petrole": 10})
    [oil] = expand("النفط", vocabulary, NAMES).words
    assert [one.terms for one in oil] == [("نفط",), ("نفط*",), ("petrole",)]


def test_a_word_is_found_by_its_synonyms_unless_it_alone_is_meant():
    vocabulary = ListedVocabulary.of_words({"سيارة": 9, "مركبة": 9})
    vocabulary.passages = SYNONYMS_UP_TO
    [car, *_] = expand("السيارة الحمراء السريعة", vocabulary, NAMES).words
    assert [(one.terms, one.is_related) for one in car] == [
        (("سياره",), False),
        (("سياره*",), False),
        (("مركبه*",), True),
    ]
    assert car[2].weight == pytest.approx(0.8 * 0.8)
    [car] = expand("السيارة", vocabulary, NAMES, by_meaning=False).words
    assert [one.terms for one in car] == [("سياره",), ("سياره*",)]


def test_a_rare_synonym_scores_no_more_than_if_it_were_as_common_as_the_word():
    vocabulary = ListedVocabulary.of_words({"سيارة": 90, "مركبة": 9})
    vocabulary.passages = 200_000
    [car, *_] = expand("السيارة الحمراء السريعة", vocabulary, NAMES).words
    idf_of_word, idf_of_synonym = log(1 + 199_910.5 / 90.5), log(1 + 199_991.5 / 9.5)
    assert car[2].weight == pytest.approx(0.64 * idf_of_word / idf_of_synonym)


def test_a_large_archive_is_not_searched_for_synonyms():
    vocabulary = ListedVocabulary.of_words({"سيارة": 9, "مركبة": 9})
    for text in ("السيارة", "السيارة الحمراء"):  # nor for those of a query of one word or two
        [car, *_] = expand(text, vocabulary, NAMES).words
        assert [one.terms for one in car] == [("سياره",), ("سياره*",)]
    vocabulary.passages = SYNONYMS_UP_TO + 1
    [car, *_] = expand("السيارة الحمراء السريعة", vocabulary, NAMES).words
    assert [one.terms for one in car] == [("سياره",), ("سياره*",)]


def test_a_word_that_has_a_translation_is_no_slip():
    expansion = expand("election", ListedVocabulary.of_words({"انتخاب": 5, "elections": 5}), NAMES)
    assert expansion.corrections == ()
    assert expand(
        "electiom", ListedVocabulary.of_words({"انتخاب": 5, "election": 5}), NAMES
    ).corrections


def test_a_slip_in_an_unknown_word_is_corrected_and_told():
    expansion = expand("الفيضنات", VOCABULARY, NAMES)
    [word] = expansion.words
    assert Alternative(("فيضانات",), 0.6, only_ranks=True) in word
    assert expansion.corrections == (("الفيضنات", "فيضانات"),)


@pytest.mark.parametrize("query", ["كتاف", "فيضانات", "", "؟", "سد " * 200])
def test_short_known_and_no_words_are_not_corrected(query):
    assert expand(query, VOCABULARY, NAMES).corrections == ()


@pytest.mark.parametrize(
    ("text", "is_darija"),
    [
        ("7akimi", True),
        ("taman dyal lktab", True),
        ("inondations dans le Gharb", False),
        ("wash your hands", False),
        *((text, True) for text in ("fo9", "r7ma", "m3a", "9lb", "3id", "rez9", "sba7", "b7al")),
        *((f"la 3ème {text}", False) for text in ("dose", "COP27", "à 9h30", "MP3", "B2B", "D3")),
        *(
            (text, False)
            for text in ("2nd half", "7th day", "film 3D", "sommet du G7", "2M", "CO2")
        ),
        ("2020", False),
        ("ثمن الكتاب", False),
    ],
)
def test_moroccan_arabic_in_latin_letters_is_told(text, is_darija):
    assert looks_like_latin_darija(text) is is_darija


@pytest.mark.parametrize(
    ("misspelt", "right", "found", "is_offered"),
    [
        (0, 1, True, True),  # stands nowhere: a slip
        (2, 200, True, False),  # newspapers misspell too: also looked for
        (2, 2000, True, True),  # ... and offered
        (2, 199, False, False),  # two words
        (21, 90_000, False, False),  # no rare word
    ],
)
def test_a_rare_word_is_taken_for_a_slip_beside_a_far_commoner_one(
    misspelt, right, found, is_offered
):
    known = {"انتخاب": right, "انتحاب": misspelt}
    known = {word: count for word, count in known.items() if count}
    expansion = expand("انتحاب", ListedVocabulary.of_words(known), NAMES)
    [word] = expansion.words
    assert (Alternative(("انتخاب",), 0.6, only_ranks=True) in word) is found
    assert expansion.corrections == ((("انتحاب", "انتخاب"),) if is_offered else ())


def test_a_short_unknown_word_is_a_slip_only_beside_a_common_one():
    assert expand("مجلص", ListedVocabulary({"مجلس": 100}), NAMES).corrections == (("مجلص", "مجلس"),)
    assert expand("مجلص", ListedVocabulary({"مجلس": 99}), NAMES).corrections == ()
    # or beside one that sounds the same
    assert expand("لكجع", ListedVocabulary({"لقجع": 1}), NAMES).corrections == (("لكجع", "لقجع"),)


def test_an_encoder_is_told_what_the_press_writes_for_moroccan_words():
    assert expand("zmagria f lmersa dyal lktab", VOCABULARY, NAMES).glosses == (
        "مهاجر",
        "ميناء",
        "كتاب",
    )
    assert expand("شحال مطيشة فالسوق", VOCABULARY, NAMES).glosses == ("طماطم",)


def test_a_word_of_the_press_does_not_count_by_what_it_means_in_moroccan_arabic():
    both = ListedVocabulary.of_words({"حملة": 50, "فيضان": 20})
    one = ListedVocabulary.of_words({"فيضان": 20})
    for query, vocabulary, is_counted in (
        ("حملة", both, False),  # a campaign
        ("علاش حملة", both, True),
        ("حملة", one, True),  # what nobody writes is no word of the press
    ):
        expansion = expand(query, vocabulary, NAMES, by_meaning=False)
        flood = ("فيضان*",)
        assert any(other.terms == flood for other in expansion.words[-1]), query
        assert any(other.terms == flood for other in expansion.counted[-1]) is is_counted, query


def test_standard_arabic_and_french_have_no_glosses():
    assert expand("ثمن مطيشة", VOCABULARY, NAMES).glosses == ()  # one such word may be a name
    assert expand("inondations Marrakech", VOCABULARY, NAMES).glosses == ()


@pytest.mark.parametrize("query", ["علاش غلات الخضرة", "فين وصلات", "الثمن ديالو"])
def test_moroccan_arabic_shows_by_its_small_words(query):
    assert looks_like_arabic_darija(query)


@pytest.mark.parametrize("query", ["غلاء الخضر", "عاد الفريق إلى أرضه", "prix des légumes", ""])
def test_standard_arabic_does_not_look_moroccan(query):
    assert not looks_like_arabic_darija(query)
