"""What a results page says of its answer beside the hits: counts, warnings, other queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from search.records import (
    DateHint,
    Kind,
    MissingPhrase,
    Query,
    SearchPage,
    Sort,
    UnknownSource,
)
from web.localization import translate
from web.pages.navigation import Link, build_filtered_url, build_results_url
from web.pages.wording import (
    DOCUMENTS,
    MATCHING_ARTICLES,
    MATCHING_DOCUMENTS,
    NEAR,
    TEXTS,
    UNDATED,
    Noun,
    format_count,
    format_number,
)


@dataclass(frozen=True, slots=True)
class UnknownSourceNote:
    """A newspaper that the archive lacks; each link searches in another one like it."""

    text: str
    links: tuple[Link, ...]


def count_matches(page: SearchPage) -> str:
    """Write how many documents match: «48 مقالا يذكر هذا»."""
    return format_count(page.total, _choose_noun(page))


def _choose_noun(page: SearchPage) -> Noun:
    if page.lists_all:
        return DOCUMENTS
    kinds = page.filters.kinds or {facet.value for facet in page.facets["kind"]}
    return MATCHING_ARTICLES if set(kinds) == {Kind.ARTICLE} else MATCHING_DOCUMENTS


def note_texts(page: SearchPage) -> str:
    """Write in how many texts the matching documents are: «في 41 نصا»، «في نحو 20 000 نص»."""
    if page.texts == page.total:
        return ""
    texts = format_count(page.texts, TEXTS)
    if page.texts_is_exact:
        return translate("في %(texts)s", texts=texts)
    return translate("في نحو %(texts)s", texts=texts)


def link_near(page: SearchPage) -> Link | None:
    """Say how many are near; a list by date has none of them and leads to the list that does."""
    if not page.near:
        return None
    by_relevance = build_results_url(replace(page.query, sort=Sort.RELEVANCE, page=1))
    is_listed = page.query.sort is Sort.RELEVANCE
    return Link(format_count(page.near, NEAR), None if is_listed else by_relevance)


def write_warning(page: SearchPage) -> str | None:
    if page.is_doubtful:
        return translate("قد لا يكون في الأرشيف شيء عمّا تبحث عنه؛ هذا أقرب ما فيه.")
    if not page.total:
        return translate("لا وثيقة تجمع كلماتك؛ هذا أقرب ما في الأرشيف إليها.")
    return None


def link_hidden(page: SearchPage) -> Link | None:
    filters = page.query.filters
    if not page.undated or not (page.filters.since or page.filters.until):
        return None
    text = translate("تحجب هذه المدة %(count)s.", count=format_count(page.undated, UNDATED))
    undated = replace(filters, since=None, until=None, undated=True)
    is_demanded = (filters.since, filters.until) != (page.filters.since, page.filters.until)
    return Link(text, None if is_demanded else build_filtered_url(page.query, undated))


def note_unknown_source(entry: UnknownSource, query: Query) -> UnknownSourceNote:
    text = translate("لا جريدة باسم «%(name)s» في الأرشيف.", name=entry.words)
    sources = query.filters.sources or ()
    links = []
    for neighbour in entry.neighbours:
        chosen = tuple(neighbour if name == entry.words else name for name in sources)
        filters = replace(query.filters, sources=tuple(dict.fromkeys(chosen)))
        links.append(Link(neighbour, build_filtered_url(query, filters)))
    return UnknownSourceNote(text, tuple(links))


def link_date_hint(hint: DateHint, query: Query) -> Link:
    text = translate("قُدِّم قليلا ما يوافق تاريخه «%(words)s».", words=hint.words)
    return Link(text, build_results_url(replace(query, text=hint.without, page=1)))


def note_missing_phrase(phrase: MissingPhrase) -> str:
    return translate("لا توجد العبارة «%(words)s» بنصها؛ هذه نتائج كلماتها.", words=phrase.words)


def link_suggestions(page: SearchPage, readings: Sequence[str]) -> tuple[Link, ...]:
    count_by_text = dict.fromkeys(readings, "")
    if page.suggestion:
        count = format_number(page.suggestion_total) if page.suggestion_total else ""
        count_by_text = {page.suggestion: count, **count_by_text}
    return tuple(
        Link(text, build_results_url(Query(text, filters=page.query.filters)), count)
        for text, count in count_by_text.items()
    )
