"""Run the commands of the training; without a command's name, train the static encoder."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from indexer.training.arguments import add_corpora
from indexer.training.contextual import cli as contextual
from indexer.training.recipe import Recipe
from search.console import DONE, escape_unwritable, run
from search.errors import SearchError

if TYPE_CHECKING:
    from search.encoders.identity import Encoder

_EXAMPLE = (
    "python -m indexer.training --data corpora/train --benchmarks corpora/eval corpora/bench"
    " --work build/training --out build/model"
)
_PROFILE = "profile"
_DATA = Path("data")  # of the project, with the sample and its judged queries
_COMMANDS = (*contextual.NAMES, _PROFILE)


def main(argv: Sequence[str] | None = None) -> int:
    escape_unwritable()
    words = sys.argv[1:] if argv is None else list(argv)
    if words and words[0] in _COMMANDS:
        parser = argparse.ArgumentParser(prog="indexer.training")
        commands = parser.add_subparsers(required=True)
        contextual.add_commands(commands)
        _add_profile(commands.add_parser(_PROFILE, help="fit an encoder's profile"))
        arguments = parser.parse_args(words)
        return run(lambda: int(arguments.command(arguments)))
    arguments = _parser().parse_args(words)
    return run(lambda: _train(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="indexer.training",
        description="Train a static encoder. The contextual encoder has the commands"
        f" {', '.join(contextual.NAMES)}, and {_PROFILE} fits the profile of any: each has a"
        " --help of its own.",
        epilog=f"example: {_EXAMPLE}",
    )
    add_corpora(parser)
    parser.add_argument(
        "--work",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder of checkpoints, from which a run resumes",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write the model to"
    )
    parser.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="DIR",
        help="static model to continue from, with its table and its tokens",
    )
    shipped = Recipe()
    numbers = {
        "runs": "tables trained apart, then averaged",
        "steps": "training steps of each",
        "finish": "steps that go on from the average, or from the model given",
        "batch": "pairs a batch",
        "vocabulary": "tokens",
        "dimension": "numbers",
        "seed": "of every draw",
    }
    for name, meaning in numbers.items():
        default = getattr(shipped, name)
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{meaning} ({default})")
    return parser


def _add_profile(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "example: python -m indexer.training profile arshif-static"
    parser.add_argument("encoder", help="name of the encoder, as for `indexer add`")
    parser.add_argument(
        "--judged",
        nargs=4,
        action="append",
        default=[],
        metavar=("ARCHIVE", "QUERIES", "QRELS", "UNANSWERED"),
        help="an archive that the encoder built, JSONL with query_id, text, type, TSV with"
        " query_id, doc_id, relevance, and JSONL of queries that it does not answer; may be"
        f" repeated (the sample and its queries, below {_DATA}/)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="JSON file to write the profile to (standard output)",
    )
    parser.set_defaults(command=_fit_profile)


def _fit_profile(arguments: argparse.Namespace) -> int:
    from indexer.training.profile import JudgedCollection, fit_profile
    from search.encoders.loading import load_encoder
    from search.evaluation.judgements import read_qrels, read_queries

    encoder = load_encoder(arguments.encoder)
    with TemporaryDirectory() as folder:
        judged = arguments.judged or [_build_sample(encoder, Path(folder))]
        collections = [
            JudgedCollection(
                Path(archive),
                read_queries(Path(queries)),
                read_qrels(Path(qrels)),
                read_queries(Path(unanswered)),
            )
            for archive, queries, qrels, unanswered in judged
        ]
        fit = fit_profile(collections, encoder)
    for name, (before, after) in (("fitted on", fit.fitted), ("held out", fit.held_out)):
        print(f"{name:>10}: nDCG@10 {before:.3f} -> {after:.3f}", file=sys.stderr)
    for name, (answered, unanswered) in (("hidden", fit.hidden), ("flagged", fit.flagged)):
        print(
            f"{name:>10}: {answered:.1%} of answered, {unanswered:.1%} of unanswered queries",
            file=sys.stderr,
        )
    if arguments.out is None:
        sys.stdout.write(fit.profile.to_json())
    else:
        arguments.out.write_text(fit.profile.to_json(), encoding="utf-8")
    return DONE


def _build_sample(encoder: "Encoder", folder: Path) -> tuple[Path, Path, Path, Path]:
    """Build an archive of the sample with an encoder; return it with its files of queries."""
    from indexer.encoding import encode_context
    from indexer.ingest import add_dumps
    from search.index.opening import open_index

    if not (_DATA / "sample").is_dir():
        raise SearchError(
            f"no sample at {_DATA / 'sample'}: run this in a checkout of the project, or name an"
            " archive and its queries with --judged"
        )
    archive = folder / "archive"
    add_dumps([str(_DATA / "sample")], archive, encoder, captured_on=None, show_progress=False)
    if encoder.context is not None:
        encode_context(open_index(archive), encoder, show_progress=sys.stderr.isatty())
    judgements = _DATA / "eval"
    queries, qrels = judgements / "queries.jsonl", judgements / "qrels.tsv"
    return archive, queries, qrels, judgements / "nonsense.jsonl"


def _train(arguments: argparse.Namespace) -> int:
    # Imported here, so that --help does not wait for torch.
    from indexer.training.train import train_encoder

    recipe = Recipe(
        runs=arguments.runs,
        steps=arguments.steps,
        finish=arguments.finish,
        batch=arguments.batch,
        vocabulary=arguments.vocabulary,
        dimension=arguments.dimension,
        seed=arguments.seed,
    )
    train_encoder(
        arguments.data,
        arguments.benchmarks,
        arguments.work,
        arguments.out,
        recipe,
        start=arguments.start,
        show_progress=sys.stderr.isatty(),
    )
    return DONE
