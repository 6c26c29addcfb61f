"""Many rows written to the database at once."""

from django.db import DEFAULT_DB_ALIAS, connections


def insert(model, names: list[str], rows) -> None:
    """Add rows, each a list of values of the fields named, whose keys nobody needs.

    `bulk_create` makes an instance a row and, on SQLite, a statement for a hundred of them.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    fields = [model._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    table = quote(model._meta.db_table)
    statement = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 - our names
    as_saved = [field.get_db_prep_save for field in fields]
    kept = [
        [save(value, connection) for save, value in zip(as_saved, row, strict=True)] for row in rows
    ]
    if kept:
        with connection.cursor() as cursor:
            cursor.executemany(statement, kept)


def update(model, rows, names: list[str]) -> None:
    """Save some fields of rows that are there.

    `bulk_update` makes one statement with a case for each row and field of it, and the database
    goes through all the cases for each row: the time grows with the square of the rows.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    fields = [model._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    values = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    key = model._meta.pk
    table = quote(model._meta.db_table)
    statement = f"UPDATE {table} SET {values} WHERE {quote(key.column)} = %s"  # noqa: S608 - our names
    as_saved = [(field.attname, field.get_db_prep_save) for field in (*fields, key)]
    kept = [[save(getattr(row, name), connection) for name, save in as_saved] for row in rows]
    if kept and fields:
        with connection.cursor() as cursor:
            cursor.executemany(statement, kept)
