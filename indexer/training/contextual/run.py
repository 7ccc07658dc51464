"""Train a contextual encoder, from data to an int8 model directory.

The steps are: data -> articles and pairs -> batches -> training steps -> int8 model directory.
"""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from indexer.training.contextual.articles import Material, read_material
from indexer.training.contextual.directory import TOKENIZER, WEIGHTS, Model, read_model, write_int8
from indexer.training.contextual.events import find_related
from indexer.training.contextual.graph import write_graph
from indexer.training.contextual.held_out_measure import build_measure
from indexer.training.contextual.queries import ExampleMaker
from indexer.training.contextual.recipe import ContextualRecipe
from indexer.training.contextual.sampling import Sampler
from indexer.training.contextual.similar import SimilarArticles
from indexer.training.contextual.student import take_layers
from indexer.training.contextual.teacher import FusedTeacher
from indexer.training.contextual.training_loop import Limit, State, Training
from indexer.training.contextual.transformer import Transformer
from indexer.training.contextual.written import WrittenQueries, read_queries, take_queries
from search.encoders.identity import digest_files
from search.encoders.loading import MODEL_DIRECTORY, SHIPPED
from search.encoders.profile import PROFILE, read_profile
from search.encoders.static import StaticEncoder
from search.errors import SearchError

logger = logging.getLogger(__name__)

CHECKPOINT, MODEL = "checkpoint.pt", "model"


@dataclass(frozen=True, slots=True)
class Origins:
    """The inputs of a training, and `work`, which gets the model, checkpoints and a log."""

    data: Path
    benchmarks: Sequence[Path]
    base: Path
    work: Path
    written: Path | None = None  # a file of written queries


def train_contextual(
    origins: Origins, recipe: ContextualRecipe, limit: Limit, *, resume: bool
) -> None:
    """Train from `base` until the limit, and write the int8 directory to `work/model`.

    Raises:
        SearchError: `work` belongs to another training, or holds a checkpoint and is not resumed,
            or no written query is for an article of the data.
        EncoderError: `base` is not a model directory.
    """
    build_training(origins, recipe, limit, resume=resume).run()
    logger.info("wrote %s", origins.work / MODEL)


def build_training(
    origins: Origins, recipe: ContextualRecipe, limit: Limit, *, resume: bool
) -> Training:
    """Build a training from its inputs; if `resume`, load its checkpoint."""
    started = time.monotonic()
    work = origins.work
    if origins.written and not origins.written.is_file():
        raise SearchError(f"no file of written queries at {origins.written}")
    model = read_model(origins.base)
    work.mkdir(parents=True, exist_ok=True)
    _claim(origins, recipe, resume=resume)
    material = read_material(origins.data, origins.benchmarks, work)
    written = _read_written(origins.written, material)
    table = StaticEncoder(MODEL_DIRECTORY, name=SHIPPED)
    similar = SimilarArticles(material.articles, table, model.shape.hidden_size)
    sampler = _build_sampler(material, written, similar, recipe)
    seconds = time.monotonic() - started
    logger.info("read and compared %d articles in %.0f s", len(material.articles), seconds)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    whole = None
    if recipe.layers:
        whole = _build_transformer(model, device)
        model = take_layers(model, recipe.layers)
    transformer = _build_transformer(model, device)
    state = State.start(transformer, recipe)
    if resume:
        state.load(work / CHECKPOINT, similar)
        logger.info("resuming from step %d", state.step)
    return Training(
        state=state,
        tokenizer=model.tokenizer,
        sampler=sampler,
        similar=similar,
        teacher=FusedTeacher(table, similar.words.idf) if recipe.teacher else None,
        whole=whole,
        recipe=recipe,
        limit=limit,
        started=started,
        is_half_precision=has_half_precision(),
        measure=build_measure(material.held_out, written.held_out, model.tokenizer, recipe),
        write_model=lambda transformer: write_model(
            Model(model.shape, transformer.weights, model.tokenizer), work / MODEL, origins.base
        ),
        work=work,
    )


def write_model(model: Model, folder: Path, source: Path) -> None:
    """Write the int8 directory that the search loads, with the profile of `source`."""
    write_int8(model, folder)
    write_graph(folder)
    (folder / PROFILE).write_text(read_profile(source).to_json(), encoding="utf-8")


def has_half_precision() -> bool:
    """Return whether bfloat16 products run in hardware; emulated products are slower than float."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def _build_sampler(
    material: Material, written: WrittenQueries, similar: SimilarArticles, recipe: ContextualRecipe
) -> Sampler:
    related = find_related(material.articles, similar)
    logger.info("%d articles have others on the same event or thing", sum(map(bool, related)))
    return Sampler(
        similar,
        ExampleMaker(material.articles, related, material.glossary, written.by_number),
        related,
        material.pairs,
        size=recipe.batch,
        seed=recipe.seed,
        written=written.by_number,
    )


def _read_written(path: Path | None, material: Material) -> WrittenQueries:
    if path is None:
        return WrittenQueries()
    written = take_queries(read_queries(path), material)
    if not written.by_number:
        raise SearchError(
            f"{path} has no query for any article of the data: its queries were written for other"
            " articles, or their texts have changed since; name that data with --data, or leave"
            " --written out"
        )
    return written


def _build_transformer(model: Model, device: torch.device) -> Transformer:
    transformer = Transformer(model.shape, model.weights)
    transformer.to(device)
    return transformer


def _claim(origins: Origins, recipe: ContextualRecipe, *, resume: bool) -> None:
    """Bind `work` to a training, because the checkpoint of another must not be continued."""
    work, base = origins.work, origins.base
    digest = digest_files([base / WEIGHTS, base / TOKENIZER])
    # Files are known by name and size, not by folder, because the data may have moved on a resume.
    data = {path.name: path.stat().st_size for path in sorted(origins.data.rglob("*.jsonl.gz"))}
    if origins.written:
        data[origins.written.name] = origins.written.stat().st_size
    claim = json.dumps({**asdict(recipe), "data": data, "base": digest})
    note = work / "recipe.json"
    if note.exists() and note.read_text(encoding="utf-8") != claim:
        raise SearchError(
            f"{work} holds a training of another recipe, base or data: name another folder with"
            " --work, or remove it"
        )
    has_checkpoint = (work / CHECKPOINT).exists()
    if has_checkpoint and not resume:
        raise SearchError(
            f"{work} holds the checkpoint of a training: resume it with --resume, or name"
            " another folder with --work"
        )
    if resume and not has_checkpoint:
        raise SearchError(f"{work} holds no checkpoint to resume from: omit --resume")
    note.write_text(claim, encoding="utf-8")
