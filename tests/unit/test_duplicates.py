"""Near copies: what two texts share."""

import pytest

from indexer.duplicates import grams_of, jaccard, likeness_of, sketch_of

# Nine words: five grams of five words. Changing the last word changes the last gram only.
NINE = "خرج سكان الحي صباح اليوم للاحتجاج أمام مقر الجماعة"
OTHER_END = "خرج سكان الحي صباح اليوم للاحتجاج أمام مقر البلدية"


def test_similarity_is_the_share_of_grams():
    assert jaccard(grams_of(NINE), grams_of(NINE)) == 1.0
    assert jaccard(grams_of(NINE), grams_of(OTHER_END)) == 4 / 6
    assert jaccard(grams_of(NINE), grams_of("لا شيء يجمع هذا النص بذاك أبدا")) == 0.0


@pytest.mark.parametrize(
    "same",
    [
        "خَرَجَ سكّان الحي صباح اليوم للاحتجاج أمام مقرّ الجماعة",  # vowel marks
        "خرج سكان الحي، صباح اليوم؛ للاحتجاج أمام «مقر» الجماعة.",  # marks
        "خرج سكان الحى\nصباح اليوم  للاحتجاج امام مقر الجماعه",  # spelling, spaces
        "خرج سكان الحي - صباح اليوم - للاحتجاج أمام مقر الجماعة",  # marks that stand alone
    ],
)
def test_spelling_and_marks_make_no_difference(same):
    assert grams_of(same).tolist() == grams_of(NINE).tolist()
    assert sketch_of(grams_of(same)) == sketch_of(grams_of(NINE))


def test_the_order_of_words_makes_a_difference():
    reordered = " ".join(reversed(NINE.split()))
    assert jaccard(grams_of(NINE), grams_of(reordered)) == 0.0


def test_a_short_text_is_one_gram_and_a_text_without_words_has_none():
    assert len(grams_of("خبر عاجل")) == 1
    assert len(grams_of("... - !")) == 0
    assert likeness_of("... - !") is None
