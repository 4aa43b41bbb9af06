"""Settings, from the environment only.

PLANNER_DATA_DIR        the data folder (key, SQLite file); default: the user's data folder for planner-server
PLANNER_DATABASE_URL    sqlite:////absolute/path.db or postgresql://...; default: planner.db in the data folder
PLANNER_ALLOWED_HOSTS   comma list; default: this computer only
PLANNER_SYNC_EXTENSION  "off" serves the documented API alone
PLANNER_THROTTLE        "off" lifts the documented limits of requests a minute
PLANNER_REGISTRATION    "on" lets anybody make an account by auth/register/; default: off
PLANNER_REGISTRATION_PLAN  slug of the plan those accounts get; default: none, which has no limits
PLANNER_TRUSTED_ORIGINS comma list, as in https://planner.example: where a proxy serves the staff's pages by TLS
PLANNER_DEBUG           "1" for development
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from platformdirs import user_data_path

from planner_server.config.databases import databases
from planner_server.config.secret import secret_key

DATA_DIR = Path(
    os.environ.get("PLANNER_DATA_DIR") or user_data_path("planner-server", appauthor=False)
).absolute()
SECRET_KEY = secret_key(DATA_DIR)
DEBUG = os.environ.get("PLANNER_DEBUG") == "1"
ALLOWED_HOSTS = (os.environ.get("PLANNER_ALLOWED_HOSTS") or "localhost,127.0.0.1,[::1],testserver").split(",")
PLANNER_REGISTRATION = os.environ.get("PLANNER_REGISTRATION", "off") == "on"
PLANNER_REGISTRATION_PLAN = os.environ.get("PLANNER_REGISTRATION_PLAN", "")
PLANNER_SYNC_EXTENSION = os.environ.get("PLANNER_SYNC_EXTENSION", "on") != "off"
PLANNER_THROTTLE = "off" if os.environ.get("PLANNER_THROTTLE") == "off" else "documented"

DATABASES = databases(
    os.environ.get("PLANNER_DATABASE_URL") or f"sqlite:///{DATA_DIR / 'planner.db'}",
    test_file=DATA_DIR / "test.db",
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    # No autodiscovery: the staff's pages are imported by their addresses.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "planner_server.staff",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "planner_server.audit",
    "planner_server.accounts",
    "planner_server.library",
    "planner_server.planning",
    "planner_server.api",
    # Last: it hangs its guards on the tables of the others after a migration.
    "planner_server.feed",
]
MIDDLEWARE = [
    "planner_server.api.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # For the staff's pages; the API and the sync extension neither read nor set a cookie.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/staff/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
CSRF_TRUSTED_ORIGINS = [
    one for one in os.environ.get("PLANNER_TRUSTED_ORIGINS", "").split(",") if one.strip()
]
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/staff/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = any(one.startswith("https:") for one in CSRF_TRUSTED_ORIGINS)
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
ROOT_URLCONF = "planner_server.config.urls"
WSGI_APPLICATION = "planner_server.config.wsgi.application"
APPEND_SLASH = False

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS: list[dict[str, object]] = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"

# A REST bulk call may name 100,000 rows; a push part has its own limit, checked while it is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": False,
    "TOKEN_TYPE_CLAIM": "type",
}
REST_FRAMEWORK = {
    # Views name theirs: the framework would import a default while it is still being imported itself. A view that
    # names none lets nobody in.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    # A body and an answer of the same serializer differ by what is read only or write only.
    "COMPONENT_SPLIT_REQUEST": True,
    # Choices stand where they are used: three entities have a status of their own.
    "POSTPROCESSING_HOOKS": [],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
