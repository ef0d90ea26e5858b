"""Some seventy files as people and attackers bring them: refused in a sentence that says what to do, or taken as is."""

import io
import subprocess
import sys
import time
import tracemalloc

import pytest
from PIL import Image

from files import workshop
from files.admission import ALL_KINDS, PAPERS, WITH_RECORDINGS, Refused, admit
from files.names import safe_name
from tests.files import building as make

MEGABYTE = 1024 * 1024
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)

TAKEN = {
    "paper.pdf": make.pdf(),
    "PAPER.PDF": make.pdf(),
    "open to read, locked to change.pdf": make.pdf(owner_password="secret"),
    "with a script.pdf": make.pdf(script="app.alert('Boo')"),
    "a pdf that is a zip too.pdf": make.pdf_and_archive(),
    "paper.docx": make.office("docx"),
    "paper.odt": make.odt(),
    "paper.rtf": make.rtf(),
    "paper.txt": b"I asked ten neighbours.",
    "from an old editor.txt": "I asked ten neighbours – and learnt.".encode("cp1252"),
    "from Notepad.txt": "I asked".encode("utf-16"),
    "table.xlsx": make.office("xlsx"),
    "slides.pptx": make.office("pptx"),
    "photo.jpg": make.photograph(),
    "photo.jpeg": make.picture(),
    "drawing.png": make.picture("PNG"),
    "from a phone.heic": make.heic(),
    "a picture that is a page too.jpg": make.picture() + HTML,
    "a picture that is a zip too.png": make.picture("PNG") + make.packed([("a.txt", b"x")]),
    "speech.mp3": make.mp3(),
    "speech.m4a": make.mp4(b"M4A "),
    "speech.wav": make.wav(),
    "stopped by force.wav": make.wav(says=0xFFFFFFFF),
    "talk.mp4": make.mp4(),
    "talk.webm": make.webm(),
    "talk.mov": make.mp4(b"qt  "),
    "old talk.mov": make.box(b"moov", bytes(40)) + make.box(b"mdat", bytes(40)),
}
REFUSED = {
    # empty, cut off, damaged
    "empty.pdf": (b"", "is empty"),
    "cut off.pdf": (make.pdf()[:400], "is cut off"),
    "nothing in it.pdf": (b"%PDF-1.7\nnothing\n%%EOF", "is damaged, or not a PDF"),
    "cut off.docx": (make.office("docx")[:-40], "is damaged"),
    "cut off.jpg": (make.picture(size=(900, 900))[:2000], "is damaged"),
    "cut off.png": (make.picture("PNG", size=(900, 900))[:500], "is damaged"),
    "cut off.heic": (make.heic()[:200], "is damaged"),
    "cut off.rtf": (make.rtf()[:-1], "is cut off"),
    "cut off.mp4": (make.mp4()[:-10], "is cut off"),
    "cut off.wav": (make.wav()[:-10], "is cut off"),
    "only a tag.mp3": (make.mp3()[:20], "is cut off"),
    "no list of tracks.mp4": (make.box(b"ftyp", b"isom\0\0\2\0"), "is cut off"),
    "wrong bytes.docx": (make.office("docx").replace(b"PK\x03\x04", b"PK\x03\x05"), "is damaged"),
    "no picture inside.png": (make.png_of(100, 100, rows=b"x"), "is damaged"),
    # old formats and formats that nobody else opens
    "essay.doc": (OLD_WORD, "choose “Save as” and PDF"),
    "essay.pages": (make.packed([("Index.zip", b"")]), "“Export to”, “PDF”"),
    "essay.docm": (make.office("docx"), "macros"),
    "essay": (make.pdf(), "has no ending"),
    "run.exe": (b"MZ" + bytes(200), "is a .exe file, which is not taken"),
    "essay.pdf.exe": (make.pdf(), "is a .exe file"),
    "page.html": (HTML, "is a .html file"),
    "drawing.svg": (SVG, "is a .svg file"),
    "all.zip": (make.packed([("a.pdf", make.pdf())]), "unpack it"),
    # something else under that name
    "page.pdf": (HTML, "is called a PDF but is something else"),
    "behind a page.pdf": (HTML + make.pdf(), "is called a PDF but is something else"),
    "page.txt": (HTML, "is a web page or a drawing"),
    "drawing.txt": (b"\xef\xbb\xbf\n  " + SVG, "is a web page or a drawing"),
    "drawing.png": (SVG, "is called a picture of that kind but is something else"),
    "page.jpg": (HTML, "is called a picture of that kind but is something else"),
    "png.jpg": (make.picture("PNG"), "is called a picture of that kind but is something else"),
    "gif.png": (b"GIF89a" + bytes(40), "is called a picture of that kind but is something else"),
    "program.txt": (b"MZ\x90\x00\x03" + bytes(200), "is called a text but is something else"),
    "pdf.docx": (make.pdf(), "is called a Word document but is something else"),
    "pages.docx": (make.packed([("Index/Document.iwa", b"")]), "is called a Word document but is something else"),
    "table.docx": (make.office("xlsx"), "is called a Word document but is something else"),
    "letter.xlsx": (make.office("docx"), "is called an Excel workbook but is something else"),
    "letter.odt": (make.office("docx"), "is called a LibreOffice text but is something else"),
    "sheet.odt": (make.odt(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "is called a LibreOffice text"),
    "old word.docx": (OLD_WORD, "is locked with a password or in an old format"),
    "text.rtf": (b"I asked", "is called an RTF document but is something else"),
    "picture.mp4": (make.heic(), "is called a recording of that kind but is something else"),
    "text.mp3": (b"I asked ten neighbours", "is called a recording of that kind but is something else"),
    "video.webm": (make.mp4(), "is called a recording of that kind but is something else"),
    "avi.wav": (b"RIFF\x20\0\0\0AVI " + bytes(30), "is called a recording of that kind but is something else"),
    # locked
    "locked.pdf": (make.pdf(password="secret"), "is locked with a password"),
    "locked.docx": (make.encrypted_entry(), "is locked with a password"),
    # archives that lie or swell
    "swells.docx": (make.bomb(), "unpacks to far more"),
    "lies.docx": (make.lying_bomb(), "is damaged"),
    "overlaps.docx": (make.overlapping(), "is damaged"),
    "stands inside another.docx": (make.overlapping_with_own_names(), "is damaged"),
    "five thousand parts.docx": (make.many_entries(), "unpacks to far more"),
    "endless list.docx": (make.endless_list(), "unpacks to far more"),
    "climbs.docx": (make.office("docx", ("../../etc/cron.d/x", b"")), "is damaged"),
    "from the root.docx": (make.office("docx", ("/etc/passwd", b"")), "is damaged"),
    "of Windows.docx": (make.office("docx", ("word\\..\\x", b"")), "is damaged"),
    "leads elsewhere.docx": (make.link(), "is damaged"),
    "begins with something else.docx": (b"#!/bin/sh\n" + make.office("docx"), "is called a Word document"),
    "ends with something else.docx": (make.office("docx") + HTML, "is damaged"),
    "laughs.docx": (make.office("docx", main=make.laughs()), "is damaged, or not a Word document"),
    # what would run
    "macros.docx": (make.office("docx", ("word/vbaProject.bin", b"x")), "holds macros"),
    "macros.xlsx": (make.office("xlsx", kind="application/vnd.ms-excel.sheet.macroEnabled.main+xml"), "holds macros"),
    "macros.odt": (make.odt(("Basic/Standard/Module1.xml", "<x/>")), "holds macros"),
    "objects.rtf": (make.rtf(r"{\object\objemb{\*\objdata 0105}}"), "holds parts of other programs"),
    # pictures too large to open
    "thirty thousand.png": (make.png_of(30_000, 30_000), "measures 30,000 × 30,000 points"),
    "thirty thousand.jpg": (make.jpg_of(30_000, 30_000), "measures 30,000 × 30,000 points"),
    "a long line.png": (make.png_of(60_000, 1), "measures 60,000 × 1 points"),
    "no measures.png": (make.png_of(0, 0), "is damaged"),
    # Made when it is its turn: that takes ten seconds.
    "large.heic": (lambda: make.heic((9000, 7000)), "takes too long to open"),
}  # fmt: skip


def bring(name, content, *, groups=WITH_RECORDINGS, most=20 * MEGABYTE):
    return admit(io.BytesIO(content), name, groups=groups, most_bytes=most)


def test_the_corpus_is_as_large_as_it_should_be():
    assert len(TAKEN) + len(REFUSED) >= 60
    assert {kind.key for kind in ALL_KINDS} <= {name.rpartition(".")[2].lower() for name in TAKEN}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_what_it_is_called_comes_in(name):
    admitted = bring(name, TAKEN[name])

    assert admitted.name == name
    assert name.lower().endswith(admitted.kind.endings)


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_refused_in_one_sentence_with_little_work(name):
    content, why = REFUSED[name]
    content = content() if callable(content) else content
    tracemalloc.start()
    began = time.process_time()

    with pytest.raises(Refused) as refused:
        bring(name, content)

    # Of this process; the workshop's child is bounded by the system (below).
    assert time.process_time() - began < 1
    assert tracemalloc.get_traced_memory()[1] < 16 * MEGABYTE
    tracemalloc.stop()
    said = str(refused.value)
    assert why in said
    assert said.startswith(f"“{name}” ")
    assert said.endswith(".")
    assert said.count(". ") == 0, "one sentence"


def test_a_file_above_the_limit_is_refused_whatever_it_is():
    with pytest.raises(Refused, match="has 2 MB and at most 1 MB are taken"):
        bring("paper.pdf", make.pdf() + bytes(MEGABYTE), most=MEGABYTE)


def test_recordings_are_taken_only_where_they_are_asked_for():
    with pytest.raises(Refused, match="this work takes none"):
        bring("talk.mp4", make.mp4(), groups=PAPERS)


@pytest.mark.parametrize(
    ("name", "kept_as"),
    [
        ("invoice\u202efdp.pdf", "invoice_fdp.pdf"),
        ("../../up.pdf", "up.pdf"),
        ("C:\\papers\\mine.pdf", "C:_papers_mine.pdf"),
        ("nul\0byte.pdf", "nul_byte.pdf"),
        ("CON.pdf", "file CON.pdf"),
        ("lpt1.pdf", "file lpt1.pdf"),
        ("my paper 📝👩🏽‍🏫.pdf", "my paper 📝👩🏽‍🏫.pdf"),
        ("私の物語.pdf", "私の物語.pdf"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("half \ud83d.pdf", "half _.pdf"),
        ("line\r\nbreak.pdf", "line_break.pdf"),
    ],
)
def test_odd_names_are_kept_as_far_as_any_computer_takes_them(name, kept_as):
    assert bring(name, make.pdf()).name == kept_as
    assert safe_name(kept_as) == kept_as


# --- what is shown --------------------------------------------------------------------------------------------------


def test_the_copy_of_a_photograph_stands_upright_and_tells_no_place_and_no_device():
    content = make.photograph()
    assert b"Secretphone" in content

    shown = bring("photo.jpg", content).shown

    copy = Image.open(io.BytesIO(shown))
    assert (copy.format, copy.size) == ("JPEG", (240, 320))
    assert not copy.getexif()
    assert b"Secretphone" not in shown


def test_nothing_that_hangs_behind_a_picture_is_in_its_copy():
    assert b"<script" not in bring("photo.jpg", make.picture() + HTML).shown


def test_a_picture_of_a_phone_is_shown_as_one_that_every_browser_knows():
    copy = Image.open(io.BytesIO(bring("from a phone.heic", make.heic()).shown))

    assert (copy.format, copy.size) == ("JPEG", (320, 240))


def test_the_copy_of_a_large_picture_is_no_larger_than_a_screen():
    copy = Image.open(io.BytesIO(bring("large.jpg", make.picture(size=(5000, 4000))).shown))

    assert copy.size == (2400, 1920)


@pytest.mark.parametrize("name", ["paper.pdf", "paper.docx", "paper.odt", "paper.rtf", "paper.txt"])
def test_documents_are_read_so_that_they_can_be_shown_as_text(name):
    assert "I asked ten neighbours" in bring(name, TAKEN[name]).text


def test_what_was_deleted_in_word_is_not_read():
    deleted = "<w:p><w:del><w:r><w:delText>Secret</w:delText></w:r></w:del><w:r><w:t>Kept</w:t></w:r></w:p>"
    main = make.word_xml("First").replace("</w:body>", f"{deleted}</w:body>")

    assert bring("paper.docx", make.office("docx", main=main)).text == "First\n\nKept\n\n"


def test_a_text_is_read_as_characters_and_never_as_more():
    text = bring("paper.docx", make.office("docx", main=make.word_xml("&lt;script&gt;alert(1)&lt;/script&gt;"))).text

    assert text.strip() == "<script>alert(1)</script>"


# --- the workshop ---------------------------------------------------------------------------------------------------


def test_a_document_that_takes_too_long_to_read_is_taken_and_not_shown(monkeypatch):
    monkeypatch.setattr(workshop, "MOST_SECONDS", 0.001)

    assert bring("long.docx", make.office("docx")).text == ""


def test_a_picture_that_takes_too_long_to_open_is_refused(monkeypatch):
    monkeypatch.setattr(workshop, "MOST_SECONDS", 0.001)

    with pytest.raises(Refused, match="takes too long to open"):
        bring("photo.jpg", make.picture())


def test_whoever_opens_a_file_has_little_time_and_memory():
    """Asked of the child itself: its limits are those of the system, so that no library can forget them."""
    script = (
        "import os, resource; from files.workshop.child import limit_oneself; limit_oneself();"
        "print(resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_AS)[0])"
    )
    said = subprocess.run([sys.executable, "-c", script], cwd=workshop.ROOT, capture_output=True, text=True).stdout

    assert said.split() == ["4", str(1024 * MEGABYTE)]
