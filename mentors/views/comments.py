import uuid

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mentors import comments
from mentors.forms.comments import CommentForm
from mentors.models import Comment
from roadmap.access import require, visible_action, visible_strategy
from roadmap.permissions import COMMENT, REMOVE_COMMENT


@require_http_methods(["GET", "HEAD", "POST"])
def discussion(request, slug, code):
    action = visible_action(request, slug, code)
    require(request, COMMENT)
    if request.method == "POST":
        form = CommentForm(request.POST)
        if form.is_valid():
            typed, token = form.cleaned_data["text"], form.cleaned_data["token"]
            kept = comments.add(action, request.user, typed, token)
            messages.success(request, _("Your comment was added."))
            return redirect(f"{request.path}#comment-{kept.pk}")
    else:
        form = CommentForm(initial={"token": uuid.uuid4()})
    context = {
        "section": "actions",
        "strategy": action.strategy,
        "action": action,
        "form": form,
        "listing": comments.listing(action, request.user, request.GET.get("page")),
    }
    fragment = "#discussion" if request.htmx.target == "discussion" else ""
    status = 422 if form.errors else 200
    response = render(request, f"mentors/discussion.html{fragment}", context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_POST
def comment_remove(request, slug, pk):
    strategy = visible_strategy(request, slug)
    found = Comment.objects.select_related("action")
    comment = get_object_or_404(found, pk=pk, action__strategy=strategy)
    require(request, REMOVE_COMMENT, comment)
    if comments.remove(comment, request.user):
        messages.success(request, _("The comment was removed."))
    return redirect("mentors:discussion", slug, comment.action.code)


@never_cache
@require_safe
def mention_people(request, slug):
    """Whom a beginning of a name after an @ may mean, for the list under the field."""
    visible_strategy(request, slug)
    require(request, COMMENT)
    found = comments.choices(request.GET.get("q", "")[:100])
    says = ngettext(
        "%d person found. Choose with the arrow keys and Enter.",
        "%d people found. Choose with the arrow keys and Enter.",
        len(found),
    )
    return JsonResponse({"people": found, "says": says % len(found) if found else ""})
