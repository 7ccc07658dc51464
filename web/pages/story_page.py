"""Build the page of a story: the reports of one event, day by day, with the copies folded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from flask import url_for

from search.records import Document
from search.stories import Story
from web.localization import translate
from web.pages.calendar_spans import build_day_url
from web.pages.document_groups import Group, build_entry_view
from web.pages.document_metadata import DocumentMetadata, describe_document
from web.pages.heat_calendar import format_weekday
from web.pages.navigation import Link
from web.pages.wording import DAYS, NEWSPAPERS, REPORTS, format_count, format_day


@dataclass(frozen=True, slots=True)
class StoryPage:
    """The reports of one event, and the document that the reader came from."""

    seed: DocumentMetadata
    facts: tuple[str, ...]
    days: tuple[Group, ...]  # a heading counts the days since the first; undated reports come last
    roles: dict[str, str]  # by address: the earliest report, and where the reader came from
    is_first_unknown: bool  # several reports may be the earliest
    is_alone: bool  # the archive has no other report
    feed_url: str


def build_story_page(seed: Document, story: Story) -> StoryPage:
    """Build the page of the story that a document belongs to."""
    first, metadata = story.first, describe_document(seed)
    is_alone = len(story.reports) == 1 and not story.reports[0].copies
    roles = {} if is_alone else dict(_find_way_in(seed, story))
    if first and not is_alone:
        roles[describe_document(first).url] = translate("أول تقرير")
    return StoryPage(
        seed=metadata,
        facts=tuple(_write_facts(story)),
        days=tuple(_build_days(story)),
        roles=roles,
        is_first_unknown=first is None and bool(story.dated),
        is_alone=is_alone,
        feed_url=url_for("story_api.feed", doc_id=seed.doc_id),
    )


def _find_way_in(seed: Document, story: Story) -> Iterator[tuple[str, str]]:
    """Yield the address of the report that the reader came from, and what it is to the reader."""
    for report in story.reports:
        if report.document.doc_id == seed.doc_id:
            yield describe_document(seed).url, translate("المقال الذي جئت منه")
        elif any(copy.doc_id == seed.doc_id for copy in report.copies):
            yield describe_document(report.document).url, translate("جئت من نسخة منه")


def _write_facts(story: Story) -> Iterator[str]:
    yield format_count(len(story.reports), REPORTS)
    documents = [
        document for report in story.reports for document in (report.document, *report.copies)
    ]
    if count := len({document.source for document in documents if document.source}):
        yield format_count(count, NEWSPAPERS)
    if days := [report.document.date for report in story.dated if report.document.date]:
        since, until = format_day(days[0]), format_day(days[-1])
        if since == until:
            yield since
        else:
            yield translate("من %(since)s إلى %(until)s", since=since, until=until)


def _build_days(story: Story) -> Iterator[Group]:
    first_day: date | None = None
    for day, reports in groupby(story.reports, key=lambda report: report.document.date):
        entries = tuple(map(build_entry_view, reports))
        first_day = first_day or day
        facts = [format_count(len(entries), REPORTS)]
        if day and first_day and day > first_day:
            days = format_count((day - first_day).days, DAYS)
            facts.insert(0, translate("بعد %(days)s", days=days))
        heading = Link(
            format_weekday(day) if day else translate("بلا تاريخ"),
            build_day_url(day) if day else None,
            " · ".join(facts),
        )
        yield Group(heading, entries)
