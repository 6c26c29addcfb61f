"""Texts of forms: put into one spelling first, and measured as they are kept."""

import pytest
from django import forms
from django.utils.translation import override

from roadmap.forms.texts import LinesField, SpelledField

HALF_NOTE = "\U0001d15e"  # NFC makes two signs of it
FIELDS = [(SpelledField, {}), (SpelledField, {"is_line": True}), (LinesField, {})]


def cleaned(field, typed):
    """What is kept, or why nothing is."""
    with override("en"):
        try:
            return field.clean(typed)
        except forms.ValidationError as error:
            return error.messages


@pytest.mark.parametrize(("kind", "more"), FIELDS)
def test_a_text_is_measured_as_it_is_kept(kind, more):
    field = kind(max_length=500, **more)
    assert len(cleaned(field, HALF_NOTE * 250)) == 500
    assert cleaned(field, HALF_NOTE * 251) == [
        "Ensure this value has at most 500 characters (it has 502)."
    ]
    assert cleaned(field, "A\u0308" * 500) == "Ä" * 500
    assert cleaned(field, f"  {'a' * 500}\x01\x02 ") == "a" * 500


@pytest.mark.parametrize(("kind", "more"), FIELDS)
@pytest.mark.parametrize("typed", ["", " \r\n ", "\x01\x02", " \x00 \x1f ", "\ufffe"])
def test_of_control_characters_alone_a_text_is_empty(kind, more, typed):
    assert cleaned(kind(**more), typed) == ["This field is required."]
    assert cleaned(kind(required=False, **more), typed) == ""


def test_line_breaks_count_as_one_sign_each():
    assert cleaned(SpelledField(max_length=5), "a\r\nb\rc") == "a\nb\nc"
    assert cleaned(SpelledField(max_length=5, is_line=True), "a\r\nb \t c") == "a b c"
    assert cleaned(LinesField(max_length=5), "a\r\nb\tc") == "a\nb\tc"
