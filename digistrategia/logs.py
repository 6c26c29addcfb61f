"""What is logged holds no key: addresses that open something by themselves are cut."""

import logging
import re

from gunicorn.glogging import Logger

_KEY = re.compile(r"/(report|invitation|account/reset/key)/[^/\s\"]+")


def without_keys(text: str) -> str:
    """The text with the keys of report links, invitations and new passwords taken out."""
    return _KEY.sub(r"/\1/…", text)


class HideKeys(logging.Filter):
    def filter(self, record):
        shown = record.getMessage()
        hidden = without_keys(shown)
        if hidden != shown:
            record.msg, record.args = hidden, ()
        return True


class AccessLogger(Logger):
    """Gunicorn's log of requests, without keys."""

    def atoms(self, resp, req, environ, request_time):
        atoms = super().atoms(resp, req, environ, request_time)
        for name in ("U", "r", "f"):
            atoms[name] = without_keys(str(atoms[name]))
        return atoms
