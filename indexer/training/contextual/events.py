"""Finds articles on one event or thing: by their dates, the names they share, and the table.

Two newspapers that tell of one event on the same or the next day do it in their own words: the
headline of either is a paraphrase for the other's article, written by people. An encyclopaedia's
article and its counterpart in another variety of the language are such a pair by their file.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from indexer.training.contextual.articles import Article
from indexer.training.contextual.similar import Numbers, Similar

LEAST_COSINE = 0.72  # of the table, over title and lead
COPY_COSINE = 0.97  # from here on the two are one text, whose headline is no paraphrase
RARE_SHARE = 0.005  # a piece in fewer of the articles is a name, or as telling as one
FEWEST_NAMES = 2
MOST_RELATED = 6


def find_related(articles: Sequence[Article], similar: Similar) -> list[list[int]]:
    """List for each article the others that tell of the same, best first."""
    related: list[list[int]] = [[] for _ in articles]
    for numbers in _groups([article.pair for article in articles]):
        for number in numbers:
            related[number] += [other for other in numbers if other != number]
    for number, others in _of_one_event(articles, similar):
        related[number] += others
    return related


def _of_one_event(articles: Sequence[Article], similar: Similar) -> Iterator[tuple[int, list[int]]]:
    by_day: dict[date, list[int]] = defaultdict(list)
    for number, article in enumerate(articles):
        # Encyclopaedias date their dumps.
        if article.title and not article.pair and (day := _day(article.date)):
            by_day[day].append(number)
    common = np.log1p(1 / RARE_SHARE)
    for day, numbers in by_day.items():
        around = np.array([*numbers, *by_day.get(day + timedelta(days=1), [])], dtype=np.int64)
        cosines = similar.cosines(around)
        for row, number in enumerate(around[: len(numbers)]):
            is_near = (cosines[row] >= LEAST_COSINE) & (cosines[row] < COPY_COSINE)
            is_near[: row + 1] = False
            places = np.flatnonzero(is_near)
            places = places[np.argsort(-cosines[row, places], kind="stable")]
            names = _names(int(number), similar, common)
            others = [
                int(other)
                for other in around[places]
                if len(names & _names(int(other), similar, common)) >= FEWEST_NAMES
            ][:MOST_RELATED]
            if others:
                yield int(number), others
                for other in others:
                    yield other, [int(number)]


def _names(number: int, similar: Similar, common: float) -> set[int]:
    pieces: Numbers = similar.held[number].pieces.astype(np.int64)
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
