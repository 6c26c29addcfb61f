"""Tables as files that a browser keeps."""

from collections.abc import Callable
from io import BytesIO

from django.http import FileResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from metrics.tables import Table, csv_lines


def csv_file(table: Table, name: str) -> StreamingHttpResponse:
    """The table as text, sent while its rows are read."""
    return StreamingHttpResponse(
        csv_lines(table),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, name)},
    )


def workbook_file(write: Callable[[BytesIO], None], name: str) -> FileResponse:
    """What `write` puts into a file."""
    file = BytesIO()
    write(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name)
