"""The arguments that the trainings of both encoders share."""

import argparse
from pathlib import Path


def add_corpora(parser: argparse.ArgumentParser) -> None:
    """Add the folders of texts to train on, and of those that no training may see."""
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="folder of .jsonl.gz training data"
    )
    parser.add_argument(
        "--benchmarks",
        type=Path,
        nargs="*",
        default=[],
        metavar="DIR",
        help="folders of texts that are left out of the training",
    )
