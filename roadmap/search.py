"""Actions that a query finds, asked of the database.

On PostgreSQL it is an index of the words of each action, made by a migration of its own; elsewhere,
regular expressions that read every action. Both follow the rule of `search_words`, and one table
of tests holds both to it.
"""

from django.db.models import BooleanField, F, Func, Q, Value

from roadmap.search_words import MOST_TEXT, Chunk, Query, Word

TEXTS = ("code", "title", "description", "metric")
SIGNS = " -‐‑–./_:,;#+()"  # what a code is parted by


class ActionMentions(Func):
    """Whether an action has all the words of a query; `prefix` leads to the action: `action__`."""

    output_field = BooleanField()

    def __init__(self, query: Query, prefix: str = ""):
        super().__init__(*(F(f"{prefix}{name}") for name in TEXTS))
        self.query = query

    def as_sql(self, compiler, connection, **extra):
        code, *texts = [compiler.compile(field) for field in self.source_expressions]
        in_one = code[0]
        for sign in SIGNS:
            in_one = f"REPLACE({in_one}, '{sign}', '')"
        columns = " || ' ' || ".join((code[0], in_one, *(sql for sql, _params in texts)))
        text = f"SUBSTR({columns}, 1, {MOST_TEXT})"
        chunks = [_found(chunk, f"{text} REGEXP %s") for chunk in self.query.chunks]
        patterns = [
            word.pattern for chunk in self.query.chunks for way in chunk.ways for word in way
        ]
        return f"({' AND '.join(chunks)})", patterns

    def as_postgresql(self, compiler, connection, **extra):
        fields = ", ".join(compiler.compile(field)[0] for field in self.source_expressions)
        return f"roadmap_action_words({fields}) @@ %s::tsquery", [tsquery(self.query)]


def mentions(query: Query, prefix: str = "") -> Q:
    """The condition that an action has the words of a query; true where nothing was typed."""
    if not query.typed:
        return Q()
    return Q(ActionMentions(query, prefix)) if query.chunks else Q(Value(False))


def _found(chunk: Chunk, condition: str) -> str:
    ways = (f"({' AND '.join([condition] * len(way))})" for way in chunk.ways)
    return f"({' OR '.join(ways)})"


def tsquery(query: Query) -> str:
    """The query for PostgreSQL: a word as it begins, and with a hyphen as it is in a compound.

    Terms are letters and digits, so that nothing typed can be an operator.
    """
    chunks = (
        " | ".join(f"({' & '.join(map(_of_word, way))})" for way in chunk.ways)
        for chunk in query.chunks
    )
    return " & ".join(f"({chunk})" for chunk in chunks)


def _of_word(word: Word) -> str:
    entries = [f"'{term.text}'{'' if term.is_whole else ':*'}" for term in word.terms]
    entries += [f"'-{term.text}'{'' if term.is_whole else ':*'}" for term in word.within]
    return f"({' | '.join(entries)})"
