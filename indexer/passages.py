"""Cut documents into passages, the spans that are encoded and matched one by one."""

import re

from search.records import Document, Kind

WORDS = 100  # target length of a passage: enough for a thought, few enough for one vector
MIN_WORDS = 40  # a shorter rest joins the passage before it
MAX_WORDS = 160  # a passage without any sentence end is cut here

_WORD = re.compile(r"\S+")
_SENTENCE_ENDS = tuple(".!?؟؛…")
_CLOSING_MARKS = '»")]'


def cut_passages(document: Document) -> list[tuple[int, int]]:
    """Return the spans of the passages, in order, as character offsets into `document.text`.

    A span ends at a sentence end if it is near; together the spans cover every word of the text.
    A headline is one passage.
    """
    text = document.text
    if document.kind is Kind.HEADLINE:
        return [(0, len(text))]
    words = list(_WORD.finditer(text))
    spans: list[tuple[int, int]] = []
    first = 0
    while first < len(words):
        last = _last_word(text, words, first)
        spans.append((words[first].start(), words[last].end()))
        first = last + 1
    return spans


def passage_text(document: Document, span: tuple[int, int]) -> str:
    """Return the text that the encoder reads for a passage.

    The title precedes it, because a paragraph alone rarely names its subject.
    """
    text = document.text[span[0] : span[1]]
    if document.kind is Kind.HEADLINE or not document.title:
        return text
    return f"{document.title}\n{text}"


def _last_word(text: str, words: list[re.Match[str]], first: int) -> int:
    """Return the index of the passage's last word: at the sentence end nearest to the target."""
    remaining = len(words) - first
    if remaining <= WORDS + MIN_WORDS:
        return len(words) - 1
    target = first + WORDS - 1
    earliest = first + MIN_WORDS - 1
    latest = first + min(MAX_WORDS, remaining - MIN_WORDS) - 1
    for distance in range(max(target - earliest, latest - target) + 1):
        for number in (target - distance, target + distance):
            if earliest <= number <= latest and _ends_sentence(text, words, number):
                return number
    return min(first + MAX_WORDS, len(words)) - 1


def _ends_sentence(text: str, words: list[re.Match[str]], number: int) -> bool:
    if words[number][0].rstrip(_CLOSING_MARKS).endswith(_SENTENCE_ENDS):
        return True
    return "\n" in text[words[number].end() : words[number + 1].start()]
