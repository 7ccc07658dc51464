"""Train a transformer on drawn batches, until a time or a number of steps is used up.

The loss is symmetric InfoNCE over the batch (`indexer.training.contrastive`); a recipe may add the
loss on the fused system's ranking. Word rows, two thirds of the weights, are not trained: a run of
hours sees too few of them to improve them. The optimizer is AdamW; its rate rises for a twentieth
of the steps and falls to 0 at the last step.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from indexer.training.contextual.directory import PASSAGE_PROMPT, QUERY_PROMPT
from indexer.training.contextual.recipe import ContextualRecipe
from indexer.training.contextual.sampling import CYCLE, ContextualBatch, Sampler
from indexer.training.contextual.similar import SimilarArticles
from indexer.training.contextual.student import distillation_loss
from indexer.training.contextual.teacher import FusedTeacher
from indexer.training.contextual.transformer import WORD_ROWS, Transformer, Vectors
from indexer.training.contrastive import Schedule, cross_entropies

logger = logging.getLogger(__name__)

CHECKPOINT_EVERY_S = 600
MEASURE_EVERY_S = 1800
SAVING_S = 5
LOGGED_EVERY = 10  # steps
PLANNED_EVERY = len(CYCLE)  # steps, after which the end is estimated anew from their speed
FIRST_PLAN = 1000  # steps, until the first cycle shows how many steps the time allows
LONGEST_NORM = 1.0  # of the gradient


@dataclass(frozen=True, slots=True)
class Limit:
    """The end of a training: at a step, or when `seconds` are used up; the unused field is None."""

    steps: int | None
    seconds: float | None


@dataclass
class State:
    """The weights after `step` steps, and all other state that the next step depends on."""

    transformer: Transformer
    optimizer: torch.optim.AdamW
    step: int = 0
    end: int = FIRST_PLAN
    seconds: float = 0.0

    @classmethod
    def start(cls, transformer: Transformer, recipe: ContextualRecipe) -> "State":
        trained = [w for name, w in transformer.weights.items() if name != WORD_ROWS]
        for weight in trained:
            weight.requires_grad_()
        # Decay would draw the normalisers' weights, which are around 1, to 0.
        groups = [
            {"params": [w for w in trained if w.ndim == 2], "weight_decay": recipe.decay},
            {"params": [w for w in trained if w.ndim == 1], "weight_decay": 0.0},
        ]
        return cls(transformer, torch.optim.AdamW(groups, lr=recipe.rate))

    def save(self, path: Path, similar: SimilarArticles) -> None:
        """Write everything but the word rows, which no step changes."""
        partial = path.with_suffix(".partial")
        weights = {n: w.detach() for n, w in self.transformer.weights.items() if n != WORD_ROWS}
        saved: dict[str, Any] = {
            "weights": weights,
            "optimizer": self.optimizer.state_dict(),
            "numbers": {"step": self.step, "end": self.end, "seconds": self.seconds},
            "remembered": torch.from_numpy(similar.remembered),
            "is_remembered": torch.from_numpy(similar.is_remembered),
        }
        torch.save(saved, partial)
        partial.replace(path)

    def load(self, path: Path, similar: SimilarArticles) -> None:
        """Load the state that `save` wrote."""
        device = self.transformer.weights[WORD_ROWS].device
        saved = torch.load(path, weights_only=True, map_location=device)
        with torch.no_grad():
            for name, weight in saved["weights"].items():
                self.transformer.weights[name].copy_(weight)
        self.optimizer.load_state_dict(saved["optimizer"])
        for name, value in saved["numbers"].items():
            setattr(self, name, value)
        similar.remembered[:] = saved["remembered"].cpu().numpy()
        similar.is_remembered[:] = saved["is_remembered"].cpu().numpy()


@dataclass
class Training:
    """A training in this process; `started` is the time of its start by `clock`."""

    state: State
    tokenizer: Tokenizer
    sampler: Sampler
    similar: SimilarArticles
    teacher: FusedTeacher | None
    whole: Transformer | None  # teaches a student
    recipe: ContextualRecipe
    limit: Limit
    started: float
    is_half_precision: bool
    measure: Callable[[Transformer], dict[str, float]]
    write_model: Callable[[Transformer], None]
    work: Path
    checkpoint_every_s: float = CHECKPOINT_EVERY_S
    clock: Callable[[], float] = time.monotonic
    _reserved_s: float = field(init=False, default=0.0)  # of the limit, for the end of the run
    _before: float = field(init=False)

    def __post_init__(self) -> None:
        self._before = self.state.seconds

    def run(self) -> None:
        """Run the remaining steps; write a checkpoint, a model and a log to `work`."""
        begin = self.clock()
        self._write_log(self._measure_held_out())
        saved = measured = self.clock()
        self._reserved_s = measured - begin + SAVING_S
        losses: list[tuple[str, float]] = []
        for _ in self._steps():
            losses.append(self._step())
            if self.state.step % LOGGED_EVERY == 0:
                self._write_log(_means(losses))
                losses.clear()
            now = self.clock()
            if now - measured >= MEASURE_EVERY_S:
                self._write_log(self._measure_held_out())
                measured = now
            if now - saved >= self.checkpoint_every_s:
                self._save()
                saved = now
        self._save()
        self._write_log(self._measure_held_out())

    def _steps(self) -> Iterator[None]:
        """Yield for each remaining step, and estimate their number anew from time to time."""
        state, limit = self.state, self.limit
        state.end = limit.steps or state.end
        step, clock = state.step, self.clock()
        while state.step < state.end:
            yield
            state.seconds = self._before + self.clock() - self.started
            if limit.seconds is not None and state.step - step >= PLANNED_EVERY:
                seconds_per_step = (self.clock() - clock) / (state.step - step)
                remaining_s = limit.seconds - self._reserved_s - state.seconds
                state.end = state.step + max(0, int(remaining_s / seconds_per_step))
                step, clock = state.step, self.clock()

    def _step(self) -> tuple[str, float]:
        state = self.state
        rate = Schedule(state.end, self.recipe.rate).rate_at(state.step)
        for group in state.optimizer.param_groups:
            group["lr"] = rate
        batch = self.sampler.draw(state.step)
        queries = tokenise(self.tokenizer, batch.left, QUERY_PROMPT, self.recipe.query_pieces)
        longest = self.recipe.passage_pieces
        passages = tokenise(self.tokenizer, batch.right, PASSAGE_PROMPT, longest)
        with self._precision():
            left = state.transformer.encode(queries).float().cpu()
            right = state.transformer.encode(passages).float().cpu()
        loss = self._loss(batch, left, right)
        if self.whole is not None:
            with torch.no_grad(), self._precision():
                taught = [self.whole.encode(tokens) for tokens in (queries, passages)]
            whole_left, whole_right = (vectors.float().cpu() for vectors in taught)
            loss = loss + distillation_loss(left, right, whole_left, whole_right, self.recipe.scale)
        state.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        weights = [w for group in state.optimizer.param_groups for w in group["params"]]
        torch.nn.utils.clip_grad_norm_(weights, LONGEST_NORM)
        state.optimizer.step()
        state.step += 1
        if len(batch.numbers):
            self.similar.remember(batch.numbers, _as_array(right))
        return batch.kind, float(loss.detach())

    def _loss(
        self, batch: ContextualBatch, left: torch.Tensor, right: torch.Tensor
    ) -> torch.Tensor:
        scores = self.recipe.scale * left @ right.T
        others = self.recipe.scale * left @ left.T if batch.are_sentences else None
        loss = cross_entropies(scores, torch.from_numpy(batch.alike), others)
        if self.teacher is not None:
            loss = loss + self.recipe.teacher * self.teacher.loss(batch, scores)
        return loss

    def _precision(self) -> AbstractContextManager[None]:
        device = self.state.transformer.weights[WORD_ROWS].device.type
        return torch.autocast(device, torch.bfloat16, enabled=self.is_half_precision)

    def _measure_held_out(self) -> dict[str, float]:
        with torch.no_grad(), self._precision():
            return {f"held_out_{k}": v for k, v in self.measure(self.state.transformer).items()}

    def _save(self) -> None:
        self.state.save(self.work / "checkpoint.pt", self.similar)
        self.write_model(self.state.transformer)

    def _write_log(self, figures: dict[str, float]) -> None:
        state = self.state
        seconds = self._before + self.clock() - self.started
        numbers = {"step": state.step, "end": state.end, "seconds": round(seconds, 1)}
        line = numbers | {name: round(value, 4) for name, value in figures.items()}
        with (self.work / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        logger.info("%s", "  ".join(f"{name} {value}" for name, value in line.items()))


def tokenise(
    tokenizer: Tokenizer, texts: Sequence[str], prompt: str, longest: int
) -> list[list[int]]:
    """Return the tokens of prompted texts; a longer text keeps its first tokens and the last."""
    encodings = tokenizer.encode_batch_fast([prompt + text for text in texts])
    return [
        ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]]
        for ids in (encoding.ids for encoding in encodings)
    ]


def _as_array(vectors: torch.Tensor) -> Vectors:
    return np.asarray(vectors.detach().float().cpu().numpy(), dtype=np.float32)


def _means(losses: Sequence[tuple[str, float]]) -> dict[str, float]:
    kinds = sorted({kind for kind, _ in losses})
    by_kind = {k: [loss for kind, loss in losses if kind == k] for k in kinds}
    means = {f"loss_{kind}": float(np.mean(values)) for kind, values in by_kind.items()}
    return {"loss": float(np.mean([loss for _, loss in losses])), **means}
