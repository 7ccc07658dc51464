"""Find a hub model in the local cache, or download it where the caller may ask the network.

The library, without a network, retries for more than a minute: `require_hub` asks first. Imports
are in the functions, since few archives need them.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from search.errors import EncoderError

_TIMEOUT_S = 5


def find_cached(name: str, files: Sequence[str]) -> Path | None:
    """Return the model's folder in the local cache; None if it is known to lack any of `files`.

    Raises:
        EncoderError: no model of the hub can have that name.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=list(files), local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    except HFValidationError as error:
        raise EncoderError(
            f"no encoder {name}: expected a model directory, or a hub name such as"
            " intfloat/multilingual-e5-small"
        ) from error


def require_hub(name: str, *, may_fetch: bool) -> None:
    """Check that a model that is not on this machine may be downloaded, and that the hub answers.

    Raises:
        EncoderError: the hub cannot be reached, or must not be used.
    """
    from huggingface_hub import constants

    if not may_fetch:
        raise EncoderError(
            f"the archive's encoder {name} is not on this machine, and arshif downloads no"
            " encoder that an archive names: if you trust the model, download it once with"
            f" `hf download {name}`"
        )
    if constants.HF_HUB_OFFLINE or not _answers(constants.ENDPOINT):
        raise EncoderError(
            f"encoder {name} could not be loaded: it is neither a model directory nor in the"
            " local model cache, and the hub cannot be reached; give a path, or download it on a"
            " connected machine"
        )


def download(name: str, files: Sequence[str]) -> Path:
    """Download the files of a model that match any of `files`, and return their folder.

    Raises:
        EncoderError: the hub has no such model, or does not give it.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not sys.stderr.isatty():
        disable_progress_bars()
    try:
        return Path(snapshot_download(name, allow_patterns=list(files)))
    except (OSError, ValueError) as error:
        first_line = str(error).partition("\n")[0]
        raise EncoderError(
            f"encoder {name} could not be downloaded: {first_line}; expected a"
            " model directory, or the name of a model that the hub lets you read"
        ) from error


def _answers(endpoint: str) -> bool:
    from urllib.error import HTTPError
    from urllib.request import urlopen

    try:
        urlopen(endpoint, timeout=_TIMEOUT_S).close()
    except HTTPError:
        return True  # the hub refuses this page, but it is reachable
    except OSError:
        return False
    return True
