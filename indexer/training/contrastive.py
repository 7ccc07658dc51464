"""Train a static embedding table with a symmetric InfoNCE loss over in-batch negatives.

A text's vector is the mean of its tokens' rows; a pair's two vectors should be nearer to one
another than to any other pair's of the batch (van den Oord, Li and Vinyals 2018; both directions,
as in CLIP). The loss is summed over Matryoshka prefixes of the vector (Kusupati and others 2022),
so that the first half of the dimensions is usable alone. The same loss is taken over the scores of
late interaction (search/encoders/late_interaction.py), and over tokens and the tokens around them.
A step changes only the rows of tokens in its batch.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional
from tqdm import tqdm

from indexer.training.batches import Batch, BatchSource
from indexer.training.interaction import first_texts, late_interaction_scores
from indexer.training.neighbours import Neighbourhoods, NeighbourSource
from indexer.training.recipe import Recipe
from indexer.training.texts import Texts

logger = logging.getLogger(__name__)

BETAS = (0.9, 0.999)
EPSILON = 1e-8
WARM_UP = 0.05  # share of the steps
# Steps; a checkpoint falls on each, so that a resumed run encodes with the same table.
ENCODE_EVERY = 500
NEIGHBOURS_WEIGHT = 0.5


@dataclass
class Table:
    """Rows, `(tokens, dimension)` float32, with Adam's two moments."""

    rows: torch.Tensor
    mean: torch.Tensor
    square: torch.Tensor

    @classmethod
    def of(cls, rows: torch.Tensor) -> "Table":
        return cls(rows, torch.zeros_like(rows), torch.zeros_like(rows))

    def adam_step(
        self, touched: torch.Tensor, gradient: torch.Tensor, rate: float, step: int
    ) -> None:
        """Update rows as torch.optim.SparseAdam does: moments of absent rows do not decay."""
        mean = self.mean[touched].lerp_(gradient, 1 - BETAS[0])
        square = self.square[touched].mul_(BETAS[1])
        square.addcmul_(gradient, gradient, value=1 - BETAS[1])
        self.mean[touched] = mean
        self.square[touched] = square
        corrected = rate * (1 - BETAS[1] ** step) ** 0.5 / (1 - BETAS[0] ** step)
        rows = self.rows[touched]
        self.rows[touched] = rows.addcdiv_(mean, square.sqrt_().add_(EPSILON), value=-corrected)


@dataclass
class State:
    """The two tables after `step` steps.

    `table` is the encoder's. `around` has the rows of tokens as context of other tokens, and is
    used in training alone.
    """

    table: Table
    around: Table
    step: int = 0
    losses: list[float] = field(default_factory=list)

    @classmethod
    def start(cls, rows: torch.Tensor) -> "State":
        return cls(Table.of(rows), Table.of(rows.clone()))

    def save(self, path: Path) -> None:
        partial = path.with_suffix(".partial")
        tables = {"table": vars(self.table), "around": vars(self.around)}
        torch.save({**vars(self), **tables}, partial)
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> "State":
        saved = torch.load(path, weights_only=True)
        table, around = Table(**saved["table"]), Table(**saved["around"])
        return cls(table, around, saved["step"], saved["losses"])


@dataclass(frozen=True, slots=True)
class Schedule:
    """The number of steps, and a learning rate that rises to `rate` and falls to 0."""

    steps: int
    rate: float

    def rate_at(self, step: int) -> float:
        warm_up = WARM_UP * self.steps
        if step < warm_up:
            return self.rate * (step + 1) / warm_up
        return self.rate * (self.steps - step) / (self.steps - warm_up)


def initial_rows(frequencies: npt.NDArray[np.int64], recipe: Recipe) -> torch.Tensor:
    """Draw the rows; a frequent token gets a short row, so that it weighs little in a mean.

    The weight is SIF's a / (a + p), a = 1e-3: Arora, Liang and Ma 2017.
    """
    generator = torch.Generator().manual_seed(recipe.seed)
    rows = torch.randn((len(frequencies), recipe.dimension), generator=generator)
    share = torch.from_numpy(frequencies / max(1, frequencies.sum())).float()
    return rows * (1e-3 / (1e-3 + share))[:, None]


def average(tables: Iterable[torch.Tensor]) -> torch.Tensor:
    """Return the mean of tables that were trained from the same start.

    The mean drops what each table learnt by chance (Wortsman and others 2022, "Model soups").
    """
    return torch.stack(list(tables)).mean(dim=0)


def train(
    state: State,
    source: BatchSource,
    neighbours: NeighbourSource,
    schedule: Schedule,
    recipe: Recipe,
    *,
    checkpoint: Path,
    show_progress: bool,
) -> State:
    """Run the steps of `schedule` that `state` still lacks, and save the state in `checkpoint`."""
    bar = tqdm(
        range(state.step, schedule.steps),
        initial=state.step,
        total=schedule.steps,
        disable=not show_progress,
    )
    for step in bar:
        if step and step % ENCODE_EVERY == 0:
            source.encode_pairs(lambda texts: encode(state.table.rows, texts))
        rate = schedule.rate_at(step)
        loss = _step(state, source.draw(step), neighbours.draw(step), rate, recipe)
        state.losses.append(loss)
        if step % 50 == 49:
            recent = float(np.mean(state.losses[-50:]))
            bar.set_postfix(loss=f"{recent:.3f}")
            logger.info("step %5d  loss %.4f", step + 1, recent)
        if state.step % ENCODE_EVERY == 0:
            state.save(checkpoint)
    state.save(checkpoint)
    return state


def encode(rows: torch.Tensor, texts: Texts) -> npt.NDArray[np.float32]:
    """Return the unit vectors of texts, `(n, dimension)` float32."""
    with torch.no_grad():
        pooled = _pool(rows, texts.tokens.astype(np.int64), texts.offsets)
        return functional.normalize(pooled).numpy()


def _step(
    state: State, batch: Batch, near: Neighbourhoods | None, rate: float, recipe: Recipe
) -> float:
    split = len(batch.left.tokens)
    both = split + len(batch.right.tokens)
    centres = np.empty(0, np.int64) if near is None else near.tokens
    tokens, local = np.unique(
        np.concatenate([batch.left.tokens, batch.right.tokens, centres]), return_inverse=True
    )
    touched = torch.from_numpy(tokens)
    rows = state.table.rows[touched].requires_grad_()
    loss = _pair_loss(rows, local[:split], local[split:both], batch, recipe)
    state.step += 1
    if near is None:
        torch.autograd.backward(loss)
    else:
        context_tokens, places = np.unique(near.around, return_inverse=True)
        around = state.around.rows[torch.from_numpy(context_tokens)].requires_grad_()
        contexts = functional.embedding_bag(
            torch.from_numpy(places.reshape(near.around.shape)), around
        )
        drawn = torch.from_numpy(local[both:])
        scores = recipe.scale * _cosines(contexts, functional.embedding(drawn, rows))
        # A token that was drawn twice is not a wrong answer.
        is_repeated = (drawn[:, None] == drawn).fill_diagonal_(False)
        loss = loss + NEIGHBOURS_WEIGHT * cross_entropies(scores, is_repeated)
        torch.autograd.backward(loss)
        assert around.grad is not None
        state.around.adam_step(torch.from_numpy(context_tokens), around.grad, rate, state.step)
    assert rows.grad is not None
    state.table.adam_step(touched, rows.grad, rate, state.step)
    return float(loss.detach())


def _pair_loss(
    rows: torch.Tensor,
    left: npt.NDArray[np.int64],
    right: npt.NDArray[np.int64],
    batch: Batch,
    recipe: Recipe,
) -> torch.Tensor:
    """Return the loss of a batch's vectors and late interaction; tokens are places in `rows`."""
    lefts = _pool(rows, left, batch.left.offsets)
    rights = _pool(rows, right, batch.right.offsets)
    alike = torch.from_numpy(batch.alike)
    losses = []
    for prefix in recipe.prefixes:
        queries, documents = lefts[:, :prefix], rights[:, :prefix]
        scores = recipe.scale * _cosines(queries, documents)
        more = recipe.scale * _cosines(queries, queries) if batch.are_sentences else None
        losses.append(cross_entropies(scores, alike, more))
    first_lefts = first_texts(left, batch.left.offsets)
    first_rights = first_texts(right, batch.right.offsets)
    count = len(first_lefts)
    scores = recipe.scale * late_interaction_scores(rows, first_lefts, first_rights)
    more = None
    if batch.are_sentences:
        more = recipe.scale * late_interaction_scores(rows, first_lefts, first_lefts)
    interaction_loss = cross_entropies(scores, alike[:count, :count], more)
    return torch.stack(losses).mean() + interaction_loss


def _cosines(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return functional.normalize(left) @ functional.normalize(right).T


def cross_entropies(
    scores: torch.Tensor, alike: torch.Tensor, more: torch.Tensor | None = None
) -> torch.Tensor:
    """Return the mean cross-entropy, in both directions, of finding the partners on the diagonal.

    Pairs that `alike` marks are not wrong answers. `more` holds the scores of the left texts for
    one another: without them, texts of the query's language rank before its answer in another.
    """
    target = torch.arange(len(scores))
    scores = scores.masked_fill(alike, -torch.inf)
    wide = scores
    if more is not None:
        is_own = torch.eye(len(more), dtype=torch.bool)
        wide = torch.cat([scores, more.masked_fill(alike | is_own, -torch.inf)], dim=1)
    return (functional.cross_entropy(wide, target) + functional.cross_entropy(scores.T, target)) / 2


def _pool(
    rows: torch.Tensor, tokens: npt.NDArray[np.int64], offsets: npt.NDArray[np.int64]
) -> torch.Tensor:
    return functional.embedding_bag(
        torch.from_numpy(tokens), rows, torch.from_numpy(offsets), mode="mean"
    )
