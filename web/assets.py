"""Serve the style sheet, the script, the icon and the font, each with a digest in its name.

Several source files are joined into one asset, so that a page needs one request; the digest
of the content lets a browser cache the asset permanently.
"""

import gzip
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import cast

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for

_FOLDER = Path(__file__).parent / "static"
_KEY = "arshif.assets"
_CACHE_CONTROL = "public, max-age=31536000, immutable"

# The order matters: later rules override earlier rules.
_STYLES = (
    "style",
    "search",
    "results",
    "narrowing",
    "timeline",
    "front",
    "document",
    "browse",
    "calendar",
    "lists",
    "comparison",
    "trends",
    "folding",
    "keys",
    "targets",
    "phone",
    "sheet",
    "print",
)
_FACE = "naskh"  # names both the font and the style that loads it
_SCRIPTS = ("prelude", "recent", "combobox", "reader", "folder", "clip", "sheet", "shortcuts")
_CLIPPINGS_SCRIPTS = ("sentences", "clipping_files", "clippings", "saved_searches")
_MIMETYPES = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}

assets = Blueprint("assets", __name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """One served file; `name` includes the digest of `content`."""

    name: str
    content: bytes
    compressed: bytes


def register(app: Flask, *, has_fonts: bool) -> None:
    """Read the files once, and let templates link to them by `asset_url("page.css")`.

    Without `has_fonts`, the pages use the fonts of the reader's machine alone.
    """
    styles = _join(_STYLES, "css")
    assets_by_source = {
        "page.js": _build_asset("page", "js", _join(_SCRIPTS, "js")),
        "clippings.css": _build_asset("clippings", "css", _join(("clippings",), "css")),
        "clippings.js": _build_asset("clippings", "js", _join(_CLIPPINGS_SCRIPTS, "js")),
        "docs.css": _build_asset("docs", "css", _join(("docs",), "css")),
        "icon.svg": _build_asset("icon", "svg", _join(("icon",), "svg")),
    }
    if has_fonts:
        font = _build_asset(_FACE, "woff2", _join((_FACE,), "woff2"))
        assets_by_source["naskh.woff2"] = font
        # A style sheet finds the font beside itself, wherever the service is mounted.
        styles += _join((_FACE,), "css").replace(b"naskh.woff2", font.name.encode())
    assets_by_source["page.css"] = _build_asset("page", "css", styles)
    app.extensions[_KEY] = {asset.name: asset for asset in assets_by_source.values()}
    app.register_blueprint(assets)
    app.add_template_global(
        lambda name: url_for("assets.asset", name=assets_by_source[name].name), "asset_url"
    )


@assets.get("/assets/<name>")
def asset(name: str) -> Response:
    """Serve one file, which clients cache permanently."""
    assets_by_name = cast(
        dict[str, Asset], current_app.extensions[_KEY]
    )  # Flask keeps them untyped
    asset = assets_by_name.get(name)
    if asset is None:
        abort(404, "no such file: reload the page")
    # A font is compressed already.
    is_gzipped = request.accept_encodings.quality("gzip") > 0 and not name.endswith(".woff2")
    response = Response(
        asset.compressed if is_gzipped else asset.content,
        mimetype=_MIMETYPES[name.rsplit(".", 1)[1]],
    )
    if is_gzipped:
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = _CACHE_CONTROL
    return response


def _join(sources: tuple[str, ...], kind: str) -> bytes:
    return b"\n".join((_FOLDER / f"{source}.{kind}").read_bytes() for source in sources)


def _build_asset(stem: str, kind: str, content: bytes) -> Asset:
    digest = blake2b(content, digest_size=6).hexdigest()
    return Asset(f"{stem}.{digest}.{kind}", content, gzip.compress(content, mtime=0))
