from search.language.analysis import query_terms, terms
from search.language.matching import find_words
from search.results.snippets import (
    ELLIPSIS,
    LENGTH,
    MAX_RELATED,
    cut_beginning,
    cut_snippet,
    draft_snippet,
    draft_whole,
    mark_words,
)
from search.results.word_similarity import TextSimilarity

# Five sentences, more than a snippet shows.
FILLER = "كلام عن أمور أخرى لا صلة لها بالموضوع المطلوب إطلاقا. " * 5
NO_READING = TextSimilarity()


def draft(passage, query=""):
    return draft_snippet(passage, find_words(passage, set(query_terms(query))))


def cut(passage, query="", reading=NO_READING):
    return cut_snippet(draft(passage, query), reading)


def marked(snippet):
    return [snippet.text[start:end] for start, end in snippet.highlights]


def related(snippet):
    return [snippet.text[start:end] for start, end in snippet.related]


def test_a_short_passage_is_shown_whole_with_whole_words_marked():
    snippet = cut("غمرت الفيضانات القرية.", "فيضانات")
    assert snippet.text == "غمرت الفيضانات القرية."
    assert marked(snippet) == ["الفيضانات"]


def test_a_long_passage_is_cut_around_its_matching_words():
    snippet = cut(f"{FILLER * 2}وصل القطار إلى طنجة مساء. {FILLER * 2}", "قطار طنجة")
    assert marked(snippet) == ["القطار", "طنجة"]
    assert snippet.text.startswith(ELLIPSIS)
    assert snippet.text.endswith(ELLIPSIS)
    assert len(snippet.text) <= LENGTH + 2 * len(ELLIPSIS)


def test_a_snippet_ends_with_a_whole_word_unless_a_single_word_is_longer():
    assert set(cut("مدرسة " * 100).text.rstrip(ELLIPSIS).split()) == {"مدرسة"}
    assert len(cut("ا" * 5000).text) == LENGTH + len(ELLIPSIS)


def test_paragraphs_are_joined_by_a_space_and_the_marks_stay_in_place():
    snippet = cut("سطر أول\nسطر الفيضانات", "فيضانات")
    assert snippet.text == "سطر أول سطر الفيضانات"
    assert marked(snippet) == ["الفيضانات"]


def test_a_whole_title_is_marked_with_matching_and_with_related_words():
    title = mark_words("الثلج يغلق الطرق", terms("ثلج"), terms("طرق"))
    assert (marked(title), related(title)) == (["الثلج"], ["الطرق"])
    assert mark_words("عنوان", []).highlights == ()


def test_a_snippet_without_a_match_begins_with_the_sentence_nearest_in_meaning():
    passage = f"{FILLER}أغلق الثلج طريق الجبل. {FILLER}"
    scores = [float("الثلج" in part) for part in draft(passage).parts]
    assert sum(scores) == 1
    snippet = cut(passage, reading=TextSimilarity(scores, {"الثلج": (0, 5)}))
    assert snippet.text.startswith(f"{ELLIPSIS}أغلق الثلج")
    assert (marked(snippet), related(snippet)) == ([], ["الثلج"])


def test_only_sentences_around_a_match_are_compared_in_meaning():
    passage = f"{FILLER}وصل القطار مساء. {FILLER}{FILLER}أغلق الثلج طريق الجبل."
    compared = "".join(draft(passage, "قطار").parts)
    assert "القطار" in compared
    assert "الثلج" not in compared


def test_of_starts_that_show_the_same_matches_the_nearest_in_meaning_is_chosen():
    passage = f"جملة أولى. جملة ثانية. وصل القطار مساء. {FILLER}"
    snippet = cut(
        passage, "قطار", TextSimilarity([0.1, 0.3, 0.2, 0.9])
    )  # no match after the fourth start
    assert snippet.text.startswith(f"{ELLIPSIS}جملة ثانية. وصل القطار")


def test_every_possible_start_is_compared_as_a_sentence():
    passage = f"جملة أولى. جملة ثانية. وصل القطار مساء. {FILLER}"
    parts = draft(passage, "قطار").parts
    assert parts[:3] == ["جملة أولى. ", "جملة ثانية. ", "وصل القطار مساء. "]
    assert "".join(parts[2:]) == passage[23 : 23 + LENGTH]


def test_punctuation_and_line_ends_separate_sentences():
    passage = f"سؤال؟! «جواب.» سطر\n\n آخر فيه 1.5 مليون… {FILLER}\n"
    parts = ["سؤال؟! ", "«جواب.» ", "سطر\n\n ", "آخر فيه 1.5 مليون… ", FILLER[: len(FILLER) // 5]]
    assert draft(passage).parts[:5] == parts
    assert "".join(draft(passage).parts) == passage


def test_a_short_last_sentence_is_shown_with_the_sentences_before_it():
    passage = f"{FILLER}سقط المطر. أغلق الثلج طريق الجبل."
    snippet = cut(passage, "neige", TextSimilarity([0, 0, 0, 0, 0, 0.2, 0.6]))
    assert snippet.text == f"{ELLIPSIS}{passage[len(FILLER) // 5 :]}"


def test_related_words_are_whole_words_and_do_not_match():
    reading = TextSimilarity(near={"«ثلج»،": (1, 4), "الطريق": (0, 6)})
    snippet = cut("سقط «ثلج»، وثلجه عزل الطريق. الطريقة", "طريق", reading)
    assert (marked(snippet), related(snippet)) == (["الطريق"], ["ثلج"])


def test_only_the_nearest_words_are_related_in_the_order_of_the_text():
    words = ["واحد", "اثنان", "ثلاثة", "أربعة", "خمسة"]
    reading = TextSimilarity(near={word: (0, len(word)) for word in reversed(words)})
    assert related(cut(" ".join(words), reading=reading)) == words[-MAX_RELATED:]


def test_a_headline_has_related_words():
    snippet = cut_snippet(
        draft_whole("الثلج يغلق الطرق", []), TextSimilarity(near={"الثلج": (0, 5)})
    )
    assert snippet.related == ((0, 5),)


def test_a_beginning_is_one_line_and_ends_between_words_where_it_can():
    for text, beginning in (
        ("", ""),
        (" فتح\n السد ", "فتح السد"),
        ("فتح السدود", "فتح السدود"),
        ("فتح السد الكبير", "فتح السد…"),
        ("فتح السدود الكبيرة", "فتح السدود…"),
        ("افتتاحاتهاالطويلة", "افتتاحاتها…"),  # no space to cut at
    ):
        assert cut_beginning(text, len("فتح السدود")) == beginning, text
