"""What one app serves: its engine, and what the archive holds."""

from typing import Self, cast

from flask import Flask, current_app

from search.archive.reader import Status
from search.engine import SearchEngine

_KEY = "arshif"


class Served:
    """One open engine, and the last status of its archive, counted anew after each commit."""

    def __init__(self, engine: SearchEngine) -> None:
        self.engine = engine
        self._status: Status | None = None

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
