"""People who have left: their name, address and unit are taken away, history keeps its sense.

What a leaver reported and changed stays theirs, under "former user 17". Texts that somebody
wrote are not rewritten: `mentors.texts` finds those that name the person, and people decide.
"""

from django.apps import apps
from django.db import transaction
from django.db.models import F, Max, Q

from mentors import people
from mentors.history import people_keys
from mentors.models import Deputy, Feedback, Network, PeopleChange, User
from roadmap import import_files, imports
from roadmap.formats import former_address
from roadmap.models import Action, Change, ImportStep, RoadmapImport, Strategy
from roadmap.record import person_key, text
from roadmap.revisions import mark_changed

# What allauth keeps of a person. A `SocialAccount` stays: it holds a digest and neither name nor
# address, and by it a provider's sign-in of somebody who has left is refused.
ACCOUNT_MODELS = (
    ("account", "EmailAddress"),
    ("mfa", "Authenticator"),
    ("usersessions", "UserSession"),
)


class NotDeactivated(Exception):
    """Only a closed account's person can be pseudonymised, and only once."""


def pseudonymise(person: User, by: User) -> User:
    """Take away who a deactivated person was, everywhere and for good; all of it or nothing.

    `NotDeactivated` for everybody else.
    """
    uploads = {
        kind: [kept.pk for kept in kind.objects.all() if import_files.holds(kept, person.email)]
        for kind in imports.kinds()
    }
    with transaction.atomic():
        # An import that is being applied looks people up by address: it must wait, or have seen
        # that the strategy moved on.
        strategies = list(Strategy.objects.select_for_update(no_key=True).order_by("pk"))
        person = User.objects.select_for_update().get(pk=person.pk)
        if person.is_active or person.former:
            raise NotDeactivated
        address = person.email
        _rename(person)
        _leave_actions(person, by)
        _leave_networks(person, by)
        _leave_deputies(person, by)
        person.own_kpis.pass_on(None, by)
        _forget_in_history(person, address)
        _forget_account(person, address)
        for kind, keys in uploads.items():
            _forget_files(kind.objects.filter(pk__in=keys), address, person.email)
        people.note(person, by, {"former": [None, str(person.former)]})
        for strategy in strategies:
            mark_changed(strategy.pk)
    return person


def _rename(person: User) -> None:
    highest = User.objects.aggregate(highest=Max("former"))["highest"] or 0
    person.former = highest + 1
    person.email = former_address(person.former)
    person.first_name = person.last_name = person.unit = ""
    person.language = User._meta.get_field("language").default
    person.last_login = None
    person.is_superuser = False
    person.set_unusable_password()
    person.save()


def _leave_actions(person: User, by: User) -> None:
    history = []
    for action in person.own_actions.prefetch_related("responsible"):
        addresses = sorted(user.email for user in action.responsible.all())
        left = tuple(address for address in addresses if address != person.email)
        pair = [text(tuple(addresses)), text(left)]
        fields = {"responsible": pair}
        history.append(
            Change(strategy_id=action.strategy_id, action=action, user=by, fields=fields)
        )
    Action.responsible.through.objects.filter(user=person).delete()
    Change.objects.bulk_create(history)


def _leave_networks(person: User, by: User) -> None:
    theirs = Network.objects.filter(Q(leads=person) | Q(members=person)).distinct()
    for network in theirs.prefetch_related("leads", "members"):
        fields = {}
        for name in ("leads", "members"):
            before = [user.pk for user in getattr(network, name).all()]
            if person.pk in before:
                after = [pk for pk in before if pk != person.pk]
                fields[name] = [text(people_keys(before)), text(people_keys(after))]
                getattr(network, name).remove(person)
        Network.objects.filter(pk=network.pk).update(version=F("version") + 1)
        PeopleChange.objects.create(network=network, user=by, fields=fields)


def _leave_deputies(person: User, by: User) -> None:
    rows = Deputy.objects.filter(Q(person=person) | Q(deputy=person))
    for row in rows.select_related("person"):
        period = f"{person_key(row.deputy_id)} {row.first_day}–{row.last_day}"
        people.note(row.person, by, {"deputy": [period, None]})
    rows.delete()


def _forget_in_history(person: User, address: str) -> None:
    """The address in the history of actions becomes the one that stands for it."""
    for model in (Change, ImportStep):
        changed = []
        for row in model.objects.filter(fields__has_key="responsible").iterator():
            pair = row.fields["responsible"]
            renamed = [_renamed(addresses, address, person.email) for addresses in pair]
            if renamed != pair:
                row.fields["responsible"] = renamed
                changed.append(row)
        model.objects.bulk_update(changed, ["fields"], batch_size=500)
    for change in person.history.filter(fields__has_key="unit"):
        change.fields["unit"] = [None, None]
        change.save(update_fields=["fields"])


def _renamed(addresses: str | None, old: str, new: str) -> str | None:
    if not addresses:
        return addresses
    return "; ".join(new if one.lower() == old else one for one in addresses.split("; "))


def _forget_account(person: User, address: str) -> None:
    person.groups.clear()
    person.user_permissions.clear()
    for rows in (person.invitations, person.mails, person.report_links):
        rows.all().delete()
    for app, model in ACCOUNT_MODELS:
        if apps.is_installed(f"allauth.{app}"):
            apps.get_model(app, model).objects.filter(user=person).delete()
    people.end_sessions(person)
    Feedback.objects.filter(email__iexact=address).update(email="")


# --- files --------------------------------------------------------------------------------------


def _forget_files(uploads, address: str, former: str) -> None:
    """One that waits would bring the person back; of one that was imported, its row is enough."""
    for kept in uploads:
        # One that is about to be applied waits for the strategy, which is held here.
        if kept.applied_at is None and imports.discard(kept, spared=frozenset()):
            continue
        import_files.forget_file(kept)
        kept.problem = []
        kept.save(update_fields=["problem"])
        if isinstance(kept, RoadmapImport):
            _forget_mapping(kept, address, former)


def _forget_mapping(kept: RoadmapImport, address: str, former: str) -> None:
    made = kept.new_names.get("responsible", [])
    kept.new_names["responsible"] = [former if one == address else one for one in made]
    for part in kept.mapping:
        if address in part["fields"].get("responsible", {}).get("value", "").lower():
            del part["fields"]["responsible"]
    kept.save(update_fields=["new_names", "mapping"])
