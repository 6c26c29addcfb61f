"""Tokens for automations, as administrators make, change and revoke them."""

import json
import time

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from metrics.forms.tokens import TokenForm
from metrics.kpis import history, tokens
from metrics.kpis.achievement import Kind
from metrics.kpis.editing import Unfit
from metrics.views.kpi_settings import (
    ASKS,
    SHOWN_CHANGES,
    context_of,
    form_context,
    managed_strategy,
    seen_now,
    what_stands,
)
from roadmap.history import Overtaken

TO_SHOW = "new_token"  # in the session: which token is to be shown, once
SHOWN_WITHIN = 600  # seconds
EXAMPLES = {
    Kind.RATE: {"numerator": 44578, "denominator": 44640},
    Kind.NPS: {"promoters": 71, "passives": 38, "detractors": 39},
    Kind.VALUE: {"value": 12.5},
}


@require_safe
def token_list(request, slug):
    strategy = managed_strategy(request, slug)
    found = strategy.measurement_tokens.select_related("made_by", "revoked_by")
    changes = strategy.kpi_changes.exclude(token=None)[:SHOWN_CHANGES]
    example = strategy.kpis.first()
    context = context_of(strategy) | {
        "tokens": found.prefetch_related("kpis"),
        "address": settings.SITE_URL + reverse("measurements-api"),
        "example": example and _example(example),
        "limit": settings.MEASUREMENT_REQUESTS_A_MINUTE,
        "lines": history.lines(changes, about="token"),
    }
    return render(request, "metrics/token_list.html", context)


def _example(kpi) -> str:
    """What would be sent of a KPI, as JSON."""
    period = "2022-07" if kpi.frequency == "month" else "2022Q3"
    return json.dumps({"kpi": kpi.slug, "period": period} | EXAMPLES[Kind(kpi.kind)])


@require_http_methods(ASKS)
def token_add(request, slug):
    strategy = managed_strategy(request, slug)
    form, status = TokenForm.of(strategy, None), 200
    if request.method == "POST":
        form, status = TokenForm(request.POST, strategy=strategy), 422
        if form.is_valid():
            try:
                token = _make(request, strategy, form.cleaned_data)
                return redirect("metrics:token-made", strategy.slug, token.pk)
            except tokens.NameTaken:
                form.add_error("name", _("a token of this name is in use"))
    context = form_context(strategy, form, [], status)
    return render(request, "metrics/token_edit.html", context, status=status)


def _make(request, strategy, wanted):
    nonce = tokens.new_nonce()
    token, is_new = tokens.make(strategy, wanted["name"], list(wanted["kpis"]), nonce, request.user)
    if is_new:  # never the token itself: the session lies in the database
        request.session[TO_SHOW] = {"pk": token.pk, "nonce": nonce, "at": time.time()}
    return token


@never_cache
@require_safe
def token_made(request, slug, pk):
    """The token, once. Whoever comes again is told to make another."""
    strategy = managed_strategy(request, slug)
    token = get_object_or_404(strategy.measurement_tokens, pk=pk)
    kept = request.session.get(TO_SHOW) or {}
    if kept.get("pk") != token.pk or time.time() - kept["at"] > SHOWN_WITHIN:
        says = _("A token is shown once. If it was not copied, revoke it and make another.")
        messages.info(request, says)
        return redirect("metrics:token-list", strategy.slug)
    if request.method == "GET":
        del request.session[TO_SHOW]
    context = context_of(strategy) | {"token": token, "secret": tokens.secret_of(kept["nonce"])}
    return render(request, "metrics/token_made.html", context)


@require_http_methods(ASKS)
def token_edit(request, slug, pk):
    strategy = managed_strategy(request, slug)
    token = _token(strategy, pk)
    form, overtaken, status = TokenForm.of(strategy, token), [], 200
    if request.method == "POST":
        form, status = TokenForm(request.POST, strategy=strategy), 422
        if form.is_valid():
            try:
                _change(token, form.cleaned_data, request.user)
                messages.success(request, _("The token was saved."))
                return redirect("metrics:token-list", strategy.slug)
            except tokens.NameTaken:
                form.add_error("name", _("a token of this name is in use"))
            except Unfit:
                form.add_error(None, _("The token was revoked, so it stays as it is."))
                status = 409
            except Overtaken as error:
                token, status = error.now, 409
                overtaken = what_stands(token)
                form = seen_now(form, token, TokenForm, strategy=strategy)
    context = form_context(strategy, form, overtaken, status) | {"token": token}
    return render(request, "metrics/token_edit.html", context, status=status)


def _change(token, wanted, user):
    tokens.change(token, wanted["name"], list(wanted["kpis"]), wanted["version"], user)


@require_http_methods(ASKS)
def token_revoke(request, slug, pk):
    strategy = managed_strategy(request, slug)
    token = _token(strategy, pk)
    if request.method == "POST":
        tokens.revoke(token, request.user)
        messages.success(request, _("The token of %s was revoked.") % token.name)
        return redirect("metrics:token-list", strategy.slug)
    context = context_of(strategy) | {"token": token}
    return render(request, "metrics/token_revoke.html", context)


def _token(strategy, pk):
    token = get_object_or_404(strategy.measurement_tokens, pk=pk)
    token.strategy = strategy
    return token
