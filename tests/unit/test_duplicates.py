"""Near duplicates share most of their grams, the runs of five words."""

from indexer.duplicates import fingerprint_of, grams_of, jaccard, sketch_of

# Nine words have five grams. The last word is only in the last gram.
NINE = "خرج سكان الحي صباح اليوم للاحتجاج أمام مقر الجماعة"
OTHER_LAST_WORD = "خرج سكان الحي صباح اليوم للاحتجاج أمام مقر البلدية"


def test_similarity_is_the_share_of_common_grams():
    grams = grams_of(NINE)
    assert jaccard(grams, grams) == 1.0
    assert jaccard(grams, grams_of(OTHER_LAST_WORD)) == 4 / 6
    assert jaccard(grams, grams_of("لا شيء يجمع هذا النص بذاك أبدا")) == 0.0
    assert jaccard(grams, grams_of(" ".join(reversed(NINE.split())))) == 0.0  # another order


def test_spelling_and_punctuation_do_not_change_the_grams():
    variants = {
        "vowel marks": "خَرَجَ سكّان الحي صباح اليوم للاحتجاج أمام مقرّ الجماعة",
        "punctuation": "خرج سكان الحي، صباح اليوم؛ للاحتجاج أمام «مقر» الجماعة.",
        "letters and spaces": "خرج سكان الحى\nصباح اليوم  للاحتجاج امام مقر الجماعه",
        "dashes between words": "خرج سكان الحي - صباح اليوم - للاحتجاج أمام مقر الجماعة",
    }
    for change, text in variants.items():
        assert grams_of(text).tolist() == grams_of(NINE).tolist(), change
        assert sketch_of(grams_of(text)) == sketch_of(grams_of(NINE)), change


def test_a_short_text_is_one_gram_and_a_text_without_words_has_none():
    assert len(grams_of("خبر عاجل")) == 1
    assert len(grams_of("... - !")) == 0
    assert fingerprint_of("... - !") is None
