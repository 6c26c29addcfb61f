"""The project's settings, with what only tests need: no secret, no slow hashes, no mail."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "for tests only")
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="digistrategia-test-")
process = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
broker = os.environ.get("CELERY_BROKER_URL", "")
if broker.startswith("redis:"):
    # Of its own for each process of the tests: real workers must not take each other's messages.
    os.environ["CELERY_BROKER_URL"] = f"{broker.rpartition('/')[0]}/{process}"

from digistrategia.settings import *  # noqa: E402, F403
from digistrategia.settings import DATA_DIR, DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # A file, so that a real worker, another process, can be pointed at it.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    # A lock that is never given fails its test instead of keeping the suite waiting for ever.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c lock_timeout=60000"
