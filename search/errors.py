"""The errors a caller can expect.

Each message says what was found, what was expected, and what to do.
"""


class SearchError(Exception):
    """Anything arshif refuses or fails at for a reason it can name."""


class ArchiveError(SearchError):
    """The archive cannot be opened, read or written as it is."""


class EncoderError(SearchError):
    """The encoder cannot be loaded, or is not the one the archive was built with."""


class QueryError(SearchError):
    """The reader's request is not one that can be answered."""


class SearchTimeout(SearchError):
    """A search took longer than it was given; nothing of it is shown."""


class TableError(SearchError):
    """A table of words that ships with the program is damaged."""


class LexiconError(SearchError):
    """A lexicon cannot be read, or a line of it is not as it should be."""
