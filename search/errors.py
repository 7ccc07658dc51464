"""The errors that a caller can expect.

Each message says what was found, what was expected, and what to do.
"""


class SearchError(Exception):
    """The base class of all errors that arshif raises for a known reason."""


class ArchiveError(SearchError):
    """The archive cannot be opened, read or written as it is."""


class EncoderError(SearchError):
    """The encoder cannot be loaded, or differs from the encoder that built the archive."""


class QueryError(SearchError):
    """The reader's request cannot be answered."""


class SearchTimeout(SearchError):
    """A search took longer than its limit, and returned nothing."""


class TableError(SearchError):
    """A table of words that ships with the program is damaged."""


class LexiconError(SearchError):
    """A lexicon cannot be read, or a line of it is malformed."""
