"""Arabic words spelled in Latin letters, found in the vocabulary of an archive."""

from search.language.analysis import term_of
from search.language.transliteration import find_transliterations
from tests.vocabulary import ListedVocabulary

WORDS = (
    "القنيطرة حكيمي رمضان الفلاحة الأساتذة شمندر الثلج كيلو معرض أنصار فيضانات كبير قصر كسر حسن"
    " إضراب تابعين سوق غاز لفتيت بنموسى بنسعيد وهبي"
    " حفلة مجلة قصة غابات أرض"
)
VOCABULARY = ListedVocabulary.of_text(WORDS.split(), 5)


def test_the_best_reading_of_a_latin_spelling_is_its_word():
    words = {
        "l9nitra": "القنيطرة",  # article, 9 for ق, ending
        "kenitra": "القنيطرة",  # as newspapers spell it
        "7akimi": "حكيمي",  # 7 for ح
        "hakimi": "حكيمي",
        "ramdan": "رمضان",  # d for ض
        "lfella7a": "الفلاحة",
        "asatida": "الأساتذة",
        "chmandar": "شمندر",  # ch for ش, a short vowel
        "ttelj": "الثلج",  # the article assimilated to the first letter
        "ma3rid": "معرض",  # 3 for ع
        "nsar": "أنصار",  # two consonants at the beginning
        "lfaydanat": "فيضانات",
        "idrab": "إضراب",
        "souk": "سوق",
        "ghaz": "غاز",
        "laftit": "لفتيت",  # names whose stem lacks their first letter
        "benmoussa": "بنموسى",
        "bensaid": "بنسعيد",
        "7aflat": "حفلة",  # -at, -et, -ah and -eh for ة
        "haflet": "حفلة",
        "majalleh": "مجلة",
        "9issah": "قصة",
        "ghabat": "غابات",
        "arz": "أرض",  # z for ض, as Persian and Urdu pronounce it
        "ouahbi": "وهبي",
    }
    best = {typed: find_transliterations(typed, VOCABULARY)[0].term for typed in words}
    assert best == {typed: term_of(word) for typed, word in words.items()}


def test_a_name_goes_before_a_far_commoner_word_of_the_same_stem():
    for typed, name, other in (
        ("bardo", "باردو", "بارد"),
        ("chokri", "شكري", "شكر"),
        ("fassi", "فاسي", "فاس"),
    ):
        vocabulary = ListedVocabulary.of_words({name: 5, other: 500})
        assert find_transliterations(typed, vocabulary)[0].term == term_of(name), typed


def test_a_reading_letter_by_letter_goes_before_others_unless_they_are_far_commoner():
    literal, other = find_transliterations("ksar", VOCABULARY)
    assert (literal.term, other.term) == ("كسر", "قصر")
    assert literal.cost < other.cost
    assert find_transliterations("ksar", ListedVocabulary({"كسر": 1, "قصر": 1000}))[0].term == "قصر"


def test_text_that_spells_no_word_of_the_vocabulary_has_no_reading():
    for typed in ("", "x", "aaaa", "999", "zzz", "é", "freight", "l"):
        assert find_transliterations(typed, VOCABULARY) == [], typed
