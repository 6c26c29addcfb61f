"""One import as an administrator walks through it: what is said is said to what the page shows."""

from html.parser import HTMLParser

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from roadmap import imports, record
from roadmap.models import RoadmapImport

CONSTANT = "the same for all rows:"


class Control:
    """A field of a form, with what a person sees of it."""

    def __init__(self, attributes):
        self.name = attributes.get("name", "")
        self.id = attributes.get("id", "")
        self.kind = attributes.get("type", "select")
        self.value = attributes.get("value", "")
        self.checked = "checked" in attributes
        self.options = {}
        self.label = ""

    @property
    def sent(self):
        if self.kind in ("checkbox", "radio"):
            return (self.value or "on") if self.checked else None
        return self.value

    def say(self, said):
        if self.kind in ("checkbox", "radio"):
            self.checked = said
        elif self.kind == "select":
            self.value = self.options[said]
        else:
            self.value = str(said)


class Page(HTMLParser):
    """The controls of a page by their labels, and its text."""

    def __init__(self, response):
        super().__init__()
        self.controls, self.labels, self.text = [], {}, []
        self._label, self._option, self._select, self._in_label = None, None, None, None
        self._legend = ""
        self.feed(response.content.decode())
        for control in self.controls:
            control.label = control.label or self.labels.get(control.id, "")
        self.text = " ".join(" ".join(self.text).split())

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "label":
            self._label, self._in_label = [attributes.get("for"), []], None
        elif tag == "legend":
            self._legend = ""
        elif tag in ("input", "select") and attributes.get("type") != "hidden":
            control = Control(attributes)
            control.legend = self._legend
            self.controls.append(control)
            if self._label and not self._label[0]:
                self._in_label = control
            if tag == "select":
                self._select = control
        elif tag == "option":
            self._option = [attributes, []]

    def handle_endtag(self, tag):
        if tag == "label" and self._label:
            said = " ".join("".join(self._label[1]).split())
            if self._label[0]:
                self.labels[self._label[0]] = said
            elif self._in_label:
                self._in_label.label = said
            self._label = None
        elif tag == "fieldset":
            self._legend = ""
        elif tag == "option":
            attributes, said = self._option
            self._select.options["".join(said).strip()] = attributes.get("value", "")
            if "selected" in attributes:
                self._select.value = attributes.get("value", "")
            self._option = None
        elif tag == "select":
            if self._select.value not in self._select.options.values():  # as a browser does
                self._select.value = next(iter(self._select.options.values()), "")
            self._select = None

    def handle_data(self, data):
        if self._option:
            self._option[1].append(data)
        elif self._label:
            self._label[1].append(data)
        elif self.lasttag == "legend":
            self._legend += data.strip()
        self.text.append(data)

    def control(self, label, name=""):
        """The one control of that label; where several have it, `name` is part of its name."""
        found = [c for c in self.controls if c.label == label and name in c.name]
        assert found, (label, [c.label for c in self.controls])
        return found[0]

    def data(self):
        return {c.name: c.sent for c in self.controls if c.name and c.sent is not None}


class Walk:
    """Uploads a file, and says at each step what a person would say."""

    def __init__(self, client, strategy, name, content):
        self.client, self.strategy = client, strategy
        address = reverse("roadmap:import-list", args=[strategy.slug])
        self.uploaded = client.post(address, {"file": SimpleUploadedFile(name, content)})
        if self.uploaded.status_code == 302:
            self.work()

    @property
    def kept(self):
        return RoadmapImport.objects.filter(strategy=self.strategy).latest("uploaded_at")

    def work(self):
        imports.work_on(self.kept.pk)

    def at(self, name, *more):
        return reverse(f"roadmap:{name}", args=[self.strategy.slug, self.kept.pk, *more])

    def sheets(self, **said):
        """Step 2: by sheet, with _ for what a name cannot hold, what is said otherwise.

        False leaves the sheet out, a pair is its header rows, `take` and `leave` are about what is
        hidden; `others=False` leaves out all that is not named.
        """
        page = Page(self.client.get(self.at("import-sheets")))
        others = said.pop("others", None)
        for number, sheet in enumerate(self.kept.book["sheets"], start=1):
            answers = said.get(_python(sheet["name"]), others)
            answers = answers if isinstance(answers, list) else [answers]
            for answer in answers:
                self._say_of_sheet(page, number, answer)
        return self.client.post(self.at("import-sheets"), page.data())

    def _say_of_sheet(self, page, number, answer):
        def named(name):
            return [c for c in page.controls if c.name == f"sheet-{number}-{name}"]

        if answer in (True, False):
            named("include")[0].say(answer)
        elif isinstance(answer, tuple):
            named("include")[0].say(True)
            for name, row in zip(("first", "last"), answer, strict=True):
                named(name)[0].say(row or "")
        elif answer in ("take", "leave"):
            for radio in [*named("hidden_rows"), *named("hidden_columns")]:
                radio.say(radio.value == answer)

    def columns(self, number, button=None, rows=None, fill=None, lenient=None, **said):
        """Step 3: by field, with _ for a space, what it comes from.

        An option, a column's header, or the value for all rows after "= ". `rows` maps what is
        asked of rows, `fill` and `lenient` are the labels that are to be ticked; `quarters` maps
        a column's header to its family and quarter.
        """
        address = self.at("import-columns", number)
        page = Page(self.client.get(address))
        quarters, scales = said.pop("quarters", {}), said.pop("scales", {})
        values = _say_sources(page, said)
        for header, (family, quarter) in quarters.items():
            page.control(f"{header}: what it holds").say(family)
            page.control(f"{header}: of which quarter").say(quarter)
        if said or quarters:  # what else is asked depends on the choice of columns
            page = Page(self.client.post(address, page.data() | {"show": "1"}))
        scales = {f"{field}: per cents": choice for field, choice in scales.items()}
        for label, choice in (values | scales | (rows or {})).items():
            page.control(label).say(choice)
        _tick(page, "fill-", fill)
        _tick(page, "lenient-", lenient or ())
        data = page.data() | ({button: "1"} if button else {})
        response = self.client.post(address, data)
        if response.status_code == 302 and response.url == self.at("import-detail"):
            self.work()
        return response

    def errors(self, response):
        """What the page says must be mended."""
        return [str(e) for errors in response.context["form"].errors.values() for e in errors]

    def faults(self):
        return [f"{sheet}!{cell} {found}" for sheet, cell, _f, found, _e in self.kept.faults]

    def assumed(self):
        """What was assumed, as the page says it, and how often."""
        page = self.client.get(self.at("import-preview"))
        return dict(page.context["preview"].assumptions)

    def confirm(self):
        """Step 4: yes; what the strategy then has, by code."""
        assert self.kept.faults == []
        self.client.post(self.at("import-confirm"), {"revision": self.kept.revision})
        self.work()
        assert self.kept.state == "applied"
        return record.records(self.strategy)


def _say_sources(page, said):
    """Choose where fields come from; what is to be written where all rows have the same."""
    values = {}
    for field, choice in said.items():
        label = field.replace("_", " ")
        control = page.control(label, "source-")
        if choice.startswith("= "):
            values[f"{label}: the same for all rows"] = choice[2:]
            choice = CONSTANT
        offered = [o for o in control.options if o == choice or o.endswith(f": {choice}")]
        assert len(offered) == 1, (choice, list(control.options))
        control.say(offered[0])
    return values


def _tick(page, name, labels):
    """Tick those boxes and no others; None leaves them as they are."""
    boxes = {c.label: c for c in page.controls if c.name.startswith(name)}
    assert set(labels or ()) <= boxes.keys(), (labels, list(boxes))
    for label, box in boxes.items() if labels is not None else ():
        box.say(label in labels)


def _python(name):
    return "".join(c if c.isalnum() else "_" for c in name)
