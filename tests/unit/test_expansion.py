"""The terms that each word of a query may be found by, in an archive with a given vocabulary."""

from math import log

import pytest

from search.language.analysis import stem_of, term_of
from search.lexicon.gazetteer import WEIGHT_OF_NAME, Gazetteer
from search.plan import Alternative
from search.query.expansion import WEIGHT_OF_CORRECTION, WEIGHT_OF_PLURAL, expand
from search.query.latin_spellings import WEIGHT_OF_TRANSLITERATION
from search.query.related_terms import MAX_PASSAGES_FOR_SYNONYMS, WEIGHT_OF_SYNONYM
from tests.vocabulary import ListedVocabulary

WORDS = """
    مراكش القصر الكبير فيضانات سبتمبر شتنبر مهاجرين الميناء الطماطم السعر كتاب الأخطبوط
    inondations Marrakech Kebir Ksar neige
"""
VOCABULARY = ListedVocabulary.of_text(WORDS.split())
NAMES = Gazetteer.shipped()


def weights(query):
    """Return the weight of each term by which a word is found, without the word's own stem."""
    return [
        {" ".join(other.terms): other.weight for other in word if not other.is_own_stem}
        for word in expand(query, VOCABULARY, NAMES).words
    ]


def terms(word):
    return [other.terms for other in word]


def test_a_word_is_found_by_its_term_and_its_stem():
    assert weights("فيضانات") == [{"فيضانات": 1.0}]
    assert weights("neige") == [{"neige": 1.0}]
    [word] = expand("الفيضانات", VOCABULARY, NAMES).words
    assert word == (
        Alternative(("فيضانات",)),
        Alternative(("فيضان*",), is_own_stem=True, only_ranks=True),
    )


def test_names_are_found_joined_and_apart():
    other_spellings = {
        "عبدالرحيم": ("عبد", "رحيم"),
        "عبد الرحيم": ("عبدالرحيم",),
        "بن زيدون": (term_of("بنزيدون"),),
        "أبوزنيقة": ("ابو", "زنيقه"),
    }
    for typed, other in other_spellings.items():
        vocabulary = ListedVocabulary(dict.fromkeys(other, 4))
        words = expand(typed, vocabulary, NAMES, by_meaning=False).words
        assert Alternative(other) in words[-1], typed


def test_names_are_found_in_the_other_script():
    assert weights("مراكش") == [{"مراكش": 1.0, "marrakech": WEIGHT_OF_NAME}]
    assert weights("Marrakesh")[0]["مراكش"] == WEIGHT_OF_NAME
    half = WEIGHT_OF_NAME / 2  # two words together weigh no more than the typed word
    assert weights("قصر الكبير") == [{"قصر": 1.0, "ksar kebir": half}, {"كبير": 1.0}]


def test_numbers_are_found_with_their_thousands_joined_and_apart():
    for typed, other in (("125 000", ("125000",)), ("125000", ("125", "000"))):
        vocabulary = ListedVocabulary(dict.fromkeys(other, 4))
        words = expand(typed, vocabulary, NAMES, by_meaning=False).words
        assert Alternative(other) in words[-1], typed


def test_the_heaviest_alternatives_of_a_word_come_first():
    vocabulary = ListedVocabulary.of_words({"قلب": 500, "قالب": 500, "كلب": 500})
    [word] = expand("wach 9alb", vocabulary, NAMES).words
    own, *others = [other.weight for other in word if not other.is_own_stem]
    assert len(others) > 1
    assert [own, *others] == sorted([own, *others], reverse=True)


def test_a_rare_other_name_of_a_word_scores_no_more_than_the_word():
    vocabulary = ListedVocabulary({"داعش": 1000, "isis": 10, "daech": 1000})
    [word] = expand("داعش", vocabulary, NAMES).words
    weight = {other.terms[0]: other.weight for other in word}
    assert weight["daech"] == WEIGHT_OF_NAME
    assert weight["isis"] == pytest.approx(WEIGHT_OF_NAME * log(1000) / log(100_000), rel=0.02)


def test_a_name_of_several_words_is_a_phrase_without_the_words_that_are_not_in_the_archive():
    vocabulary = ListedVocabulary({"قصر": 1, "كبير": 1})
    [name] = expand("Ksar El Kebir", vocabulary, NAMES).words
    assert name == (Alternative(("ksar",)), Alternative(("قصر", "كبير"), WEIGHT_OF_NAME))


def test_a_known_name_is_not_also_found_by_its_sound():
    vocabulary = ListedVocabulary.of_text("الحموشي هامش".split(), 9)
    [word] = expand("Hammouchi", vocabulary, NAMES).words
    assert terms(word) == [("hammouchi",), ("حموشي",)]


def test_months_are_found_by_their_other_names():
    assert weights("أيلول") == [{"ايلول": 1.0, "سبتمبر": 0.9, "شتنبر": 0.9}]
    assert weights("septembre")[0].keys() >= {"سبتمبر", "شتنبر"}


def test_moroccan_words_are_found_by_the_words_of_the_press():
    assert weights("ثمن مطيشة")[1] == {"مطيشه": 1.0, "طماطم*": 0.6}
    migrants, port, book = weights("zmagria f lmersa dyal lktab 3lach")
    for typed, word, press in (("zmagria", migrants, "مهاجر*"), ("lmersa", port, "ميناء*")):
        assert max(word.keys() - {typed}, key=word.get) == press
    assert book["كتاب"] == WEIGHT_OF_TRANSLITERATION


def test_a_word_of_the_press_matches_in_its_moroccan_meaning_only_in_a_moroccan_query():
    both = ListedVocabulary.of_words({"حملة": 50, "فيضان": 20})
    only_flood = ListedVocabulary.of_words({"فيضان": 20})
    for query, vocabulary, matches in (
        ("حملة", both, False),  # a campaign, and a flood in Moroccan Arabic
        ("علاش حملة", both, True),
        ("حملة", only_flood, True),  # the press of this archive does not write the word
    ):
        expansion = expand(query, vocabulary, NAMES, by_meaning=False)
        assert ("فيضان*",) in terms(expansion.words[-1]), query
        assert (("فيضان*",) in terms(expansion.matching_words[-1])) is matches, query


def test_only_names_are_found_by_their_sound():
    vocabulary = ListedVocabulary.of_text("عقد جرف الدوم فاس فأس كيلو قال".split(), 9)

    def sounds(query, *, by_meaning=True):
        words = expand(query, vocabulary, NAMES, by_meaning=by_meaning).words
        return {other.terms[0] for word in words for other in word if not other.terms[0].isascii()}

    assert sounds("grève élucidée") == set()  # common words of French, one of them inflected
    assert sounds("Umm al-Doom") == {"دوم"}  # a capital distinguishes a name from a common word
    assert sounds("grève", by_meaning=False) == {"جرف"}  # without a translation, by its sound
    assert sounds("Fès") == {"فاس"}
    assert sounds("bch7al lkilo") == {"كيلو"}  # and not by a less likely spelling


def test_names_with_allah_are_found_joined_and_apart():
    vocabulary = ListedVocabulary.of_text("الله هبة فضل سعد رحمة خير خيرالله توله".split(), 9)
    expected = {
        "Fadlallah": ("فضل", "له"),
        "hibatullah": ("هبه", "له"),
        "Saadollah": ("سعد", "له"),
        "Rahmatellah": (term_of("رحمة"), "له"),
        "khairoullah": ("خيرالله",),
    }
    for typed, name in expected.items():
        [word] = expand(typed, vocabulary, NAMES).words
        assert name in terms(word), typed
        assert ("توله",) not in terms(word), typed
    assert expand("cheikh Fadlallah ma bghach", vocabulary, NAMES).glosses == ("فضل الله",)


def test_a_town_with_the_name_of_a_common_word_is_not_translated():
    vocabulary = ListedVocabulary.of_words({"سلا": 9, "بيع": 9, "مالح": 9})
    expansion = expand("Salé", vocabulary, NAMES)
    assert terms(expansion.words[0]) == [("sale",), ("سلا",)]
    assert expansion.glosses == ("سلا",)


def test_broken_plurals_and_their_singulars_rank_below_the_word():
    for typed, other in (("القوارب", "قارب"), ("قارب", "قوارب"), ("مدارس", "مدرسة")):
        vocabulary = ListedVocabulary.of_words({typed: 9, other: 9})
        [(*higher, last)] = expand(typed, vocabulary, NAMES, by_meaning=False).words
        assert last == Alternative((stem_of(other),), WEIGHT_OF_PLURAL, only_ranks=True), typed
        assert all(alternative.weight > WEIGHT_OF_PLURAL for alternative in higher), typed


def test_numbers_are_found_with_and_without_a_space_between_thousands():
    [number] = expand("12500", ListedVocabulary({"12": 9, "500": 9}), NAMES).words
    assert Alternative(("12", "500")) in number
    words = expand("12 500", ListedVocabulary({"12500": 9}), NAMES).words
    assert Alternative(("12500",)) in words[-1]


def test_a_word_is_found_by_its_translation():
    vocabulary = ListedVocabulary.of_words({"انتخاب": 100, "تركيا": 40, "oil": 3, "نفط": 100})
    elections, turkey = expand("élections en Turquie", vocabulary, NAMES).words
    assert terms(elections) == [("elections",), ("انتخاب*",)]
    assert 0.8 < elections[1].weight < 0.9
    assert ("تركيا",) in terms(turkey)
    [oil] = expand("oil", vocabulary, NAMES).words  # three passages contain it, as a film's title
    assert terms(oil) == [("oil",), ("نفط*",)]


def test_a_plural_or_feminine_without_a_translation_has_those_of_its_base_form_at_half_weight():
    pairs = [("treaties", "معاهدة"), ("tomatoes", "طماطم"), ("carpenters", "نجار")]
    pairs += [("libyennes", "ليبي"), ("algériennes", "جزائري"), ("citoyennes", "مواطن")]
    for typed, arabic in pairs:
        vocabulary = ListedVocabulary.of_words({arabic: 9})
        [word] = expand(typed, vocabulary, NAMES).words
        weight = {other.terms: other.weight for other in word if other.is_related}
        assert 0.3 < weight.get((stem_of(arabic),), 0) < 0.5, typed
    vocabulary = ListedVocabulary.of_words({"صحيفة": 9, "جريدة": 9})
    [journaux] = expand("journaux", vocabulary, NAMES).words  # has translations of its own
    assert (stem_of("جريدة"),) not in terms(journaux)


def test_a_translation_with_less_than_a_tenth_of_the_passages_is_left_out():
    vocabulary = ListedVocabulary.of_words({"نفط": 100, "oil": 9, "petrole": 10})
    [oil] = expand("النفط", vocabulary, NAMES).words
    assert terms(oil) == [("نفط",), ("نفط*",), ("petrole",)]


CAR = [("سياره",), ("سياره*",)]


def car_in(query, frequencies, passages, **options):
    vocabulary = ListedVocabulary.of_words(frequencies)
    vocabulary.passages = passages
    [car, *_] = expand(query, vocabulary, NAMES, **options).words
    return car


def test_three_words_are_searched_with_synonyms_unless_by_words_alone_or_in_a_large_archive():
    alike = {"سيارة": 9, "مركبة": 9}
    car = car_in("السيارة الحمراء السريعة", alike, MAX_PASSAGES_FOR_SYNONYMS)
    assert terms(car) == [*CAR, ("مركبه*",)]
    assert [other.is_related for other in car] == [False, False, True]
    assert car[2].weight == pytest.approx(WEIGHT_OF_SYNONYM * 0.8)  # the cosine of both
    for query in ("السيارة", "السيارة الحمراء"):
        assert terms(car_in(query, alike, MAX_PASSAGES_FOR_SYNONYMS)) == CAR, query
    assert terms(car_in("السيارة الحمراء السريعة", alike, MAX_PASSAGES_FOR_SYNONYMS + 1)) == CAR
    by_words = car_in("السيارة الحمراء السريعة", alike, MAX_PASSAGES_FOR_SYNONYMS, by_meaning=False)
    assert terms(by_words) == CAR


def test_a_rare_synonym_scores_no_more_than_if_it_were_as_common_as_the_word():
    car = car_in("السيارة الحمراء السريعة", {"سيارة": 90, "مركبة": 9}, 200_000)
    idf_of_word, idf_of_synonym = log(1 + 199_910.5 / 90.5), log(1 + 199_991.5 / 9.5)
    assert car[2].weight == pytest.approx(WEIGHT_OF_SYNONYM * 0.8 * idf_of_word / idf_of_synonym)


def test_an_unknown_word_one_slip_away_is_searched_for_and_offered_as_a_correction():
    expansion = expand("الفيضنات", VOCABULARY, NAMES)
    [word] = expansion.words
    assert Alternative(("فيضانات",), WEIGHT_OF_CORRECTION, only_ranks=True) in word
    assert expansion.corrections == (("الفيضنات", "فيضانات"),)
    for query in ("كتاف", "فيضانات", "", "؟", "سد " * 200):  # short, known, and no words
        assert expand(query, VOCABULARY, NAMES).corrections == (), query


def test_a_word_with_a_translation_is_not_corrected():
    vocabulary = ListedVocabulary.of_words({"انتخاب": 5, "elections": 5})
    assert expand("election", vocabulary, NAMES).corrections == ()
    vocabulary = ListedVocabulary.of_words({"انتخاب": 5, "election": 5})
    assert expand("electiom", vocabulary, NAMES).corrections == (("electiom", "election"),)


def test_a_rare_word_is_corrected_only_beside_a_far_commoner_word():
    expected = {  # (passages with the typed word, with the other): (searched for, offered)
        (0, 1): (True, True),
        (2, 200): (True, False),  # newspapers misspell too
        (2, 2000): (True, True),
        (2, 199): (False, False),  # two different words
        (21, 90_000): (False, False),  # not a rare word
    }

    def corrected(typed, other):
        counts = {"انتخاب": other} | ({"انتحاب": typed} if typed else {})
        expansion = expand("انتحاب", ListedVocabulary.of_words(counts), NAMES)
        [word] = expansion.words
        correction = Alternative(("انتخاب",), WEIGHT_OF_CORRECTION, only_ranks=True)
        return correction in word, expansion.corrections == (("انتحاب", "انتخاب"),)

    assert {counts: corrected(*counts) for counts in expected} == expected


def test_a_short_unknown_word_is_corrected_to_a_common_word_or_to_one_of_the_same_sound():
    expected = {
        ("مجلص", "مجلس", 100): (("مجلص", "مجلس"),),
        ("مجلص", "مجلس", 99): (),
        ("لكجع", "لقجع", 1): (("لكجع", "لقجع"),),
    }
    corrections = {
        (typed, other, passages): expand(
            typed, ListedVocabulary({other: passages}), NAMES
        ).corrections
        for typed, other, passages in expected
    }
    assert corrections == expected


def test_the_encoder_reads_the_words_of_the_press_for_moroccan_words():
    expected = {
        "zmagria f lmersa dyal lktab": ("مهاجر", "ميناء", "كتاب"),
        "شحال مطيشة فالسوق": ("طماطم",),
        "ثمن مطيشة": (),  # a single Moroccan word may be a name
        "inondations Marrakech": (),
    }
    assert {query: expand(query, VOCABULARY, NAMES).glosses for query in expected} == expected


def test_the_encoder_reads_the_cheapest_spelling_unless_another_is_far_commoner():
    expected = {  # passages with «قلب», with «قالب»: the gloss
        (50, 5): "قالب",
        (500, 5): "قالب",
        (50_000, 5): "قلب",
    }
    glosses = {}
    for heart, mould in expected:
        vocabulary = ListedVocabulary.of_words({"قلب": heart, "قالب": mould})
        [glosses[heart, mould]] = expand("wach 9alb", vocabulary, NAMES).glosses
    assert glosses == expected


def test_the_encoder_reads_the_arabic_spelling_of_names_where_a_query_is_names_alone():
    vocabulary = ListedVocabulary.of_text("شكري بلعيد".split(), 9)
    assert expand("Chokri Belaid", vocabulary, NAMES).glosses == ("شكري", "بلعيد")
    assert expand("affaire Chokri Belaid", vocabulary, NAMES).glosses == ()
