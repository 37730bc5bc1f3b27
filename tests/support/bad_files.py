"""Files that do harm, or seem to be what they are not: made here, each from its own description."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Final

from PIL import Image, PngImagePlugin
from pypdf import PdfWriter

__all__ = [
    "GPS_MARK",
    "archive_bomb",
    "jpeg",
    "jpeg_with_a_place",
    "locked_pdf",
    "many_objects",
    "nested_forms",
    "other_pictures",
    "overlapping_archive",
    "pdf",
    "pdf_of_pages",
    "plain_pdf",
    "png",
    "png_of",
    "png_with_words",
    "script_pdf",
]

GPS_MARK: Final = b"Casa de refugio"


def jpeg(width: int = 64, height: int = 48, **options: object) -> bytes:
    """A picture with something on it."""
    image = Image.radial_gradient("L").resize((width, height)).convert("RGB")
    image.save(target := io.BytesIO(), "JPEG", **options)
    return target.getvalue()


def png(mode: str = "RGB", width: int = 64, height: int = 48) -> bytes:
    image = Image.radial_gradient("L").resize((width, height))
    image = image.convert("I;16") if mode == "I;16" else image.convert("RGB").convert(mode)
    image.save(target := io.BytesIO(), "PNG")
    return target.getvalue()


def jpeg_with_a_place(orientation: int = 1) -> bytes:
    """What a telephone writes: where, when, which telephone; and a comment."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = GPS_MARK.decode()
    exif[0x0110] = "Telephone of Rosa"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "S", (4.0, 35.0, 31.2), "W", (77.0, 51.0, 8.9)
    gps[29] = "2026:11:26"
    return jpeg(exif=exif, comment=GPS_MARK, icc_profile=b"profile of " + GPS_MARK, xmp=GPS_MARK)


def png_with_words(words: str = GPS_MARK.decode()) -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", words)
    told.add_itxt("Place", words, zip=True)
    exif = Image.Exif()
    exif[0x010E] = words
    image = Image.radial_gradient("L").convert("RGB")
    image.save(target := io.BytesIO(), "PNG", pnginfo=told, exif=exif)
    return target.getvalue()


def png_of(width: int, height: int, *, is_whole: bool = False) -> bytes:
    """A PNG that says it has these sides; grey, and without its rows unless ``is_whole``."""
    pack = zlib.compressobj(1)
    row = bytes(width + 1)
    rows = b"".join(pack.compress(row) for _ in range(height if is_whole else 4)) + pack.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )


def other_pictures() -> dict[str, bytes]:
    """What somebody may have renamed to .jpg."""
    image = Image.radial_gradient("L").convert("RGB")
    found = {}
    for kind in ("TIFF", "GIF", "BMP", "WEBP", "AVIF", "ICO", "PPM", "TGA", "EPS"):
        image.save(target := io.BytesIO(), kind)
        found[kind] = target.getvalue()
    box = b"ftypheic\0\0\0\0mif1heic"
    found["HEIC"] = struct.pack(">I", len(box) + 4) + box + bytes(100)
    found["SVG"] = (
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        b'<svg xmlns="http://www.w3.org/2000/svg"><text>&a;</text></svg>'
    )
    found["HTML"] = b"<html><script>alert(1)</script>"
    found["EICAR"] = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    found["JPEG behind a blank"] = b"\n" + jpeg()
    found["nothing"] = b""
    return found


# --- PDF ---------------------------------------------------------------------------------------------


def pdf(objects: dict[int, bytes], *, root: int = 1, before: int | None = None) -> bytes:
    """A PDF of these objects; ``before``: where its table says that the table before it lies (0:
    at itself)."""
    content = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = len(content)
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(content)
    content += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        content += b"%d 1\n%010d 00000 n \n" % (number, place)
    previous = b"" if before is None else b"/Prev %d" % (before or table)
    size = max(objects) + 1
    content += b"trailer\n<</Size %d/Root %d 0 R%b>>\n" % (size, root, previous)
    return bytes(content + b"startxref\n%d\n%%%%EOF\n" % table)


def stream(content: bytes, words: bytes = b"") -> bytes:
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(content), words, content)


def _one_page(content: bytes, more: bytes = b"", resources: bytes = b"<<>>") -> dict[int, bytes]:
    return {
        1: b"<</Type/Catalog/Pages 2 0 R%b>>" % more,
        2: b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources %b>>"
        % resources,
        4: stream(content),
    }


def plain_pdf(before: int | None = None, box: bytes = b"0 0 200 100") -> bytes:
    objects = _one_page(b"1 0 0 rg 10 10 50 50 re f")
    objects[3] = objects[3].replace(b"0 0 200 100", box)
    return pdf(objects, before=before)


def script_pdf() -> bytes:
    """One that wants to run something as it is opened, drawn and closed."""
    objects = _one_page(
        b"1 0 0 rg 10 10 50 50 re f",
        b"/OpenAction<</S/JavaScript/JS(while\\(true\\){app.alert\\(1\\)})>>"
        b"/AA<</WC<</S/Launch/F(/bin/sh)>>>>/AcroForm<</Fields[]/XFA(x)>>"
        b"/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(while\\(1\\){})>>]>>>>",
    )
    return pdf(objects)


def pdf_of_pages(count: int) -> bytes:
    """So many pages, all the same one."""
    objects = _one_page(b"1 0 0 rg 10 10 50 50 re f")
    objects[2] = b"<</Type/Pages/Count %d/Kids[%b]>>" % (count, b"3 0 R " * count)
    return pdf(objects)


def locked_pdf() -> bytes:
    """One that opens with a password only."""
    writer = PdfWriter(clone_from=io.BytesIO(plain_pdf()))
    writer.encrypt("contraseña", algorithm="AES-256")
    writer.write(target := io.BytesIO())
    return target.getvalue()


def nested_forms(levels: int, times: int = 4) -> bytes:
    """A page that draws a form that draws a form that draws a form: ``times`` ** ``levels``."""
    objects = _one_page(b"/F Do", resources=b"<</XObject<</F 10 0 R>>>>")
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 200 100]"
    for level in range(levels):
        below = b"/Resources<</XObject<</F %d 0 R>>>>" % (11 + level)
        objects[10 + level] = stream(b"/F Do " * times, form + below)
    objects[10 + levels] = stream(b"1 0 0 rg 10 10 50 50 re f", form)
    return pdf(objects)


def many_objects(count: int) -> bytes:
    """A PDF with so many objects, packed; the page needs the last of them."""
    objects = _one_page(b"1 0 0 rg 10 10 50 50 re f")
    objects[3] = objects[3].replace(b"/Contents", b"/Rotate %d 0 R/Contents" % (5 + count))
    content = bytearray(b"%PDF-1.7\n")
    entries = [(0, 0, 0)]
    for number, body in sorted(objects.items()):
        entries.append((1, len(content), 0))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    packed, first = len(entries), len(entries) + 1
    heads = b"".join(b"%d %d " % (first + at, at * 2) for at in range(count))
    inside = zlib.compress(heads + b"0 " * count, 6)
    entries.append((1, len(content), 0))
    words = b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (count, len(heads))
    content += b"%d 0 obj\n%b\nendobj\n" % (packed, stream(inside, words))
    entries += [(2, packed, at) for at in range(count)]
    table = len(content)
    entries.append((1, table, 0))
    rows = b"".join(struct.pack(">BII", *one) for one in entries)
    words = b"/Type/XRef/Size %d/W[1 4 4]/Root 1 0 R/Filter/FlateDecode" % len(entries)
    table_object = stream(zlib.compress(rows, 6), words)
    content += b"%d 0 obj\n%b\nendobj\n" % (len(entries) - 1, table_object)
    return bytes(content + b"startxref\n%d\n%%%%EOF\n" % table)


# --- archives, which nothing reads ------------------------------------------------------------------


def archive_bomb(size: int = 100 << 20, name: str = "xl/worksheets/sheet1.xml") -> bytes:
    with zipfile.ZipFile(target := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, bytes(size))
    inner = target.getvalue()
    with zipfile.ZipFile(target := io.BytesIO(), "w") as packed:
        packed.writestr("nested.zip", inner)
        packed.writestr("again.zip", inner)
    return target.getvalue()


def overlapping_archive(names: int = 1000) -> bytes:
    """Many names in the directory for one file, each of which says that it has four bytes."""
    with zipfile.ZipFile(target := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a", bytes(1 << 20))
    content = target.getvalue()
    at = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entry = bytearray(content[at:end])
    entry[24:28] = struct.pack("<I", 4)
    directory = bytes(entry) * names
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, names, names, len(directory), at, 0)
    return content[:at] + directory + tail
