"""The search command line: print the hits of one query."""

import argparse
from collections.abc import Sequence

from search.console import (
    DONE,
    add_archive_argument,
    add_filter_arguments,
    escape_unwritable,
    print_result,
    read_filters,
    run,
    text_argument,
)
from search.engine import SearchEngine
from search.language.dates import write_date
from search.records import Hit, Match, Mode, Query, SearchPage, Sort, Within
from search.results.answer import search_json
from search.understood import (
    DateHint,
    LeadOnly,
    MissingPhrase,
    ReversedDays,
    Understood,
    UnknownSource,
    UnreadMarks,
)

_NOTHING = "nothing found for {}"
_MATCHES = {
    Match.WORDS: None,
    Match.PARTIAL: "some of the words",
    Match.MEANING: "near in meaning",
}
_EXAMPLE = (
    'python -m search "فيضانات سهل الغرب" --archive data/archive --kind article --from 2009-01-01'
)


def main(argv: Sequence[str] | None = None) -> int:
    escape_unwritable()
    arguments = _parser().parse_args(argv)
    return run(lambda: _search(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="search",
        description="Search an archive of press dumps.",
        epilog=f"example: {_EXAMPLE}",
    )
    parser.add_argument(
        "query",
        type=text_argument,
        nargs="?",
        default="",
        help="query in Arabic, French, English or Moroccan Arabic; without it, every document that"
        " passes the filters is listed",
    )
    add_archive_argument(parser)
    parser.add_argument("-k", type=int, default=10, help="hits per page (10)")
    parser.add_argument("--page", type=int, default=1, help="number of the page, from 1 on")
    parser.add_argument(
        "--mode",
        type=Mode,
        choices=list(Mode),
        default=Mode.HYBRID,
        help="search by meaning, by words, or by both",
    )
    add_filter_arguments(parser)
    parser.add_argument(
        "--sort",
        type=Sort,
        choices=list(Sort),
        default=Sort.RELEVANCE,
        help="order of the hits (relevance)",
    )
    parser.add_argument(
        "--within",
        type=Within,
        choices=list(Within),
        default=Within.TEXT,
        help="lead: only documents that match by title and first words",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    return parser


def _search(arguments: argparse.Namespace) -> int:
    query = Query(
        text=arguments.query,
        mode=arguments.mode,
        filters=read_filters(arguments),
        sort=arguments.sort,
        within=arguments.within,
        k=arguments.k,
        page=arguments.page,
    )
    page = SearchEngine.open(arguments.archive).search(query)
    print_result(search_json(page), _page_text(page), as_json=arguments.json)
    return DONE


def _page_text(page: SearchPage) -> str:
    notes = [_note(entry) for entry in page.understood]
    if page.suggestion:
        notes.append(f"did you mean: {page.suggestion} ({page.suggestion_total:,})")
    if page.is_doubtful:
        notes.append("the archive may hold nothing on this; these are the nearest")
    filters = page.query.filters
    if page.undated and (filters.since or filters.until):
        notes.append(f"{page.undated:,} more matching documents have no date: --undated lists them")
    if not page.total and not page.hits:
        if page.near:
            notes.append(f"{page.near:,} are near in meaning: --sort relevance lists them")
        return "\n".join([_NOTHING.format(page.query.text or "these filters"), *notes])
    first = (page.query.page - 1) * page.query.k + 1
    lines = [f"{_write_counts(page)} ({page.took_ms:.1f} ms)", *notes]
    lines += [_hit_text(number, hit) for number, hit in enumerate(page.hits, start=first)]
    return "\n".join(lines)


def _write_counts(page: SearchPage) -> str:
    counts = f"{page.total:,} documents match"
    if page.texts != page.total:
        counts += f", in {'' if page.texts_is_exact else 'about '}{page.texts:,} texts"
    return f"{counts}; {page.near:,} more are near in meaning" if page.near else counts


def _note(entry: Understood) -> str:
    match entry:
        case MissingPhrase(words):
            return f"no document holds «{words}» word for word; searched as plain words"
        case LeadOnly(elsewhere, left_nothing=False):
            return f"only documents that match by title and first words; {elsewhere:,} more match"
        case LeadOnly():
            return "no document matches by title and first words; all matches are listed"
        case ReversedDays(since, until):
            return f"the days were in reverse order; read as {since} to {until}"
        case UnreadMarks(marks):
            return f"out of place, and searched as words: {' '.join(marks)}"
        case UnknownSource(name, neighbours):
            like = f"; similar: {', '.join(neighbours)}" if neighbours else ""
            return f"the archive has no newspaper «{name}»{like}"
        case DateHint(words=words, is_filter=True):
            return (
                f"only of «{words}»; {entry.elsewhere:,} more match on other days or without a date"
            )
        case DateHint(words=words, left_nothing=True):
            return f"nothing of «{words}» matches; other days are listed too"
    return f"documents of «{entry.words}» are ranked higher"


def _hit_text(number: int, hit: Hit) -> str:
    document = hit.document
    facts = [
        document.source,
        write_date(document.date) if document.date else None,
        document.kind.value,
        _MATCHES[hit.match],
    ]
    lines = [
        f"{number:>3}. {document.title or hit.snippet}",
        "     " + " · ".join(fact for fact in facts if fact),
    ]
    if document.body:
        lines.append(f"     {hit.snippet}")
    return "\n".join(lines)
