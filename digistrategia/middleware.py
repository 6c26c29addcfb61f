from django.conf import settings
from django.http import HttpResponse
from django.utils import translation

from metrics.problems import Problem

# A workbook of the largest size that is read, and the form around it.
LARGEST_BODY = 21 * 1024 * 1024


def refuse_large_bodies(get_response):
    """Answers 413 to what says that it is larger than anything the portal takes, unread."""

    def middleware(request):
        length = request.headers.get("Content-Length", "")
        if length.isdigit() and int(length) > LARGEST_BODY:
            says = "The file is too large: at most 20 MB is read."
            if request.path.startswith("/api/"):
                return Problem(413, "too-large", says).response()
            return HttpResponse(says, status=413)
        return get_response(request)

    return middleware


def language(get_response):
    """The language that the person chose, Finnish until then.

    A browser's own list of languages is not asked: in an authority's tool Finnish comes first,
    and the switch stands on every page.
    """
    known = {code for code, _ in settings.LANGUAGES}

    def middleware(request):
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        with translation.override(chosen if chosen in known else settings.LANGUAGE_CODE):
            request.LANGUAGE_CODE = translation.get_language()
            response = get_response(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    return middleware
