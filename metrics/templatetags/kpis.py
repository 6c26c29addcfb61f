"""What the pages of KPIs say of periods: by these filters alone."""

from django import template

from metrics.kpis import period_names

register = template.Library()

register.filter("period", period_names.name)
register.filter("since", period_names.since)
register.filter("short_period", period_names.short)
register.filter("period_without_year", period_names.without_year)
