"""Letters as a mail program reads them, and how each of them ends in Finnish."""

import re
from html.parser import HTMLParser

ENDING = (
    "Terveisin\n"
    "digipalvelujen yksikkö\n"
    "hyvinvointialue\n\n"
    "Määräaikamuistutukset voit poistaa käytöstä omissa tiedoissasi:\n"
    "http://127.0.0.1:8000/profile/\n\n"
    "Tämä on Digistrategian automaattinen viesti. Kysyttävää? Kirjoita osoitteeseen "
    "digistrategia@example.org\n"
)


class Reader(HTMLParser):
    """The language, the links and the words of an HTML mail."""

    def __init__(self, text):
        super().__init__()
        self.language, self.links, self.parts = None, [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        assert tag not in ("img", "script", "link", "iframe", "form", "table")
        if tag == "html":
            self.language = found["lang"]
        if tag == "a":
            self.links.append(found["href"])

    def handle_data(self, data):
        self.parts.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.parts).split())


def links(text):
    return re.findall(r"https?://\S+", text)
