import pytest

from search.spelling import choose_written, find_corrections
from tests.vocabulary import ListedVocabulary

VOCABULARY = ListedVocabulary({"فيضان": 9, "زلزال": 4, "زلزل": 2, "inondation": 3, "زعفر": 1})


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("الفيضنات", "فيضان"),  # a letter dropped
        ("الفيضصانات", "فيضان"),  # a letter too many
        ("الفيظانات", "فيضان"),  # another letter
        ("الفضيانات", "فيضان"),  # two letters swapped
        ("الزعفارن", "زعفر"),  # in its ending
        ("افيضانات", "فيضان"),  # in its article
        ("inondatoin", "inondation"),
    ],
)
def test_one_slip_is_corrected(typed, corrected):
    assert find_corrections(typed, VOCABULARY) == [corrected]


def test_the_commonest_comes_first():
    assert find_corrections("زلزا", VOCABULARY) == ["زلزال", "زلزل"]


def test_two_slips_are_not():
    assert find_corrections("فيظانن", VOCABULARY) == []


def test_a_correction_is_written_as_the_texts_write_it_likest_to_what_was_typed():
    texts = ["فيضانات في الغرب", "الفيضانات تغمر الحقول", "فيضانات أخرى"]
    assert choose_written("فيضان", "الفيضنات", texts) == "الفيضانات"
    assert choose_written("فيضان", "فيضنات", texts) == "فيضانات"
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
