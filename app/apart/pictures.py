"""JPEG and PNG, by their first bytes and nothing else. In the worker only."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image, MpoImagePlugin, TiffImagePlugin

from app.apart.requests import Picture, PictureJob, Raster, Refusal

__all__ = ["as_file", "raster_of", "read_picture"]

# All that Pillow would import while it reads, when nothing can be imported any more. Telephones
# write MPO, a JPEG with a second picture behind it; EXIF has the shape of a TIFF.
_LOADED: Final = (MpoImagePlugin, TiffImagePlugin)
Image.preinit()

_KINDS: Final = (
    (b"\xff\xd8\xff", "JPEG", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "PNG", "image/png"),
)

_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SCALED_FIRST: Final = ("L", "RGB", "RGBA", "LA", "CMYK", "YCbCr")
_JPEG_QUALITY: Final = 85
_COARSER: Final = (70, 50)
_PNG_LEVEL: Final = 3
"""Of a photograph three times as fast as the usual one, and no larger."""
_SIXTEEN_BITS: Final = "I"


def read_picture(job: PictureJob) -> Picture:
    """Return a picture in two sizes, upright, without anything but its pixels.

    Raises Refusal ``wrong_type``, ``too_many_pixels``; whatever Pillow raises for a damaged one.
    """
    kind, media_type = _kind(job.content)
    Image.MAX_IMAGE_PIXELS = None  # which only warns, up to twice itself; the bound is ours, below
    with Image.open(io.BytesIO(job.content), formats=(kind,)) as image:
        width, height = image.size
        if width * height > job.pixels_max:
            raise Refusal("too_many_pixels")
        turn = _TURNS.get(_orientation(image))
        side = max(job.screen_side, job.thumbnail_side, job.file_side if job.with_file else 0)
        image.draft("RGB", (side, side))  # a JPEG is decoded no larger than it must be
        image.load()
        if image.mode in _SCALED_FIRST and "transparency" not in image.info:
            image.thumbnail((side, side))  # before anything makes a second copy of it
        plain = _plain(image)
    plain.thumbnail((side, side))
    if turn is not None:
        plain = plain.transpose(turn)
    file = _kept(plain, kind, job) if job.with_file else None
    screen = _shrunk(plain, job.screen_side)
    small = _shrunk(screen, job.thumbnail_side)
    return Picture(width, height, raster_of(screen), raster_of(small), media_type, file)


def raster_of(image: Image.Image) -> Raster:
    """Return the pixels of an RGB picture."""
    return Raster(image.width, image.height, image.tobytes())


def as_file(raster: Raster, kind: str, quality: int = _JPEG_QUALITY) -> bytes:
    """Return pixels as a file of Pillow's ``kind``, without any metadata."""
    image = Image.frombytes("RGB", (raster.width, raster.height), raster.rgb)
    target = io.BytesIO()
    if kind == "JPEG":
        image.save(target, "JPEG", quality=quality)
    else:
        image.save(target, "PNG", compress_level=_PNG_LEVEL)
    return target.getvalue()


def _kept(image: Image.Image, kind: str, job: PictureJob) -> bytes:
    """Return the file to keep. A PNG of a photograph that is too large becomes a JPEG, and a JPEG a
    coarser one. Raises Refusal ``too_many_pixels`` when none fits."""
    raster = raster_of(_shrunk(image, job.file_side))
    tries = [("JPEG", quality) for quality in (_JPEG_QUALITY, *_COARSER)]
    for way, quality in tries if kind == "JPEG" else [(kind, 0), *tries]:
        file = as_file(raster, way, quality)
        if len(file) <= job.file_bytes_max:
            return file
    raise Refusal("too_many_pixels")


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    smaller = image.copy()
    smaller.thumbnail((side, side))
    return smaller


def _kind(content: bytes) -> tuple[str, str]:
    for first, kind, media_type in _KINDS:
        if content.startswith(first):
            return kind, media_type
    raise Refusal("wrong_type")


def _orientation(image: Image.Image) -> int:
    try:
        found = image.getexif().get(_ORIENTATION)
    except Exception:  # noqa: BLE001  # whatever stands there instead: then it shows as it lies
        return 1
    return found if isinstance(found, int) else 1


def _plain(image: Image.Image) -> Image.Image:
    """Return a picture in RGB; what shines through shows white, as on paper."""
    if image.mode.startswith(_SIXTEEN_BITS):  # sixteen bits of grey: the upper eight show
        return image.convert("I").point(lambda grey: grey / 256).convert("L").convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        over = image.convert("RGBA")
        paper = Image.new("RGB", over.size, "white")
        paper.paste(over, mask=over.getchannel("A"))
        return paper
    return image.convert("RGB")
