"""Where two compared texts are cut into stretches."""

from search.results.comparison import compare_texts
from web.pages.side_by_side import ComparedText, Mark, lay_out


def test_a_long_stretch_ends_with_its_sentence_and_not_after_an_initial():
    head, tail = "كلمة " * 60 + "كتبها د. محمد أمس.", "ثم انصرف."
    text = f"{head} {tail}"
    compared = compare_texts(text, text)
    whole = ComparedText(
        text, compared.first_words, [(0, len(compared.first_words))], Mark("b", "", "ar")
    )
    stretches = list(lay_out(compared, whole, whole))
    assert [stretch.first for stretch in stretches] == [(head,), (f" {tail}",)]
    assert all(stretch.is_same for stretch in stretches)
