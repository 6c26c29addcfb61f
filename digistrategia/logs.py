"""What is logged holds no key: addresses and tokens that open something by themselves are cut."""

import logging
import re

from gunicorn.glogging import Logger

_KEY = re.compile(r"/(report|invitation|account/reset/key)/[^/\s\"]+")
# A token of an automation has no place in an address, but somebody will put it there.
_TOKEN = re.compile(r"\bdsm_[\w-]+", re.ASCII)
_AUTHORIZATION = ("u", "{authorization}i", "{http_authorization}e")


def without_keys(text: str) -> str:
    """The text without the keys of report links, invitations and new passwords, and tokens."""
    return _TOKEN.sub("dsm_…", _KEY.sub(r"/\1/…", text))


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
        hidden = {
            name: without_keys(value) for name, value in atoms.items() if isinstance(value, str)
        }
        # With the name of HTTP's own sign-in, which the portal has not: what is there is a slip.
        return atoms | hidden | dict.fromkeys(_AUTHORIZATION, "-")
