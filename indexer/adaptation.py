"""Train an archive's own encoder from its articles, and measure the gain of the training.

The articles are written as training data, with the fields that `indexer.training.pairs` lists. The
training of a shipped encoder then goes on from that encoder: titles, first sentences and the titles
of near copies are paired with bodies, and words of titles with their translations. A fifth of the
titles is held out, with every article that repeats one of theirs. Each held-out title must find its
body among the others, before and after the training. The archive itself is not changed:
`indexer.encoding` encodes it anew.
"""

import gzip
import json
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from indexer.evaluation.collections import Collection
from indexer.evaluation.measure import measure
from indexer.training.contamination import GramHasher, Grams, share_of_grams
from indexer.training.contextual.articles import COPIED_SHARE, LONGEST_BODY, Record
from indexer.training.held_out import hash_title, is_title_held_out
from indexer.training.pairs import SHORTEST_BODY, TERMS
from search.encoders.identity import Encoder, EncoderIdentity
from search.encoders.loading import (
    CONTEXTUAL,
    CONTEXTUAL_DIRECTORY,
    MODEL_DIRECTORY,
    SHIPPED,
    load_archive_encoder,
    load_encoder,
)
from search.encoders.onnx import is_onnx
from search.encoders.static import is_static
from search.errors import EncoderError, SearchError
from search.evaluation.judgements import EvaluationQuery, Qrel
from search.index import Index
from search.index.archive import Archive
from search.index.opening import open_index
from search.language.analysis import STEM_MARK, content_words, fold, language_of_words
from search.lexicon.thesaurus import translations_of
from search.query.validation import MAX_QUERY_LENGTH
from search.records import Document, Filters, Kind, Mode, Query, Sort
from search.results.calendar import plan_listing
from search.results.listing import list_all

logger = logging.getLogger(__name__)

STEPS, HOURS = 500, 2.0  # defaults for the static table, and for the contextual encoder
LEAST_ARTICLES = 1000  # one batch of the table: with fewer, every step draws every text
MOST_ARTICLES = 100_000  # the newest ones, in 2 GB; the shipped encoders learnt from as many
MOST_MEASURED = 2000
MEASURE = "RR@10"
_MODES = (Mode.SEMANTIC, Mode.HYBRID)
_SHIPPED_DIRECTORIES = {SHIPPED: MODEL_DIRECTORY, CONTEXTUAL: CONTEXTUAL_DIRECTORY}
_NEEDED = ("torch", "onnx")

Figures = Mapping[Mode, float]
# The articles of one text: near copies in several newspapers, or one article alone.
Copies = list[Document]


@dataclass(frozen=True, slots=True)
class Limit:
    """The end of a training; if both are None, the default of the encoder applies."""

    steps: int | None = None
    hours: float | None = None  # for the contextual encoder alone


@dataclass(frozen=True, slots=True)
class Adaptation:
    """A written model, with the `measure` of held-out titles before and after, 0 to 1."""

    encoder: EncoderIdentity
    start: str  # the encoder that the training went on from
    articles: int  # that it was trained on
    titles: int  # that were held out and measured
    before: Figures
    after: Figures
    seconds: float
    measure: str = MEASURE

    def as_json(self) -> dict[str, object]:
        return {
            **asdict(self),
            "before": {mode.value: figure for mode, figure in self.before.items()},
            "after": {mode.value: figure for mode, figure in self.after.items()},
        }


def adapt(
    address: Path, out: Path, *, name: str | None, limit: Limit, show_progress: bool
) -> Adaptation:
    """Train the encoder `name`, or the archive's own, on an archive, and write it to `out`.

    The archive is only read, and `out` appears once the model is whole and measured.

    Raises:
        ArchiveError: there is no archive.
        EncoderError: a training cannot go on from the encoder.
        SearchError: the archive is too small, `out` exists, a library is missing, or the trained
            encoder finds fewer titles than the encoder that it went on from.
    """
    started = time.perf_counter()
    _require_libraries()
    if out.exists():
        raise SearchError(f"{out} exists: name a new folder with --out, or remove it")
    archive = open_index(address)
    encoder, start = _find_start(name, archive.status().encoder, limit)
    with _work_folder(out) as folder:
        work = Path(folder)
        articles, collection = _prepare(archive, work / "data")
        before = _measure(collection, encoder, show_progress=show_progress)
        model = _train(start, work, limit, show_progress=show_progress)
        after = _measure(collection, load_encoder(str(model)), show_progress=show_progress)
        if after[Mode.SEMANTIC] < before[Mode.SEMANTIC]:
            raise SearchError(
                f"the adapted encoder is worse: {MEASURE} by meaning of"
                f" {len(collection.queries):,} held-out titles is {after[Mode.SEMANTIC]:.4f},"
                f" expected {before[Mode.SEMANTIC]:.4f} or more, as before. No model was written:"
                f" keep {encoder.identity.name}, or try other --steps or --hours"
            )
        model.rename(out)
    return Adaptation(
        encoder=load_encoder(str(out)).identity,
        start=encoder.identity.name,
        articles=articles,
        titles=len(collection.queries),
        before=before,
        after=after,
        seconds=time.perf_counter() - started,
    )


def _require_libraries() -> None:
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise SearchError(
            f"an encoder cannot be trained without {' and '.join(missing)}: run"
            " `pip install -e '.[train]'`"
        )


def _find_start(name: str | None, own: EncoderIdentity, limit: Limit) -> tuple[Encoder, Path]:
    """Return the encoder to go on from, and its folder."""
    chosen = own.name if name is None else name
    start = _SHIPPED_DIRECTORIES.get(chosen, Path(chosen))
    if not is_static(start) and not is_onnx(start):
        raise EncoderError(
            f"the encoder {chosen} cannot be adapted: name with --encoder {SHIPPED}, {CONTEXTUAL},"
            " or a folder that was trained from one of them"
        )
    if is_static(start) and limit.hours is not None:
        raise SearchError(f"{chosen} is a table, which is trained by --steps: leave --hours out")
    return load_archive_encoder(own.name) if name is None else load_encoder(name), start


def _prepare(archive: Archive, data: Path) -> tuple[int, Collection]:
    """Write the articles to train on into `data`; return their number, and the held-out titles."""
    trained, held_out = _split(_read_copies(archive.open()))
    collection = _build_collection(_choose_measured(held_out))
    titles = len(collection.queries)
    if len(trained) < LEAST_ARTICLES or not titles:
        raise SearchError(
            f"{archive.address} holds {len(trained):,} articles to train on and {titles:,} held-out"
            f" titles to measure by, expected {LEAST_ARTICLES:,} and 1 or more: near copies count"
            f" once, and bodies from {SHORTEST_BODY} characters on. Keep the encoder of the archive"
            " until it has grown"
        )
    logger.info("%d articles to train on, %d held-out titles", len(trained), titles)
    data.mkdir()
    _write_records(data / "archive.jsonl.gz", map(_article_record, trained))
    _write_records(data / TERMS, _translation_records(copies[0].title for copies in trained))
    return len(trained), collection


def _read_copies(index: Index) -> list[Copies]:
    """Return the newest articles that have a title and a body, grouped by text."""
    plan = plan_listing(index, Filters(kinds=(Kind.ARTICLE,)))
    matches = chain.from_iterable(list_all(Query("", sort=Sort.NEWEST), plan, index))
    texts: dict[str, Copies] = defaultdict(list)
    for match in islice(matches, MOST_ARTICLES):
        document = match.document
        if document.title.strip() and len(document.body) >= SHORTEST_BODY:
            texts[min([document.doc_id, *match.copies])].append(document)
    return list(texts.values())


def _split(texts: Iterable[Copies]) -> tuple[list[Copies], list[Copies]]:
    """Return the texts to train on, and the texts that have a held-out title.

    A text that shares more than a fifth of its 8-grams with held-out texts is in neither list.
    """
    others: list[Copies] = []
    held_out: list[Copies] = []
    for copies in texts:
        is_held_out = any(is_title_held_out(document.title) for document in copies)
        (held_out if is_held_out else others).append(copies)
    hasher = GramHasher()
    parts = [_grams(document, hasher) for copies in held_out for document in copies]
    grams = np.unique(np.concatenate([np.empty(0, np.uint64), *parts]))
    trained = [
        copies
        for copies in others
        if share_of_grams(grams, _grams(copies[0], hasher)) <= COPIED_SHARE
    ]
    return trained, held_out


def _choose_measured(held_out: Iterable[Copies]) -> list[Document]:
    """Return one article for each held-out title, by the hashes of the titles."""
    document_by_hash: dict[int, Document] = {}
    for copies in held_out:
        document = next(copy for copy in copies if is_title_held_out(copy.title))
        document_by_hash[hash_title(document.title)] = document
    return [document_by_hash[key] for key in sorted(document_by_hash)[:MOST_MEASURED]]


def _grams(document: Document, hasher: GramHasher) -> Grams:
    return hasher.grams(document.body[:LONGEST_BODY])


def _build_collection(documents: Sequence[Document]) -> Collection:
    """Return the bodies as a collection, in which each title is the query for its own body."""
    title_by_id = {str(n): document.title for n, document in enumerate(documents)}
    return Collection(
        "held-out titles",
        {str(n): document.body for n, document in enumerate(documents)},
        [EvaluationQuery(key, title[:MAX_QUERY_LENGTH]) for key, title in title_by_id.items()],
        [Qrel(key, key, 1) for key in title_by_id],
    )


def _measure(collection: Collection, encoder: Encoder, *, show_progress: bool) -> Figures:
    evaluations = measure(collection, encoder, _MODES, show_progress=show_progress)
    return {evaluation.mode: evaluation.measures[MEASURE] for evaluation in evaluations}


def _work_folder(out: Path) -> "TemporaryDirectory[str]":
    """Create a folder beside `out`, from which the model is moved there in one step."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent)
    except OSError as error:
        raise SearchError(f"{out.parent} cannot be written: {error.strerror}") from error


def _article_record(copies: Copies) -> Record:
    """Return the first article of a text; another title of the text becomes its abstract."""
    first = copies[0]
    titles = (copy.title for copy in copies if fold(copy.title) != fold(first.title))
    return {
        "title": first.title,
        "abstract": next(titles, ""),
        "body": first.body[:LONGEST_BODY],
        "date": "" if first.date is None else first.date.isoformat(),
    }


def _translation_records(titles: Iterable[str]) -> Iterator[Record]:
    """Yield the words of titles with their French and English translations in the shipped table.

    These pairs keep the languages aligned, because the articles contain no translations.
    """
    stem_by_word = {
        fold(title[word.start : word.end]): word.stem.removesuffix(STEM_MARK)
        for title in titles
        for word in content_words(title)
        if word.stem
    }
    for arabic, stem in stem_by_word.items():
        for near in translations_of(stem):
            language = language_of_words([near.term])
            for code in ("fr", "en") if language is None else (language,):
                yield {"kind": "word", "a": arabic, "b": near.term, "lang_a": "ar", "lang_b": code}


def _write_records(path: Path, records: Iterable[Record]) -> None:
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as lines:
        lines.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _train(start: Path, work: Path, limit: Limit, *, show_progress: bool) -> Path:
    """Train from `start` on the data in `work`, and return the folder of the model there."""
    # Imported here, so that a refusal does not wait for torch.
    from indexer.training.contextual import learning, run
    from indexer.training.contextual.recipe import ContextualRecipe
    from indexer.training.recipe import Recipe
    from indexer.training.train import train_encoder

    model = work / run.MODEL
    if is_static(start):
        recipe = Recipe(finish=STEPS if limit.steps is None else limit.steps)
        train_encoder(
            work / "data", [], work, model, recipe, start=start, show_progress=show_progress
        )
    else:
        hours = HOURS if limit.hours is None else limit.hours
        end = learning.Limit(limit.steps, None if limit.steps else 3600 * hours)
        origins = run.Origins(work / "data", [], start, work)
        run.train_contextual(origins, ContextualRecipe(), end, resume=False)
    return model
