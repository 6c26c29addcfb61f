import pytest

from roadmap.workbook.extracting.extraction import extract
from roadmap.workbook.extracting.refusal import Refused
from tests.workbooks import DATA, rows_of


@pytest.fixture
def read_csv(tmp_path):
    def read_csv(content, **options):
        path = tmp_path / "made.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        book = extract(path, tmp_path, **options)
        return book, [[number, cells] for number, _, cells in rows_of(tmp_path)]

    return read_csv


def refusal(read, *arguments, **options):
    with pytest.raises(Refused) as refused:
        read(*arguments, **options)
    return refused.value.code, refused.value.values


def test_a_real_csv_file(tmp_path):
    name = "20_de_muenster_klimaschutz_sachstand.csv"
    book = extract(DATA / name, tmp_path, name)
    [sheet] = book["sheets"]
    rows = rows_of(tmp_path)
    assert (book["kind"], book["encoding"], book["delimiter"]) == ("csv", "utf-8", ",")
    assert (sheet["name"], sheet["rows"], sheet["last_column"]) == (name[:-4], 276, 7)
    assert rows[0] == [
        *(1, 0, ["assessment", "id", "title", "text", "priority", "potential", "parent"])
    ]
    assert rows[1] == [3, 0, ["#01873B", "Ü", "Übergreifend", "Übergreifend", "4.17", "3.89"]]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        *(("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16")),
        *(("cp1252", "cp1252"), ("iso-8859-1", "cp1252")),
    ],
)
def test_the_encoding_is_found_out(read_csv, encoding, found):
    book, rows = read_csv("Tunnus;Nimi\nT-1;Äänekoski\n".encode(encoding))
    assert (book["encoding"], rows) == (found, [[1, ["Tunnus", "Nimi"]], [2, ["T-1", "Äänekoski"]]])


@pytest.mark.parametrize(
    ("text", "delimiter", "row"),
    [
        ("a;b;c\n1,5;2,5;3,5\n4,5;;1,0\n", ";", [2, ["1,5", "2,5", "3,5"]]),
        ("a,b,c\nx;y,z;v,u\n", ",", [2, ["x;y", "z;v", "u"]]),
        ("a\tb\n1,5\t2;3\n", "\t", [2, ["1,5", "2;3"]]),
        ("a|b\n1,5|2\n", "|", [2, ["1,5", "2"]]),
        ('a,b\n"x;y\nz;v",2\n', ",", [2, ["x;y\nz;v", "2"]]),
        ("Road map, all of it\n\na;b\n1;2\n3;4\n", ";", [3, ["a", "b"]]),
        (
            "name,mail\nA,a@x.fi;b@x.fi\nB,c@x.fi;d@x.fi\nC,e@x.fi;f@x.fi\n",
            ",",
            [2, ["A", "a@x.fi;b@x.fi"]],
        ),
        ("sep=|\na|b,c\n", "|", [1, ["a", "b,c"]]),
        ('"sep=;"\r\na;b\r\n', ";", [1, ["a", "b"]]),
        ("one column\nonly\n", "\t", [2, ["only"]]),
    ],
)
def test_the_delimiter_is_found_out(read_csv, text, delimiter, row):
    book, rows = read_csv(text)
    assert book["delimiter"] == delimiter
    assert row in rows


def test_rows_are_numbered_as_a_spreadsheet_shows_them(read_csv):
    book, rows = read_csv('a;b\r\n\r\n"1\r\n2";\r\n;;\r\n\'=1+1;\'text;5" pipe\r\nlast;""')
    assert rows == [
        [1, ["a", "b"]],
        [3, ["1\n2"]],
        [5, ["=1+1", "'text", '5" pipe']],
        [6, ["last"]],
    ]
    assert (book["sheets"][0]["last_row"], book["sheets"][0]["last_column"]) == (6, 3)


def test_an_encoding_or_a_delimiter_given_by_hand_counts(read_csv):
    text = "a;b\nä,1;2\n"
    assert read_csv(text, encoding="CP1252")[1] == [[1, ["a", "b"]], [2, ["Ã¤,1", "2"]]]
    assert read_csv(text, delimiter=",")[1] == [[1, ["a;b"]], [2, ["ä", "1;2"]]]
    assert refusal(read_csv, text.encode("cp1252"), encoding="utf-8") == (
        *("wrong_encoding", {"encoding": "utf-8", "line": 2}),
    )
    assert refusal(read_csv, text, encoding="utf-16")[0] == "wrong_encoding"
    assert refusal(read_csv, text, encoding="zip")[0] == "encoding_not_offered"
    assert refusal(read_csv, text, delimiter=";;")[0] == "wrong_delimiter"
    assert refusal(read_csv, b"a;\x81\n") == ("unknown_encoding", {})


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('a;b\n1;"open\nx;y\n', "unclosed_quote", 2),
        ('sep=;\na;b\n1;"open\n', "unclosed_quote", 3),
        ('a;b\n\n"1";"two\n2"\n"open;' + "x;y\n" * 600, "unclosed_quote", 5),
        ('a;b\n1;"open ' + "x" * 40_000, "long_field", 2),
        ("a;b\n" + "x" * 500_000, "long_field", 2),
    ],
)
def test_a_quote_that_is_never_closed_swallows_nothing_silently(read_csv, text, code, line):
    assert refusal(read_csv, text) == (code, {"line": line})


def test_a_csv_file_ends_after_a_thousand_blank_lines_and_says_so(read_csv):
    book, rows = read_csv("a;b\n" + "\n;;\n" * 600 + "x;y\n")
    assert (rows, book["sheets"][0]["stopped_at"]) == ([[1, ["a", "b"]]], 1001)
    book, rows = read_csv("a;b\n" + "\n;;\n" * 600)
    assert (rows, book["sheets"][0]["stopped_at"]) == ([[1, ["a", "b"]]], None)


def test_a_kind_that_was_expected_is_held_against_the_content(read_csv):
    assert refusal(read_csv, "a;b", kind="xlsx") == ("text_named_workbook", {"ending": ".xlsx"})
