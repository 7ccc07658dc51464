"""Turns what cannot be answered into an answer: problem+json (RFC 9457), or a page in Arabic."""

import logging
from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from search.errors import QueryError, SearchError
from search.records import Query
from web.parameters import RequestError

logger = logging.getLogger(__name__)

# Paths that programs call; everything else is read by people.
_FOR_PROGRAMS = ("/api/", "/healthz")

_SENTENCES = {
    400: "تعذّر فهم هذا الطلب.",
    404: "هذه الصفحة غير موجودة.",
    405: "هذا الطلب غير مقبول هنا.",
    413: "الطلب أكبر مما يُقبل.",
    500: "وقع خطأ لم نتوقعه. حاول من جديد بعد قليل.",
    503: "الأرشيف غير متاح الآن. حاول من جديد بعد قليل.",
}


def register(app: Flask) -> None:
    app.register_error_handler(QueryError, _refuse_query)
    app.register_error_handler(SearchError, _report_failure)
    app.register_error_handler(HTTPException, _refuse)


def _refuse_query(error: QueryError) -> Response:
    sentence = error.sentence if isinstance(error, RequestError) else None
    return _answer(400, str(error), sentence)


def _report_failure(error: SearchError) -> Response:
    """Answer for an archive that vanished, was damaged, or was encoded anew while it was served."""
    logger.error("cannot answer: %s", error)
    return _answer(503, "the archive cannot be read at the moment", None)


def _refuse(error: HTTPException) -> Response:
    response = _answer(error.code or 500, error.description or "", None)
    for name, value in error.get_headers():  # Allow, of a refused method
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def _answer(status: int, detail: str, sentence: str | None) -> Response:
    if request.path.startswith(_FOR_PROGRAMS):
        title = HTTPStatus(status).phrase
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        response = jsonify(problem)
        response.mimetype = "application/problem+json"
    else:
        response = make_response(
            render_template(
                "message.html",
                query=Query(text=request.args.get("q", "")),
                sentence=sentence or _SENTENCES.get(status, _SENTENCES[400]),
            )
        )
    response.status_code = status
    return response
