import uuid

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mentors import feedback as received
from mentors.forms.feedback import FeedbackForm
from mentors.models import Feedback
from roadmap.permissions import READ_FEEDBACK


@login_not_required
@require_safe
def accessibility(request):
    return render(request, "mentors/accessibility.html", {"organisation": settings.ORGANISATION})


@login_not_required
@require_safe
def privacy(request):
    return render(request, "mentors/privacy.html", {"organisation": settings.ORGANISATION})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request):
    if request.method == "POST":
        form = FeedbackForm(request.POST)
        if form.is_valid():
            form.instance.token = form.cleaned_data["token"]
            # Many messages from one place are kept all the same, but send no mail to strangers.
            may_send = bool(ratelimit.consume(request, action="feedback"))
            kept = received.receive(form.instance, with_receipt=may_send)
            request.session["feedback"] = kept.pk
            return redirect("mentors:feedback-thanks")
        return render(request, "mentors/feedback.html", {"form": form}, status=422)
    form = FeedbackForm(initial={"token": uuid.uuid4()})
    return render(request, "mentors/feedback.html", {"form": form})


@login_not_required
@require_safe
def feedback_thanks(request):
    kept = Feedback.objects.filter(pk=request.session.get("feedback")).first()
    context = {"kept": kept, "answer_by": kept and received.answer_by(kept)}
    return render(request, "mentors/feedback_thanks.html", context)


@require_safe
def feedback_list(request):
    if not request.user.has_perm(READ_FEEDBACK):
        raise Http404
    context = {
        "waiting": received.waiting(),
        "answered": Feedback.objects.exclude(answered_at=None).order_by("-answered_at")[:50],
    }
    return render(request, "mentors/feedback_list.html", context)


@require_POST
def feedback_answered(request, pk):
    if not request.user.has_perm(READ_FEEDBACK):
        raise Http404
    if received.mark_answered(pk, request.user):
        messages.success(request, _("Marked as answered."))
    return redirect("mentors:feedback-list")
