"""Choose and complete the version of an article, or the sighting of a headline, that is shown."""

from dataclasses import replace

from search.index.writer import StoredVersion
from search.records import Document, digest_of


def version_order(version: Document) -> tuple[str, str, int, bytes, str]:
    """Return the sort key of an article's version: the latest, then the longest, comes last."""
    moment = version.published_at
    return (
        version.date.isoformat() if version.date else "",
        moment.isoformat()[:19] if moment else "",
        len(version.body),
        digest_of(version),
        version.own_id or "",
    )


def first_seen(headlines: list[Document]) -> Document:
    """Return a headline as it was seen first, completed by the first later values.

    `headlines` are in the order in which they were seen.
    """
    return replace(
        headlines[0],
        source=next((headline.source for headline in headlines if headline.source), None),
        url=next((headline.url for headline in headlines if headline.url), None),
        author=next((headline.author for headline in headlines if headline.author), None),
        section=next((headline.section for headline in headlines if headline.section), None),
        published_at=next((h.published_at for h in headlines if h.published_at), None),
    )


def completed(version: StoredVersion, arrival: Document) -> StoredVersion:
    """Return a version completed by a record; of two values the lesser, whichever came first."""
    return StoredVersion(
        _lesser(version.author, arrival.author),
        _lesser(version.section, arrival.section),
        min(
            (moment for moment in (version.published_at, arrival.published_at) if moment),
            key=lambda moment: moment.isoformat(),
            default=None,
        ),
    )


def _lesser(first: str | None, second: str | None) -> str | None:
    return min((text for text in (first, second) if text), default=None)
