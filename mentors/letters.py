"""Letters: what a mail says. A stand-in until the real one is merged."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str


class NothingLeft(Exception):
    """The letter is no longer needed."""


def write(mail) -> Letter:
    quarter = mail.strategy_quarter.quarter.label
    text = f"{mail.recipient.first_name}\n\n{mail.note}\n\n{quarter}"
    return Letter(f"{quarter}: your report is still missing", text, "")
