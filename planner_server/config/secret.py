"""The signing key of an installation: made once, kept in the data folder, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

NAME = "secret-key"


def secret_key(folder: Path) -> str:
    """Return the key of the data folder, making folder and key at the first call.

    Two processes that start at once agree: the file is linked into place complete, and the loser reads the winner's.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / NAME
    if not file.exists():
        draft = folder / f"{NAME}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as output:
            output.write(secrets.token_urlsafe(48))
            output.flush()
            os.fsync(output.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()
