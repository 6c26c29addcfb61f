"""Workbooks such as public bodies have, made here; each is odd in the ways that real ones are."""

from datetime import datetime
from io import BytesIO

from openpyxl import Workbook, load_workbook


def put(sheet, row, column, *values):
    for place, value in enumerate(values, start=column):
        if value is not None:
            sheet.cell(row, place, value)


def content(book):
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def values(content, name=None):
    """Every row of a sheet as openpyxl alone reads it, by its number."""
    book = load_workbook(BytesIO(content), data_only=True)
    sheet = book[name] if name else book.active
    return dict(enumerate(sheet.iter_rows(values_only=True), start=1))


def finnish_programme():
    """A title, headers of two rows with merged years, themes merged down the side, a sum, a note.

    Per cents are formatted, texts and plain shares side by side; a value lies beneath a merge.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = "Toimenpiteet"
    put(sheet, 1, 1, "Esimerkin kaupunki")
    put(sheet, 2, 1, "Digiohjelman toimenpidesuunnitelma", *[None] * 6, "Päivitetty 15.1.2023")
    put(sheet, 4, 1, "Kokonaisuus", "Nro ", "Toimenpide\n", "Vastuutaho", "Mittari", "Tavoite")
    put(sheet, 4, 7, "Suunniteltu 2022", None, None, None, "Toteuma 2022", None, None, None)
    put(sheet, 4, 15, "Huomiot")
    put(sheet, 5, 7, *["Q1", "Q2", "Q3", "Q4"] * 2)
    for row in (
        ("Sähköiset palvelut", 1.1, "Verkkoasiointi", "Digipalvelut", "Osuus", "100 %")
        + (0.1, 0.3, 0.6, 1, "10 %", "25 %", 0.5, 0.9, "Etenee"),
        (
            None,
            1.10,
            "Chat",
            "Viestintä",
            "Valmius",
            1,
            0.25,
            0.5,
            0.75,
            1,
            0.25,
            "50 %",
            "75 %",
            1,
        ),
        ("piilossa", 1.3, "Ajanvaraus", "Terveys", "Valmius", 1, 0, 0.5, 0.5, 1)
        + (0, 0.2, "12,5\u00a0%", "70 %", "Viivästynyt\ntoimittajan vuoksi"),
        ("Tieto", 2.1, "Tietoallas", "Tieto", "Valmius", 1, 0.2, 0.4, 0.6, 1, 0.1, 0.1, 0.4, 0.5),
        (None, 2.2, "Raportointi", "Talous", "Valmius", 1, 0.2, 0.4, 0.6, 1),
    ):
        put(sheet, sheet.max_row + 1, 1, *row)
    sheet["B7"].number_format = "0.00"
    sheet["B6"].number_format = "0.0"
    for row in sheet["G6:J10"]:
        for cell in row:
            cell.number_format = "0 %"
    put(sheet, 11, 3, "Yhteensä", None, None, None, "=AVERAGE(G6:G10)")
    put(sheet, 13, 1, "Selite: luvut ovat kumulatiivisia")
    for area in ("G4:J4", "K4:N4", "A6:A8", "A9:A10", *(f"{c}4:{c}5" for c in "ABCDEFO")):
        first = area.partition(":")[0]
        kept = sheet["A8"].value
        sheet.merge_cells(area)
        if first == "A6":  # Excel itself clears what it covers; other programs leave it there
            del sheet._cells[(8, 1)]
            sheet.cell(8, 1).value = kept
    return content(book)


def heading_rows(quarters=("Ei aloitettu", "Aloitettu", "Kesken", "Valmis")):
    """Quarters in a row of their own, themes as rows of their own, words instead of numbers."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Tiekartta 2021-2022"
    put(sheet, 2, 2, "TIEKARTTA")
    put(sheet, 4, 2, "Tunnus", "Toimenpide", "Omistaja", "Toteuma 2021", *[None] * 3)
    put(sheet, 5, 5, "Q1", "Q2", "Q3", "Q4")
    sheet.merge_cells("E4:H4")
    for theme, count in (("Asiakas keskiöön", 3), ("Osaava henkilöstö", 2)):
        row = sheet.max_row + 1
        put(sheet, row, 2, theme)
        sheet.merge_cells(start_row=row, start_column=2, end_row=row, end_column=8)
        for number in range(1, count + 1):
            what = (f"{theme[0]}{number}", f"{theme}, osa {number}", "Matti Meikäläinen")
            put(sheet, sheet.max_row + 1, 2, *what, *quarters)
    return content(book)


UNITS = {"Omsorg": 3, "Skola": 4, "Teknik": 5, "Kultur": 6, "Ledning": 7}


def swedish_units():
    """A summary first, then a sheet for each unit, each of which counts from 1."""
    book = Workbook()
    book.active.title = "Översikt"
    put(book.active, 1, 1, "Sammanställning")
    put(book.active, 3, 1, "Förvaltning", "Antal åtgärder", "Klara")
    for row, (unit, count) in enumerate(UNITS.items(), start=4):
        put(book.active, row, 1, unit, count, 1)
        sheet = book.create_sheet(unit)
        put(sheet, 1, 1, f"Handlingsplan {unit}")
        put(sheet, 3, 1, "Nr", "Åtgärd", "Beskrivning", "Ansvarig", "Tidplan", "Status")
        for n in range(count):
            when = ("2021–2023", "2022", "2022-2023", "Q3 2022", "maj–juni 2022", 2023)[n % 6]
            put(sheet, 4 + n, 1, n + 1, f"{unit} {n + 1}", "Text", "Anna Andersson", when, "Pågår")
    put(book.active, 9, 1, "Totalt", sum(UNITS.values()), 5)
    return content(book)


def english_roadmap():
    """The table begins at D7; days, line breaks in headers, a pair of the same, hidden columns,
    rows hidden by a filter, an error and a formula that was never reckoned."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Roadmap plan"
    put(sheet, 2, 4, "Programme roadmap \U0001f680")
    put(sheet, 7, 4, "Ref ", "Action\nname ", "Workstream", "Start  date", "End\ndate")
    put(sheet, 7, 9, "Comment", "Comment", "% complete Q4 2022", "Notes")
    for n in range(12):
        days = datetime(2019 + n % 4, 1 + n, 5), datetime(2022 + n % 2, 12, 15)
        stream = ("People", "Process", "\u200fTech\u200e")[n % 3]
        put(sheet, 8 + n, 4, f"A{n + 1:02d}", f"Deliver capa\u00adbility {n + 1}", stream, *days)
        put(sheet, 8 + n, 9, "c", "d", n / 12)
        sheet.cell(8 + n, 11).number_format = "0%"
    put(sheet, 10, 11, "#REF!", "see the board")
    sheet["K10"].data_type = "e"
    sheet["K11"] = "=K10*2"
    sheet.column_dimensions.group("I", "J", hidden=True)
    for row in (13, 14):
        sheet.row_dimensions[row].hidden = True
    sheet.auto_filter.ref = "D7:L19"
    return content(book)


def german_text():
    """A table of text with a title, dates, decimal commas and per cents, as Excel saves it."""
    lines = ["Maßnahmenplan Klimaschutz;;;;;;", "Stand: 31.12.2022;;;;;;", ""]
    lines.append("Lfd. Nr.;Handlungsfeld;Maßnahme;Zuständig;Beginn;Ende;Fortschritt")
    for n in range(1, 8):
        field = "Verkehr" if n < 4 else "Gebäude"
        until = f"31.12.202{1 + n % 3}"
        lines.append(f"{n};{field};Maßnahme {n} „Grün“;Amt {n};01.0{n}.2021;{until};{n * 12},5 %")
    return "\r\n".join(lines).encode("cp1252")


def finnish_text():
    """Months that look like quarters up to April, tabs between the columns."""
    lines = ["Nro\tTehtävä\tVastuuhenkilö\tAloitus\tValmis"]
    lines += [f"{n:03d}\tTehtävä {n}\tetu{n}@kunta.fi\t{n}/2022\t{n + 6}/2022" for n in range(1, 6)]
    return "\n".join(lines).encode("utf-16")


def two_tables():
    """One table below the other, with headers of its own; the first repeats its headers once."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Suunnitelma"
    put(sheet, 1, 1, "Toimenpiteet 2022")
    put(sheet, 2, 1, "Nro", "Toimenpide", "Alkaa", "Päättyy")
    for n in range(1, 5):
        put(sheet, 2 + n, 1, n, f"Toimi {n}", "Q1/2022", f"Q{n}/2022")
    put(sheet, 7, 1, "Nro", "Toimenpide", "Alkaa", "Päättyy")
    put(sheet, 8, 1, 5, "Toimi 5", "Q2/2022", "H2/2022")
    put(sheet, 11, 1, "Hankkeet 2022")
    put(sheet, 12, 1, "Hanke", "Budjetti", "Nimi")
    for n in range(1, 4):
        put(sheet, 12 + n, 1, f"H{n}", 1000 * n, f"Hanke {n}")
    return content(book)


def years_on_sheets():
    """A sheet a year, with quarters that do not say their year; shares of 1 without a format."""
    book = Workbook()
    book.remove(book.active)
    for year in (2022, 2023):
        sheet = book.create_sheet(f"Seuranta {year}")
        put(sheet, 1, 1, "Tunnus", "Toimenpide", "Suunnitelma", *[None] * 3, "Toteuma")
        put(sheet, 2, 3, *["Q1", "Q2", "Q3", "Q4"] * 2)
        sheet.merge_cells("C1:F1")
        sheet.merge_cells("G1:J1")
        for n in range(1, 5):
            shares = (0.25, 0.5, 0.75, 1, 0.2, 0.4, 0.6, n / 8)
            put(sheet, 2 + n, 1, f"{n}", f"Toimi {n} vuonna {year}", *shares)
    return content(book)


def ditto_marks():
    """Ditto marks, an empty first column, and times that are none."""
    book = Workbook()
    sheet = book.active
    put(sheet, 1, 2, "Toimenpideohjelma")
    put(sheet, 3, 2, "Painopiste", "Tunnus", "Toimenpide", "Vastuuyksikkö", "Aikataulu", "Tila")
    for row in (
        ("Palvelut", "P1", "Kehitetään", "Sote", "kevät 2022", "Valmis"),
        ('"', "P2", "Seurataan", '"', "jatkuva", "Aloitettu"),
        ('"', "P3", "Arvioidaan", '"', "Q1–Q3/2022", "Ei aloitettu"),
        ("Talous", "T1", "Säästetään", "Talous", 2023, "-"),
        ("- ” -", "T2", "Mitataan", "-”-", "2021–2023", "?"),
    ):
        put(sheet, sheet.max_row + 1, 2, *row)
    return content(book)


def bars():
    """Quarters with an x where something is done; one bar is a merged cell over a year's end."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Tiekartta"
    put(sheet, 1, 1, "Digitiekartta")
    put(sheet, 3, 1, "Nro", "Toimenpide", "Vastuuyksikkö", "2021", None, None, None, "2022")
    put(sheet, 4, 4, *["Q1", "Q2", "Q3", "Q4"] * 2)
    sheet.merge_cells("D3:G3")
    sheet.merge_cells("H3:K3")
    put(sheet, 5, 2, "Asiakaspalvelu")
    for n in range(1, 6):
        put(sheet, 5 + n, 1, n, f"Toimenpide {n}", "Viestintä", *[None] * n, "x", "X")
    put(sheet, 11, 1, 6, "Palkki", "Viestintä", None, "Toteutus")
    sheet.merge_cells("E11:I11")
    return content(book)
