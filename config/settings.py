"""Settings, read once from the environment; docs: `.env.example` names every variable.

Three environments: `development` (the default: embedded engines, a console for mails), `demo` (what `make demo`
runs), `production` (refuses to start, in one sentence, when a variable it needs is missing).
"""

import logging
import re
import sys
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import bootstrap_wrapper
import environ
from csp.constants import NONCE, NONE, SELF
from whitenoise.compress import Compressor

from config.environment import Environment, refuse
from config.logs import configure_structlog, logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")
VAR_DIR = Path(env.str("VAR_DIR", default="") or BASE_DIR / "var").resolve()

ENVIRONMENT = env.str("ENVIRONMENT", default="development")
if ENVIRONMENT not in {"development", "demo", "production"}:
    refuse(f"ENVIRONMENT is “{ENVIRONMENT}”; set it to development, demo or production.")
IS_PRODUCTION = ENVIRONMENT == "production"
IS_DEMO = ENVIRONMENT == "demo"
TESTING = "pytest" in sys.modules

if IS_PRODUCTION:
    REQUIRED = ("SECRET_KEY", "SITE_URL", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL")
    missing = [name for name in REQUIRED if not (env.str(name, default="") or env.str(f"{name}_FILE", default=""))]
    if missing:
        them = "it" if len(missing) == 1 else "them"
        refuse(f"Production needs {', '.join(missing)}: set {them} in the environment or in .env (see .env.example).")

# --- the site ---------------------------------------------------------------------------------------------------
SITE_NAME = env.str("SITE_NAME", default="Lyceum")
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")
SECRET_KEY = env.str("SECRET_KEY", default="only-for-development-and-tests-never-in-production-0123456789")
if IS_PRODUCTION and len(SECRET_KEY) < 50:
    refuse("SECRET_KEY is shorter than 50 characters; make one with `make secret`.")
DEBUG = env.bool("DEBUG", default=not IS_PRODUCTION and not IS_DEMO and not TESTING)
if IS_PRODUCTION and DEBUG:
    refuse("DEBUG shows settings and people's data on error pages; production runs without it.")
if not re.fullmatch(r"https?://[^/\s]+", SITE_URL):
    refuse(f"SITE_URL is “{SITE_URL}”; write it as https://learn.example.org, without a path.")
SITE_HOST = environ.urlparse(SITE_URL).hostname or "localhost"
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[SITE_HOST, *([] if IS_PRODUCTION else ["localhost", "127.0.0.1", "testserver"])]
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
OFFICE_EMAIL = env.str("OFFICE_EMAIL", default="office@example.org")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "dashboards",
    "operations",
    "announcements",
    "coaching",
    "assignments",
    "modules",
    "cohorts",
    "programs",
    "notifications",
    "audit",
    "files",
    "jobs",
    "accounts",
    "core",
    "config.admin.LyceumAdminConfig",
    # For the form renderer below: widgets are looked up like every other template.
    "django.forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "lucide",
    "django_prose_editor",
    "django_structlog",
    "csp",
]

MIDDLEWARE = [
    "dashboards.probes.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.request_log.RequestLogMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.middleware.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "core.middleware.ClockMiddleware",
    "cohorts.middleware.AccessMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "core.context_processors.site",
                "accounts.context_processors.zone_question",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- the database and the broker --------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
if not DATABASE_URL or not REDIS_URL:
    from engines import addresses

    purpose = addresses.Purpose.TEST if TESTING else addresses.Purpose.MAIN
    DATABASE_URL = DATABASE_URL or addresses.database_url(purpose)
    REDIS_URL = REDIS_URL or addresses.broker_url(purpose)
# Asked before it is parsed: the library would warn of an unknown kind, password included.
if not re.match(r"postgres(ql)?://", DATABASE_URL):
    refuse("DATABASE_URL must name a PostgreSQL database: postgres://USER:PASSWORD@HOST:5432/NAME.")
try:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
except ValueError:
    refuse("DATABASE_URL cannot be read; write it as postgres://USER:PASSWORD@HOST:5432/NAME.")
if not re.match(r"rediss?(\+socket)?://", REDIS_URL):
    refuse("REDIS_URL cannot be read; write it as redis://HOST:6379/0.")
DATABASES["default"] |= {
    # A socket's folder stands in the address as %2F…, and the library leaves it so.
    "HOST": unquote(DATABASES["default"]["HOST"]),
    # A connection per request costs 2.5 times the page; one that a test leaves open keeps its database from going.
    "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=0 if TESTING else 600),
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        **DATABASES["default"].get("OPTIONS", {}),
        "connect_timeout": 5,
        "options": "-c lock_timeout=10s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
        # Pages ask for few rows by long expressions, which PostgreSQL deems dear enough to compile first: that takes
        # many times as long as the answer. The embedded one cannot compile; those of most distributions do.
        " -c jit=off" + (" -c audit.may_be_emptied=on" if TESTING or IS_DEMO else ""),
        # The record may be emptied only together with a whole database of tests or of the demo.
    },
    "TEST": {"NAME": env.str("TEST_DATABASE_NAME", default="test_lyceum")},
}

# --- background work --------------------------------------------------------------------------------------------
# Rows are the truth; Celery and beat are alarm clocks. So nothing is kept in the broker that a row does not know.
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 9 * 60
CELERY_TASK_TIME_LIMIT = 10 * 60
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000  # KiB
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Every task is safe to run twice: one that runs when the broker goes is not ended in the middle of a mail.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Long work has a worker of its own, so that no mail waits behind it.
CELERY_TASK_ROUTES = {"jobs.tasks.run_jobs": {"queue": "jobs"}}
# A request must not wait for a broker that is away.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_TIMEOUT = 0.3
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 0.3,
    "socket_timeout": 3,  # one that accepts and then says nothing, as a stopped process does
    "max_retries": 0,  # of opening a connection to publish on; the worker's own never gives up
    # Longer than the longest task: what a killed worker held comes back after this.
    "visibility_timeout": 15 * 60,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
# The schedule is code, so beat needs no file to remember it by, and none can be torn by a crash.
CELERY_BEAT_SCHEDULER = "config.beat:BeatingScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 2
# How many looks wait at most while no worker takes them, and why no entry expires: config/beat.py.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "look for long work": {"task": "jobs.tasks.run_jobs", "schedule": 10},
    "worker lives": {"task": "jobs.tasks.note_heartbeat", "schedule": 15, "args": ["worker"]},
    "jobs worker lives": {
        "task": "jobs.tasks.note_heartbeat",
        "schedule": 15,
        "args": ["jobs"],
        "options": {"queue": "jobs"},
    },
    "mind covers": {"task": "assignments.tasks.mind_covers", "schedule": 60},
    "release promised": {"task": "assignments.tasks.release_promised", "schedule": 60},
    "pass on silent": {"task": "assignments.tasks.pass_on_silent", "schedule": 60},
    "forget bundles": {"task": "assignments.tasks.forget_bundles", "schedule": 600},
    "plan notices": {"task": "notifications.tasks.plan_notices", "schedule": 60},
    "send notices": {"task": "notifications.tasks.send_notices", "schedule": 2},
    "send account notices": {"task": "notifications.tasks.send_account_notices", "schedule": 2},
}

# --- accounts ---------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
# Django's own backend beside it would hash each wrong password twice and tell by that who has an account.
AUTHENTICATION_BACKENDS = ["notifications.allauth.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if TESTING
    else ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboards:first-steps"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "notifications.allauth.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # who changes a password or an address is told so at the old one
ACCOUNT_RATE_LIMITS = {} if TESTING else {"login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_FORMS = {
    "login": "accounts.entrance.LoginForm",
    "signup": "accounts.entrance.SignupForm",
    "request_login_code": "accounts.entrance.RequestLoginCodeForm",
    "confirm_login_code": "accounts.entrance.ConfirmLoginCodeForm",
    "confirm_email_verification_code": "accounts.entrance.ConfirmEmailVerificationCodeForm",
    "reset_password": "accounts.entrance.ResetPasswordForm",
    "reset_password_from_key": "accounts.entrance.ResetPasswordKeyForm",
    "change_password": "accounts.entrance.ChangePasswordForm",
    "set_password": "accounts.entrance.SetPasswordForm",
    "add_email": "accounts.entrance.AddEmailForm",
    "change_email": "accounts.entrance.ChangeEmailForm",
    "reauthenticate": "accounts.entrance.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "accounts.entrance.AuthenticateForm",
    "reauthenticate": "accounts.entrance.MfaReauthenticateForm",
    "activate_totp": "accounts.entrance.ActivateTOTPForm",
    "add_webauthn": "accounts.entrance.AddWebAuthnForm",
    "edit_webauthn": "accounts.entrance.EditWebAuthnForm",
}
# Whoever sees other people's work signs in with a second step; in the demo it is there to try.
STAFF_MUST_HAVE_MFA = env.bool("STAFF_MUST_HAVE_MFA", default=IS_PRODUCTION)
# How many proxies of ours stand before the web server: visitors are told apart by the address these report.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1 if IS_PRODUCTION else 0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
MFA_TOTP_ISSUER = SITE_NAME
USERSESSIONS_TRACK_ACTIVITY = False

# Cookie sessions and rate limits live in PostgreSQL: people sign in while the broker is away.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https://")
SESSION_COOKIE_HTTPONLY = True
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_table",
    }
}

# Players of lecture videos that may stand in a page, such as https://player.vimeo.com; other videos are links.
FRAME_SOURCES = env.list("FRAME_SOURCES", default=[])

# --- security ---------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "frame-src": FRAME_SOURCES or [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "core.refusals.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
if IS_PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=True) else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# It does not count files. Forms for large ones say so themselves (`files.uploads.takes_files`).
FILE_UPLOAD_HANDLERS = ["files.uploads.SmallUploads"]

# --- language and time ------------------------------------------------------------------------------------------
# Pages are in English. Mails are in the language that their reader chose, one of these (docs/notices.md).
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
# Compiled on start from locale/*.po (core/languages.py).
LOCALE_PATHS = [VAR_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- files ------------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", bootstrap_wrapper.get_bootstrap_dir())]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION or IS_DEMO
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Without collected files, those of the apps are served as they stand.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEBUG or TESTING
# Compressing well takes long: each file once, under the name by which it is asked for, and no map for developers.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
STORED_FILES_DIR = Path(env.str("STORED_FILES_DIR", default=str(VAR_DIR / "files")))

# --- mail -------------------------------------------------------------------------------------------------------
try:
    EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://" if not IS_DEMO else "smtp://localhost:1025")
except Exception:
    refuse("EMAIL_URL cannot be read; write it as smtp+tls://USER:PASSWORD@HOST:587.")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
# So many senders at once may be busy with what is told to many, so that a worker process is free for the account lane.
MAIL_SENDERS = env.int("MAIL_SENDERS", default=2)
# How many may go in a minute, all together and to one domain; 0 for as many as the mail server takes.
MAILS_PER_MINUTE = env.int("MAILS_PER_MINUTE", default=0)
MAILS_PER_MINUTE_TO_A_DOMAIN = env.int("MAILS_PER_MINUTE_TO_A_DOMAIN", default=0)
# One mail a day for what is ordinary, and none at night; off in the demo, whose mailbox shows at once what was told.
KEEPS_MAIL_HOURS = env.bool("KEEPS_MAIL_HOURS", default=not IS_DEMO)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SITE_NAME} <{OFFICE_EMAIL}>")
SERVER_EMAIL = parseaddr(DEFAULT_FROM_EMAIL)[1]
# Mails that come back go to bounces+TOKEN@ this domain, whose mail server gives them to `manage.py take_bounce`.
BOUNCE_DOMAIN = env.str("BOUNCE_DOMAIN", default="")
if not re.fullmatch(r"([a-z0-9-]+\.)*[a-z0-9-]+|", BOUNCE_DOMAIN):
    refuse(f"BOUNCE_DOMAIN is “{BOUNCE_DOMAIN}”; write it as bounces.example.org.")
# With it a mail provider signs what it reports of bounces and complaints; without it nobody can report any.
MAIL_REPORTS_SECRET = env.str("MAIL_REPORTS_SECRET", default="")
if IS_PRODUCTION and 0 < len(MAIL_REPORTS_SECRET) < 32:
    refuse("MAIL_REPORTS_SECRET is shorter than 32 characters; make one with `make secret`.")
# Where the demo's mail server keeps what it took, for the mailbox page.
DEMO_MAIL_DIR = VAR_DIR / "mail"

# --- logs -------------------------------------------------------------------------------------------------------
LOG_FORMAT = env.str("LOG_FORMAT", default="json" if IS_PRODUCTION else "console")
if LOG_FORMAT not in {"json", "console"}:
    refuse(f"LOG_FORMAT is “{LOG_FORMAT}”; it must be json or console.")
LOGGING = logging_config(
    as_json=LOG_FORMAT == "json", level=env.str("LOG_LEVEL", default="WARNING" if TESTING else "INFO")
)
configure_structlog()
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_CELERY_TASK_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_TASK_SUCCESS_LOG_LEVEL = logging.DEBUG

# Addresses are unique beyond upper and lower case, by a constraint that this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
