import re

from indexer.passages import MAX_WORDS, MIN_WORDS, WORDS, cut_passages, passage_text
from search.records import Document, Kind

SENTENCE = "كتب الولد رسالة طويلة إلى أخيه المسافر في بلاد بعيدة."  # ten words


def article(body, title="عنوان"):
    return Document("d", Kind.ARTICLE, title, body)


def texts(document):
    return [document.text[start:end] for start, end in cut_passages(document)]


def test_passages_contain_every_word_in_order():
    for sentences in (1, 10, 14, 15, 23, 31, 100):
        for separator in (" ", "\n"):
            document = article(separator.join([SENTENCE] * sentences))
            assert " ".join(texts(document)).split() == document.body.split(), sentences


def test_passages_of_prose_end_with_a_sentence_and_have_about_equal_lengths():
    for sentences in (15, 23, 31, 100):
        *others, last = texts(article(" ".join([SENTENCE] * sentences)))
        assert all(text.endswith(".") for text in (*others, last)), sentences
        assert {len(text.split()) for text in others} == {WORDS}, sentences
        assert MIN_WORDS <= len(last.split()) <= WORDS + MIN_WORDS, sentences


def test_text_without_sentences_is_cut_at_the_greatest_length():
    lengths = [len(text.split()) for text in texts(article("كلمة " * 1000))]
    assert sum(lengths) == 1000
    assert max(lengths) <= MAX_WORDS


def test_a_headline_is_a_single_passage():
    document = Document("h", Kind.HEADLINE, "خبر قصير")
    assert texts(document) == ["خبر قصير"]
    assert passage_text(document, (0, 8)) == "خبر قصير"


def test_the_encoder_reads_the_title_before_each_passage():
    assert passage_text(article("نص المقال."), (0, 3)) == "عنوان\nنص "
    assert passage_text(article("نص المقال.", title=""), (0, 3)) == "نص "


def test_passages_do_not_begin_or_end_with_white_space():
    document = article(f"  {SENTENCE}\n\n" * 30)
    assert [text for text in texts(document) if re.search(r"^\s|\s$", text)] == []
