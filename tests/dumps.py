# ruff: noqa: E501 - the lines of pages are long
"""The same few records in every format and packing."""

import bz2
import csv
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from indexer.readers.dumps import read_dump
from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome
from indexer.readers.streams import ZstdFile

RECORDS = [
    {
        "title": f"خبر رقم {number} عن السد",
        "body": f"فتح المهندسون بوابات السد رقم {number} بعد أيام من المطر.\nونجت القرى من الفيضان.",
        "source": "جريدة السهل",
        "date": "2020-12-26",
        "url": f"https://sahl.example/news/{number}",
    }
    for number in range(1, 4)
]
PAGE = (
    "أول عنوان    ثاني عنوان    ثالث عنوان    رابع عنوان    خامس عنوان    \n\n\n"
    "شكرا على الإبلاغ!\nسيتم حجب هذه الصورة تلقائيا عندما يتم الإبلاغ عنها.\n\n\n"
    "سقوط أمطار غزيرة\nنشر في جريدة السهل يوم 26 - 12 - 2020\n\nفقرة أولى.\nفقرة ثانية.\n\n"
    "انقر هنا لقراءة الخبر من مصدره.\n"
)
ARCHIVE_PAGE = """<?xml version='1.0' encoding='UTF-8' ?>
<!DOCTYPE html>
<html xmlns="//www.w3.org/1999/xhtml"><head><title>موقع</title>
<meta property="og:url" content="http://www.maghress.com/arrif/12345" /></head><body>
<form><ul class="ui-menu-list ui-helper-reset">
<li><a class="ui-menuitem-link" href="/arrif"><span>الريف اليوم</span></a></li>
<li><a class="ui-menuitem-link" href="/sahl"><span>جريدة السهل</span></a></li></ul>
<input type="hidden" name="javax.faces.ViewState" value="{state}" /></form>
<marquee id="marquee"><span><a href="/sahl/77">افتتاح سد جديد &quot;اليوم&quot;</a>&nbsp;&nbsp;&nbsp;&nbsp;
<a href="/tanja24/88">خبر من الشمال</a>&nbsp;&nbsp;&nbsp;&nbsp;<a href="/sahl/79"></a></span></marquee>
<a href="/video/5" class="teasertitle">شريط لا يخص المقال</a>
<span class="articletitle">سقوط أمطار غزيرة</span>
<span class="articlenewspaper">نشر في <a href="/arrif">الريف اليوم</a> يوم 26 - 12 - 2020</span>
<span class="articlecontent"><p>فقرة أولى عن المطر.</p>سطر ثان<br/>سطر ثالث<script>var x = 1;</script>
<a href="http://arrif.example/1">انقر هنا لقراءة الخبر من مصدره.</a></span>
</body></html>""".replace("{state}", "H4sIAAAA" * 200)
_SENTENCE = "وقال المهندس المشرف على الأشغال إن المياه بلغت مستوى لم تعرفه المنطقة منذ عشرين سنة."
NEWS_PAGE = f"""<!DOCTYPE html><html lang="ar"><head><meta charset="utf-8">
<title>فيضان في السهل - جريدة السهل</title>
<meta property="og:title" content="فيضان في السهل"><meta property="og:site_name" content="جريدة السهل">
<link rel="canonical" href="https://sahl.example/2019/02/flood"></head><body>
<nav><ul><li><a href="/">الرئيسية</a></li><li><a href="/s">رياضة</a></li></ul></nav>
<article><h1>«فيضان» في السهل</h1><span class="when">الجمعة 8 فيفري 2019</span>
<p>{_SENTENCE}</p><p>ثم عاد السكان إلى بيوتهم. {_SENTENCE}</p><p>{_SENTENCE} وانتهى الخبر.</p></article>
<aside><h3>مواضيع ذات صلة</h3><ul><li><a href="/1">خبر آخر لا يخص المقال 9 فيفري 2019</a></li></ul>
</aside><div id="comments"><p>تعليق قارئ لا يخص المقال {_SENTENCE}</p></div></body></html>"""


def jsonl(records: Sequence[dict[str, str]] = RECORDS) -> bytes:
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode()


def table(delimiter: str, records: Sequence[dict[str, str]] = RECORDS) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, records[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def parquet() -> bytes:
    file = io.BytesIO()
    rows = [{**record, "date": date(2020, 12, 26), "crawler": "x"} for record in RECORDS]
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


def warc(*, is_packed: bool = False) -> bytes:
    """Return records of a page, a missing page, a picture, a revisit and a request."""
    html = "text/html; charset=windows-1256"
    page = ARCHIVE_PAGE.replace("UTF-8", "windows-1256").encode("cp1256")
    records = (
        warc_record("response", "arrif/12345?x=1", "200 OK", html, page),
        warc_record("response", "arrif/2", "404 Not Found", html, b"<html>404</html>"),
        warc_record("response", "logo.png", "200 OK", "image/png", b"\x89PNG"),
        warc_record("revisit", "arrif/3", "200 OK", html, b""),
        warc_record("request", "arrif/12345", "GET / HTTP/1.1", "text/plain", b""),
    )
    return b"".join(gzip.compress(record) if is_packed else record for record in records)


def warc_record(
    kind: str,
    path: str,
    status: str,
    content_type: str,
    content: bytes,
    *,
    headers: str = "",
    length: object = None,
) -> bytes:
    """Return a record, with further HTTP headers and a wrong length if these are passed."""
    first = status if kind == "request" else f"HTTP/1.1 {status}"
    http = f"{first}\r\nContent-Type: {content_type}\r\n{headers}\r\n".encode() + content
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: http://maghress.com/{path}\r\n"
        "WARC-Date: 2021-03-04T05:06:07Z\r\nContent-Type: application/http\r\n"
        f"Content-Length: {len(http) if length is None else length}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def news_warc(pages: Sequence[bytes], **changes: object) -> bytes:
    """Return a response for each page, the second with the arguments `changes`."""
    return b"".join(
        warc_record(
            "response",
            f"{n}",
            "200 OK",
            "text/html",
            page,
            **(changes if n == 1 else {}),  # type: ignore[arg-type]
        )
        for n, page in enumerate(pages)
    )


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def zstd(content: bytes) -> bytes:
    file = io.BytesIO()
    with ZstdFile(file, "w") as packed:
        packed.write(content)
    return file.getvalue()


def tarred(members: dict[str, bytes], mode: str = "w") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
    "zip": lambda content: zipped({"a/dump": content}),
    "tar": lambda content: tarred({"a/dump": content}),
    "tar.gz": lambda content: tarred({"a/dump": content}, "w:gz"),
    "gzip in zip": lambda content: zipped({"dump.gz": gzip.compress(content)}),
    "zip in tar.xz": lambda content: tarred({"d.zip": zipped({"dump": content})}, "w:xz"),
}

DUMPS: dict[str, bytes] = {
    "jsonl": jsonl(),
    "json": json.dumps(RECORDS, ensure_ascii=False, indent=1).encode(),
    "csv": table(","),
    "tsv": table("\t"),
    "parquet": parquet(),
    "page": PAGE.encode(),
    "archive html": ARCHIVE_PAGE.encode(),
    "news html": NEWS_PAGE.encode(),
    "warc": warc(),
    "warc.gz": warc(is_packed=True),
    "utf-16": jsonl().decode().encode("utf-16"),
    "cp1256": PAGE.encode("cp1256"),
    **{f"jsonl {name}": pack(jsonl()) for name, pack in PACKINGS.items() if name != "plain"},
}


def read(folder: Path, content: bytes, origin: Origin | None = None) -> list[Outcome]:
    """Return the outcomes of a dump with this content."""
    path = folder / "dump"
    path.write_bytes(content)
    return list(read_dump(path, origin or Origin("dump")))
