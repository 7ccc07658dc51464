"""Build the contents of the trends page: its form, chart, legend, and table of numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flask import url_for

from search.index.archive import Status
from search.records import Query
from search.trends.series import MAX_TERMS, Resolution, Trend, Trends, TrendsQuery, share_of
from web.localization import lazy_translate, translate
from web.pages.axes import name_period, write_share
from web.pages.line_chart import MAX_LINKED, STYLES, LineChart, build_line_chart, build_period_url
from web.pages.navigation import Link, build_results_url
from web.pages.wording import DOCUMENTS, format_count, format_number
from web.trends_parameters import write_trends_query

_MIN_FIELDS = 2  # visible fields for terms
_FEW_PERIODS = 2  # a line needs more periods than this

RESOLUTION_NAMES = {
    Resolution.DAY: lazy_translate("بالأيام"),
    Resolution.MONTH: lazy_translate("بالشهور"),
    Resolution.YEAR: lazy_translate("بالسنوات"),
}


@dataclass(frozen=True, slots=True)
class TermField:
    """A field of the form for one term, with the colour and the dashes of its line."""

    number: int
    term: str
    colour: str
    dashes: str


@dataclass(frozen=True, slots=True)
class TrendsForm:
    """The contents of the form: visible and further fields, choices, and newspapers to offer."""

    fields: tuple[TermField, ...]
    further_fields: tuple[TermField, ...]
    query: TrendsQuery
    as_share: bool
    resolutions: dict[Resolution, str]
    newspapers: tuple[str, ...]
    example_url: str | None  # of the comparison of the two largest newspapers


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A term, its line, and its number of documents."""

    link: Link
    undated: str
    colour: str
    dashes: str


@dataclass(frozen=True, slots=True)
class TableRow:
    period: str
    documents: str
    is_gap: bool
    cells: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class TrendsPage:
    """The chart of trends with its legend and numbers; no chart where no document has a date."""

    chart: LineChart | None
    legend: tuple[LegendEntry, ...]
    terms: tuple[str, ...]
    rows: Sequence[TableRow]
    query_string: str
    finer: Link | None  # set where there are too few periods for a line


def build_trends_form(query: TrendsQuery, status: Status, *, as_share: bool) -> TrendsForm:
    """Build the form, which shows at least one empty field up to `MAX_TERMS` fields."""
    terms = [*query.terms, *[""] * MAX_TERMS][:MAX_TERMS]
    fields = tuple(
        TermField(number, term, *style)
        for number, (term, style) in enumerate(zip(terms, STYLES, strict=True), start=1)
    )
    visible_count = min(max(_MIN_FIELDS, len(query.terms) + 1), MAX_TERMS)
    newspapers = tuple(_name_newspaper(name) for name in status.sources if name is not None)
    example = replace(query, terms=newspapers[:2], by=Resolution.MONTH)
    return TrendsForm(
        fields=fields[:visible_count],
        further_fields=fields[visible_count:],
        query=query,
        as_share=as_share,
        resolutions=RESOLUTION_NAMES,
        newspapers=newspapers,
        example_url=_build_url(example, as_share=as_share) if len(newspapers) > 1 else None,
    )


def build_trends_page(trends: Trends, *, as_share: bool) -> TrendsPage:
    """Build the page from the counts."""
    query = trends.query
    return TrendsPage(
        chart=build_line_chart(trends, as_share=as_share) if trends.periods else None,
        legend=tuple(
            _build_legend_entry(trends, trend, style)
            for trend, style in zip(trends.trends, STYLES, strict=False)
        ),
        terms=query.terms,
        rows=tuple(_build_rows(trends, as_share=as_share)),
        query_string=write_trends_query(query, as_share=as_share),
        finer=_build_finer_link(trends, as_share=as_share),
    )


def build_coarser_link(query: TrendsQuery, *, as_share: bool) -> Link:
    """Build the link to the same terms in longer periods, for a time with too many periods."""
    by = Resolution.MONTH if query.by is Resolution.DAY else Resolution.YEAR
    return Link(str(RESOLUTION_NAMES[by]), _build_url(replace(query, by=by), as_share=as_share))


def _build_finer_link(trends: Trends, *, as_share: bool) -> Link | None:
    finer = {Resolution.YEAR: Resolution.MONTH, Resolution.MONTH: Resolution.DAY}
    by = finer.get(trends.query.by)
    if by is None or not 1 <= len(trends.periods) <= _FEW_PERIODS:
        return None
    url = _build_url(replace(trends.query, by=by), as_share=as_share)
    return Link(str(RESOLUTION_NAMES[by]), url)


def _build_url(query: TrendsQuery, *, as_share: bool) -> str:
    return f"{url_for('pages.trends')}?{write_trends_query(query, as_share=as_share)}"


def _name_newspaper(name: str) -> str:
    """Write a newspaper as a term."""
    return f'{translate("مصدر")}:"{name}"'


def _build_legend_entry(trends: Trends, trend: Trend, style: tuple[str, str]) -> LegendEntry:
    undated = ""
    if trend.undated:
        documents = format_count(trend.undated, DOCUMENTS)
        undated = translate("و%(counted)s بلا تاريخ", counted=documents)
    url = build_results_url(Query(trend.term, filters=trends.query.filters))
    link = Link(trend.term, url, format_count(trend.total, DOCUMENTS))
    return LegendEntry(link, undated, *style)


def _build_rows(trends: Trends, *, as_share: bool) -> Iterator[TableRow]:
    """Yield a row for each period, and a last row for the undated documents, if there are any."""
    are_linked = len(trends.periods) <= MAX_LINKED
    for place, period in enumerate(trends.periods):
        documents = trends.documents[place]
        cells = [
            Link(
                _write_count(trend.counts[place], documents, as_share=as_share),
                build_period_url(trends, trend, period)
                if are_linked and trend.counts[place]
                else None,
            )
            for trend in trends.trends
        ]
        yield _build_row(name_period(period, trends.query.by), documents, cells)
    if trends.undated:
        cells = [
            Link(_write_count(trend.undated, trends.undated, as_share=as_share), None)
            for trend in trends.trends
        ]
        yield _build_row(translate("بلا تاريخ"), trends.undated, cells)


def _build_row(period: str, documents: int, cells: Sequence[Link]) -> TableRow:
    return TableRow(period, format_number(documents), is_gap=not documents, cells=tuple(cells))


def _write_count(count: int, documents: int, *, as_share: bool) -> str:
    share = share_of(count, documents)
    if share is None:
        return ""
    return write_share(share) if as_share else format_number(count)
