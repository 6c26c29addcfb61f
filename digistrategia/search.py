"""The search of a strategy: what is found of each kind of thing, and how the page shows it.

What kinds there are stands in `search_kinds.py`. The querysets of all of them are joined to one
query, so that the page makes the same few queries however many kinds there are and whatever is
found. Things are read whole and looked through here, by the rule that the database has, too:
there are some hundreds of them at most. Only actions, of which there may be thousands, are found
by the database (`roadmap/search.py`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Coalesce
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from metrics.timeline import Timeline, timeline
from roadmap.formats import collation
from roadmap.models import Strategy
from roadmap.search_words import Query, another_spelling, excerpt, in_one, parts, vocabulary

BEST, BEST_ASIDE, PAGE = 10, 5, 25


@dataclass(frozen=True)
class Seeker:
    """Who looks for what in which strategy; lights are those of `line.now`."""

    user: object
    strategy: Strategy
    line: Timeline
    query: Query


class Thing(NamedTuple):
    """What may be found: by its code and its title, by the line below that, and by its text."""

    kind: str
    pk: int
    code: str
    title: str
    line: str = ""
    text: str = ""
    actions: int = 0  # that it has, or that are somebody's


class Detail(NamedTuple):
    """What is asked for of those things alone that are shown."""

    line: str = ""
    text: str = ""
    light: str = ""


class Link(NamedTuple):
    text: str
    address: str


@dataclass(frozen=True)
class Hit:
    """A thing as the page shows it, with the words that were found marked."""

    title: SafeString
    address: str  # "" where there is none
    line: SafeString
    excerpt: SafeString  # of the text, where title and line do not have all the words
    light: str
    more: Link | None


def _as_they_are(seeker: Seeker, things: list[Thing]) -> dict[int, Detail]:
    return {thing.pk: Detail(thing.line, thing.text) for thing in things}


@dataclass(frozen=True)
class Kind:
    """A kind of things.

    `things` gives querysets made by `rows`, or things themselves. A row without a title adds its
    line to the thing of the same key. `details` says what is shown of some, by at most one query.
    """

    name: str
    label: str  # a msgid, in the plural
    things: Callable[[Seeker], Iterable[QuerySet | Thing]]
    address: Callable[[Seeker, Thing], str]
    details: Callable[[Seeker, list[Thing]], dict[int, Detail]] = _as_they_are
    more: Callable[[Seeker, Thing], Link | None] = lambda seeker, thing: None
    # Another page that lists all of them by the same search; "" where this page does.
    list_address: Callable[[Seeker], str] = lambda seeker: ""
    is_found: bool = False  # by the database: it need not be looked through
    is_aside: bool = False  # stands beside the others where there is room


def rows(queryset: QuerySet, kind: str, *, key="pk", actions=0, **columns) -> QuerySet:
    """The rows of a queryset as things; each column is the name of a field, or an expression."""
    shown = [_text(columns.get(name, Value(""))) for name in ("code", "title", "line", "text")]
    number = actions if hasattr(actions, "resolve_expression") else Value(actions)
    things = queryset.order_by().annotate(number_of_actions=number)
    return things.values_list(Value(kind), key, *shown, "number_of_actions")


def _text(column) -> Coalesce:
    return Coalesce(column, Value(""), output_field=TextField())


@dataclass
class Group:
    """What was found of one kind: how much, and the hits that are shown."""

    kind: Kind
    count: int
    hits: list[Hit]
    list_address: str
    page: Page | None = None

    @property
    def label(self) -> str:
        return _(self.kind.label)


@dataclass
class Results:
    """What a search found: the groups that are shown, of so many things in all."""

    query: Query
    line: Timeline
    groups: list[Group]
    count: int = 0
    suggestion: str | None = None

    @property
    def columns(self) -> list[list[Group]]:
        """The groups as they stand side by side."""
        aside = [group for group in self.groups if group.kind.is_aside]
        others = [group for group in self.groups if not group.kind.is_aside]
        return [column for column in (others, aside) if column]

    @property
    def has_lights(self) -> bool:
        """Whether an action is shown with its light, which is that of a quarter."""
        actions = (group for group in self.groups if group.kind.name == "action")
        return any(hit.light for group in actions for hit in group.hits)

    @property
    def only(self) -> Group | None:
        """The kind that the address asks for."""
        return next((group for group in self.groups if group.page), None)


def results(kinds: Iterable[Kind], user, strategy: Strategy, asked) -> Results:
    """What the `q` of an address finds; its `kind` asks for all things of one kind.

    One query finds them all, and each kind that is shown takes one more where it has details;
    where nothing is found, one looks for another spelling.
    """
    seeker = Seeker(user, strategy, timeline(strategy, None), Query.read(asked.get("q")))
    if not seeker.query.chunks:
        return Results(seeker.query, seeker.line, [])
    found = _found(kinds, seeker)
    count = sum(map(len, found.values()))
    only = [kind for kind in kinds if kind.name == asked.get("kind") and found[kind.name]]
    groups = [
        _group(kind, found[kind.name], seeker, asked.get("page", "1") if only else None)
        for kind in only or kinds
        if found[kind.name]
    ]
    suggestion = None if count else _another_spelling(kinds, seeker)
    return Results(seeker.query, seeker.line, groups, count, suggestion)


def _found(kinds: Iterable[Kind], seeker: Seeker) -> dict[str, list[Thing]]:
    """The things that have all the words, by the name of their kind."""
    found = {kind.name: [] for kind in kinds}
    is_found = {kind.name for kind in kinds if kind.is_found}
    for thing in _things(kinds, seeker):
        if thing.kind in is_found or seeker.query.is_in(_texts(thing)):
            found[thing.kind].append(thing)
    return found


def _texts(thing: Thing) -> str:
    return f"{thing.code} {in_one(thing.code)} {thing.title} {thing.line} {thing.text}"


def _things(kinds: Iterable[Kind], seeker: Seeker) -> list[Thing]:
    """All things of the kinds, in one query."""
    sources = [source for kind in kinds for source in kind.things(seeker)]
    querysets = [source for source in sources if isinstance(source, QuerySet)]
    things = {(s.kind, s.pk): s for s in sources if isinstance(s, Thing)}
    lines = defaultdict(set)
    for row in querysets[0].union(*querysets[1:], all=True) if querysets else ():
        thing = Thing(*row)
        if thing.title:
            things[thing.kind, thing.pk] = thing
        else:
            lines[thing.kind, thing.pk].add(thing.line)
    for key in lines.keys() & things.keys():
        own = [things[key].line] if things[key].line else []
        line = " · ".join(own + sorted(lines[key], key=collation))
        things[key] = things[key]._replace(line=line)
    return list(things.values())


def _group(kind: Kind, found: list[Thing], seeker: Seeker, page: str | None) -> Group:
    """The best of what was found, or the page of it that is asked for."""

    def order(thing: Thing):
        return seeker.query.place(thing.title, thing.code), collation(thing.code or thing.title)

    if page is None:
        best = BEST_ASIDE if kind.is_aside else BEST
        shown, cut = nsmallest(best, found, key=order), None
    else:
        cut = Paginator(sorted(found, key=order), PAGE).get_page(page)
        shown = list(cut.object_list)
    details = kind.details(seeker, shown)
    hits = [_hit(kind, seeker, thing, details.get(thing.pk, Detail())) for thing in shown]
    return Group(kind, len(found), hits, kind.list_address(seeker), cut)


def _hit(kind: Kind, seeker: Seeker, thing: Thing, detail: Detail) -> Hit:
    query = seeker.query
    is_shown = query.is_in(f"{in_one(thing.code)} {thing.title} {detail.line}")
    return Hit(
        marked(thing.title, query),
        kind.address(seeker, thing),
        marked(detail.line, query),
        marked("" if is_shown else excerpt(detail.text, query), query),
        detail.light,
        kind.more(seeker, thing),
    )


def marked(text: str, query: Query) -> SafeString:
    """The text as HTML, with the words that were found marked."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", piece) if is_found else piece,)
            for piece, is_found in parts(text, query)
        ),
    )


def _another_spelling(kinds: Iterable[Kind], seeker: Seeker) -> str | None:
    """What was typed, with the nearest words of the titles there are."""
    everything = replace(seeker, query=Query())
    titles = (thing.title for thing in _things(kinds, everything))
    return another_spelling(seeker.query, vocabulary(titles))
