"""Forms that carry what the person saw."""


def as_shown(response) -> dict:
    """What the form on a page sends as it stands, with the hidden values that were seen."""
    sent = {}
    for field in response.context["form"]:
        value = field.value()
        if value is not False:  # a box without its tick sends nothing
            sent[field.html_name] = value
        sent[field.html_initial_name] = value
    return sent
