"""Settings, driven by environment variables; docs/administrators.md lists them all."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from digistrategia import sign_in

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="a key for development only" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Give the portal a long random one, for example\n"
        "  export SECRET_KEY=$(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')\n"
        "and keep it; or set DEBUG=1 on a developer's own machine; or run `make demo`."
    )
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "template_partials",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "mentors",
    "roadmap",
    "metrics",
    "digistrategia",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "digistrategia.middleware.refuse_large_bodies",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "digistrategia.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "mentors.middleware.note_when_seen",
    "mentors.middleware.ask_for_second_step",
]

ROOT_URLCONF = "digistrategia.urls"
WSGI_APPLICATION = "digistrategia.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["roadmap.templatetags.roadmap"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- data -------------------------------------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR}/db.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Without these, two processes that read and then write meet "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = DATA_DIR / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
MEASUREMENT_REQUESTS_A_MINUTE = env.int("MEASUREMENT_REQUESTS_A_MINUTE", default=120)  # a token
WRONG_TOKENS_A_MINUTE = env.int("WRONG_TOKENS_A_MINUTE", default=30)  # an address
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a worklist sends three of each row

# --- work in the background -------------------------------------------------------------------

CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem:"):
    _queue = DATA_DIR / "queue"
    (_queue / "control").mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue),
        "data_folder_out": str(_queue),
        "control_folder": str(_queue / "control"),
        # Looked at so often: with the second of kombu, a worker does two messages in each.
        "polling_interval": 0.1,
    }
else:
    # A broker that does not answer must not keep a person waiting: what was lost is swept up.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_connect_timeout": 1,
        "socket_timeout": 3,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0,
        "connect_retries_timeout": 1,
        # Longer than any task may take (CELERY_TASK_TIME_LIMIT), or it would be done twice.
        "visibility_timeout": 900,
    }
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # kB
CELERY_TIMEZONE = "Europe/Helsinki"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=30)
MAIL_SECONDS = env.int("MAIL_SECONDS", default=60)
CELERY_BEAT_SCHEDULE = {
    # Expires before its next run, so that a worker that was away finds one and not a thousand.
    "sweep": {
        "task": "metrics.tasks.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS * 0.9},
    },
    # An import is begun when it is asked for; this finds one whose worker died.
    "resume-imports": {
        "task": "roadmap.tasks.resume_imports",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS * 0.9},
    },
    # A mail is sent when it is made; this finds what was put off or whose message was lost.
    "send-mails": {
        "task": "mentors.tasks.send_mails",
        "schedule": MAIL_SECONDS,
        "options": {"expires": MAIL_SECONDS * 0.9},
    },
    "remind": {
        "task": "mentors.tasks.remind",
        "schedule": crontab(hour="7-18", minute=5),
        "options": {"expires": 3000},
    },
    "remind-of-measurements": {
        "task": "digistrategia.tasks.remind_of_measurements",
        "schedule": crontab(hour="7-18", minute=10),
        "options": {"expires": 3000},
    },
    "gather-mentions": {
        "task": "mentors.tasks.gather_mentions",
        "schedule": crontab(minute=0),
        "options": {"expires": 3000},
    },
    "compute-all-kpis": {
        "task": "metrics.tasks.compute_all_kpis",
        "schedule": crontab(hour=2, minute=30),
        "options": {"expires": 3600},
    },
    "forget-deliveries": {
        "task": "metrics.tasks.forget_deliveries",
        "schedule": crontab(hour=3, minute=30),
        "options": {"expires": 3600},
    },
    "forget-sessions": {
        "task": "mentors.tasks.forget_sessions",
        "schedule": crontab(hour=3, minute=20),
        "options": {"expires": 3600},
    },
    "forget-uploads": {
        "task": "roadmap.tasks.forget_uploads",
        "schedule": crontab(hour=3, minute=10),
        "options": {"expires": 3600},
    },
}

# The sign-in limits count in it: shared by all processes, and there whenever the portal is.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Enough that nobody can push a lock out by filling it.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # What may differ between processes and be lost: which sessions were noted as seen.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "process",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}

# --- people -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "mentors.User"
AUTHENTICATION_BACKENDS = [
    "roadmap.permissions.RoleBackend",
    "mentors.permissions.MentorBackend",
    "metrics.permissions.KpiBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name}
    for name in (
        "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "mentors.passwords.LengthValidator",
        "django.contrib.auth.password_validation.CommonPasswordValidator",
        "django.contrib.auth.password_validation.NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_FORMS = {"reset_password": "mentors.forms.passwords.NewPasswordForm"}
ACCOUNT_ADAPTER = "mentors.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # addresses come from the administrator
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"feedback": "10/h/ip"}  # beside allauth's own: receipts by mail
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Digistrategia: "
SESSION_COOKIE_AGE = 12 * 3600
INVITATION_DAYS = env.int("INVITATION_DAYS", default=14)

# The second step, and the organisation's own provider (OpenID Connect): what is set by the
# environment comes from sign_in.py.
vars().update(sign_in.from_environment(os.environ))
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "add_webauthn": "mentors.forms.passkeys.AddPasskeyForm",
    "authenticate_webauthn": "mentors.forms.passkeys.AuthenticateForm",
    "login_webauthn": "mentors.forms.passkeys.LoginForm",
    "reauthenticate_webauthn": "mentors.forms.passkeys.ReauthenticateForm",
}
MFA_TOTP_ISSUER = "Digistrategia"
MFA_TOTP_TOLERANCE = 1  # half a minute either way: clocks of phones differ
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses come from the administrator
SOCIALACCOUNT_ADAPTER = "mentors.adapters.SocialAccountAdapter"

# --- mail -------------------------------------------------------------------------------------

_mail = env.email("EMAIL_URL", default="consolemail://")
if _mail["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
    _mail["EMAIL_BACKEND"] = "mentors.smtp.EmailBackend"
vars().update(_mail)
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="digistrategia@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Where people find the portal: links in mails begin with it.
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(SITE_URL)
if (
    _site.scheme not in ("http", "https")
    or not _site.hostname
    or f"{_site.scheme}://{_site.netloc}" != SITE_URL
):
    raise ImproperlyConfigured(
        f"SITE_URL is {SITE_URL!r}. Give the portal's address without a path, for example\n"
        "  export SITE_URL=https://digistrategia.example.org"
    )
SITE_HOST = _site.hostname

# --- words, numbers, time ---------------------------------------------------------------------

LANGUAGE_CODE = "fi"
LANGUAGES = [("fi", "Suomi"), ("sv", "Svenska"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Helsinki"
ORGANISATION = {
    # Named in the accessibility statement and the privacy notice.
    "name": env("ORGANISATION_NAME", default="") or _("the wellbeing services county"),
    "unit": env("ORGANISATION_UNIT", default="") or _("Digital services unit"),
    "email": env("ORGANISATION_EMAIL", default="digistrategia@example.org"),
}

# --- static files -----------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "digistrategia.finders.PlotlyFinder",
]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if env.bool("STATIC_MANIFEST", default=False)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not env.bool("STATIC_MANIFEST", default=False)

# --- safety -----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        # A form that leads to the provider by a redirect needs its address here as well.
        "form-action": [SELF, *([OIDC["origin"]] if OIDC else [])],  # noqa: F821
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
# Behind HTTPS, as it must be for real, one variable turns on everything that goes with it.
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# Without HTTPS browsers know passkeys on localhost alone, as in the demonstration.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
# How many proxies of one's own stand in front: the sign-in limits count by the client's address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("PROXIES", default=0)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"keys": {"()": "digistrategia.logs.HideKeys"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["keys"]}
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "fido2": {"level": "WARNING"},  # below it, which key was used
    },
}
