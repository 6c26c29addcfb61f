"""Many rows written to the database at once."""

from django.db import connection


def update(model, rows, names: list[str]) -> None:
    """Save some fields of rows that are there.

    `bulk_update` makes one statement with a case for each row and field of it, and the database
    goes through all the cases for each row: the time grows with the square of the rows.
    """
    fields = [model._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    values = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    key = model._meta.pk
    table = quote(model._meta.db_table)
    statement = f"UPDATE {table} SET {values} WHERE {quote(key.column)} = %s"  # noqa: S608 - our names
    kept = [
        [
            field.get_db_prep_save(getattr(row, field.attname), connection)
            for field in (*fields, key)
        ]
        for row in rows
    ]
    if kept and fields:
        with connection.cursor() as cursor:
            cursor.executemany(statement, kept)
