"""Files as people and attackers bring them, built byte by byte: none of them lies in the repository."""

import io
import struct
import zipfile
import zlib

import pillow_heif
from PIL import Image
from pypdf import PdfReader, PdfWriter

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OPEN_XML = "application/vnd.openxmlformats-officedocument."
MAIN = {
    "docx": ("word/document.xml", "wordprocessingml.document.main+xml"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation.main+xml"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet.main+xml"),
}
STORY = "I asked ten neighbours, and learnt to wait."


def packed(entries, *, method=zipfile.ZIP_DEFLATED):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return made.getvalue()


def content_types(part, kind):
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" ContentType="{kind}"/></Types>'
    )


def word_xml(*paragraphs):
    inner = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    return f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body>{inner}</w:body></w:document>'


def office_entries(ending, *, main=None, kind=None):
    part, own_kind = MAIN[ending]
    main = main or (word_xml(STORY, "Then I asked again.") if ending == "docx" else "<x/>")
    return [("[Content_Types].xml", content_types(part, kind or OPEN_XML + own_kind)), (part, main)]


def office(ending, *more, **fields):
    return packed([*office_entries(ending, **fields), *more])


def odt(*more, mimetype="application/vnd.oasis.opendocument.text", text=STORY):
    office_text = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    text_space = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    content = (
        f'<o:document-content xmlns:o="{office_text}" xmlns:t="{text_space}"><o:body><o:text>'
        f"<t:h>A title</t:h><t:p>{text}</t:p></o:text></o:body></o:document-content>"
    )
    return packed([("mimetype", mimetype), ("content.xml", content), *more])


def pdf(text=STORY, *, password="", script="", owner_password=""):
    """One page with a line of text, as pypdf writes it."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1")
    action = b"/OpenAction << /S /JavaScript /JS (%s) >>" % script.encode() if script else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % action,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made = io.BytesIO(b"")
    made.write(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(made.tell())
        made.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    listed_at = made.tell()
    made.write(b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places))
    made.write(b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % listed_at)
    if not (password or owner_password):
        return made.getvalue()
    writer = PdfWriter(clone_from=PdfReader(made))
    writer.encrypt(password, owner_password or None, algorithm="AES-256")
    changed = io.BytesIO()
    writer.write(changed)
    return changed.getvalue()


def pdf_and_archive():
    """A file that is both, by where its readers begin to read."""
    content = pdf()
    end = content[content.rindex(b"startxref") :]
    return content + packed([("a.txt", b"x")]) + end


def picture(kind="JPEG", size=(320, 240), colour="teal", **fields):
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, kind, **fields)
    return made.getvalue()


def photograph():
    """With the place where it was taken, the device, and a remark."""
    exif = Image.Exif()
    exif[0x010F] = "Secretphone"
    exif[0x9286] = "A remark"
    exif[0x0112] = 6  # lying on its side
    exif.get_ifd(0x8825).update({1: "N", 2: (44.0, 49.0, 3.0), 3: "E", 4: (20.0, 27.0, 44.0)})
    return picture(exif=exif)


def heic(size=(320, 240)):
    made = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", size, "teal")).save(made, quality=50)
    return made.getvalue()


def png_of(width, height, *, rows=b""):
    """A PNG whose head says these measures, whatever its bytes hold."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def jpg_of(width, height):
    """A JPEG whose head says these measures."""
    frame = struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes.fromhex("012200021101031101")
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xc0" + frame + b"\xff\xd9"


def box(name, content=b""):
    return struct.pack(">I", 8 + len(content)) + name + content


def mp4(brand=b"isom"):
    return (
        box(b"ftyp", brand + b"\0\0\2\0" + b"isomiso2")
        + box(b"moov", box(b"mvhd", bytes(100)))
        + box(b"mdat", bytes(64))
    )


def wav(*, says=None):
    sound = bytes(800)
    content = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    content += b"data" + struct.pack("<I", len(sound) if says is None else says) + sound
    return b"RIFF" + struct.pack("<I", len(content)) + content


def mp3():
    return b"ID3\4\0\0\0\0\0\n" + bytes(10) + b"\xff\xfb\x90\x64" + bytes(413) + b"\xff\xfb\x90\x64" + bytes(413)


def webm():
    return b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm\x42\x87\x81\x04" + b"\x18\x53\x80\x67" + bytes(300)


def rtf(body=r"\b I asked\b0  ten neighbours\par and learnt \u8212? to wait\'21"):
    return ("{\\rtf1\\ansi{\\fonttbl{\\f0 Times New Roman;}}{\\*\\generator Some Program;}" + body + "}").encode()


# --- archives that lie ----------------------------------------------------------------------------------------------


def bomb(*, size=300 * 1024 * 1024):
    """A Word document of a third of a megabyte that says openly that it unpacks to a thousand times as much."""
    return packed([*office_entries("docx"), ("word/media/image1.bmp", bytes(size))])


def lying_bomb():
    """The same, but its list of contents says ten bytes for what unpacks to ten megabytes."""
    content = packed([*office_entries("docx"), ("word/media/image1.bmp", bytes(10 * 1024 * 1024))])
    return content.replace(struct.pack("<I", 10 * 1024 * 1024), struct.pack("<I", 10))


def overlapping():
    """Entries that share their packed bytes: each of the list points to the same place."""
    content = bytearray(packed([*office_entries("docx"), ("word/a.xml", STORY * 90), ("word/b.xml", STORY * 90)]))
    first = content.rindex(b"PK\1\2", 0, content.rindex(b"PK\1\2"))
    second = content.rindex(b"PK\1\2")
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    content[second + 46 : second + 56] = content[first + 46 : first + 56]
    return bytes(content)


def overlapping_with_own_names():
    """One entry's header stands inside the stored bytes of another."""
    inner = packed([("word/b.xml", b"inner")], method=zipfile.ZIP_STORED)
    header = inner[: inner.index(b"PK\1\2")]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in office_entries("docx"):
            archive.writestr(name, content)
        archive.writestr("word/a.xml", header)
        place = archive.getinfo("word/a.xml").header_offset + 30 + len("word/a.xml")
        extra = zipfile.ZipInfo("word/b.xml")
        extra.header_offset, extra.CRC = place, zlib.crc32(b"inner")
        extra.compress_size = extra.file_size = 5
        archive.filelist.append(extra)
    return made.getvalue()


def encrypted_entry():
    """A zip that asks for a password before it gives its text."""
    content = bytearray(office("docx"))
    last = content.rindex(b"PK\1\2")
    content[last + 8] |= 1
    return bytes(content)


def many_entries(count=5000):
    return packed([*office_entries("docx"), *((f"word/{number}.xml", b"") for number in range(count))])


def endless_list():
    """Its end says that the list of contents has three megabytes."""
    return packed([*office_entries("docx"), *((f"word/{number}-{'x' * 1500}.xml", b"") for number in range(2000))])


def link():
    made = io.BytesIO(office("docx"))
    with zipfile.ZipFile(made, "a") as archive:
        info = zipfile.ZipInfo("word/settings.xml")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return made.getvalue()


def laughs():
    """Ten entities of ten entities each."""
    entities = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    body = "<w:body><w:p>&j;</w:p></w:body>"
    return f'<?xml version="1.0"?><!DOCTYPE d [{entities}]><w:document xmlns:w="{WORD}">{body}</w:document>'
