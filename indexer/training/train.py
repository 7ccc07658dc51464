"""Train a static encoder: data -> clean pairs -> vocabulary -> table -> model directory."""

import json
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from indexer.training.batches import BatchSource, TokenisedSet
from indexer.training.contamination import GramHasher, benchmark_grams, drop_contaminated
from indexer.training.contrastive import Schedule, State, average, initial_rows, train
from indexer.training.export import export_model
from indexer.training.neighbours import NeighbourSource
from indexer.training.pairs import PairSet, read_pair_sets
from indexer.training.recipe import Recipe
from indexer.training.variants import Variants
from indexer.training.vocabulary import train_tokenizer
from search.encoders.profile import PROFILE, read_profile
from search.encoders.static import is_static, read_table
from search.encoders.word_tokenizer import WordTokenizer
from search.errors import SearchError

logger = logging.getLogger(__name__)

# Texts of each set at most: enough for the words of press text, in minutes instead of hours.
_VOCABULARY_TEXTS = 40_000
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
    """Train on `data`, without the texts of `benchmarks`, and write the model to `out`.

    `work` keeps the tokenizer and checkpoints, from which an interrupted training goes on. `start`
    is a static model to go on from, with its tokens and its profile, in place of new tables and
    their average.

    Raises:
        SearchError: `work` belongs to another recipe, `data` holds nothing to train on, or
            `start` is not a static model.
    """
    start_model = None if start is None else _read_start(start)
    work.mkdir(parents=True, exist_ok=True)
    _claim(work, recipe, data, start)
    sets = _clean_sets(data, benchmarks, recipe)
    if start_model is None:
        tokenizer = _tokenizer(sets, work / "tokenizer.json", recipe, show_progress=show_progress)
    else:
        rows, tokenizer = start_model
        recipe = replace(recipe, dimension=rows.shape[1])
    logger.info("tokenising")
    by_word = WordTokenizer(tokenizer)
    tokenised = [TokenisedSet(pair_set, by_word) for pair_set in sets if pair_set.left]
    sets.clear()
    material = _Material(tokenised, Variants(tokenizer, seed=recipe.seed), recipe, show_progress)
    if start_model is None:
        first = initial_rows(_frequencies(tokenised, tokenizer), recipe)
        rows = _average_of_runs(first, material, work)
    logger.info("continuing from %s", start or "their average")
    schedule = Schedule(recipe.finish, recipe.finish_rate)
    finished = material.train(work / "finish.pt", rows, schedule, number=recipe.runs)
    # More steps improve some tasks and worsen others; the mean of both tables keeps both.
    export_model(average([rows, finished]).numpy(), tokenizer, out)
    if start is not None:
        (out / PROFILE).write_text(read_profile(start).to_json(), encoding="utf-8")
    logger.info("wrote %s", out)


def _read_start(model: Path) -> tuple[torch.Tensor, Tokenizer]:
    if not is_static(model):
        raise SearchError(
            f"{model} is not a static model: expected a folder like"
            " search/encoders/arshif_static,"
            " with modules.json, tokenizer.json and model.safetensors"
        )
    table, weights, tokenizer = read_table(model)
    return torch.from_numpy(table.astype(np.float32) * weights[:, None]), tokenizer


@dataclass(frozen=True, slots=True)
class _Material:
    """The sets, variants and numbers that tables are trained with."""

    sets: list[TokenisedSet]
    variants: Variants
    recipe: Recipe
    show_progress: bool

    def train(
        self, checkpoint: Path, rows: torch.Tensor, schedule: Schedule, *, number: int
    ) -> torch.Tensor:
        """Train a table from `rows` or from its checkpoint, on draws that depend on `number`."""
        state = State.load(checkpoint) if checkpoint.exists() else State.start(rows.clone())
        recipe, seed = self.recipe, self.recipe.seed + number
        source = BatchSource(
            self.sets, self.variants, size=recipe.batch, seed=seed, hidden=recipe.hidden
        )
        train(
            state,
            source,
            NeighbourSource(self.sets, seed=seed),
            schedule,
            recipe,
            checkpoint=checkpoint,
            show_progress=self.show_progress,
        )
        return state.table.rows


def _average_of_runs(first: torch.Tensor, material: _Material, work: Path) -> torch.Tensor:
    schedule = Schedule(material.recipe.steps, material.recipe.rate)
    tables = []
    for run in range(material.recipe.runs):
        logger.info("run %d of %d", run + 1, material.recipe.runs)
        tables.append(material.train(work / f"run-{run}.pt", first, schedule, number=run))
    return average(tables)


def _clean_sets(data: Path, benchmarks: Sequence[Path], recipe: Recipe) -> list[PairSet]:
    """Read the pairs that share no text with a benchmark."""
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


def _claim(work: Path, recipe: Recipe, data: Path, start: Path | None) -> None:
    """Bind `work` to a recipe, because a checkpoint of another recipe must not be continued."""
    origins = {"data": str(data.resolve()), "from": None if start is None else str(start.resolve())}
    claim = json.dumps({**asdict(recipe), **origins}, sort_keys=True)
    note = work / "recipe.json"
    if note.exists() and note.read_text(encoding="utf-8") != claim:
        raise SearchError(
            f"{work} holds a run of another recipe: name another folder with --work, or remove it"
        )
    note.write_text(claim, encoding="utf-8")


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
