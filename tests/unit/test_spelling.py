from search.query.spelling import (
    LIKELY_SLIP_FACTOR,
    choose_written,
    find_corrections,
    is_likely_slip,
)
from tests.vocabulary import ListedVocabulary

VOCABULARY = ListedVocabulary({"فيضانات": 9, "زلزال": 4, "زلزل": 2, "inondation": 3, "زعفران": 1})


def test_a_word_with_one_slip_is_corrected_and_a_word_with_two_is_not():
    expected = {
        "الفيضنات": ["فيضانات"],  # a letter left out
        "الفيضصانات": ["فيضانات"],  # a letter too many
        "الفيظانات": ["فيضانات"],  # another letter
        "الفضيانات": ["فيضانات"],  # two letters swapped
        "الزعفارن": ["زعفران"],  # in its ending
        "افيضانات": ["فيضانات"],  # in its article
        "inondatoin": ["inondation"],
        "زلزا": ["زلزال", "زلزل"],  # the commoner first
        "فيظانن": [],  # two slips
    }
    assert {typed: find_corrections(typed, VOCABULARY) for typed in expected} == expected


def test_some_slips_are_likelier_than_others():
    expected = {
        ("مذيح", "مديح"): True,  # letters of similar sound
        ("صيوف", "ضيوف"): True,  # letters of similar shape
        ("فيصان", "فيضان"): True,
        ("معلب", "ملعب"): True,  # swapped
        ("مدرة", "مدرسة"): True,  # left out
        ("drivimg", "driving"): True,  # neighbouring keys
        ("مدرسسة", "مدرسة"): False,  # a letter too many
        ("مدرغة", "مدرسة"): False,  # any other letter
    }
    assert {pair: is_likely_slip(*pair) for pair in expected} == expected


def test_a_likelier_slip_goes_before_a_commoner_word_up_to_a_limit():
    # «مصارق» is a likely slip for «مصارف», and an unlikely one for «مفارق».
    for commoner, expected in (
        (50 * LIKELY_SLIP_FACTOR - 1, ["مصارف", "مفارق"]),
        (50 * LIKELY_SLIP_FACTOR + 1, ["مفارق", "مصارف"]),
    ):
        vocabulary = ListedVocabulary({"مصارف": 50, "مفارق": commoner})
        assert find_corrections("مصارق", vocabulary) == expected, commoner


def test_a_correction_has_the_form_in_the_texts_that_is_most_similar_to_the_typed_word():
    texts = ["فيضانات في الغرب", "الفيضانات تغمر الحقول", "فيضانات أخرى"]
    assert choose_written("فيضانات", "الفيضنات", texts) == "الفيضانات"
    assert choose_written("فيضانات", "فيضنات", texts) == "فيضانات"
    assert choose_written("زلزال", "زلزا", texts) is None


def test_a_text_longer_than_any_word_is_not_looked_up():
    class CountingVocabulary(ListedVocabulary):
        looked_up = 0

        def frequency(self, term):
            self.looked_up += 1
            return super().frequency(term)

    vocabulary = CountingVocabulary({"ر" * 41: 9})
    assert find_corrections("ر" * 40, vocabulary) == []
    assert vocabulary.looked_up == 0
