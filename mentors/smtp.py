"""SMTP that says when nobody can know whether a mail went out."""

from smtplib import SMTP, SMTP_SSL, SMTPDataError, SMTPException

from django.core.mail.backends import smtp


class Unanswered(SMTPException):
    """The server was handed the mail and the connection broke before it answered.

    Sending it again might send it twice.
    """


class _Attentive:
    def data(self, msg):
        try:
            return super().data(msg)
        except SMTPDataError:
            raise  # an answer: the server refused it
        except OSError as error:
            raise Unanswered(str(error)) from error


class _Plain(_Attentive, SMTP):
    pass


class _Encrypted(_Attentive, SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    @property
    def connection_class(self):
        return _Encrypted if self.use_ssl else _Plain
