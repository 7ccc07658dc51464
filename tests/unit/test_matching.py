import hypothesis.strategies as st
import pytest
from hypothesis import given

from search.language.analysis import Word, levels, terms, words
from search.language.matching import find_words, find_words_of_each

# What folding drops, splits in several, or tells by what stands around it, and all white spaces.
LETTERS = (
    "ابتةهىيأإآؤئكوالـًَّ\u200f\u200cﻻﷺaéœßΣσςİıK１²¼№٣۳…″ \n\t\u00a0\u2003\u3000.،«»-_'😀한\0\x01\x1c"
)


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("جَمعيّة الآباء، وبالمدارس", "جمعية المدرسة مدارس", ["جَمعيّة", "وبالمدارس"]),
        (
            "نفى مسئول أن الهيأة وزعت 12.500 محفظة",
            "مسؤول هيئة 12500",
            ["مسئول", "الهيأة", "12.500"],
        ),
        ("في سنة2017 وكوفيد19", "2017 كوفيد", ["2017", "وكوفيد"]),
        ("مدرس خاص في مدرسة خاصة", "مدرس خاص", ["مدرس", "خاص"]),
        ("أيضاً قال:الوزير\u00a0أيضا", "ايضا وزير", ["أيضاً", "الوزير", "أيضا"]),
        ("ﻻ سلام والسلام ﻷحمد", "السلام", ["سلام", "والسلام"]),
        ("\u200fالرباط\u200f ", "رباط", ["الرباط\u200f"]),
        ("قال…الوزير في الرباط…", "الوزير رباط", ["الوزير", "الرباط"]),
        ("", "رباط", []),
        ("الرباط", "", []),
    ],
)
def test_words_are_found_as_they_are_written(text, wanted, found):
    marked = find_words(text, set(terms(wanted)))
    assert [text[word.start : word.end] for word in marked] == found


def walked_over(text, wanted):
    """Walk over all words, of which none here is a part of a name."""
    levels_of_each = (
        (word, word.term if word.term in wanted else word.stem) for word in words(text)
    )
    return [Word(word.start, word.end, one) for word, one in levels_of_each if one in wanted]


@given(st.text(LETTERS, max_size=60), st.text(LETTERS, max_size=20))
def test_what_is_found_is_what_walking_over_all_words_finds(text, asked):
    wanted = {*terms(asked), *terms(text[:15])}
    assert find_words(text, wanted) == walked_over(text, wanted)


@given(st.text(max_size=60))
def test_any_text_is_walked_over_the_same(text):
    found_terms, stems = levels(text)
    wanted = {*found_terms[::2], *stems[1::3]}
    assert find_words(text, wanted) == walked_over(text, wanted)


@given(st.lists(st.text(LETTERS, max_size=30), max_size=4), st.text(LETTERS, max_size=20))
def test_several_texts_are_looked_through_like_each(texts, asked):
    wanted = {*terms(asked), *terms("".join(texts)[:15])}
    assert find_words_of_each(texts, wanted) == [find_words(text, wanted) for text in texts]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("أعلن الصندوق الوطني للضمان الاجتماعي", ["الصندوق الوطني للضمان الاجتماعي"]),
        ("الصندوق الوطني، «للضمان» الاجتماعي!", ["الصندوق الوطني، «للضمان» الاجتماعي"]),
        ("الصندوق المغربي والأمن الوطني والضمان الاجتماعي", []),
        ("الصندوق الوطني للضمان", []),
        ("رواتب الصندوق الوطني للضمان الاجتماعي", ["رواتب", "الصندوق الوطني للضمان الاجتماعي"]),
        ("ﻻ رواتب، الصندوق الوطني للضمان", ["رواتب"]),
    ],
)
def test_a_name_is_found_where_its_words_follow_one_another(text, found):
    wanted = {" ".join(terms("الصندوق الوطني للضمان الاجتماعي")), *terms("رواتب")}
    assert [text[word.start : word.end] for word in find_words(text, wanted)] == found


def test_the_longer_of_two_names_is_found_and_no_name_across_two_texts():
    wanted = {" ".join(terms("الأمن الوطني")), " ".join(terms("الأمن الوطني المغربي"))}
    found = find_words_of_each(["الأمن الوطني المغربي", "الأمن", "الوطني المغربي"], wanted)
    assert [[word.term for word in one] for one in found] == [["امن وطني مغربي"], [], []]


SPELLED_NAMES = [
    ("قال عبدالرحيم البناني", "عبد الرحيم البناني", ["عبدالرحيم البناني"]),
    ("قال عبد الرحيم البناني", "عبدالرحيم", ["عبد الرحيم"]),
    ("بنزيدون والأندلس", "بن زيدون", ["بنزيدون"]),
    ("في أبو زنيقة وأبوزنيقة", "أبوزنيقة", ["أبو زنيقة", "وأبوزنيقة"]),
]


def test_names_are_found_joined_and_apart():
    for text, name, found in SPELLED_NAMES:
        marked = find_words(text, {" ".join(terms(name))})
        assert [text[word.start : word.end] for word in marked] == found, name
