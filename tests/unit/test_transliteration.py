import pytest

from search.language.analysis import term_of
from search.language.transliteration import find_spelled
from tests.vocabulary import ListedVocabulary

WORDS = (
    "القنيطرة حكيمي رمضان الفلاحة الأساتذة شمندر الثلج كيلو معرض أنصار فيضانات كبير قصر كسر حسن"
    " إضراب تابعين سوق غاز لفتيت بنموسى بنسعيد وهبي"
)
VOCABULARY = ListedVocabulary.of_text(WORDS.split(), 5)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("l9nitra", "القنيطرة"),  # article, 9 for ق, ending
        ("kenitra", "القنيطرة"),  # as newspapers write it
        ("7akimi", "حكيمي"),  # 7 for ح
        ("hakimi", "حكيمي"),
        ("ramdan", "رمضان"),  # d for ض
        ("lfella7a", "الفلاحة"),
        ("asatida", "الأساتذة"),
        ("chmandar", "شمندر"),  # ch for ش, a short vowel
        ("ttelj", "الثلج"),  # the article melted into the first letter
        ("ma3rid", "معرض"),  # 3 for ع
        ("nsar", "أنصار"),  # two consonants to begin with
        ("lfaydanat", "فيضانات"),
        ("idrab", "إضراب"),
        ("souk", "سوق"),
        ("ghaz", "غاز"),
        ("laftit", "لفتيت"),  # names whose stem has lost its first letter
        ("benmoussa", "بنموسى"),
        ("bensaid", "بنسعيد"),
        ("ouahbi", "وهبي"),
    ],
)
def test_a_spelling_finds_its_word(typed, meant):
    assert find_spelled(typed, VOCABULARY)[0].term == term_of(meant)


@pytest.mark.parametrize(
    ("typed", "meant", "other"),
    [("Bardo", "باردو", "بارد"), ("Chokri", "شكري", "شكر"), ("Fassi", "فاسي", "فاس")],
)
def test_a_spelling_does_not_find_another_word_of_the_stem(typed, meant, other):
    vocabulary = ListedVocabulary.of_words({meant: 5, other: 500})
    assert find_spelled(typed.lower(), vocabulary)[0].term == term_of(meant)


def test_letter_by_letter_comes_before_far_fetched():
    found = find_spelled("ksar", VOCABULARY)
    assert [candidate.term for candidate in found] == ["كسر", "قصر"]
    assert found[0].cost < found[1].cost


def test_of_two_alike_the_commoner_is_meant():
    vocabulary = ListedVocabulary({"كسر": 1, "قصر": 1000})
    assert find_spelled("ksar", vocabulary)[0].term == "قصر"


@pytest.mark.parametrize("typed", ["", "x", "aaaa", "999", "zzz", "é", "freight", "l"])
def test_what_spells_nothing_finds_nothing(typed):
    assert find_spelled(typed, VOCABULARY) == []
