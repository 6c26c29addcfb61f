"""The pages of quarters, and how a quarter stands."""

from django.urls import reverse

from roadmap.quarters import Quarter

Q1, Q2, Q3 = (Quarter(2021, number) for number in (1, 2, 3))


def url(name, quarter=None):
    kwargs = {"quarter": quarter} if quarter else {}
    return reverse(f"quarter-{name}", kwargs={"slug": "strategia", **kwargs})


def state_of(strategy, quarter):
    return strategy.quarters.get(quarter=quarter).state
