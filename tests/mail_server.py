"""A mail server that keeps what it gets, and refuses what a test wants it to."""

import socketserver
import threading
import time
from email import message_from_bytes, policy


class _Talk(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.connections += 1
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.split(":")[0].upper()
            answer = self.server.answers.pop(word, None) if word == "DATA" else None
            if word == "QUIT":
                return self.say("221 bye")
            if word == "RCPT TO":
                address = line.partition("<")[2].partition(">")[0]
                answer = self.server.refusals.get(address)
            if word == "MAIL FROM" and self.server.most_by_one == self.taken:
                return self.say("421 too many by one connection")
            if word == "DATA" and not answer:
                self.say("354 go on")
                if not self.take():
                    return None
                continue
            self.say(answer or "250 ok")
        return None

    taken = 0

    def take(self):
        """Read a mail and keep it; False where the connection shall break before the answer."""
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        with self.server.lock:
            self.server.raw.append(b"".join(lines))
        self.taken += 1
        time.sleep(self.server.seconds)
        if self.server.falls_silent:
            return False
        self.say("250 taken")
        return True

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """Listens on a port of this machine from `with` to its end; `mails` is what has arrived."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), _Talk)
        self.port = self.server_address[1]
        self.raw, self.lock, self.connections = [], threading.Lock(), 0
        self.refusals = {}  # address → what is answered to it
        self.answers = {}  # "DATA" → what is answered once
        self.most_by_one = None  # mails that one connection may bring
        self.seconds = 0  # that it keeps a mail before it says that it took it
        self.falls_silent = False  # takes a mail and breaks off before it says so

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}).start()
        return self

    def __exit__(self, *error):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """A client that was killed is nothing to tell."""

    @property
    def mails(self):
        with self.lock:
            return [message_from_bytes(raw, policy=policy.default) for raw in self.raw]

    @property
    def recipients(self):
        return [mail["To"] for mail in self.mails]
