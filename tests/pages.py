"""What a page says."""

import re


def text(response):
    """The words of a page as they are read, without its tags and in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
