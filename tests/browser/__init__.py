"""The main journeys in a real browser. They need Debian's `chromium` (or CHROMIUM=path)."""

import os
import shutil

CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)
MISSING = (
    "The browser tests are left out: no Chromium was found. "
    "Install it (Debian: apt-get install chromium), or say CHROMIUM=/path/to/chromium."
)
