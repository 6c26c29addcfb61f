"""People: who there is, and what an administrator does with their accounts."""

from dataclasses import dataclass

from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core.paginator import Page, Paginator
from django.db import IntegrityError, models, transaction
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mentors import invitations, report_links
from mentors.models import Invitation, PeopleChange, User
from mentors.roles import role_words
from roadmap.formats import collation
from roadmap.permissions import PERMISSIONS, VIEW, Role
from roadmap.record import differences
from roadmap.search_words import Query

PAGE = 50
NO_ROLE = "none"


class State(models.TextChoices):
    """How far a person has come; worked out from the account, and kept nowhere."""

    ACTIVE = "active", gettext_lazy("active")
    INVITED = "invited", gettext_lazy("invited, not yet in")
    EXPIRED = "expired", gettext_lazy("invitation expired")
    UNINVITED = "uninvited", gettext_lazy("not invited")
    DEACTIVATED = "deactivated", gettext_lazy("deactivated")
    FORMER = "former", gettext_lazy("former")

    @property
    def is_outside(self) -> bool:
        """In the portal's books, but never signed in: can be invited."""
        return self in (State.INVITED, State.EXPIRED, State.UNINVITED)


class Refused(Exception):
    """It would shut the administrators out; the exception's text says why."""


def may_see() -> QuerySet:
    """Everybody active who may see the strategies, by role."""
    roles = [role for role, granted in PERMISSIONS.items() if VIEW in granted]
    has_role = Exists(
        User.groups.through.objects.filter(user=OuterRef("pk"), group__name__in=roles)
    )
    return User.objects.filter(has_role | Q(is_superuser=True), is_active=True, former=None)


# --- the list ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filters:
    """What the address asks for; what it asks for that cannot be is left out."""

    q: str = ""
    role: str = ""
    state: str = ""

    @classmethod
    def read(cls, query) -> "Filters":
        role, state = query.get("role", ""), query.get("state", "")
        return cls(
            q=query.get("q", "").replace("\0", "").strip()[:200],
            role=role if role in (*Role, NO_ROLE) else "",
            state=state if state in State else "",
        )

    @property
    def is_narrowed(self) -> bool:
        return self != Filters()


def with_state(people: QuerySet) -> QuerySet:
    """People with their `state`."""
    unused = Invitation.objects.filter(person=OuterRef("pk"), accepted_at=None, revoked_at=None)
    can_sign_in = ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    state = Case(
        When(former__isnull=False, then=Value(State.FORMER)),
        When(is_active=False, then=Value(State.DEACTIVATED)),
        When(can_sign_in | Q(last_login__isnull=False), then=Value(State.ACTIVE)),
        When(Exists(unused.filter(expires_at__gt=timezone.now())), then=Value(State.INVITED)),
        When(Exists(unused), then=Value(State.EXPIRED)),
        default=Value(State.UNINVITED),
        output_field=models.CharField(),
    )
    return people.annotate(state=state)


def listing(filters: Filters, page: str | None) -> Page:
    """The page of the list, surname first, those who have left last; two queries."""
    people = with_state(User.objects.all())
    if filters.role == NO_ROLE:
        people = people.exclude(groups__name__in=list(Role))
    elif filters.role:
        people = people.filter(groups__name=filters.role)
    if filters.state:
        people = people.filter(state=filters.state)
    query = Query.read(filters.q)
    if query.typed:
        people = [one for one in people if query.is_in(_texts(one))]
    # A database sorts å, ä and ö in its own way; names are few enough to be sorted here.
    found = sorted(people, key=lambda user: (user.former or 0, collation(user.sorted_name)))
    shown = Paginator(found, PAGE).get_page(page)
    models.prefetch_related_objects(shown.object_list, "groups")
    for person in shown.object_list:
        _describe(person)
    return shown


def _texts(person: User) -> str:
    return f"{person.first_name} {person.last_name} {person.email} {person.unit}"


def _describe(person: User) -> None:
    """State and roles, as pages show them."""
    person.state = State(person.state)
    person.roles = [group.name for group in person.groups.all() if group.name in set(Role)]
    person.role_words = role_words(person.roles)


def detail(pk: int) -> User:
    """One person with state, roles, newest invitation and what they are responsible for.

    `User.DoesNotExist` where there is none; four queries.
    """
    counts = {
        "action_count": Count("own_actions", distinct=True),
        "led_count": Count("led_networks", distinct=True),
        "network_count": Count("networks", distinct=True),
    }
    person = with_state(User.objects.annotate(**counts)).get(pk=pk)
    _describe(person)
    person.newest_invitation = person.invitations.last()
    person.kpis = list(person.own_kpis.select_related("strategy").order_by("strategy", "position"))
    return person


# --- changes ----------------------------------------------------------------------------------


def add(form, by: User) -> User | None:
    """Make the person of a valid `PersonAddForm` and invite them.

    The same form sent twice makes one person. None where the address is taken: the form says so.
    """
    try:
        with transaction.atomic():
            return _add(form.cleaned_data, by)
    except IntegrityError:
        taken = User.objects.filter(email=form.cleaned_data["email"]).first()
        if taken is None:
            raise
    if taken.history.filter(fields__added__1=str(form.cleaned_data["token"])).exists():
        return taken
    form.add_error("email", _("%s has this address already") % taken)
    return None


def _add(cleaned: dict, by: User) -> User:
    fields = {name: cleaned[name] for name in ("first_name", "last_name", "unit", "language")}
    person = User.objects.create_user(cleaned["email"], None, **fields)
    _give_roles(person, cleaned["roles"])
    changes = {"roles": ["", _roles_text(cleaned["roles"])]} if cleaned["roles"] else {}
    note(person, by, {"added": [None, str(cleaned["token"])]} | changes)
    invitations.invite(person, by)
    return person


@transaction.atomic
def edit(form, by: User) -> bool:
    """Save the fields of a valid `SeenForm` that were changed; whether it could be done.

    Where somebody else changed one of them meanwhile, or no administrator would be left, the
    form says so and nothing is saved.
    """
    administrators = _administrators()
    now = User.objects.select_for_update().get(pk=form.instance.pk)
    stands = {name: _standing(now, name) for name in form.changed_data}
    changed = {
        name: form.cleaned_data[name]
        for name in stands
        if _comparable(form.cleaned_data[name]) != _comparable(stands[name])
    }
    for name in changed:
        if _comparable(stands[name]) != _comparable(form.seen(name)):
            shown = form.shown(name, stands[name])
            form.add_error(name, _("somebody else changed this meanwhile to “%s”") % shown)
    if "roles" in changed and Role.ADMINISTRATOR not in changed["roles"]:
        try:
            _keep_an_administrator(now, by, administrators)
        except Refused as refused:
            form.add_error("roles", str(refused))
    if form.errors:
        return False
    _write(now, changed, stands, by)
    return True


def _write(person: User, changed: dict, before: dict, by: User) -> None:
    if not changed:
        return
    roles = changed.pop("roles", None)
    fields = {}
    if roles is not None:
        _give_roles(person, roles)
        fields["roles"] = [_roles_text(before["roles"]), _roles_text(roles)]
    if changed.keys() & {"first_name", "last_name"}:
        fields["name"] = [None, None]  # history knows nobody by name, not even by a former one
    others = {name: value for name, value in changed.items() if not name.endswith("_name")}
    fields |= differences({name: before[name] for name in others}, others)
    if changed:
        User.objects.filter(pk=person.pk).update(**changed)
    note(person, by, fields)


@transaction.atomic
def deactivate(person: User, by: User) -> bool:
    """Close the account: whoever is signed in by it is out at once, and its links open nothing.

    False where it was closed already; `Refused` for one's own, or the last administrator's.
    """
    administrators = _administrators()
    person = User.objects.select_for_update().get(pk=person.pk)
    if not person.is_active:
        return False
    if person.pk == by.pk:
        raise Refused(_("you cannot deactivate your own account"))
    _keep_an_administrator(person, by, administrators)
    User.objects.filter(pk=person.pk).update(is_active=False)
    invitations.revoke(person, by)
    report_links.revoke_all(person, by)
    end_sessions(person)
    note(person, by, {"active": ["True", "False"]})
    return True


@transaction.atomic
def reactivate(person: User, by: User) -> bool:
    """Open a closed account again; False where it is open, or its person's name is gone."""
    closed = User.objects.filter(pk=person.pk, is_active=False, former=None)
    if not closed.update(is_active=True):
        return False
    note(person, by, {"active": ["False", "True"]})
    return True


def end_sessions(user: User) -> None:
    """Sign a person out everywhere, at once."""
    for session in Session.objects.iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
    if apps.is_installed("allauth.usersessions"):
        apps.get_model("usersessions", "UserSession").objects.filter(user=user).delete()


def note(person: User, by: User | None, fields: dict) -> None:
    PeopleChange.objects.create(person=person, user=by, fields=fields)


# --- roles ------------------------------------------------------------------------------------


def _administrators() -> set[int]:
    """Those who can sign in and are administrators; locked, so that two cannot end each other."""
    found = User.objects.filter(
        pk__in=User.groups.through.objects.filter(group__name=Role.ADMINISTRATOR).values("user"),
        is_active=True,
    )
    return set(found.select_for_update().order_by("pk").values_list("pk", flat=True))


def _keep_an_administrator(person: User, by: User, administrators: set[int]) -> None:
    """`Refused` where the person is one, and it is oneself or nobody else is left."""
    if person.pk in administrators and person.pk == by.pk:
        raise Refused(_("you cannot take away your own administrator’s rights"))
    if administrators == {person.pk}:
        raise Refused(_("the portal would be left without an administrator"))


def _give_roles(person: User, roles) -> None:
    """Exactly these roles; groups that are no roles stay."""
    person.groups.remove(*person.groups.filter(name__in=set(Role) - set(roles)))
    person.groups.add(*(Group.objects.get_or_create(name=role)[0] for role in roles))


def _roles_text(roles) -> str:
    return ", ".join(sorted(roles))


def _standing(person: User, name: str):
    if name == "roles":
        return list(person.groups.filter(name__in=list(Role)).values_list("name", flat=True))
    return getattr(person, name)


def _comparable(value):
    return set(value) if isinstance(value, list) else value
