"""The style sheet, the script and the icon: each served as one file whose name tells its content.

Several source files make one answer, so that a page asks once; the digest in the name lets a
browser keep it for good.
"""

import gzip
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import cast

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for

_FOLDER = Path(__file__).parent / "static"
_KEY = "arshif.assets"
_FOR_GOOD = "public, max-age=31536000, immutable"

# In this order: later rules win.
_STYLES = ("style", "search", "results", "timeline", "front", "document", "print")
_SCRIPTS = ("prelude", "recent", "combobox", "reader")
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

assets = Blueprint("assets", __name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as served; `name` holds the digest of `content`."""

    name: str
    content: bytes
    compressed: bytes


def register(app: Flask) -> None:
    """Read the files once; templates name them by `asset_url("page.css")`."""
    known = {
        "page.css": _asset("page", "css", _STYLES),
        "page.js": _asset("page", "js", _SCRIPTS),
        "docs.css": _asset("docs", "css", ("docs",)),
        "icon.svg": _asset("icon", "svg", ("icon",)),
    }
    app.extensions[_KEY] = {asset.name: asset for asset in known.values()}
    app.register_blueprint(assets)
    app.add_template_global(
        lambda name: url_for("assets.asset", name=known[name].name), "asset_url"
    )


@assets.get("/assets/<name>")
def asset(name: str) -> Response:
    """Serve one file, to be kept for good."""
    served = cast(dict[str, Asset], current_app.extensions[_KEY])  # Flask keeps them untyped
    found = served.get(name)
    if found is None:
        abort(404, "no such file: reload the page")
    is_small = request.accept_encodings.quality("gzip") > 0
    answer = Response(
        found.compressed if is_small else found.content, mimetype=_TYPES[name.rsplit(".", 1)[1]]
    )
    if is_small:
        answer.content_encoding = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.headers["Cache-Control"] = _FOR_GOOD
    return answer


def _asset(stem: str, kind: str, sources: tuple[str, ...]) -> Asset:
    content = b"\n".join((_FOLDER / f"{source}.{kind}").read_bytes() for source in sources)
    digest = blake2b(content, digest_size=6).hexdigest()
    return Asset(f"{stem}.{digest}.{kind}", content, gzip.compress(content, mtime=0))
