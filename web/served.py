"""What one app serves: its engine, and what the archive holds."""

from typing import Self, cast

from flask import Flask, current_app

from search.archive.reader import Status
from search.engine import SearchEngine
from search.records import Document
from search.suggest import Completer

_KEY = "arshif"
_NEWEST = 8  # documents on the front page
_EXAMPLES = 6  # searches to try


class Served:
    """One open engine, and the last status of its archive, counted anew after each commit."""

    def __init__(self, engine: SearchEngine) -> None:
        self.engine = engine
        self.completer = Completer(engine.archive)
        self._status: Status | None = None
        self._newest: tuple[int, tuple[Document, ...]] | None = None

    def attach(self, app: Flask) -> None:
        app.extensions[_KEY] = self

    @classmethod
    def here(cls) -> Self:
        """Give what the current request's app serves."""
        return cast(Self, current_app.extensions[_KEY])  # Flask keeps extensions untyped

    def status(self) -> Status:
        """Say what the archive holds.

        Raises:
            ArchiveError: it cannot be read any more.
        """
        known = self._status
        if known is None or known.commit != self.engine.archive.commit_number():
            known = self._status = self.engine.archive.status()
        return known

    def newest(self) -> tuple[Document, ...]:
        """Give the latest articles, read anew after each commit."""
        commit = self.status().commit
        if self._newest is None or self._newest[0] != commit:
            self._newest = commit, self.engine.archive.newest(_NEWEST)
        return self._newest[1]

    def examples(self) -> tuple[str, ...]:
        """Give searches that the archive has answers to: its commonest phrases."""
        return tuple(self.completer.completions().commonest(_EXAMPLES))
