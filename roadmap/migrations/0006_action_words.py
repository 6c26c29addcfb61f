from django.db import migrations

# What roadmap/search_words.py had when this was made: tests/roadmap/test_search.py compares them.
LETTERS_FROM = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZàáâãäåāăąæÀÁÂÃÄÅĀĂĄÆçćĉċčÇĆĈĊČďđðĎĐÐèéêëēĕėęěÈÉÊËĒĔĖĘĚ"
    "ĝğġģĜĞĠĢĥħĤĦìíîïĩīĭįıÌÍÎÏĨĪĬĮĵĴķĶĺļľłĹĻĽŁñńņňŋÑŃŅŇŊòóôõöøōŏőÒÓÔÕÖØŌŎŐŕŗřŔŖŘśŝşšș"
    "ŚŜŞŠȘţťŧțŢŤŦȚùúûüũūŭůűųÙÚÛÜŨŪŬŮŰŲŵŴýÿŷÝŸŶźżžŹŻŽ"
)
LETTERS_TO = (
    "abcdefghijklmnopqrstuvwxyzaaaaaaaaaaaaaaaaaaaaccccccccccddddddeeeeeeeeeeeeeeeeee"
    "gggggggghhhhiiiiiiiiiiiiiiiiijjkkllllllllnnnnnnnnnnoooooooooooooooooorrrrrrsssss"
    "sssssttttttttuuuuuuuuuuuuuuuuuuuuwwyyyyyyzzzzzz"
)
SIGNS = " -‐‑–./_:,;#+()"

# The words of an action: each as it is, and with a hyphen before it what a compound may end in,
# from its fourth letter on. Whatever is too long for an index is cut.
FUNCTION = f"""
CREATE FUNCTION roadmap_action_words(code text, title text, description text, metric text)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000 AS $body$
    WITH words AS (
        SELECT left(word, 60) AS word
        FROM regexp_split_to_table(
            translate(
                left(
                    code || ' ' || translate(code, '{SIGNS}', '') || ' ' || title || ' '
                    || description || ' ' || metric,
                    10000
                ),
                '{LETTERS_FROM}',
                '{LETTERS_TO}'
            ),
            '[^0-9a-zA-ZÀ-ÖØ-öø-\u1fff]+'
        ) AS word
        WHERE word <> ''
    )
    SELECT coalesce(array_to_tsvector(array_agg(entry)), ''::tsvector)
    FROM (
        SELECT left(word, 30) FROM words
        UNION ALL
        SELECT '-' || substr(word, place, 30)
        FROM words, generate_series(4, length(word) - 3) AS place
    ) AS entries(entry)
$body$
"""
INDEX = """
CREATE INDEX roadmap_action_words ON roadmap_action
USING gin (roadmap_action_words(code, title, description, metric))
"""


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FUNCTION)
        schema_editor.execute(INDEX)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX roadmap_action_words")
        schema_editor.execute("DROP FUNCTION roadmap_action_words(text, text, text, text)")


class Migration(migrations.Migration):
    """An index for the search; PostgreSQL only, elsewhere every action is read."""

    dependencies = [("roadmap", "0005_strategy_pages")]

    operations = [migrations.RunPython(make, drop, elidable=False)]
