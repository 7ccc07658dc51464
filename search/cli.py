"""The search command line: print the hits of one query."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from search.console import (
    DONE,
    add_filter_arguments,
    escape_unwritable,
    print_result,
    read_filters,
    run,
    text_argument,
)
from search.engine import SearchEngine
from search.language.dates import write_date
from search.records import (
    DateHint,
    Hit,
    LeadOnly,
    Match,
    MissingPhrase,
    Mode,
    Query,
    SearchPage,
    Sort,
    Understood,
    UnknownSource,
    UnreadMarks,
    Within,
)
from search.results.answer import search_json

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
        help="what to look for, in Arabic, French, English or Moroccan Arabic; without it, all"
        " that passes the filters is listed",
    )
    parser.add_argument(
        "--archive", type=Path, required=True, metavar="DIR", help="the archive's folder"
    )
    parser.add_argument("-k", type=int, default=10, help="hits a page (10)")
    parser.add_argument("--page", type=int, default=1, help="which page of them, from 1")
    parser.add_argument(
        "--mode", type=Mode, choices=list(Mode), default=Mode.HYBRID, help="which rankings answer"
    )
    add_filter_arguments(parser)
    parser.add_argument(
        "--sort", type=Sort, choices=list(Sort), default=Sort.RELEVANCE, help="the hits' order"
    )
    parser.add_argument(
        "--within",
        type=Within,
        choices=list(Within),
        default=Within.TEXT,
        help="lead: only what meets the query by its title and first words",
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
        notes.append(f"{page.undated:,} more that match have no date: --undated lists them")
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
            return f"«{words}» is nowhere word for word; found by its words"
        case LeadOnly(elsewhere, left_nothing=False):
            return f"only what is about it by title and first words; {elsewhere:,} more match"
        case LeadOnly():
            return "nothing is about it by title and first words: all that match"
        case UnreadMarks(marks):
            return f"read as words, for they fit nowhere: {' '.join(marks)}"
        case UnknownSource(name, neighbours):
            like = f"; like it: {', '.join(neighbours)}" if neighbours else ""
            return f"the archive has no newspaper «{name}»{like}"
        case DateHint(words=words, is_filter=True):
            return f"only of «{words}»; {entry.elsewhere:,} more match on other days or undated"
        case DateHint(words=words, left_nothing=True):
            return f"nothing matches of «{words}»: other days too"
    return f"sooner because of «{entry.words}»"


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
