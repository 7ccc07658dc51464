"""Run the commands of the training; without a command's name, train the static encoder."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from indexer.training.contextual import cli as contextual
from indexer.training.recipe import Recipe
from search.console import DONE, escape_unwritable, run

_EXAMPLE = (
    "python -m indexer.training --data corpora/train --benchmarks corpora/eval corpora/bench"
    " --work build/training --out build/model"
)
_PROFILE = "profile"
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
        description="Train a static encoder. For the contextual one there are the commands"
        f" {', '.join(contextual.NAMES)}, and {_PROFILE} fits the profile of any: each has a"
        " --help of its own.",
        epilog=f"example: {_EXAMPLE}",
    )
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="folder of .jsonl.gz training data"
    )
    parser.add_argument(
        "--benchmarks",
        type=Path,
        nargs="*",
        default=[],
        metavar="DIR",
        help="folders whose text is kept out",
    )
    parser.add_argument(
        "--work", type=Path, required=True, metavar="DIR", help="checkpoints; resumes from them"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where the model directory goes"
    )
    parser.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="DIR",
        help="a static model to go on from: its table and its tokens, instead of new ones",
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
    parser.add_argument("encoder", help="as for indexing")
    parser.add_argument(
        "--judged",
        nargs=4,
        action="append",
        required=True,
        metavar=("ARCHIVE", "QUERIES", "QRELS", "UNANSWERED"),
        help="an archive that the encoder built, JSONL with query_id, text, type, TSV with"
        " query_id, doc_id, relevance, and JSONL of queries that it does not answer; may be"
        " repeated",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="where the profile goes, as JSON"
    )
    parser.set_defaults(command=_fit_profile)


def _fit_profile(arguments: argparse.Namespace) -> int:
    from indexer.training.profile import Judged, fit_profile
    from search.encoders.loading import load_encoder
    from search.evaluation.judgements import read_qrels, read_queries

    collections = [
        Judged(
            Path(archive),
            read_queries(Path(queries)),
            read_qrels(Path(qrels)),
            read_queries(Path(unanswered)),
        )
        for archive, queries, qrels, unanswered in arguments.judged
    ]
    fit = fit_profile(collections, load_encoder(arguments.encoder))
    arguments.out.write_text(fit.profile.to_json(), encoding="utf-8")
    for name, (before, after) in (("fitted on", fit.fitted), ("held out", fit.held_out)):
        print(f"{name:>10}: nDCG@10 {before:.3f} -> {after:.3f}")
    for name, (judged, unanswered) in (("hidden", fit.hidden), ("told", fit.told)):
        print(f"{name:>10}: {judged:.1%} of what is answered, {unanswered:.1%} of what is not")
    return DONE


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
