"""Django settings: everything that differs between installations comes from `environment`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from palier.database import roles
from palier.kernel import environment

PACKAGE = Path(__file__).resolve().parent.parent
DATA_DIR = environment.data_dir()
PROCESS = environment.read("PROCESS", "command")

DEBUG = environment.flag("DEBUG")
SECRET_KEY = environment.secret_key()
ALLOWED_HOSTS = environment.read("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
BASE_URL = environment.read("BASE_URL", "http://localhost:8000").rstrip("/")
_https = urlsplit(BASE_URL).scheme == "https"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "palier.web.http.stale_form"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_SSL_REDIRECT = False  # left to the proxy that ends TLS
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "template_partials",
    "procrastinate.contrib.django",
    "palier.database.apps.DatabaseConfig",
    "palier.jobs.apps.JobsConfig",
    "palier.accounts.apps.AccountsConfig",
    "palier.hub.apps.HubConfig",
    "palier.metrics.apps.MetricsConfig",
    "palier.web.apps.WebConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "palier.web.http.MemberMiddleware",
]
ROOT_URLCONF = "palier.config.urls"
WSGI_APPLICATION = "palier.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "palier.web.layout.shell",
            ],
        },
    },
]


def _target(*, owner: bool) -> roles.Target:
    url = environment.read("DATABASE_URL")
    if owner:
        url = environment.read("DATABASE_OWNER_URL", url)
    if url:
        return roles.from_url(url)
    from palier.database.location import locate

    return roles.embedded_target(locate(DATA_DIR).socket_dir, owner=owner)


DATABASES = {"default": _target(owner=environment.read("DATABASE_ROLE") == "owner").django()}
DATABASES["default"]["OPTIONS"].setdefault(
    "options", "-c temp_buffers=64MB"
)  # a chunk of an import stays in memory
if PROCESS == "web":
    from palier.database.isolation import wipe

    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": 8,
        "timeout": 10,
        "reset": wipe,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "palier.web.accounts.adapter.AccountAdapter"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key,20/5m/ip", "reset_password": "5/h/key,20/h/ip"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Palier"
MFA_ADAPTER = "palier.web.accounts.adapter.MfaAdapter"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _https

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "palier_cache",
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

LANGUAGE_CODE = environment.read("LANGUAGE", "fr")
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = environment.read("TIME_ZONE", "Europe/Paris")

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "files"
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

_policy_self = [SELF]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": _policy_self,
        "style-src": _policy_self,
        "img-src": [SELF, "data:"],
        "font-src": _policy_self,
        "connect-src": _policy_self,
        "manifest-src": _policy_self,
        "base-uri": [NONE],
        "form-action": _policy_self,
        "frame-ancestors": [NONE],
    },
}

EMAIL_BACKEND = "palier.jobs.mail.Backend"
SPARK_URL = environment.read("SPARK_URL")
SPARK_FOLDER = environment.read("SPARK_FOLDER", str(DATA_DIR))
EMAIL_URL = environment.read("EMAIL_URL")
DEFAULT_FROM_EMAIL = environment.read("EMAIL_FROM", "Palier <palier@localhost>")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": environment.read("LOG_LEVEL", "WARNING")},
}
PROCRASTINATE_ON_APP_READY = "palier.jobs.queue.on_app_ready"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_IMPORT_PATHS = ["palier.journeys.tasks"]
SILENCED_SYSTEM_CHECKS: list[str] = []
