#!/usr/bin/env python
import os
import sys
from pathlib import Path


def demo_environment():
    """The demonstration makes its own secret key; everything else must be given one."""
    if os.environ.get("SECRET_KEY"):
        return
    key_file = Path(__file__).parent / "var" / "demo-secret-key"
    key_file.parent.mkdir(exist_ok=True)
    if not key_file.exists():
        from django.core.management.utils import get_random_secret_key

        key_file.touch(mode=0o600)
        key_file.write_text(get_random_secret_key())
    os.environ["SECRET_KEY"] = key_file.read_text()


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digistrategia.settings")
    if sys.argv[1:2] == ["demo"]:
        demo_environment()
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        _ = settings.SECRET_KEY
    except ImproperlyConfigured as error:
        sys.exit(f"Not started: {error}")  # the sentence says what to do, a traceback does not

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
