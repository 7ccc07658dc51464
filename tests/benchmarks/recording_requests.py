"""List what `tests.benchmarks.recording` sends to the program.

The tables below hold what is the same for every archive; `list_requests` adds what comes from the
documents of this one. A request is `{"get": ADDRESS}`, `{"post": ADDRESS, "body": TEXT, "type":
MEDIA}`, either with `"headers"`, or `{"run": [MODULE, ARGUMENT, ...]}`, where ARCHIVE stands for
the archive's folder.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from urllib.parse import quote, urlencode

Request = dict[str, object]

MIN_SEEDS = 20

QUERIES = (
    # Arabic
    "المغرب", "فيضانات وسيول في البوادي", "أسعار النفط", "كرة القدم", "مدرسة", "المدرسة", "مدارس",
    "وزير التعليم", "نقص المياه الصالحة للشرب", "حوادث السير", "لماذا ارتفعت أسعار المحروقات؟",
    "من هو رئيس الحكومة", "ارتفاع درجات الحرارة", "انتخابات", "السوق المالية السعودية", "الدرهم",
    "الأمن الغذائي والزراعة المستدامة في المناطق القروية", "كِتَابٌ", "كـــتـــاب", "إسلام",
    "اسلام", "المرأة العاملة", "مستشفى", "مستشفي", "طائرة بدون طيار", "الاحتباس الحراري",
    "رؤية 2030",
    # French, English
    "inondations au Maroc", "prix du pétrole", "petrole", "l'école publique", "élections", "voile",
    "sécheresse et agriculture", "floods", "oil prices", "football world cup", "women at work",
    "climate change", "The minister of education",
    # Moroccan Arabic in both scripts
    "شنو وقع فالطوبيس", "علاش غلات الخضرة", "بغيت نعرف الطقس ديال غدا", "l3id lkbir", "chno w9e3",
    "3lach tla3 taman", "lmaghrib", "lma f l3robia", "kora", "Casablanca lyouma",
    # names and initials
    "محمد السادس", "سلمان بن عبدالعزيز", "عبد العزيز", "عبدالعزيز", "كاميرون", "David Cameron",
    "Mohammed VI", "الدار البيضاء", "Rabat", "الرياض", "طنجة", "Tanger", "CNSS", "cnss", "ONCF",
    "OCP", "UNESCO", "اليونسكو", "الفاو", "FIFA", "داعش", "السعودية", "Saoudia", "أرامكو", "Aramco",
    "الصندوق الوطني للضمان الاجتماعي", "م.و.ق.ح", "و م ع",
    # misspelt, numbers, nonsense
    "المفرب", "فياضانات", "الرياظ", "innondation", "educaton", "منتخبب", "السعوديه", "2015", "20",
    "٢٠١٥", "100 مليون درهم", "6,4%", "47 درجة", "3.5", "فبراير", "حركة 20 فبراير", "خهعهع",
    "فظلج رلزظل", "asdfgh qwerty", "zzzzzz", "ا", "و", "؟", "...", "🙂", "-", "\"", "«»", "()",
    "a-b", "AND", "OR NOT", "x" * 300, "سيول " * 60, "\u202bالمغرب\u202c", "المغرب\x00سيول",
    "<b>سيول</b>",
    # the keyboard in the wrong layout
    "hglyvf", "hgvdhq", ";vm hgr]l", "lpl]", "ةشقخؤ", "حشقهس",
    # pasted headlines
    "«الملحون» في ضيافة معهد العالم العربي بباريس", "الوزير: \"لن نرفع الأسعار\" - جريدة الصباح",
    "Lire, c'est voyager : une caravane du livre - Le Matin", "أمطار رعدية - سبع سنوات -تفاصيل",
    "موجة حر تصل إلى 47 درجة.. ونصائح للوقاية من ضربات الشمس",
    # the query language
    "\"كرة القدم\"", "«كرة القدم»", "“كرة القدم”", "\"أسعار النفط\" \"السوق\"", "\"كرة القدم",
    "القدم كرة\"", "\"كلام لا يقوله أحد\"", "كرة -القدم", "كرة -\"كرة القدم\"", "كرة -«كرة القدم»",
    "-كرة", "كرة –القدم", "كرة − القدم", "كرة -2015", "-\"كرة القدم\"", "source:",
    "source:nowhere كرة", "مصدر:لاشيء", "المصدر:لاشيء كرة", "جريدة:لاشيء", "key:value كرة",
    "-source:x كرة", "http://a.b/c", "كرة 2019..2021", "كرة 2021..2019", "كرة 2015..", "كرة ..2015",
    "2015..2015", "كرة ..", "كرة 2015-07..2015-08", "كرة 2015-07-21..2015-07-25", "كرة 2015/07..",
    "كرة ٢٠١٥..٢٠٢٠", "كرة 2015-07", "كرة 2015-07-21", "كرة 21/07/2015", "كرة 2015-13",
    "كرة 31-02-2015..",
    # days in words
    "سيول يوليوز 2015", "سيول تموز 2015", "سيول 26 دجنبر 2020", "سيول قبل 2015", "سيول بعد 2015",
    "سيول منذ يوليو 2015", "سيول من 2014 إلى 2016", "سيول بين 2014 و2016", "سيول عام 2015",
    "سيول في 1 غشت 2015", "inondations depuis 2015", "inondations entre 2014 et 2016", "après 2015",
    "inondations du 1er août 2015", "avant mars 2020", "floods 2014-2016", "floods in July 2015",
    "floods before 2016", "floods since 5 August 2015", "from 2014 to 2016",
    "سيول كانون الأول 2020",
)  # fmt: skip
_SOME = ("المغرب", "أسعار النفط", "كرة القدم", "floods", "inondations", "محمد", '"كرة القدم"')
_MODES, _SORTS = ("hybrid", "semantic", "lexical"), ("relevance", "newest", "oldest")
_FILTERS: tuple[list[tuple[str, str]], ...] = (
    [("kind", "article")], [("kind", "headline")], [("language", "ar")], [("language", "fr")],
    [("language", "xx")], [("from", "2015-07-25")], [("to", "2015-07-25")], [("kind", "")],
    [("from", "2015-07-22"), ("to", "2015-08-05")], [("from", "2030-01-01")], [("source", "")],
    [("source", "لاشيء")], [("kind", "article"), ("language", "ar"), ("from", "2010-01-01")],
    [("kind", "article"), ("sort", "newest"), ("mode", "lexical"), ("to", "2020-12-31")],
    [("kind", "headline"), ("language", "fr"), ("sort", "oldest")], [("unknown", "x")],
)  # fmt: skip
_PAGES = ((1, 1), (1, 2), (3, 1), (3, 2), (10, 2), (10, 3), (10, 100), (10, 50), (100, 1), (100, 2),
          (100, 10), (1, 1000), (7, 140))  # fmt: skip
_REFUSED = (
    "q=", "q=%20", "", "q=" + "a" * 1001, "q=a&q=b", "q=%FF", "q=a&k=0", "q=a&k=101", "q=a&k=x",
    "q=a&k=-1", "q=a&k=1.5", "q=a&k=" + "9" * 19, "q=a&page=0", "q=a&page=101", "q=a&page=1001&k=1",
    "q=a&page=x", "q=a&mode=best", "q=a&kind=book", "q=a&sort=score", "q=a&from=2015",
    "q=a&from=2015-02-30", "q=a&to=1700000000", "q=a&from=2016-01-01&to=2015-01-01", "q=a&k=2&k=3",
    "q=a&language=" + "x" * 36, "q=a&source=" + "x" * 201, "q=a" + "&source=b" * 101,
)  # fmt: skip
_ADDRESSES = (
    "/", "/?ui=fr", "/?ui=en", "/?ui=xx", "/?theme=dark", "/?theme=light&ui=fr", "/docs",
    "/docs?ui=fr", "/openapi.json", "/opensearch.xml", "/opensearch.xml?ui=fr", "/healthz",
    "/readyz", "/nowhere", "/api/nowhere", "/document/nowhere", "/document/nowhere?ui=fr",
    "/document/", "/api/documents/nowhere", "/api/documents/nowhere/similar",
    "/document/" + "x" * 201, "/api/documents/a%00b", "/assets/no.css",
    "/api/documents/" + "x" * 201, "/api/documents/%EF%BF%BD", "/search/", "/trends", "/source/x",
    "/feed.atom", "/export.csv", "/export.json?q=a&k=0", "/feed.atom?q=a&page=0", "/robots.txt",
    "/api/suggest", "/api/suggest?q=" + "a" * 1001, "/api/suggest?q=%20&as=list", "/advanced",
    "/advanced?all=x+y", "/clippings", "/clippings?ui=fr", "/compare/x/y", "/day/2015",
    "/day/2015-07", "/day/2015-13", "/sitemap.xml", "/sitemap-1.xml", "/story/nowhere",
    "/trends?q=a&ui=fr", "/trends.svg?q=a", "/trends.csv?q=a", "/api/trends?q=a&by=day",
)  # fmt: skip
_PREFIXES = (
    "ا", "ال", "الم", "المغ", "كرة", "كرة ا", "سع", "وزي", "في ", "ﻻ", "إ", "ma", "le ", "hgl",
    "hglyvf", "ةشق", "2015", "بر", "س", "ش", "w", "zzz", "-", "كرة القدم", "أسعار ا", "محمد ",
    "CNS", "«كر",
)  # fmt: skip
_BODIES = (
    '["كرة", "سيول"]',
    '[{"q": "كرة", "k": 3, "mode": "lexical"}, {"q": "floods", "sort": "newest"}]',
    '[{"q": "كرة", "source": ["لاشيء"]}, {"q": "كرة", "from": "2015-07-22", "to": "2015-08-01"}]',
    "[]", "{}", "null", "[1]", '[""]', '[{"k": 1}]', '[{"q": "a", "k": "1"}]', "[", "",
    '[{"q": "a", "x": 1}]', '["a", {"q": "a", "page": 0}]', '[{"q": "a", "source": "b"}]',
    '[{"q": "a", "mode": 1}]', json.dumps(["a"] * 101), json.dumps(["كرة"] * 100),
    '["' + "a" * 1_100_000 + '"]',
)  # fmt: skip
_RUNS = (
    ["indexer", "status", "--archive", "ARCHIVE"], ["indexer", "check", "--archive", "ARCHIVE"],
    ["indexer", "status", "--archive", "ARCHIVE", "--json"],
    ["indexer", "check", "--archive", "ARCHIVE", "--json"],
    ["indexer", "status", "--archive", "no"], ["search", "كرة", "--archive", "no", "--json"],
    ["search", "", "--archive", "ARCHIVE"], ["search"], ["search", "كرة", "--archive", "ARCHIVE"],
    ["search", "zzzzzz", "--archive", "ARCHIVE"],
    ["search", "كرة القدم", "--archive", "ARCHIVE", "--json"],
    ["search", "floods", "--archive", "ARCHIVE", "-k", "3", "--page", "2", "--json"],
    ["search", "سيول", "--archive", "ARCHIVE", "--mode", "lexical", "--sort", "newest", "--json"],
    ["search", "سيول", "--archive", "ARCHIVE", "--kind", "article", "--from", "2015-07-25"],
    ["search", "a", "--archive", "ARCHIVE", "-k", "0"], ["search", "--help"], ["web", "--help"],
    ["indexer", "--help"], ["indexer", "add", "--help"], ["search.evaluation", "--help"],
)  # fmt: skip


@dataclass(frozen=True)
class Seed:
    """One document of the archive, from which queries are made."""

    doc_id: str
    title: str
    source: str | None
    date: str | None

    @property
    def words(self) -> list[str]:
        return [word for word in re.findall(r"\w+", self.title) if len(word) > 2] or [self.doc_id]


def list_requests(
    seeds: Sequence[Seed], sources: Sequence[str], judged: Sequence[str] | None, fewest: int
) -> list[Request]:
    """List at least `fewest` different requests, of as many of the seeds as that takes."""
    requests = [*_fixed(), *_of_sources(sources), *({"run": arguments} for arguments in _RUNS)]
    if judged:
        files = ["--queries", judged[0], "--qrels", judged[1]]
        requests.append(
            {"run": ["search.evaluation", "--archive", "ARCHIVE", *files, "--json"]}  # all modes
        )
    for number, seed in enumerate(seeds):
        if number >= MIN_SEEDS and len(requests) >= fewest:
            break
        requests += _of_seed(seed, number)
    requests.append({"get": "/metrics"})  # counts all of the above
    unique = {json.dumps(request, sort_keys=True): request for request in requests}
    return list(unique.values())


def get(path: str, *pairs: tuple[str, object]) -> Request:
    return {"get": f"{path}?{urlencode(pairs)}" if pairs else path}


def _fixed() -> Iterator[Request]:
    yield from map(get, _ADDRESSES)
    for number, query in enumerate(QUERIES):
        yield get("/api/search", ("q", query))
        if number % 2 == 0:
            yield get("/search", ("q", query), *[("ui", "fr")] * (number % 3 == 0))
    yield from _with_parameters()
    for query, path in product(_REFUSED, ("/api/search", "/search")):
        yield {"get": f"{path}?{query}"}
    yield from ({"get": f"/export.csv?{query}"} for query in _REFUSED[:4])
    for prefix in _PREFIXES:
        yield get("/api/suggest", ("q", prefix))
        yield get("/api/suggest", ("q", prefix), ("as", "list"))
    yield from _with_bodies_and_headers()


def _with_parameters() -> Iterator[Request]:
    for query, mode, sort in product(_SOME, _MODES, _SORTS):
        yield get("/api/search", ("q", query), ("mode", mode), ("sort", sort))
    for query, pairs in product(_SOME[:3], _FILTERS):
        yield get("/api/search", ("q", query), *pairs)
    for pairs in _FILTERS:
        for path in ("/search", "/export.csv", "/export.json", "/feed.atom"):
            yield get(path, ("q", _SOME[1]), *pairs)
    for query, (k, page) in product(_SOME[:2], _PAGES):
        yield get("/api/search", ("q", query), ("k", k), ("page", page))
        yield get("/search", ("q", query), ("k", k), ("page", page))
    for query in _SOME:
        yield get("/api/search", ("q", query), ("sort", "newest"), ("k", 30))
        for path in ("/export.csv", "/export.json", "/feed.atom"):
            yield get(path, ("q", query))
        for pair in (("ui", "en"), ("theme", "dark"), ("ui", "fr")):
            yield get("/search", ("q", query), pair)


def _with_bodies_and_headers() -> Iterator[Request]:
    for body in _BODIES:
        yield {"post": "/api/search", "body": body, "type": "application/json"}
    yield {"post": "/api/search", "body": "[]", "type": "text/plain"}
    for path in ("/search", "/api/suggest", "/healthz", "/nowhere"):
        yield {"post": path, "body": "", "type": "application/json"}
    for headers in (
        {"Cookie": "ui=fr; theme=dark"},
        {"Accept-Encoding": "gzip"},
        {"Cookie": "ui=xx"},
    ):
        for path in ("/", "/search?q=floods", "/api/search?q=floods", "/document/nowhere"):
            yield {"get": path, "headers": headers}


def _of_sources(sources: Sequence[str]) -> Iterator[Request]:
    for name in sources[:8]:
        for query in (f'source:"{name}"', f"مصدر:«{name}» المغرب", f"source:{name}", f"{name} كرة"):
            yield get("/api/search", ("q", query))
        for path in ("/api/search", "/search"):
            yield get(path, ("q", "المغرب"), ("source", name), ("kind", "article"))
        yield get("/api/search", ("q", f'source:"{name}"'), ("sort", "oldest"), ("k", 50))
        yield get("/api/suggest", ("q", name[:3]))
        yield get(f"/source/{quote(name)}")
        yield get(f"/source/{quote(name)}/2015/7", ("ui", "en"))
    for count in (2, 3, 4):
        pairs = [("source", name) for name in sources[:count]]
        for path in ("/api/search", "/search", "/export.csv", "/feed.atom"):
            yield get(path, ("q", "أسعار"), *pairs, ("from", "2010-01-01"), ("sort", "newest"))


def _of_seed(seed: Seed, number: int) -> Iterator[Request]:
    doc_id, queries = quote(seed.doc_id, safe=""), list(_queries_of(seed))
    for query in queries:
        yield get("/api/search", ("q", query))
    for query in queries[number % 3 :: 3]:
        yield get("/search", ("q", query), *[("ui", "en")] * (number % 2))
    yield get(f"/document/{doc_id}", *[("ui", ("ar", "fr", "en")[number % 3])] * (number % 2))
    yield get(f"/document/{doc_id}", ("q", queries[number % len(queries)]))
    yield get(f"/api/documents/{doc_id}")
    yield get(f"/api/documents/{doc_id}/similar")
    yield get(f"/api/documents/{doc_id}/similar", ("k", (1, 3, 100, 0, 101)[number % 5]))
    for path in ("story/{}", "story/{}.atom", "api/documents/{}/story", "compare/{}/{}"):
        yield get(f"/{path.format(doc_id, doc_id)}")
    yield from (get(f"/document/{doc_id}/citation.{name}") for name in ("bib", "ris", "csl.json"))
    if seed.date:
        yield get(f"/day/{seed.date}")
    yield get("/api/suggest", ("q", seed.words[0][:3]))
    yield get("/api/suggest", ("q", " ".join(seed.words[:2])[:-1]))


def _queries_of(seed: Seed) -> Iterator[str]:
    """Yield what a reader may type who looks for one document, well or badly."""
    words, title = seed.words, seed.title
    longest = max(words, key=len)
    middle = len(longest) // 2
    first, last = words[0], words[-1]
    yield title
    yield f"«{title}»"
    yield f"{title} - {seed.source or 'press'}"
    yield f'"{" ".join(title.split()[:3])}"'
    yield f"{first} “{' '.join(title.split()[-2:])}”"
    yield title.replace(longest, longest[:middle] + longest[middle + 1 :])
    yield longest[: middle - 1] + longest[middle - 1 : middle + 1][::-1] + longest[middle + 1 :]
    yield " ".join(reversed(words))
    yield f"{first} -{last}"
    yield f'{longest} -"{" ".join(words[:2])}"'
    if seed.source:
        yield f'{longest} source:"{seed.source}"'
    if seed.date:
        year = int(seed.date[:4])
        yield f"{longest} {year}"
        yield f"{longest} {seed.date}"
        yield f"{longest} {year - 1}..{seed.date[:7]}"
        yield f"{first} ..{seed.date}"
        yield f"{first} {seed.date}.."
