"""Editing the strategy's pages in a real browser, with JavaScript and without."""

import pytest

from mentors.models import User
from roadmap.models import PageVersion

EDIT = "/strategies/digistrategia-2021-2023/strategy/not-only-digital/edit/?language=fi"


@pytest.mark.parametrize("javascript", [True, False])
def test_a_text_is_previewed_and_then_saved_without_losing_a_word(demonstration, visit, javascript):
    administrator = User.objects.get(email="tiina.rantala@esimerkki.fi")
    page = visit(administrator, java_script_enabled=javascript)
    page.goto(EDIT)
    page.fill("[name=body]", "## Uusi otsikko\n\n<b>Teksti</b>, [tilannekuva](./).")
    page.click("button[name=preview]")
    page.wait_for_selector("#preview-title")
    assert page.text_content("#page-preview h2 >> nth=1") == "Uusi otsikko"
    assert "<b>Teksti</b>" in page.text_content("#page-preview .prose")
    if javascript:
        assert page.evaluate("document.activeElement.id") == "preview-title"
    assert page.input_value("[name=body]").startswith("## Uusi otsikko")
    page.click("main .button-primary")
    page.wait_for_url("**/strategy/not-only-digital/")
    assert page.text_content(".prose h2") == "Uusi otsikko"
    assert page.faults == []
    assert PageVersion.objects.filter(page__slug="not-only-digital", language="fi").count() == 2
