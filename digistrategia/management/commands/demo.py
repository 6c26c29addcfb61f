import os
import signal
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from digistrategia.demonstration import PASSWORD, SIGN_INS, InUse, load

START_WITHIN = 60  # seconds
MAIL_FOLDER = settings.DATA_DIR / "mail"


class Command(BaseCommand):
    help = "Migrate, load the demonstration strategy, start web, worker and beat, and say where."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000, choices=range(1, 65536), metavar="N")

    def handle(self, port, **options):
        refuse_busy_port(port)
        os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")  # for links in mails
        self.stdout.write("Preparing the database …")
        call_command("migrate", verbosity=0)
        try:
            load()
        except InUse as error:
            raise CommandError(str(error)) from error
        for name in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, _interrupt)
        children = {}
        try:
            for name, command in commands(port).items():
                children[name] = start(command, environment(port))
            self._wait_until_up(port, children)
            self._say_where(port)
            self._watch(children)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(name, signal.SIG_IGN)  # once is enough
            stop(children)

    def _wait_until_up(self, port, children):
        until = time.monotonic() + START_WITHIN
        while time.monotonic() < until:
            self._refuse_ended(children)
            try:
                with urlopen(f"http://127.0.0.1:{port}/health/", timeout=2):
                    return
            except (URLError, OSError):
                time.sleep(0.2)
        raise CommandError(f"The web server did not answer within {START_WITHIN} seconds.")

    def _say_where(self, port):
        self.stdout.write(f"\nDigistrategia is at http://127.0.0.1:{port}/  (Ctrl-C stops it)")
        for user in get_user_model().objects.filter(email__in=SIGN_INS).order_by("pk"):
            role = user.groups.values_list("name", flat=True).first()
            self.stdout.write(f"  {role:<12} {user.email:<30} {PASSWORD}")
        if "EMAIL_URL" not in os.environ:
            self.stdout.write(f"Mails are not sent but written to {MAIL_FOLDER}")
        self.stdout.flush()

    def _watch(self, children):
        while True:
            self._refuse_ended(children)
            time.sleep(1)

    def _refuse_ended(self, children):
        for name, child in children.items():
            if child.poll() is not None:
                raise CommandError(f"{name} ended by itself, with exit code {child.returncode}.")


def refuse_busy_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). "
                f"Choose another one: make demo PORT={port + 1}"
            ) from error


def commands(port: int) -> dict[str, list[str]]:
    gunicorn = ["gunicorn", "digistrategia.wsgi", "--workers=2", "--timeout=120"]
    gunicorn += ["--log-level=warning", "--no-control-socket"]
    celery = ["celery", "-A", "digistrategia", "--quiet"]
    return {
        "web": [*gunicorn, f"--bind=127.0.0.1:{port}"],
        "worker": [*celery, "worker", "--loglevel=warning", "--concurrency=2"],
        "beat": [*celery, "beat", "--loglevel=warning"],
    }


def environment(port: int) -> dict[str, str]:
    """Mails are written into a folder, where one can read them, and lead back to this portal."""
    return {
        "EMAIL_URL": f"filemail:///{MAIL_FOLDER}",
        "SITE_URL": f"http://127.0.0.1:{port}",
    } | os.environ


def start(command: list[str], env: dict[str, str]) -> subprocess.Popen:
    # A session of its own: Ctrl-C comes to us alone, and we stop the children in good order.
    return subprocess.Popen([sys.executable, "-m", *command], env=env, start_new_session=True)  # noqa: S603


def stop(children: dict[str, subprocess.Popen]) -> None:
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    for child in children.values():
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()


def _interrupt(signum, frame):
    raise KeyboardInterrupt
