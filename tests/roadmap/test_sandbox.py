import json
import os
import random
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from roadmap.workbook import sandbox
from roadmap.workbook.extracting.extraction import extract as extract_here
from roadmap.workbook.extracting.limits import PARENT
from roadmap.workbook.faults import WorkbookRefused
from roadmap.workbook.sandbox import Cancelled, extract, run
from tests.workbooks import DATA, damaged, small_workbook, with_sheet

PLAN = DATA / "13_en_packt_tpm_project_plan.xlsx"
ROOT = DATA.parents[1]
TOO_MUCH = sandbox.SENTENCES["too_much"]


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def refusal(call, *arguments, **options):
    with pytest.raises(WorkbookRefused) as refused:
        call(*arguments, **options)
    return str(refused.value)


@pytest.mark.parametrize("source", [PLAN, DATA / "20_de_muenster_klimaschutz_sachstand.csv"])
def test_the_child_reads_what_would_be_read_here(tmp_path, source):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    assert extract(source, there) == extract_here(source, here, source.name)
    assert sorted(os.listdir(there)) == ["book.json", "sheet-1.jsonl.gz"]


def test_the_name_that_its_owner_gave_a_file_counts(tmp_path):
    upload = tmp_path / "upload"
    upload.write_bytes((DATA / "91_broken_37_bytes_text.xlsx").read_bytes())
    assert refusal(extract, upload, tmp_path / "a", name="plan.xlsx") == (
        "This is text, not a workbook, though its name ends in .xlsx. "
        "If it is a CSV file, give it the ending .csv and try again."
    )
    book = extract(upload, tmp_path / "b", name="tie kartta\udce4\0.csv")
    assert book["sheets"][0]["name"].startswith("tie kartta")


def test_options_of_a_csv_file_reach_the_child(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a;b,c\n")
    options = {"delimiter": ",", "encoding": "cp1252"}
    assert extract(path, tmp_path / "a", csv_options=options)["sheets"][0]["head"] == [
        [1, ["a;b", "c"]]
    ]
    assert refusal(extract, path, tmp_path / "a", csv_options={"encoding": "utf-16"}) == (
        "The file is not in the encoding utf-16: line 1 cannot be read by it. Choose another one."
    )


def test_progress_is_told_and_a_cancelled_reading_leaves_nothing(tmp_path):
    row = '<row><c t="inlineStr"><is><t>a</t></is></c></row>'
    source = with_sheet(tmp_path / "a.xlsx", f"<sheetData>{row * 3000}</sheetData>")
    folder, told = tmp_path / "folder", []
    extract(source, folder, progress=told.append)
    assert told == [1000, 2000, 3000]
    with pytest.raises(Cancelled):
        extract(source, folder, progress=told.append, cancelled=lambda: len(told) > 3)
    assert os.listdir(folder) == []


def test_every_code_that_the_child_may_say_has_its_sentence():
    sources = (ROOT / "roadmap" / "workbook").rglob("*.py")
    text = "".join(path.read_text() for path in sources)
    codes = set(re.findall(r'Refused\(\s*"(\w+)"', text)) | {"too_much", "no_room", "old_workbook"}
    assert len(codes) > 20
    assert codes - set(sandbox.SENTENCES) == set()


def test_the_place_of_a_long_cell_is_said(tmp_path):
    text = "a" * 150_000
    cell = f'<row r="7"><c t="inlineStr"><is><t>{text}</t></is></c></row>'
    source = with_sheet(tmp_path / "a.xlsx", f"<sheetData>{cell}</sheetData>")
    assert refusal(extract, source, tmp_path / "folder") == (
        "Tiekartta, row 7: a cell holds a text far longer than Excel keeps (32,767 characters)."
    )
    assert os.listdir(tmp_path / "folder") == []


def test_a_workbook_that_needs_too_much_memory_hears_so(tmp_path):
    rows = "<row>" * 1_000_000 + "".join(str(n * 7919) for n in range(50_000))
    source = with_sheet(tmp_path / "a.xlsx", f"<sheetData>{rows}</sheetData>")
    start = time.monotonic()
    assert refusal(extract, source, tmp_path / "folder") == TOO_MUCH
    assert time.monotonic() - start < 10


# --- the child ------------------------------------------------------------------------------------


def test_the_child_has_limits_and_none_of_the_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "secret")
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    told = []
    run("tests.unruly", ["tells"], heard=told.append)
    allowed = {"LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "PYTHONUTF8", PARENT}
    assert set(told[0]["environment"]) <= allowed
    assert told[0]["limits"] == {
        "AS": 200 << 20,
        "CPU": 1,
        "FSIZE": 128 << 20,
        "NOFILE": 32,
        "CORE": 0,
    }


@pytest.mark.parametrize("deed", ["computes", "dies"])
def test_a_child_that_a_limit_or_a_signal_ends_needed_too_much(deed):
    assert refusal(run, "tests.unruly", [deed]) == TOO_MUCH


def test_a_child_that_takes_too_long_is_ended(monkeypatch):
    told = []
    assert refusal(run, "tests.unruly", ["waits"], seconds=0.5, heard=told.append) == TOO_MUCH
    with pytest.raises(ProcessLookupError):
        os.kill(told[0]["pid"], 0)


def test_a_child_that_allocates_without_end_or_crashes_says_nothing_to_anybody(capfd):
    told = []
    assert refusal(run, "tests.unruly", ["allocates"], heard=told.append).startswith("The file is")
    assert refusal(run, "tests.no_such_module", []) == sandbox.SENTENCES["broken"]
    assert (told, capfd.readouterr()) == ([], ("", ""))


def test_the_child_dies_with_its_parent():
    middle = (
        "import os, subprocess, sys\n"
        f"os.environ[{PARENT!r}] = str(os.getpid())\n"
        "subprocess.run([sys.executable, '-m', 'tests.unruly', 'waits'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", middle], cwd=ROOT, stdout=subprocess.PIPE
    ) as parent:
        child = os.pidfd_open(json.loads(parent.stdout.readline())["pid"])
        assert select.select([child], [], [], 0)[0] == []
        parent.kill()
        assert select.select([child], [], [], 5)[0] == [child]
        os.close(child)


def test_a_child_whose_parent_is_already_gone_does_not_begin():
    environment = {**os.environ, PARENT: "1"}
    command = [sys.executable, "-m", "tests.unruly", "tells"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


def test_the_reading_child_loads_nothing_of_django():
    code = (
        "import sys, roadmap.workbook.extracting, roadmap.workbook.extracting.values;"
        "sys.exit('django' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_any_damage_is_a_book_or_a_refusal(tmp_path):
    chance = random.Random(7)
    outcomes = set()
    for number in range(14):
        source = tmp_path / f"{number}.xlsx"
        whole = small_workbook() if number % 2 else Path(PLAN).read_bytes()
        source.write_bytes(damaged(whole, chance))
        try:
            outcomes.add(extract(source, tmp_path / "folder")["kind"])
        except WorkbookRefused as refused:
            outcomes.add(str(refused)[:18])
    assert {"xlsx", "The file is broken"} <= outcomes
