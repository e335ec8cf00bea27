"""Settings of the test suite: a database of its own on an embedded server of its own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_home = Path(tempfile.gettempdir()) / f"palier-tests-{os.getuid() if hasattr(os, 'getuid') else 0}"
_home.mkdir(parents=True, exist_ok=True)
_home.chmod(0o711)
for _name in (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "BASE_URL",
    "EMAIL_URL",
    "DEBUG",
    "DATABASE_ROLE",
):
    os.environ.pop(f"PALIER_{_name}", None)
os.environ["PALIER_DATA_DIR"] = str(_home / "data")
os.environ["PALIER_SECRET_KEY"] = "for-tests-only"  # noqa: S105 - signs nothing that leaves the machine
os.environ["PALIER_LANGUAGE"] = "fr"

from palier.config.settings import *  # noqa: E402, F403
from palier.config.settings import DATABASES  # noqa: E402

DATABASES["default"]["NAME"] = f"palier_test_{os.getpid()}"
DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"]}
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
