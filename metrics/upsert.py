"""Writes many computed rows at once."""

from django.db import connection


def upsert(model, key: list[str], fields: list[str], rows: list[list]) -> None:
    """Insert rows, or update the ones that their key finds; one statement for all of them.

    `bulk_create` does the same by way of a model instance a row and, on SQLite, of at most 999
    values a statement: five times the time for the rows of a large strategy.
    """
    if not rows:
        return
    columns = [model._meta.get_field(name) for name in key + fields]
    quote = connection.ops.quote_name
    names = [quote(column.column) for column in columns]
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(names)}) "  # noqa: S608 - our names
        f"VALUES ({', '.join(['%s'] * len(names))}) "
        f"ON CONFLICT ({', '.join(names[: len(key)])}) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in names[len(key) :])
    )
    prepare = [column.get_db_prep_save for column in columns]
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [
                [as_saved(value, connection) for as_saved, value in zip(prepare, row, strict=True)]
                for row in rows
            ],
        )
