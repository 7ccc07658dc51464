import pytest

from search.query.spelling import choose_written, find_corrections, is_likely
from tests.vocabulary import ListedVocabulary

VOCABULARY = ListedVocabulary({"فيضانات": 9, "زلزال": 4, "زلزل": 2, "inondation": 3, "زعفران": 1})


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("الفيضنات", "فيضانات"),  # a letter dropped
        ("الفيضصانات", "فيضانات"),  # a letter too many
        ("الفيظانات", "فيضانات"),  # another letter
        ("الفضيانات", "فيضانات"),  # two letters swapped
        ("الزعفارن", "زعفران"),  # in its ending
        ("افيضانات", "فيضانات"),  # in its article
        ("inondatoin", "inondation"),
    ],
)
def test_one_slip_is_corrected(typed, corrected):
    assert find_corrections(typed, VOCABULARY) == [corrected]


def test_the_commonest_comes_first():
    assert find_corrections("زلزا", VOCABULARY) == ["زلزال", "زلزل"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("مذيح", "مديح"),  # like in sound
        ("صيوف", "ضيوف"),  # like in shape
        ("فيصان", "فيضان"),
        ("معلب", "ملعب"),  # swapped
        ("مدرة", "مدرسة"),  # left out
        ("drivimg", "driving"),  # the key beside it
    ],
)
def test_some_slips_are_likelier(typed, meant):
    assert is_likely(typed, meant)


@pytest.mark.parametrize(("typed", "meant"), [("مدرسسة", "مدرسة"), ("مدرغة", "مدرسة")])
def test_others_are_not(typed, meant):
    assert not is_likely(typed, meant)


def test_the_likelier_slip_comes_before_a_word_somewhat_commoner():
    vocabulary = ListedVocabulary({"مصارف": 50, "مفارق": 400})
    assert find_corrections("مصارق", vocabulary) == ["مصارف", "مفارق"]
    vocabulary = ListedVocabulary({"مصارف": 50, "مفارق": 700})
    assert find_corrections("مصارق", vocabulary) == ["مفارق", "مصارف"]


def test_two_slips_are_not():
    assert find_corrections("فيظانن", VOCABULARY) == []


def test_a_correction_is_written_as_the_texts_write_it_likest_to_what_was_typed():
    texts = ["فيضانات في الغرب", "الفيضانات تغمر الحقول", "فيضانات أخرى"]
    assert choose_written("فيضانات", "الفيضنات", texts) == "الفيضانات"
    assert choose_written("فيضانات", "فيضنات", texts) == "فيضانات"
    assert choose_written("زلزال", "زلزا", texts) is None


def test_what_is_longer_than_any_word_is_not_looked_up():
    class Counted(ListedVocabulary):
        looked_up = 0

        def frequency(self, term):
            self.looked_up += 1
            return super().frequency(term)

    vocabulary = Counted({"ر" * 41: 9})
    assert find_corrections("ر" * 40, vocabulary) == []
    assert vocabulary.looked_up == 0
