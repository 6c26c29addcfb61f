from django.conf import settings
from django.utils import translation


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
