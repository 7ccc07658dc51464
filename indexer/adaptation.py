"""Train an archive's own encoder from its articles, and measure the gain of the training.

The training of a shipped encoder goes on from that encoder: titles, first sentences and the titles
of near copies are paired with bodies, and words of titles with their translations. Held-out titles
are searched for before and after the training. The archive itself is not changed:
`indexer.encoding` encodes it anew.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from indexer.evaluation.collections import Collection
from indexer.evaluation.measure import measure
from indexer.training.archive_data import prepare_data
from search.encoders.identity import Encoder, EncoderIdentity
from search.encoders.loading import (
    CONTEXTUAL,
    CONTEXTUAL_DIRECTORY,
    MODEL_DIRECTORY,
    SHIPPED,
    load_archive_encoder,
    load_encoder,
)
from search.encoders.onnx_directory import is_int8
from search.encoders.static import is_static
from search.errors import EncoderError, SearchError
from search.index.opening import open_index
from search.records import Mode

STEPS, HOURS = 500, 2.0  # defaults for the static table, and for the contextual encoder
MEASURE = "RR@10"
_MODES = (Mode.SEMANTIC, Mode.HYBRID)
_SHIPPED_DIRECTORIES = {SHIPPED: MODEL_DIRECTORY, CONTEXTUAL: CONTEXTUAL_DIRECTORY}
_NEEDED = ("torch", "onnx")

Figures = Mapping[Mode, float]


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
    address: str, out: Path, *, name: str | None, limit: Limit, show_progress: bool
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
        articles, collection = prepare_data(archive, work / "data")
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
    if not is_static(start) and not is_int8(start):
        raise EncoderError(
            f"the encoder {chosen} cannot be adapted: expected --encoder {SHIPPED}, {CONTEXTUAL},"
            " or a folder that was trained from one of them"
        )
    if is_static(start) and limit.hours is not None:
        raise SearchError(f"{chosen} is trained for a number of --steps: omit --hours")
    return load_archive_encoder(own.name) if name is None else load_encoder(name), start


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


def _train(start: Path, work: Path, limit: Limit, *, show_progress: bool) -> Path:
    """Train from `start` on the data in `work`, and return the folder of the model there."""
    # Imported here, so that a refusal does not wait for torch.
    from indexer.training.contextual import run, training_loop
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
        end = training_loop.Limit(limit.steps, None if limit.steps else 3600 * hours)
        origins = run.Origins(work / "data", [], start, work)
        run.train_contextual(origins, ContextualRecipe(), end, resume=False)
    return model
