"""What a page says, and how often it asks the database."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext


def text(response):
    """The words of a page as they are read, without its tags and in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def queries_of(client, address):
    """How many queries a page makes, down to its last byte; what is made once is not counted."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
        assert response.status_code == 200
        b"".join(response.streaming_content) if response.streaming else response.content
    return len(queries)
