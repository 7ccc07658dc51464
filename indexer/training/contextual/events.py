"""Find articles on the same event or thing: by their dates, shared names, and the table.

Two newspapers that report an event on the same or the next day use their own words. The headline of
either is therefore a paraphrase for the other's article, written by people. An encyclopaedia's
article and its counterpart in another variety of the language are paired by their file.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from indexer.training.contextual.articles import Article
from indexer.training.contextual.similar import Numbers, SimilarArticles

MIN_COSINE = 0.72  # of the table, over title and lead
COPY_COSINE = 0.97  # from here on both have the same text, so the headline is not a paraphrase
RARE_SHARE = 0.005  # share of the articles; a rarer piece counts as a name
MIN_NAMES = 2
MAX_RELATED = 6


def find_related(articles: Sequence[Article], similar: SimilarArticles) -> list[list[int]]:
    """Return for each article the others on the same event or thing, best first."""
    related: list[list[int]] = [[] for _ in articles]
    for numbers in _groups([article.pair for article in articles]):
        for number in numbers:
            related[number] += [other for other in numbers if other != number]
    for number, others in _of_one_event(articles, similar):
        related[number] += others
    return related


def _of_one_event(
    articles: Sequence[Article], similar: SimilarArticles
) -> Iterator[tuple[int, list[int]]]:
    by_day: dict[date, list[int]] = defaultdict(list)
    for number, article in enumerate(articles):
        # The date of an encyclopaedia's article is that of its dump.
        if article.title and not article.pair and (day := _day(article.date)):
            by_day[day].append(number)
    common = np.log1p(1 / RARE_SHARE)
    for day, numbers in by_day.items():
        around = np.array([*numbers, *by_day.get(day + timedelta(days=1), [])], dtype=np.int64)
        cosines = similar.cosines(around)
        for row, number in enumerate(around[: len(numbers)]):
            is_near = (cosines[row] >= MIN_COSINE) & (cosines[row] < COPY_COSINE)
            is_near[: row + 1] = False
            places = np.flatnonzero(is_near)
            places = places[np.argsort(-cosines[row, places], kind="stable")]
            names = _names(int(number), similar, common)
            others = [
                int(other)
                for other in around[places]
                if len(names & _names(int(other), similar, common)) >= MIN_NAMES
            ][:MAX_RELATED]
            if others:
                yield int(number), others
                for other in others:
                    yield other, [int(number)]


def _names(number: int, similar: SimilarArticles, common: float) -> set[int]:
    pieces: Numbers = similar.piece_counts[number].pieces.astype(np.int64)
    return set(pieces[similar.words.idf[pieces] > common].tolist())


def _groups(keys: Sequence[str]) -> list[list[int]]:
    numbers_by_key: dict[str, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        if key:
            numbers_by_key[key].append(number)
    return list(numbers_by_key.values())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
