import io
import random
import resource
import struct
import time
import zipfile

import pytest

from roadmap.workbook.extracting import container, zip_parts
from roadmap.workbook.extracting.container import Checked, check
from roadmap.workbook.extracting.refusal import Refused
from tests.workbooks import DATA, MAIN, SHARED, SHEET, TYPES, damaged, small_workbook, with_parts

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.fixture
def refusal(tmp_path):
    """The code with which a content under a name is refused, in under two seconds and 200 MB."""

    def refusal(content, name="tiekartta.xlsx"):
        path = tmp_path / "upload"
        if isinstance(content, dict):
            with_parts(path, content)
        else:
            path.write_bytes(content)
        start = time.process_time()
        with pytest.raises(Refused) as refused:
            check(path, name)
        assert time.process_time() - start < 2
        return refused.value.code

    return refusal


def sheet(body):
    return {SHEET: f'<worksheet xmlns="{MAIN}">{body}</worksheet>'}


def zipped(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "kind", "left_out"),
    [
        ("tenjo-2024-2025.xlsx", "xlsx", []),
        ("13_en_packt_tpm_project_plan.xlsx", "xlsx", ["comments"]),
        ("18_sv_klimatkollen_klimatplaner.xlsx", "xlsx", ["comments"]),
        ("20_de_muenster_klimaschutz_sachstand.csv", "csv", []),
    ],
)
def test_real_files_may_be_read(name, kind, left_out):
    assert check(DATA / name, name) == Checked(kind, left_out)


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.xlsx", "empty"),
        (b"Mock Excel content for valid OKR data", "a.xlsx", "text_named_workbook"),
        (b"a;b\n1;2\n", "a.xls", "text_named_workbook"),
        (OLE + "Workbook".encode("utf-16-le") + b"\0" * 9, "a.xls", "old_workbook"),
        (OLE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 9, "a.xlsx", "encrypted"),
        (OLE + "WordDocument".encode("utf-16-le") + b"\0" * 9, "a.doc", "other_document"),
        (b"<html><body><table><tr><td>1", "a.xls", "html"),
        (b"\xef\xbb\xbf \n<!DOCTYPE HTML><html>", "a.csv", "html"),
        ("<html><table>".encode("utf-16"), "a.xls", "html"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "a.xml", "xml"),
        (b"%PDF-1.7\n%\xe2\xe3", "a.xlsx", "pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a.csv", "picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a.xlsx", "picture"),
        (random.Random(1).randbytes(3000), "a.csv", "other_document"),
        (b"{\\rtf1 text}", "a.csv", "other_document"),
        (zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "a", "opendocument"),
        (zipped(a="b"), "a.xlsx", "other_zip"),
        (zipped(**{TYPES: "<Types/>", "word/document.xml": "<a/>"}), "a.xlsx", "other_zip"),
        (zipped(**{TYPES: "<Types/>", "xl/workbook.bin": "a"}), "a.xlsb", "binary_workbook"),
        (small_workbook(), "a.csv", "workbook_named_otherwise"),
        (small_workbook(), "a.xls", "workbook_named_otherwise"),
        (small_workbook()[:-10], "a.xlsx", "broken"),
        (small_workbook()[:2000], "a.xlsx", "broken"),
    ],
)
def test_a_file_is_what_its_content_is_and_hears_the_true_reason(refusal, content, name, code):
    assert refusal(content, name) == code


@pytest.mark.parametrize("name", [None, "", "a", "A.CSV", "a.txt"])
def test_text_may_be_read_where_its_name_does_not_say_otherwise(tmp_path, name):
    path = tmp_path / "upload"
    path.write_bytes("Tunnus;Vaihe\nÄ;2021\n".encode("cp1252"))
    assert check(path, name) == Checked("csv")


def test_a_file_of_more_than_20_mb_is_refused_unread(refusal):
    assert refusal(b"a;b\n" * (5 << 20) + b"a") == "too_large"


@pytest.mark.parametrize("name", ["../x.xml", "xl/../../x", "/etc/passwd", "xl\\x.xml", SHEET])
def test_names_that_lead_out_of_the_file_or_occur_twice_are_refused(refusal, tmp_path, name):
    path = tmp_path / "odd.xlsx"
    path.write_bytes(small_workbook())
    with zipfile.ZipFile(path, "a") as archive, pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *a, **k: None)
        archive.writestr(name, "x")
    assert refusal(path.read_bytes()) == "odd_names"


def test_a_member_with_a_password_is_refused(refusal):
    content = bytearray(small_workbook())
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(content)) == "encrypted"


def test_bombs_are_refused_without_being_unpacked(refusal):
    zeros = b"\0" * (101 << 20)
    flat = zipped(**{TYPES: "spreadsheetml", SHEET: zeros})
    assert refusal(flat) == "zip_bomb"
    assert refusal({SHEET: "<a>" + " " * (11 << 20)}) == "zip_bomb"
    assert refusal({f"xl/media/{n}.png": zeros for n in range(2)}) == "zip_bomb"
    assert refusal(zipped(**{f"{n}.zip": flat for n in range(9)})) == "other_zip"


def test_a_bomb_of_one_stream_under_many_names_is_refused(refusal):
    whole = zipped(**{TYPES: "<" * (1 << 20)})
    start, end = whole.rfind(b"PK\x01\x02"), whole.rfind(b"PK\x05\x06")
    entry = whole[start:end]
    others = b"".join(entry[:-3] + bytes([65 + n]) + entry[-2:] for n in range(20))
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 21, 21, 21 * len(entry), start, 0)
    assert refusal(whole[:start] + entry + others + tail) == "zip_bomb"


def test_pictures_and_attachments_of_a_real_size_are_no_bomb(tmp_path):
    picture = {"xl/media/a.emf": b"\0" * (30 << 20), "xl/embeddings/a.zip": zipped(a="b")}
    path = with_parts(tmp_path / "a.xlsx", picture)
    assert check(path).left_out == ["embedded_objects", "pictures"]


def test_macros_links_and_dde_are_left_out_and_no_reason_to_refuse(tmp_path):
    path = with_parts(
        tmp_path / "a.xlsm",
        {
            "xl/vbaProject.bin": b"\xd0\xcf",
            "xl/externalLinks/externalLink1.xml": "<!DOCTYPE never-opened><ddeLink/>",
            "xl/connections.xml": "<connections/>",
        },
    )
    assert check(path, "a.xlsm").left_out == ["macros", "external_links", "connections"]


def test_more_members_than_a_workbook_has_are_refused_before_they_are_listed(refusal):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(25_000):
            archive.writestr(str(number), "")
    assert refusal(file.getvalue()) == "too_many_parts"
    assert refusal({f"xl/{n}.xml": "<a/>" for n in range(2001)}) == "too_many_parts"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({SHEET: ENTITIES + "<worksheet>&b;</worksheet>"}, "entities"),
        ({TYPES: ENTITIES + "<Types/>"}, "entities"),
        ({SHEET: '<!DOCTYPE x SYSTEM "file:///etc/passwd"><worksheet/>'}, "entities"),
        ({SHEET: (ENTITIES + "<worksheet/>").encode("utf-16")}, "not_utf8"),
        ({SHEET: (ENTITIES + "<worksheet/>").encode("utf-16-le")}, "not_utf8"),
        ({SHEET: '<?xml version="1.0" encoding="cp037"?><worksheet/>'}, "not_utf8"),
        ({SHEET: "<worksheet>\0</worksheet>"}, "not_utf8"),
        ({SHEET: "hello"}, "broken"),
        ({"xl/styles.xml": "<a>" + "<b/>" * 150_000}, "too_many_styles"),
        ({"xl/workbook.xml": "<a>" + "<b c='1234567890'/>" * 300_000}, "too_many_styles"),
        (sheet("<row>" + "<c/>" * 2_400_000 + "<c><v>1</v></c>" * 3_300_000), "too_many_cells"),
        ({SHARED: "<sst>" + "<si><t>a</t></si>" * 500_001}, "too_many_texts"),
        ({SHARED: "<x:sst>" + "<x:si><x:t>a</x:t></x:si>" * 500_001}, "too_many_texts"),
        (sheet("<row><c><is><t>" + "a" * (2 << 20)), "long_cell"),
        ({SHARED: "<sst><si><t>" + "a" * (2 << 20)}, "long_cell"),
        (
            {"xl/workbook.xml": f'<workbook xmlns="{container._STRICT.decode()}"/>'},
            "strict",
        ),
    ],
)
def test_parts_that_no_workbook_has_are_refused_in_one_pass(monkeypatch, refusal, parts, code):
    monkeypatch.setattr(zip_parts, "MAX_RATIO", 100_000)  # they are so even that they pack well
    assert refusal(parts) == code


def test_what_is_looked_for_is_found_across_the_seam_of_two_blocks(monkeypatch, refusal):
    monkeypatch.setattr(zip_parts, "_BLOCK", 7)
    monkeypatch.setattr(zip_parts, "MAX_TEXT_BYTES", 30)
    monkeypatch.setattr(zip_parts, "MAX_SHARED_STRINGS", 5)
    types = "<Types><!-- spreadsheetml --></Types>"
    rest = {TYPES: types, "xl/_rels/workbook.xml.rels": "<a/>", "xl/styles.xml": "<a/>"}
    rest |= {"xl/workbook.xml": "<a/>"}
    for shift in range(8):
        blanks = " " * shift
        assert refusal(rest | {SHEET: f"<a>{blanks}<!ENTITY>"}) == "entities"
        assert refusal(rest | {SHEET: f"<a>{blanks}<b>{'c' * 30}<b>"}) == "long_cell"
        assert refusal(rest | {SHEET: f"<a>{blanks}" + "<si>" * 6}) == "too_many_texts"


def test_the_largest_road_map_that_is_read_passes():
    assert zip_parts.MAX_TAGS > 20_000 * (1 + 60 * 6)


def test_a_part_is_checked_when_a_library_opens_it_under_whatever_name(tmp_path):
    path = with_parts(tmp_path / "a.xlsx", {"xl/media/a.png": ENTITIES})
    check(path)
    with zip_parts.Parts(path) as parts, pytest.raises(Refused, match="entities"):
        parts.read("xl/media/a.png")


def test_any_damage_is_a_refusal_or_still_a_workbook_in_bounded_memory(tmp_path):
    whole = (DATA / "13_en_packt_tpm_project_plan.xlsx").read_bytes()
    chance = random.Random(20250217)
    path = tmp_path / "damaged.xlsx"
    outcomes = set()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(400):
        path.write_bytes(damaged(whole, chance))
        try:
            outcomes.add(check(path, "damaged.xlsx").kind)
        except Refused as refused:
            outcomes.add(refused.code)
    assert {"xlsx", "broken"} <= outcomes
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
