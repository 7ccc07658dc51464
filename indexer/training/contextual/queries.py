"""Make a query and a passage of an article, anew each time that the article is drawn.

The passage is like the text that the search encodes: the title over some hundred words of the body.
Most kinds of queries are made to share few words with it, because search by meaning must answer
them where search by words cannot. The content words of both texts are taken out of the query.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexer.misspelling import misspell
from indexer.training.arabizi import romanise
from indexer.training.contextual.articles import Article
from indexer.training.contextual.moroccan import write_moroccan
from indexer.training.contextual.written import WrittenQuery
from indexer.training.glossary import Glossary
from search.language.analysis import content_words, is_stop_word, language_of, words

WINDOW = (40, 110)  # words of a passage; an archive's passages have 40 to 160, most have 100
MIN_WORDS, LONGEST_SENTENCE = 6, 30  # of a sentence
MIN_LEFT = 3  # content words of a query without the words it shares with its passage
# Share of the windows that begin with the body. Queries were written from titles and beginnings.
BEGINNING_SHARE, BEGINNING_SHARE_OF_WRITTEN = 0.5, 0.9
TITLE_SHARE = 0.6  # share of the passages with their title, where the query is not the title

# How often each kind is tried. If an article lacks the text for a kind, another kind is drawn.
WEIGHTS = {
    "bare": 6.0,  # a title, abstract or sentence without the words of the passage
    "related": 4.0,  # the title or lead of another article on the same event or thing
    "title": 2.0,
    "abstract": 1.5,
    "sentence": 1.0,
    "keywords": 2.0,
    "misspelt": 1.0,
    "romanised": 2.0,
    "moroccan": 1.5,
    "gloss": 2.0,
}
_TRIES = 8

_LETTER = re.compile(r"\w")
_SENTENCE = re.compile(r"[^.!?؟\n]+[.!?؟]?")


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """A query, the passage that answers it, and the kind of the query."""

    query: str
    passage: str
    kind: str


class ExampleMaker:
    """Makes examples of articles; `related` lists for each article others of the same event."""

    def __init__(
        self,
        articles: Sequence[Article],
        related: Sequence[Sequence[int]],
        glossary: Glossary,
        written: Mapping[int, Sequence[WrittenQuery]] | None = None,
    ) -> None:
        self._articles = articles
        self._related = related
        self._glossary = glossary
        self._written = written or {}

    def make(self, number: int, rng: random.Random) -> TrainingExample:
        """Make an example of the article of that number."""
        article = self._articles[number]
        kinds = rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=_TRIES)
        for kind in kinds:
            window = _window(article.body, rng)
            with_title = bool(article.title) and kind != "title" and rng.random() < TITLE_SHARE
            passage = f"{article.title}\n{window}" if with_title else window
            query = self._query(kind, number, passage, rng)
            if query:
                return TrainingExample(query, passage, kind)
        sentence = _sentence(article.body, rng)
        return TrainingExample(sentence, article.body.replace(sentence, " ", 1), "sentence")

    def make_written(self, number: int, rng: random.Random) -> TrainingExample:
        """Make an example of a query written for the article, or of a made query without any."""
        queries = self._written.get(number)
        if not queries:
            return self.make(number, rng)
        article = self._articles[number]
        query = rng.choice(queries)
        passage = _window(article.body, rng, BEGINNING_SHARE_OF_WRITTEN)
        if article.title and rng.random() < TITLE_SHARE:
            passage = f"{article.title}\n{passage}"
        return TrainingExample(query.text, passage, query.kind)

    def _query(self, kind: str, number: int, passage: str, rng: random.Random) -> str:
        """Return a query of a kind; empty if the article lacks the text for it."""
        article = self._articles[number]
        is_arabic = language_of(article.body) == "ar"
        match kind:
            case "title":
                return article.title
            case "abstract":
                return article.abstract
            case "sentence":
                return _not_within(_sentence(article.body, rng), passage)
            case "bare":
                return without_shared_words(_short_text(article, rng), passage)
            case "related":
                return self._related_query(number, passage, rng)
            case "keywords":
                return _keywords(passage, rng)
            case "misspelt":
                source = article.title or _keywords(passage, rng)
                return misspell(source, rng) if is_arabic else ""
            case "romanised":
                source = rng.choice([article.title, _keywords(passage, rng)])
                moroccan = write_moroccan(source, rng) if rng.random() < 0.5 else ""
                return romanise(moroccan or source, rng) if is_arabic else ""
            case "moroccan":
                return write_moroccan(_short_text(article, rng), rng) if is_arabic else ""
            case _:
                source = article.title or _sentence(article.body, rng)
                return (
                    self._glossary.gloss(source, rng.choice(["fr", "en"]), rng) if is_arabic else ""
                )

    def _related_query(self, number: int, passage: str, rng: random.Random) -> str:
        if not self._related[number]:
            return ""
        other = self._articles[rng.choice(self._related[number])]
        text = _short_text(other, rng)
        return without_shared_words(text, passage) or text if rng.random() < 0.5 else text


def without_shared_words(text: str, passage: str) -> str:
    """Return `text` without the content words of `passage`; empty if few of them are left."""
    passage_terms = {word.term for word in words(passage)}
    parts: list[str] = []
    place, remaining, removed = 0, 0, 0
    for word in words(text):
        if is_stop_word(text[word.start : word.end]):
            continue
        if word.term in passage_terms:
            parts.append(text[place : word.start])
            place = word.end
            removed += 1
        else:
            remaining += 1
    if remaining < MIN_LEFT or not removed:
        return "" if remaining < MIN_LEFT else text
    query_words = "".join((*parts, text[place:])).split()
    return " ".join(word for word in query_words if _LETTER.search(word))


def _short_text(article: Article, rng: random.Random) -> str:
    """Return the title, the abstract, the lead or another sentence, drawn at random."""
    lead = _sentences(article.body)[0]
    texts = [article.title, article.abstract, lead, _sentence(article.body, rng)]
    return _shorten(rng.choice([text for text in texts if text]))


def _keywords(passage: str, rng: random.Random) -> str:
    """Draw two to five content words, in their order or shuffled."""
    spelled = [passage[word.start : word.end] for word in content_words(passage)]
    chosen = sorted(rng.sample(range(len(spelled)), min(rng.randint(2, 5), len(spelled))))
    if rng.random() < 0.5:
        rng.shuffle(chosen)
    return " ".join(spelled[place] for place in chosen)


def _sentence(body: str, rng: random.Random) -> str:
    return _shorten(rng.choice(_sentences(body)))


def _sentences(body: str) -> list[str]:
    """Return the sentences without the shortest, which are datelines and bylines."""
    sentences = [text.strip() for text in _SENTENCE.findall(body)]
    return [text for text in sentences if len(text.split()) >= MIN_WORDS] or [body]


def _shorten(text: str) -> str:
    return " ".join(text.split()[:LONGEST_SENTENCE])


def _not_within(sentence: str, passage: str) -> str:
    """Return the sentence unless the passage repeats it: finding it would teach nothing."""
    return "" if sentence[:40] in " ".join(passage.split()) else sentence


def _window(body: str, rng: random.Random, beginning_share: float = BEGINNING_SHARE) -> str:
    """Cut a window of words: often the beginning, where news states its subject."""
    spans = body.split()
    length = rng.randint(*WINDOW)
    if len(spans) <= length:
        return " ".join(spans)
    start = 0 if rng.random() < beginning_share else rng.randrange(len(spans) - length + 1)
    return " ".join(spans[start : start + length])
