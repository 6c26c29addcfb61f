"""A road map as people draw it in Excel: nothing in it is in our layout."""

from openpyxl import Workbook
from openpyxl.styles import Font

from tests.factories import save

THEMES = {"Etäpalvelut": ("Etävastaanotto", "Etäseuranta"), "Asiointi": ("Ajanvaraus", "Chat")}
QUARTERS = ("Q1", "Q2", "Q3", "Q4")


def foreign_workbook(years=(2022, 2023), bad=None, hidden=True, name="digitiekartta.xlsx"):
    """A title, headers of two rows with the years merged above their quarters, merged themes.

    `bad` stands in the first planned cell; `hidden` adds a sheet, a row and a column that are.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = "Terveys"
    sheet.append(["Hyvinvointialueen digitaalinen tiekartta"])
    sheet["A1"].font = Font(bold=True, size=16)
    sheet.append([])
    heads = ["Kokonaisuus", "Nro", "Toimenpide", "Vastuuhenkilö", "Mittari"]
    sheet.append([*heads, *(y for year in years for y in (f"Suunnitelma {year}", "", "", ""))])
    sheet.append(["", "", "", "", "", *(quarter for _year in years for quarter in QUARTERS)])
    for column in range(1, 6):
        sheet.merge_cells(start_row=3, end_row=4, start_column=column, end_column=column)
    for place, _year in enumerate(years):
        first = 6 + 4 * place
        sheet.merge_cells(start_row=3, end_row=3, start_column=first, end_column=first + 3)
    number = 0
    for theme, titles in THEMES.items():
        first = sheet.max_row + 1
        for title in titles:
            number += 1
            steps = [100 * n // (4 * len(years)) for n in range(1, 4 * len(years) + 1)]
            code = f"T{number}"
            sheet.append([theme if title == titles[0] else None, code, title, None, "%", *steps])
        sheet.merge_cells(start_row=first, end_row=sheet.max_row, start_column=1, end_column=1)
    if bad is not None:
        sheet["F5"] = bad
    if hidden:
        sheet.row_dimensions[8].hidden = True
        sheet.column_dimensions["D"].hidden = True
        other = book.create_sheet("Vanha 2021")
        other.append(["Nro", "Toimenpide"])
        other.append(["X1", "Vanha toimenpide"])
        other.sheet_state = "hidden"
        notes = book.create_sheet("Muistiinpanot")
        notes.append(["Päivitetty 14.8.", "TR"])
    return save(book, name)


def wide_workbook(name="leveä.xlsx"):
    """Planned and achieved of three years: four and twenty columns that belong to quarters."""
    years = (2021, 2022, 2023)
    heads = [f"{family} {q}/{y}" for y in years for q in QUARTERS for family in ("Plan", "Actual")]
    book = Workbook()
    book.active.title = "Suunnitelma ja toteuma"
    book.active.append(["Code", "A rather long header of the title of the action", "Notes", *heads])
    for number in range(1, 6):
        text = "Huomautus, joka on pitkä ja jatkuu vielä tästäkin eteenpäin " * 3
        cells = [f"{step * 4} %" if step % 2 else step / 25 for step in range(1, 25)]
        book.active.append([f"W-{number}", f"Toimenpide {number}", text, *cells])
    return save(book, name)
