"""The training trip on one screen.

Data -> clean pairs -> vocabulary -> table -> model directory.
"""

import json
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from indexer.training.batches import BatchSource, TokenisedSet
from indexer.training.contamination import GramHasher, benchmark_grams, drop_contaminated
from indexer.training.contrastive import State, initial_state, train
from indexer.training.export import export_model
from indexer.training.pairs import PairSet, read_pair_sets
from indexer.training.recipe import Recipe
from indexer.training.vocabulary import train_tokenizer
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
    show_progress: bool,
) -> None:
    """Train on `data`, without what `benchmarks` hold, and write the model to `out`.

    `work` keeps the tokenizer and a checkpoint: a run that was cut off goes on from them.

    Raises:
        SearchError: `work` belongs to another recipe, or `data` holds nothing to train on.
    """
    work.mkdir(parents=True, exist_ok=True)
    _claim(work, recipe, data)
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
    tokenizer = _tokenizer(sets, work / "tokenizer.json", recipe, show_progress=show_progress)
    logger.info("tokenising")
    by_word = WordTokenizer(tokenizer)
    tokenised = [TokenisedSet(pair_set, by_word) for pair_set in sets if pair_set.left]
    sets.clear()
    checkpoint = work / "checkpoint.pt"
    state = (
        State.load(checkpoint)
        if checkpoint.exists()
        else initial_state(_frequencies(tokenised, tokenizer), recipe)
    )
    source = BatchSource(tokenised, size=recipe.batch, seed=recipe.seed)
    train(state, source, recipe, checkpoint=checkpoint, show_progress=show_progress)
    state.save(checkpoint)
    export_model(state.table.numpy(), tokenizer, out)
    logger.info("wrote %s", out)


def _claim(work: Path, recipe: Recipe, data: Path) -> None:
    """Tie `work` to one recipe: a checkpoint of another would be continued to nonsense."""
    wanted = json.dumps({**asdict(recipe), "data": str(data.resolve())}, sort_keys=True)
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
