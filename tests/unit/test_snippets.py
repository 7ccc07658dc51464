from search.language.analysis import query_terms
from search.language.matching import find_words
from search.results.snippets import (
    ELLIPSIS,
    LENGTH,
    MOST_RELATED,
    cut_snippet,
    draft_snippet,
    draft_whole,
    mark_words,
)
from search.results.word_similarity import Reading

FILLER = "كلام عن أمور أخرى لا صلة لها بالموضوع المطلوب إطلاقا. " * 5


UNREAD = Reading()


def cut(passage, query, reading=UNREAD):
    draft = draft_snippet(passage, find_words(passage, set(query_terms(query))))
    return cut_snippet(draft, reading)


def related(snippet):
    return [snippet.text[start:end] for start, end in snippet.related]


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
    words = set(cut_snippet(draft_snippet(passage, []), UNREAD).text.rstrip(ELLIPSIS).split())
    assert words == {"مدرسة"}


def test_paragraphs_are_joined_without_moving_the_marks():
    snippet = cut("سطر أول\nسطر الفيضانات", "فيضانات")
    assert snippet.text == "سطر أول سطر الفيضانات"
    assert marked(snippet) == ["الفيضانات"]


def test_one_endless_word_is_cut():
    assert len(cut_snippet(draft_snippet("ا" * 5000, []), UNREAD).text) == LENGTH + len(ELLIPSIS)


def test_nothing_is_marked_without_terms():
    assert mark_words("عنوان", []).highlights == ()


def test_without_a_match_it_begins_with_the_sentence_that_reads_best():
    passage = f"{FILLER}أغلق الثلج طريق الجبل. {FILLER}"
    draft = draft_snippet(passage, [])
    said = [float("الثلج" in part) for part in draft.parts]
    assert sum(said) == 1
    snippet = cut_snippet(draft, Reading(said, {"الثلج": (0, 5)}))
    assert snippet.text.startswith(f"{ELLIPSIS}أغلق الثلج")
    assert (marked(snippet), related(snippet)) == ([], ["الثلج"])


def test_a_match_decides_what_is_shown_and_read():
    passage = f"{FILLER}وصل القطار مساء. {FILLER}{FILLER}أغلق الثلج طريق الجبل."
    parts = draft_snippet(passage, find_words(passage, set(query_terms("قطار")))).parts
    assert "القطار" in "".join(parts)
    assert "الثلج" not in "".join(parts)


def test_of_sentences_that_show_the_same_matches_the_best_read_comes_first():
    passage = f"جملة أولى. جملة ثانية. وصل القطار مساء. {FILLER}"
    snippet = cut(passage, "قطار", Reading([0.1, 0.3, 0.2, 0.9]))  # the last holds no match
    assert snippet.text.startswith(f"{ELLIPSIS}جملة ثانية. وصل القطار")


def test_every_sentence_that_may_come_first_is_read_by_itself():
    passage = f"جملة أولى. جملة ثانية. وصل القطار مساء. {FILLER}"
    draft = draft_snippet(passage, find_words(passage, set(query_terms("قطار"))))
    assert draft.parts[:3] == ["جملة أولى. ", "جملة ثانية. ", "وصل القطار مساء. "]
    assert "".join(draft.parts[2:]) == passage[23 : 23 + LENGTH]


def test_sentences_begin_after_their_ends_and_at_lines():
    passage = f"سؤال؟! «جواب.» سطر\n\n آخر فيه 1.5 مليون… {FILLER}\n"
    parts = ["سؤال؟! ", "«جواب.» ", "سطر\n\n ", "آخر فيه 1.5 مليون… ", FILLER[: len(FILLER) // 5]]
    assert draft_snippet(passage, []).parts[:5] == parts
    assert "".join(draft_snippet(passage, []).parts) == passage


def test_a_short_last_sentence_is_shown_with_those_before():
    passage = f"{FILLER}سقط المطر. أغلق الثلج طريق الجبل."
    snippet = cut(passage, "neige", Reading([0, 0, 0, 0, 0, 0.2, 0.6]))
    assert snippet.text == f"{ELLIPSIS}{passage[len(FILLER) // 5 :]}"


def test_related_words_are_whole_and_never_what_matches():
    reading = Reading(near={"«ثلج»،": (1, 4), "الطريق": (0, 6)})
    snippet = cut("سقط «ثلج»، وثلجه عزل الطريق. الطريقة", "طريق", reading)
    assert (marked(snippet), related(snippet)) == (["الطريق"], ["ثلج"])


def test_only_the_nearest_words_shown_are_related_in_their_order():
    words = ["واحد", "اثنان", "ثلاثة", "أربعة", "خمسة"]
    reading = Reading(near={word: (0, len(word)) for word in reversed(words)})
    assert related(cut(" ".join(words), "", reading)) == words[-MOST_RELATED:]


def test_a_headline_has_related_words_too():
    snippet = cut_snippet(draft_whole("الثلج يغلق الطرق", []), Reading(near={"الثلج": (0, 5)}))
    assert snippet.related == ((0, 5),)
