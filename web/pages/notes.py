"""Write what a results page shows besides its hits: counts, warnings, other queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from search.records import Kind, Query, SearchPage, Sort, Within
from search.understood import (
    DateHint,
    LeadOnly,
    MissingPhrase,
    ReversedDays,
    Understood,
    UnknownSource,
    UnreadMarks,
)
from web.localization import translate
from web.pages.navigation import (
    Link,
    build_filtered_url,
    build_results_url,
    name_period,
    reorder,
)
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
class PageNote:
    """A sentence on how the query was interpreted, and links to other interpretations."""

    text: str
    links: tuple[Link, ...] = ()


def write_notes(page: SearchPage) -> tuple[PageNote, ...]:
    """Write how the query was interpreted beyond its words, and what restricts it."""
    notes = [
        _write_note(entry, page.query)
        for entry in page.understood
        if page.hits or not isinstance(entry, MissingPhrase)
    ]
    query = page.query
    if query.sort is not Sort.RELEVANCE and query.within is Within.TEXT and not page.lists_all:
        lead_url = build_results_url(replace(query, within=Within.LEAD, page=1))
        text = translate("كل ما يذكر كلماتك، ولو عرضا.")
        notes.append(PageNote(text, (Link(translate("في العنوان أو المقدمة فقط"), lead_url),)))
    return tuple(notes)


def _write_note(entry: Understood, query: Query) -> PageNote:
    match entry:
        case MissingPhrase(phrase):
            text = translate("لا توجد العبارة «%(words)s» بنصها؛ هذه نتائج كلماتها.", words=phrase)
            return PageNote(text)
        case ReversedDays(since, until):
            period = name_period(since, until)
            return PageNote(translate("جاءت المدة معكوسة، فقُرئت هكذا: %(period)s.", period=period))
        case UnreadMarks(marks):
            return PageNote(
                translate("قُرئ كلمات عادية، لا علامات بحث: %(marks)s", marks=" ".join(marks))
            )
        case UnknownSource():
            return _note_unknown_source(entry, query)
        case DateHint():
            return _note_days(entry, query)
        case LeadOnly():
            return _note_lead(entry, query)


def _note_days(hint: DateHint, query: Query) -> PageNote:
    """Write the effect of the days in the query; links drop the days or make them a filter."""
    query_without_days = replace(query, text=hint.without, page=1)
    drop = Link(translate("إلغاء"), build_filtered_url(query_without_days, query.filters))
    if hint.is_filter:
        text = translate("نتائج «%(words)s» وحدها.", words=hint.words)
        if hint.elsewhere:
            others = format_count(hint.elsewhere, DOCUMENTS)
            text += " " + translate("وفي غير هذا التاريخ %(others)s.", others=others)
        return PageNote(text, (drop,))
    if hint.left_nothing:
        text = translate("لا نتائج من «%(words)s»؛ هذه نتائج كل التواريخ.", words=hint.words)
        return PageNote(text, (drop,))
    days = replace(query.filters, since=hint.since, until=hint.until, undated=None)
    narrow = Link(translate("اقتصر على هذا التاريخ"), build_filtered_url(query_without_days, days))
    text = translate("قُدِّمت قليلا الوثائق المؤرخة في «%(words)s».", words=hint.words)
    return PageNote(text, (narrow, drop))


def _note_lead(lead: LeadOnly, query: Query) -> PageNote:
    """Write the effect of the restriction to the lead, and the number of other matches."""
    if lead.left_nothing:
        return PageNote(translate("كلماتك ليست في أي عنوان ولا مقدمة؛ هذا كل ما يذكرها."))
    whole_text_url = build_results_url(replace(query, within=Within.TEXT, page=1))
    text = translate("ما يذكر كلماتك في عنوانه أو مقدمته.")
    if not lead.elsewhere:
        return PageNote(text)
    others = format_count(lead.elsewhere, DOCUMENTS)
    text += " " + translate("وتذكرها عرضا %(others)s.", others=others)
    return PageNote(text, (Link(translate("اعرض الكل"), whole_text_url),))


def _note_unknown_source(entry: UnknownSource, query: Query) -> PageNote:
    text = translate("لا صحيفة باسم «%(name)s» في الأرشيف.", name=entry.name)
    sources = query.filters.sources or ()
    # A name outside the filters stands in the query's own words, which no link changes.
    if entry.name not in sources or not entry.neighbours:
        return PageNote(text)
    links = []
    for neighbour in entry.neighbours:
        chosen = tuple(neighbour if name == entry.name else name for name in sources)
        filters = replace(query.filters, sources=tuple(dict.fromkeys(chosen)))
        links.append(Link(neighbour, build_filtered_url(query, filters)))
    return PageNote(f"{text} {translate('هل تقصد:')}", tuple(links))


def count_matches(page: SearchPage) -> str:
    """Write how many documents match: «48 مقالا يذكر هذا»."""
    return format_count(page.total, _choose_noun(page))


def _choose_noun(page: SearchPage) -> Noun:
    if page.lists_all:
        return DOCUMENTS
    kinds = page.filters.kinds or {facet.value for facet in page.facets["kind"]}
    return MATCHING_ARTICLES if set(kinds) == {Kind.ARTICLE} else MATCHING_DOCUMENTS


def note_texts(page: SearchPage) -> str:
    """Write the number of texts of the matching documents: «في 41 نصا»، «في نحو 20 000 نص»."""
    if page.texts == page.total:
        return ""
    texts = format_count(page.texts, TEXTS)
    if page.texts_is_exact:
        return translate("في %(texts)s", texts=texts)
    return translate("في نحو %(texts)s", texts=texts)


def link_near(page: SearchPage) -> Link | None:
    """Build a link that counts the near documents; from a list by date, it leads to them."""
    if not page.near:
        return None
    by_relevance = build_results_url(reorder(page.query, Sort.RELEVANCE))
    is_listed = page.query.sort is Sort.RELEVANCE
    return Link(format_count(page.near, NEAR), None if is_listed else by_relevance)


def write_warning(page: SearchPage) -> str | None:
    if page.is_doubtful:
        return translate("قد لا يكون في الأرشيف شيء عمّا تبحث عنه؛ هذا أقرب ما فيه.")
    if not page.total:
        return translate("لا وثيقة تجمع كلماتك؛ هذا أقرب ما في الأرشيف إليها.")
    return None


def link_hidden(page: SearchPage) -> Link | None:
    """Build the link to the matching documents that the chosen days hide: those without a date."""
    filters = page.query.filters
    if not page.undated or not (filters.since or filters.until):
        return None
    text = translate("تحجب هذه المدة %(count)s.", count=format_count(page.undated, UNDATED))
    undated = replace(filters, since=None, until=None, undated=True)
    return Link(text, build_filtered_url(page.query, undated))


def link_suggestions(page: SearchPage, readings: Sequence[str]) -> tuple[Link, ...]:
    count_by_text = dict.fromkeys(readings, "")
    if page.suggestion:
        count = format_number(page.suggestion_total) if page.suggestion_total else ""
        count_by_text = {page.suggestion: count, **count_by_text}
    return tuple(
        Link(text, build_results_url(Query(text, filters=page.query.filters)), count)
        for text, count in count_by_text.items()
    )
