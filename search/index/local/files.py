"""Writes files so that a crash leaves the old file or the new one, whole and on the disk."""

import os
from collections.abc import Callable
from pathlib import Path


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file with `write` beside its place, and put it there once it is on the disk.

    Nothing of it is left if `write` fails.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        create_empty(partial)
        write(partial)
        sync(partial)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    partial.replace(path)
    sync(path.parent)


def create_empty(path: Path) -> None:
    """Create an empty file, in place of any other with this name; links are not followed."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666))


def sync(path: Path) -> None:
    """Wait until a file, or the list of names of a folder, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
