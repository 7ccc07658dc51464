"""The training trip on one screen.

Data -> clean pairs -> vocabulary -> table -> model directory.
"""

import json
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from indexer.training.batches import BatchSource, TokenisedSet
from indexer.training.contamination import GramHasher, benchmark_grams, drop_contaminated
from indexer.training.contrastive import Course, State, average, initial_rows, train
from indexer.training.export import export_model
from indexer.training.neighbours import NeighbourSource
from indexer.training.pairs import PairSet, read_pair_sets
from indexer.training.recipe import Recipe
from indexer.training.vocabulary import train_tokenizer
from search.encoders.static import is_static, read_table
from search.encoders.words import WordTokenizer
from search.errors import SearchError

logger = logging.getLogger(__name__)

_VOCABULARY_TEXTS = (
    40_000  # of each set at most: enough for the words of press text, minutes instead of hours
)
_BODY_START = 1500  # characters of a body that the vocabulary sees


def train_encoder(
    data: Path,
    benchmarks: Sequence[Path],
    work: Path,
    out: Path,
    recipe: Recipe,
    *,
    start: Path | None,
    show_progress: bool,
) -> None:
    """Train on `data`, without what `benchmarks` hold, and write the model to `out`.

    `work` keeps the tokenizer and checkpoints: what was cut off goes on from them. `start` is a
    static model to go on from, with its tokens, in place of new tables and their average.

    Raises:
        SearchError: `work` belongs to another recipe, `data` holds nothing to train on, or
            `start` is no static model.
    """
    known = None if start is None else _known_rows(start)
    work.mkdir(parents=True, exist_ok=True)
    _claim(work, recipe, data, start)
    sets = _clean_sets(data, benchmarks, recipe)
    if known is None:
        tokenizer = _tokenizer(sets, work / "tokenizer.json", recipe, show_progress=show_progress)
    else:
        rows, tokenizer = known
        recipe = replace(recipe, dimension=rows.shape[1])
    logger.info("tokenising")
    by_word = WordTokenizer(tokenizer)
    tokenised = [TokenisedSet(pair_set, by_word) for pair_set in sets if pair_set.left]
    sets.clear()
    if known is None:
        first = initial_rows(_frequencies(tokenised, tokenizer), recipe)
        rows = _average_of_runs(first, tokenised, work, recipe, show_progress=show_progress)
    logger.info("going on from %s", start or "their average")
    course = Course(recipe.finish, recipe.finish_rate)
    table = _run(work / "finish.pt", rows, tokenised, course, recipe, recipe.runs, show_progress)
    export_model(table.numpy(), tokenizer, out)
    logger.info("wrote %s", out)


def _known_rows(model: Path) -> tuple[torch.Tensor, Tokenizer]:
    if not is_static(model):
        raise SearchError(
            f"{model} is no static model to go on from: expected a folder like search/model,"
            " with modules.json, tokenizer.json and model.safetensors"
        )
    table, weights, tokenizer = read_table(model)
    return torch.from_numpy(table.astype(np.float32) * weights[:, None]), tokenizer


def _average_of_runs(
    first: torch.Tensor,
    sets: list[TokenisedSet],
    work: Path,
    recipe: Recipe,
    *,
    show_progress: bool,
) -> torch.Tensor:
    course = Course(recipe.steps, recipe.rate)
    tables = []
    for run in range(recipe.runs):
        logger.info("run %d of %d", run + 1, recipe.runs)
        checkpoint = work / f"run-{run}.pt"
        tables.append(_run(checkpoint, first, sets, course, recipe, run, show_progress))
    return average(tables)


def _clean_sets(data: Path, benchmarks: Sequence[Path], recipe: Recipe) -> list[PairSet]:
    """Read the pairs, without those that share text with a benchmark."""
    try:
        sets = read_pair_sets(data, seed=recipe.seed)
    except FileNotFoundError as error:
        raise SearchError(str(error)) from error
    hasher = GramHasher()
    dropped = drop_contaminated(sets, benchmark_grams(benchmarks, hasher), hasher)
    for name, count in dropped.most_common():
        logger.info(
            "dropped %6d pairs of %s: they share 8 words in a row with a benchmark", count, name
        )
    if not any(pair_set.left for pair_set in sets):
        raise SearchError(
            f"no pair of texts to train on below {data}: expected titles with bodies,"
            " bodies, questions with contexts, or pairs a and b"
        )
    return sets


def _run(
    checkpoint: Path,
    rows: torch.Tensor,
    sets: list[TokenisedSet],
    course: Course,
    recipe: Recipe,
    number: int,
    show_progress: bool,
) -> torch.Tensor:
    """Train a table from `rows`, or from where its checkpoint stands, on draws of its own."""
    state = State.load(checkpoint) if checkpoint.exists() else State.start(rows.clone())
    seed = recipe.seed + number
    source = BatchSource(sets, size=recipe.batch, seed=seed, hidden=recipe.hidden)
    neighbours = NeighbourSource(sets, seed=seed)
    train(
        state,
        source,
        neighbours,
        course,
        recipe,
        checkpoint=checkpoint,
        show_progress=show_progress,
    )
    return state.table.rows


def _claim(work: Path, recipe: Recipe, data: Path, start: Path | None) -> None:
    """Tie `work` to one recipe: a checkpoint of another would be continued to nonsense."""
    origins = {"data": str(data.resolve()), "from": None if start is None else str(start.resolve())}
    wanted = json.dumps({**asdict(recipe), **origins}, sort_keys=True)
    note = work / "recipe.json"
    if note.exists() and note.read_text(encoding="utf-8") != wanted:
        raise SearchError(
            f"{work} holds a run of another recipe: name another folder with --work, or remove it"
        )
    note.write_text(wanted, encoding="utf-8")


def _tokenizer(
    sets: Sequence[PairSet], path: Path, recipe: Recipe, *, show_progress: bool
) -> Tokenizer:
    if path.exists():
        return Tokenizer.from_file(str(path))
    logger.info("training a vocabulary of %d tokens", recipe.vocabulary)
    tokenizer = train_tokenizer(
        _vocabulary_texts(sets, random.Random(recipe.seed)),
        size=recipe.vocabulary,
        splits_clitics=recipe.splits_clitics,
        show_progress=show_progress,
    )
    tokenizer.save(str(path))
    return tokenizer


def _vocabulary_texts(sets: Sequence[PairSet], rng: random.Random) -> Iterator[str]:
    for pair_set in sets:
        chosen = rng.sample(range(len(pair_set.left)), min(_VOCABULARY_TEXTS, len(pair_set.left)))
        for place in chosen:
            yield pair_set.left[place][:_BODY_START]
            if pair_set.kind in ("parallel", "term", "question"):
                yield pair_set.right[place][:_BODY_START]


def _frequencies(sets: Sequence[TokenisedSet], tokenizer: Tokenizer) -> npt.NDArray[np.int64]:
    size = tokenizer.get_vocab_size()
    counts = np.zeros(size, dtype=np.int64)
    for tokenised in sets:
        counts += np.bincount(tokenised.left.tokens, minlength=size)
        if tokenised.right is not tokenised.left:
            counts += np.bincount(tokenised.right.tokens, minlength=size)
    return counts
