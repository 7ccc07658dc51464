"""Write why a document is among the hits: its words first, then its meaning, numbers apart."""

from collections.abc import Mapping
from dataclasses import dataclass

from search.language.analysis import content_words, term_of
from search.records import Hit, Mode, WordLink
from web.localization import lazy_translate, translate
from web.pages.wording import format_percent

_LINK_NAMES = {
    WordLink.WRITTEN: lazy_translate("كما في بحثك"),
    WordLink.FORM: lazy_translate("بصيغة أخرى"),
    WordLink.TRANSLATION: lazy_translate("بلغة أخرى أو بحروف أخرى"),
    WordLink.SYNONYM: lazy_translate("باسم آخر أو مرادف"),
}
# The last rank of each step, and its words.
_NEARNESS = (
    (1, lazy_translate("أقرب نص إلى بحثك")),
    (10, lazy_translate("من أقرب عشرة نصوص إلى بحثك")),
    (100, lazy_translate("من أقرب مئة نص إلى بحثك")),
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of an explanation."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a document is among the hits, in words, and the numbers behind them."""

    reasons: tuple[Reason, ...]
    numbers: tuple[Reason, ...]


def list_typed_words(text: str) -> Mapping[str, str]:
    """Return the content words of a query as typed, by their terms."""
    return {word.term: text[word.start : word.end] for word in content_words(text)}


def explain(hit: Hit, typed_by_term: Mapping[str, str]) -> Explanation:
    """Write which words of the query the hit's passage or title holds, and how near it is."""
    return Explanation(
        (*_explain_words(hit, typed_by_term), *_explain_meaning(hit)), _write_numbers(hit)
    )


def _explain_words(hit: Hit, typed_by_term: Mapping[str, str]) -> list[Reason]:
    reasons = []
    for link, name in _LINK_NAMES.items():
        texts = []
        for word in hit.words:
            if word.link is link:
                typed = typed_by_term.get(word.term)
                texts.append(_quote(word.written))
                if typed is not None and link is not WordLink.WRITTEN:
                    texts[-1] = translate(
                        "%(found)s مقابل %(typed)s", found=texts[-1], typed=_quote(typed)
                    )
        if texts:
            reasons.append(Reason(str(name), _list(texts)))
    found = {word.term for word in hit.words}
    known = {term_of(word.written) for word in hit.words}
    near = {term_of(text): text for start, end in hit.related for text in [hit.snippet[start:end]]}
    if texts := [_quote(text) for term, text in near.items() if term not in known]:
        reasons.append(Reason(translate("كلمات قريبة في المعنى"), _list(texts)))
    if texts := [_quote(typed) for term, typed in typed_by_term.items() if term not in found]:
        reasons.append(Reason(translate("ليس في هذا المقطع"), _list(texts)))
    return reasons


def _explain_meaning(hit: Hit) -> list[Reason]:
    evidence = hit.evidence.get(Mode.SEMANTIC)
    if evidence is None:
        return []
    rank = evidence.rank
    nearness = [text for last, text in _NEARNESS if rank is not None and rank <= last]
    text = str(nearness[0]) if nearness else translate("ليس من أقرب مئة نص إلى بحثك")
    return [Reason(translate("المعنى"), text)]


def _write_numbers(hit: Hit) -> tuple[Reason, ...]:
    names = {Mode.LEXICAL: translate("الكلمات"), Mode.SEMANTIC: translate("المعنى")}
    numbers = []
    for mode, evidence in sorted(hit.evidence.items()):
        parts = [translate("الرتبة %(rank)s", rank=evidence.rank)] if evidence.rank else []
        if mode is Mode.SEMANTIC:
            percent = format_percent(str(round(evidence.score * 100)))
            parts.append(translate("تشابه %(percent)s", percent=percent))
        else:
            parts.append(f"BM25 {evidence.score:.1f}")
        numbers.append(Reason(names[mode], _list(parts)))
    return tuple(numbers)


def _quote(text: str) -> str:
    isolated = f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"
    return translate("«%(words)s»", words=isolated)


def _list(texts: list[str]) -> str:
    return translate("، ").join(texts)
