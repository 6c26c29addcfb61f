"""A real OpenID provider to sign in with, and what the portal knows of a person then."""

from urllib.parse import parse_qs, urlsplit

import requests

from digistrategia.sign_in import from_environment
from mentors.models import User

LOGIN = "/account/oidc/login/"
CALLBACK = "/account/oidc/callback/"
ROLES = "g-admin=ylläpitäjä,g-mentor=digimentori,g-lead=johto"
AINO = {
    "email": "Aino.Makela@example.org",
    "email_verified": True,
    "given_name": "Aino",
    "family_name": "Mäkelä",
    "groups": ["g-mentor", "something-else"],
}


def settings_for(server, **environment):
    """The settings under which people sign in at that server."""
    base = {
        "OIDC_SERVER_URL": server,
        "OIDC_CLIENT_ID": "portal",
        "OIDC_CLIENT_SECRET": "a very secret secret",
        "OIDC_NAME": "Sign in with Example",
        "OIDC_ROLES": ROLES,
    }
    return from_environment(base | environment)


class Provider:
    """A real provider, with the browser of a person who signs in there."""

    def __init__(self, server, browse):
        self.server, self.browse = server, browse

    def knows(self, sub, **claims):
        """It has a person with that subject, of whom it says this."""
        address = f"{self.server}/users/{sub}"
        requests.put(address, json=claims, timeout=5).raise_for_status()

    def at_the_door(self, sub, next_url=""):
        """Where the provider sends a browser back to, after its own sign-in."""
        sent = self.browse().post(LOGIN, {"next": next_url})
        assert sent.status_code == 302, sent.content.decode()
        self.asked = parse_qs(urlsplit(sent.url).query)
        answer = requests.post(sent.url, data={"sub": sub}, allow_redirects=False, timeout=5)
        back = answer.headers["Location"]
        assert back.startswith("http://testserver" + CALLBACK)
        return back.removeprefix("http://testserver")

    def sign_in(self, sub, next_url="", **claims):
        self.knows(sub, **claims)
        return self.browse().get(self.at_the_door(sub, next_url))


def signed_in(client):
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def roles(person):
    return sorted(person.groups.values_list("name", flat=True))


def history(person):
    return [(change.user, change.fields) for change in person.history.order_by("pk")]
