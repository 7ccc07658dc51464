from search.snippets import ELLIPSIS, LENGTH, cut_snippet, mark_words
from search.text import find_words, query_terms


def cut(passage, query):
    return cut_snippet(passage, find_words(passage, set(query_terms(query))))


def marked(snippet):
    return [snippet.text[start:end] for start, end in snippet.highlights]


def test_a_short_passage_is_shown_whole_with_whole_words_marked():
    snippet = cut("غمرت الفيضانات القرية.", "فيضانات")
    assert snippet.text == "غمرت الفيضانات القرية."
    assert marked(snippet) == ["الفيضانات"]


def test_a_long_passage_is_cut_where_the_terms_are():
    filler = "كلام عن أمور أخرى لا صلة لها بالموضوع المطلوب إطلاقا. " * 10
    snippet = cut(f"{filler}وصل القطار إلى طنجة مساء. {filler}", "قطار طنجة")
    assert marked(snippet) == ["القطار", "طنجة"]
    assert snippet.text.startswith(ELLIPSIS)
    assert snippet.text.endswith(ELLIPSIS)
    assert len(snippet.text) <= LENGTH + 2 * len(ELLIPSIS)


def test_a_cut_passage_ends_with_a_whole_word():
    passage = "مدرسة " * 100
    words = set(cut_snippet(passage, []).text.rstrip(ELLIPSIS).split())
    assert words == {"مدرسة"}


def test_paragraphs_are_joined_without_moving_the_marks():
    snippet = cut("سطر أول\nسطر الفيضانات", "فيضانات")
    assert snippet.text == "سطر أول سطر الفيضانات"
    assert marked(snippet) == ["الفيضانات"]


def test_one_endless_word_is_cut():
    assert len(cut_snippet("ا" * 5000, []).text) == LENGTH + len(ELLIPSIS)


def test_nothing_is_marked_without_terms():
    assert mark_words("عنوان", []).highlights == ()
