import hypothesis.strategies as st
from hypothesis import example, given

from search.language.analysis import Word, terms, terms_and_stems, words
from search.language.matching import find_words, find_words_of_each

# Letters that fold to none, to several or by their neighbours, and every kind of white space.
LETTERS = (
    "ابتةهىيأإآؤئكوالـًَّ\u200f\u200cﻻﷺaAéœßΣσςİıK1１²¼№٣۳…″"
    " \n\t\u00a0\u2003\u3000.،,«»-_'😀한\0\x01\x1c"
)


def found_in(text, targets):
    return [text[word.start : word.end] for word in find_words(text, targets)]


def test_words_are_found_by_their_terms_and_stems():
    expected = {
        ("جَمعيّة الآباء، وبالمدارس", "جمعية المدرسة مدارس"): ["جَمعيّة", "وبالمدارس"],
        ("نفى مسئول أن الهيأة وزعت 12.500 محفظة", "مسؤول هيئة 12500"): [
            *("مسئول", "الهيأة", "12.500")
        ],
        ("في سنة2017 وكوفيد19", "2017 كوفيد"): ["2017", "وكوفيد"],
        ("مدرس خاص في مدرسة خاصة", "مدرس خاص"): ["مدرس", "خاص"],
        ("أيضاً قال:الوزير\u00a0أيضا", "ايضا وزير"): ["أيضاً", "الوزير", "أيضا"],
        ("ﻻ سلام والسلام ﻷحمد", "السلام"): ["سلام", "والسلام"],
        ("\u200fالرباط\u200f ", "رباط"): ["الرباط\u200f"],
        ("قال…الوزير في الرباط…", "الوزير رباط"): ["الوزير", "الرباط"],
        ("", "رباط"): [],
        ("الرباط", ""): [],
    }
    found = {(text, query): found_in(text, {*terms(query)}) for text, query in expected}
    assert found == expected


def among_all_words(text, targets):
    """Return the words that are found, from a walk over all words; no target is a name here."""
    by_target = ((word, word.term if word.term in targets else word.stem) for word in words(text))
    return [Word(word.start, word.end, target) for word, target in by_target if target in targets]


@given(st.text(LETTERS, max_size=60), st.text(LETTERS, max_size=20))
@example("aa aaa aa", "aa")
@example("الباب-باب باب،باب", "باب")
@example("ب 12\u00a0500\u00a0ب", "12500 ب")
def test_words_are_found_as_a_walk_over_all_words_finds_them(text, query):
    targets = {*terms(query), *terms(text[:15])}
    assert find_words(text, targets) == among_all_words(text, targets)


@given(st.text(max_size=60))
def test_words_are_found_in_any_characters(text):
    text_terms, stems = terms_and_stems(text)
    targets = {*text_terms[::2], *stems[1::3]}
    assert find_words(text, targets) == among_all_words(text, targets)


@given(st.lists(st.text(LETTERS, max_size=30), max_size=4), st.text(LETTERS, max_size=20))
def test_words_of_several_texts_are_those_of_each_text(texts, query):
    targets = {*terms(query), *terms("".join(texts)[:15])}
    assert find_words_of_each(texts, targets) == [find_words(text, targets) for text in texts]


def test_a_name_is_found_where_its_words_follow_one_another():
    targets = {" ".join(terms("الصندوق الوطني للضمان الاجتماعي")), *terms("رواتب")}
    expected = {
        "أعلن الصندوق الوطني للضمان الاجتماعي": ["الصندوق الوطني للضمان الاجتماعي"],
        "الصندوق الوطني، «للضمان» الاجتماعي!": ["الصندوق الوطني، «للضمان» الاجتماعي"],
        "الصندوق المغربي والأمن الوطني والضمان الاجتماعي": [],
        "الصندوق الوطني للضمان": [],
        "رواتب الصندوق الوطني للضمان الاجتماعي": ["رواتب", "الصندوق الوطني للضمان الاجتماعي"],
        "ﻻ رواتب، الصندوق الوطني للضمان": ["رواتب"],
    }
    assert {text: found_in(text, targets) for text in expected} == expected


def test_the_longest_of_several_names_is_found_and_no_name_across_two_texts():
    targets = {" ".join(terms(name)) for name in ("الأمن الوطني", "الأمن الوطني المغربي")}
    found = find_words_of_each(["الأمن الوطني المغربي", "الأمن", "الوطني المغربي"], targets)
    assert [[word.term for word in of_text] for of_text in found] == [["امن وطني مغربي"], [], []]


def test_names_are_found_joined_and_apart():
    expected = {
        ("قال عبدالرحيم البناني", "عبد الرحيم البناني"): ["عبدالرحيم البناني"],
        ("قال عبد الرحيم البناني", "عبدالرحيم"): ["عبد الرحيم"],
        ("بنزيدون والأندلس", "بن زيدون"): ["بنزيدون"],
        ("في أبو زنيقة وأبوزنيقة", "أبوزنيقة"): ["أبو زنيقة", "وأبوزنيقة"],
    }
    found = {(text, name): found_in(text, {" ".join(terms(name))}) for text, name in expected}
    assert found == expected


def test_a_name_is_found_under_its_own_spelling_in_whatever_order_the_targets_come():
    names = ["بوحمرون يعود", "بوالحمرون يعود"]
    for targets in (names, names[::-1]):
        for text in names:
            assert [word.term for word in find_words(text, dict.fromkeys(targets).keys())] == [text]
