import re

import pytest

from indexer.passages import FEWEST_WORDS, MOST_WORDS, WORDS, cut_passages, passage_text
from search.records import Document, Kind


def article(body, title="عنوان"):
    return Document("d", Kind.ARTICLE, title, body)


def texts(document):
    return [document.text[start:end] for start, end in cut_passages(document)]


SENTENCE = "كتب الولد رسالة طويلة إلى أخيه المسافر في بلاد بعيدة."  # ten words


@pytest.mark.parametrize("sentences", [1, 10, 14, 15, 23, 31, 100])
@pytest.mark.parametrize("end", [" ", "\n"])
def test_passages_cover_every_word_in_order(sentences, end):
    document = article(end.join([SENTENCE] * sentences))
    assert " ".join(texts(document)).split() == document.body.split()


@pytest.mark.parametrize("sentences", [15, 23, 31, 100])
def test_passages_of_prose_end_with_a_sentence_near_the_aim(sentences):
    found = texts(article(" ".join([SENTENCE] * sentences)))
    assert all(text.endswith(".") for text in found)
    assert {len(text.split()) for text in found[:-1]} == {WORDS}
    assert FEWEST_WORDS <= len(found[-1].split()) <= WORDS + FEWEST_WORDS


def test_text_without_sentences_is_cut_all_the_same():
    lengths = [len(text.split()) for text in texts(article("كلمة " * 1000))]
    assert sum(lengths) == 1000
    assert max(lengths) <= MOST_WORDS


def test_a_headline_is_one_passage_of_its_title():
    document = Document("h", Kind.HEADLINE, "خبر قصير")
    assert texts(document) == ["خبر قصير"]
    assert passage_text(document, (0, 8)) == "خبر قصير"


def test_the_encoder_reads_the_title_with_each_passage():
    assert passage_text(article("نص المقال."), (0, 3)) == "عنوان\nنص "
    assert passage_text(article("نص المقال.", title=""), (0, 3)) == "نص "


def test_spans_touch_no_white_space():
    document = article(f"  {SENTENCE}\n\n" * 30)
    assert not any(re.search(r"^\s|\s$", text) for text in texts(document))
