"""The pages on which KPIs are administered: their addresses, and what their forms send and say."""

from django.urls import reverse

S = "strategia"


def url(name, *args):
    return reverse(f"metrics:{name}", args=[S, *args])


def a_rate(group, /, **changes):
    """What the form of a new rate sends."""
    typed = {
        "name_fi": "Löydettävyys heti",
        "name_sv": "Hittbarhet",
        "name_en": "",
        "summary_fi": "Palvelun  heti löytäneet",
        "numerator_name_fi": "heti löytäneet",
        "denominator_name_fi": "vastanneet",
        "definition_fi": "Kysely asioinnin lopuksi.\r\nVain sovellus.",
        "group": group.pk,
        "frequency": "month",
        "decimals": "1",
        "is_part": "on",
        "whole_counts": "on",
        "lower_is_better": "",
        "first_month": "1/2021",
        "last_month": "",
        "due_days": "14",
        "slug": "",
        "owner": "",
        "version": "0",
    }
    return typed | changes


def sent_form(response):
    """What the form on a page would send as it stands."""
    form = response.context["form"]
    values = {field.name: field.value() for field in form}
    return {
        name: "on" if value is True else value
        for name, value in values.items()
        if value not in (None, False)
    }


def faults(response):
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}
