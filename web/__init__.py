"""The web side of arshif: the pages and the JSON endpoints, over one search engine.

It ranks nothing and stores nothing: parameters in, `search.engine`, a page or JSON out.
"""

from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from search.engine import SearchEngine
from search.errors import ArchiveError
from web import assets, headers, preferences, refusals
from web.api import api
from web.exports import exports
from web.served import Served
from web.suggestions import suggestions
from web.views import pages

__all__ = ["create_app"]


def create_app(
    config: Mapping[str, object] | None = None, engine: SearchEngine | None = None
) -> Flask:
    """Make the app that serves `config["ARCHIVE"]`, or an engine that is open already.

    Raises:
        ArchiveError: no archive is named, or it cannot be read.
        EncoderError: the archive's encoder cannot be loaded.
    """
    app = Flask(__name__, static_folder=None)  # the files are served by `assets`
    app.config.from_prefixed_env("ARSHIF")  # ARSHIF_ARCHIVE=...
    app.config.update(config or {})
    app.json = _legible_json(app)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    Served(engine or _open(app.config.get("ARCHIVE"))).attach(app)
    app.register_blueprint(pages)
    app.register_blueprint(api)
    app.register_blueprint(suggestions)
    app.register_blueprint(exports)
    assets.register(app)
    preferences.register(app)
    refusals.register(app)
    headers.register(app)
    return app


def _open(archive: object) -> SearchEngine:
    if archive is None:
        raise ArchiveError("no archive is named: set ARSHIF_ARCHIVE to its folder")
    return SearchEngine.open(Path(str(archive)))


def _legible_json(app: Flask) -> DefaultJSONProvider:
    provider = DefaultJSONProvider(app)
    provider.ensure_ascii = False
    provider.sort_keys = False
    return provider
