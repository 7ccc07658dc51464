"""Build responses for errors: problem+json (RFC 9457) for programs, a page for people."""

import logging
from http import HTTPStatus

from flask import Flask, Response, make_response, render_template, request
from pydantic import Field
from werkzeug.exceptions import HTTPException

from search.errors import QueryError, SearchError, SearchTimeout
from search.records import Query
from search.results.answer import Answer
from web.parameters import BodyError, RequestError

logger = logging.getLogger(__name__)

# Paths that programs call; people read all others.
PROGRAM_PATHS = ("/api/", "/healthz", "/readyz", "/metrics", "/openapi.json")
RETRY_AFTER_S = 1  # sent where the service has no room or no time

_SENTENCES = {
    400: "تعذّر فهم هذا الطلب.",
    404: "هذه الصفحة غير موجودة.",
    405: "هذا الطلب غير مقبول هنا.",
    413: "حجم الطلب أكبر من المسموح به.",
    429: "طلبات كثيرة في وقت قصير. انتظر قليلا ثم أعد المحاولة.",
    500: "وقع خطأ غير متوقع. حاول من جديد بعد قليل.",
    503: "الأرشيف غير متاح الآن. حاول من جديد بعد قليل.",
}
_TIMEOUT = "استغرق البحث وقتا أطول من المسموح به. اختصر عبارة البحث، أو حاول من جديد بعد قليل."


class Problem(Answer):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Bad Request"])
    status: int = Field(ge=400, le=599)
    detail: str = Field(examples=["k is 0: expected 1 to 100 hits a page"])


def register(app: Flask) -> None:
    """Register a handler for each kind of error."""
    app.register_error_handler(QueryError, _refuse_query)
    app.register_error_handler(SearchTimeout, _refuse_timeout)
    app.register_error_handler(SearchError, _refuse_archive)
    app.register_error_handler(HTTPException, _refuse_request)


def build_problem(status: int, detail: str) -> Response:
    """Build a response that tells a program why its request is refused."""
    title = HTTPStatus(status).phrase
    problem = Problem(type="about:blank", title=title, status=status, detail=detail)
    return Response(problem.model_dump_json(), status=status, mimetype="application/problem+json")


def _refuse_query(error: QueryError) -> Response:
    sentence = error.sentence if isinstance(error, RequestError) else None
    return _build_response(422 if isinstance(error, BodyError) else 400, str(error), sentence)


def _refuse_timeout(error: SearchTimeout) -> Response:
    logger.warning("stopped a search: %s", error)
    return _with_retry_after(_build_response(503, str(error), _TIMEOUT))


def _refuse_archive(error: SearchError) -> Response:
    """Refuse while the archive is missing, damaged, or encoded by another encoder than at start."""
    logger.error("cannot answer: %s", error)
    return _with_retry_after(_build_response(503, "the archive cannot be read at the moment", None))


def _refuse_request(error: HTTPException) -> Response:
    if error.response is not None and error.code is None:
        return make_response(error.response)  # the error carries its own response
    response = _build_response(error.code or 500, error.description or "", None)
    for name, value in error.get_headers():  # such as Allow, for a refused method
        if name.lower() != "content-type":
            response.headers[name] = value
    return _with_retry_after(response) if error.code == 503 else response


def _with_retry_after(response: Response) -> Response:
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _build_response(status: int, detail: str, sentence: str | None) -> Response:
    if request.path.startswith(PROGRAM_PATHS):
        return build_problem(status, detail)
    page = render_template(
        "message.html",
        query=Query(text=request.args.get("q", "")),
        sentence=sentence or _SENTENCES.get(status, _SENTENCES[400]),
    )
    response = make_response(page)
    response.status_code = status
    return response
