"""Turns what cannot be answered into an answer: problem+json (RFC 9457), or a page in Arabic."""

import logging
from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from search.errors import QueryError, SearchError, SearchTimeout
from search.records import Query
from web.parameters import BodyError, RequestError

logger = logging.getLogger(__name__)

# Paths that programs call; everything else is read by people.
FOR_PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics", "/openapi.json")
COME_BACK_S = 1  # after a refusal for want of room or time

_SENTENCES = {
    400: "تعذّر فهم هذا الطلب.",
    404: "هذه الصفحة غير موجودة.",
    405: "هذا الطلب غير مقبول هنا.",
    413: "الطلب أكبر مما يُقبل.",
    429: "طلبات كثيرة في وقت قصير. انتظر قليلا ثم أعد المحاولة.",
    500: "وقع خطأ لم نتوقعه. حاول من جديد بعد قليل.",
    503: "الأرشيف غير متاح الآن. حاول من جديد بعد قليل.",
}
_TOO_SLOW = "استغرق البحث وقتا أطول مما يُسمح به. اختصر عبارة البحث أو حاول من جديد بعد قليل."


def register(app: Flask) -> None:
    app.register_error_handler(QueryError, _refuse_query)
    app.register_error_handler(SearchTimeout, _report_timeout)
    app.register_error_handler(SearchError, _report_failure)
    app.register_error_handler(HTTPException, _refuse)


def problem(status: int, detail: str) -> Response:
    """Make an answer that says why there is none."""
    title = HTTPStatus(status).phrase
    response = jsonify({"type": "about:blank", "title": title, "status": status, "detail": detail})
    response.mimetype = "application/problem+json"
    response.status_code = status
    return response


def _refuse_query(error: QueryError) -> Response:
    sentence = error.sentence if isinstance(error, RequestError) else None
    return _answer(422 if isinstance(error, BodyError) else 400, str(error), sentence)


def _report_timeout(error: SearchTimeout) -> Response:
    logger.warning("left a search: %s", error)
    return _later(_answer(503, str(error), _TOO_SLOW))


def _report_failure(error: SearchError) -> Response:
    """Answer for an archive that vanished, was damaged, or was encoded anew while it was served."""
    logger.error("cannot answer: %s", error)
    return _later(_answer(503, "the archive cannot be read at the moment", None))


def _refuse(error: HTTPException) -> Response:
    if error.response is not None and error.code is None:
        return make_response(error.response)  # raised with an answer of its own
    response = _answer(error.code or 500, error.description or "", None)
    for name, value in error.get_headers():  # Allow, of a refused method
        if name.lower() != "content-type":
            response.headers[name] = value
    return _later(response) if error.code == 503 else response


def _later(response: Response) -> Response:
    response.headers["Retry-After"] = str(COME_BACK_S)
    return response


def _answer(status: int, detail: str, sentence: str | None) -> Response:
    if request.path.startswith(FOR_PROGRAMS):
        return problem(status, detail)
    page = render_template(
        "message.html",
        query=Query(text=request.args.get("q", "")),
        sentence=sentence or _SENTENCES.get(status, _SENTENCES[400]),
    )
    response = make_response(page)
    response.status_code = status
    return response
