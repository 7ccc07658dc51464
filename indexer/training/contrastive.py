"""Trains a static embedding table with a symmetric InfoNCE loss over in-batch negatives.

A text's vector is the mean of its tokens' rows; a pair's two vectors should be nearer to one
another than to any other pair's of the batch (van den Oord, Li and Vinyals 2018; both directions,
as in CLIP). The loss is summed over Matryoshka prefixes of the vector (Kusupati and others 2022),
so that the first half of the dimensions is usable alone. The last steps also train what the search
reads passages with, late interaction over the same rows (search/encoders/piece_table.py), by
the same loss. Rows of tokens absent from a batch are not touched by its step.
"""

import logging
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional
from tqdm import tqdm

from indexer.training.batches import Batch, BatchSource, Texts
from indexer.training.reading import first_texts, read_scores
from indexer.training.recipe import Recipe

logger = logging.getLogger(__name__)

BETAS = (0.9, 0.999)
EPSILON = 1e-8
WARM_UP = 0.05  # of the steps
LOOK_EVERY = 500  # steps; a checkpoint falls on each, so that a resumed run looks at the same table


@dataclass
class State:
    """The table, `(tokens, dimension)` float32, with Adam's two moments, after `step` steps."""

    table: torch.Tensor
    mean: torch.Tensor
    square: torch.Tensor
    step: int = 0
    losses: list[float] = field(default_factory=list)

    def save(self, path: Path) -> None:
        partial = path.with_suffix(".partial")
        torch.save(vars(self), partial)
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> "State":
        return cls(**torch.load(path, weights_only=True))


def initial_state(frequencies: npt.NDArray[np.int64], recipe: Recipe) -> State:
    """Draw the table; a frequent token starts with a short row, so that it weighs little in a mean.

    The weight is SIF's a / (a + p), a = 1e-3: Arora, Liang and Ma 2017.
    """
    generator = torch.Generator().manual_seed(recipe.seed)
    table = torch.randn((len(frequencies), recipe.dimension), generator=generator)
    share = torch.from_numpy(frequencies / max(1, frequencies.sum())).float()
    table *= (1e-3 / (1e-3 + share))[:, None]
    return State(table, torch.zeros_like(table), torch.zeros_like(table))


def train(
    state: State,
    source: BatchSource,
    recipe: Recipe,
    *,
    checkpoint: Path,
    show_progress: bool,
) -> State:
    """Run the steps that `state` still lacks, on the batches of `source`."""
    bar = tqdm(
        range(state.step, recipe.steps),
        initial=state.step,
        total=recipe.steps,
        disable=not show_progress,
    )
    for step in bar:
        if step and step % LOOK_EVERY == 0:
            source.look(lambda texts: encode(state.table, texts))
        loss = _step(state, source.draw(step), recipe)
        state.losses.append(loss)
        if step % 50 == 49:
            recent = float(np.mean(state.losses[-50:]))
            bar.set_postfix(loss=f"{recent:.3f}")
            logger.info("step %5d  loss %.4f", step + 1, recent)
        if state.step % LOOK_EVERY == 0:
            state.save(checkpoint)
    return state


def encode(table: torch.Tensor, texts: Texts) -> npt.NDArray[np.float32]:
    """Give the unit vectors of texts, `(n, dimension)` float32."""
    with torch.no_grad():
        pooled = _pool(table, texts.tokens.astype(np.int64), texts.offsets)
        return functional.normalize(pooled).numpy()


def _step(state: State, batch: Batch, recipe: Recipe) -> float:
    tokens, local = np.unique(
        np.concatenate([batch.left.tokens, batch.right.tokens]), return_inverse=True
    )
    touched = torch.from_numpy(tokens)
    rows = state.table[touched].requires_grad_()
    split = len(batch.left.tokens)
    left = _pool(rows, local[:split], batch.left.offsets)
    right = _pool(rows, local[split:], batch.right.offsets)
    loss = torch.zeros(())
    for prefix in recipe.prefixes:
        loss = loss + info_nce(left[:, :prefix], right[:, :prefix], scale=recipe.scale)
    loss = loss / len(recipe.prefixes)
    if state.step >= recipe.steps - recipe.reading_steps:
        asked = first_texts(local[:split], batch.left.offsets)
        held = first_texts(local[split:], batch.right.offsets)
        read = read_scores(rows, asked, held)
        loss = loss + cross_entropies(recipe.scale * read)
    torch.autograd.backward(loss)
    assert rows.grad is not None
    _adam(state, touched, rows.detach(), rows.grad, _rate(state.step, recipe))
    return float(loss.detach())


def info_nce(left: torch.Tensor, right: torch.Tensor, *, scale: float) -> torch.Tensor:
    """Give the mean cross-entropy, both directions, of finding each row's partner in the batch."""
    return cross_entropies(scale * functional.normalize(left) @ functional.normalize(right).T)


def cross_entropies(scores: torch.Tensor) -> torch.Tensor:
    """Give the mean cross-entropy, both directions, of the partners on the diagonal."""
    target = torch.arange(len(scores))
    return (
        functional.cross_entropy(scores, target) + functional.cross_entropy(scores.T, target)
    ) / 2


def _pool(
    rows: torch.Tensor, tokens: npt.NDArray[np.int64], offsets: npt.NDArray[np.int64]
) -> torch.Tensor:
    return functional.embedding_bag(
        torch.from_numpy(tokens), rows, torch.from_numpy(offsets), mode="mean"
    )


def _adam(
    state: State, touched: torch.Tensor, rows: torch.Tensor, gradient: torch.Tensor, rate: float
) -> None:
    """Step as torch.optim.SparseAdam does: moments of absent rows do not decay."""
    state.step += 1
    mean = state.mean[touched].lerp_(gradient, 1 - BETAS[0])
    square = state.square[touched].mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
    state.mean[touched] = mean
    state.square[touched] = square
    corrected = rate * (1 - BETAS[1] ** state.step) ** 0.5 / (1 - BETAS[0] ** state.step)
    state.table[touched] = rows.addcdiv_(mean, square.sqrt_().add_(EPSILON), value=-corrected)


def _rate(step: int, recipe: Recipe) -> float:
    """Rise over the warm-up, fall to a tenth, and from there to nothing over the reading steps.

    All linearly.
    """
    base = recipe.steps - recipe.reading_steps
    warm_up = WARM_UP * base
    if step < warm_up:
        return recipe.learning_rate * (step + 1) / warm_up
    if step >= base:
        return recipe.learning_rate * 0.1 * (recipe.steps - step) / recipe.reading_steps
    return recipe.learning_rate * max(0.1, (base - step) / (base - warm_up))
