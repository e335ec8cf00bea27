"""Settings for the type checker: no environment, no server."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("PALIER_DATABASE_URL", "postgresql://typing@localhost/typing")
os.environ.setdefault("PALIER_DATA_DIR", tempfile.gettempdir())
os.environ.setdefault("PALIER_SECRET_KEY", "typing")

from palier.config.settings import *  # noqa: F403
