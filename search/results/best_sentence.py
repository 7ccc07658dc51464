"""Choose the sentence of a document that answers a query best. All functions are pure."""

from bisect import bisect_left, bisect_right
from itertools import pairwise

from search.encoders.identity import PieceQuery
from search.language.matching import find_words_of_each
from search.language.sentences import sentence_starts
from search.plan import QueryPlan
from search.results.word_similarity import measure_similarity

# The least score of a sentence that is shown as an answer. A score is at most 2: the share of the
# query's words that the sentence holds, and its similarity to the query in meaning.
LEAST_SCORE = 0.3

Span = tuple[int, int]


def find_best_sentence(
    text: str, within: Span, plan: QueryPlan, pieces: PieceQuery | None
) -> Span | None:
    """Return the span of the best sentence that overlaps the span `within` of a text.

    None where the text is a single sentence, or no sentence is near the query. Without the `pieces`
    of the query, sentences are compared by words alone.
    """
    bounds = [*sentence_starts(text), len(text)]
    if len(bounds) == 2:
        return None
    start, end = within
    first, last = bisect_right(bounds, start) - 1, bisect_left(bounds, end)
    spans = list(pairwise(bounds[first : last + 1]))
    sentences = [text[begin:stop] for begin, stop in spans]
    scores = [
        words + meaning
        for words, meaning in zip(
            _share_words(sentences, plan), _compare(sentences, plan, pieces), strict=True
        )
    ]
    best = max(range(len(spans)), key=scores.__getitem__)
    if scores[best] < LEAST_SCORE:
        return None
    begin, stop = spans[best]
    return begin, begin + len(text[begin:stop].rstrip())


def _share_words(sentences: list[str], plan: QueryPlan) -> list[float]:
    """Return the share of the query's words that each sentence holds, by any alternative."""
    names_of_each = [
        {" ".join(alternative.terms) for alternative in word if not alternative.is_related}
        for word in plan.words
    ]
    if not names_of_each:
        return [0.0] * len(sentences)
    found = find_words_of_each(sentences, set().union(*names_of_each))
    return [
        sum(not names.isdisjoint(word.term for word in words) for names in names_of_each)
        / len(names_of_each)
        for words in found
    ]


def _compare(sentences: list[str], plan: QueryPlan, pieces: PieceQuery | None) -> list[float]:
    """Return the similarity of each sentence to the query in meaning; 0 where it is not known."""
    parts = [*sentences, ""]  # a text of a single part would get no score
    [similarity] = measure_similarity(plan.text_to_encode, [parts], pieces, least=1.0)
    return list(similarity.part_scores[:-1]) or [0.0] * len(sentences)
