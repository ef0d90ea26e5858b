"""A copy of a picture to be shown: decoded and encoded anew, so that nothing of the file itself is left in it."""

from typing import IO

import pillow_heif
from PIL import Image, ImageOps

from files.workshop.limits import MOST_PIXELS, MOST_SIDE, SHOWN_SIDE
from files.workshop.refusals import TooMuch

FORMATS = ("PNG", "JPEG", "HEIF")
QUALITY = 85


def copy_picture(file: IO[bytes], made: IO[bytes]) -> None:
    """Upright, on white, without place, time, device or anything else that cameras write down."""
    pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # the measures are asked here
    with Image.open(file, formats=FORMATS) as picture:
        if max(picture.size) > MOST_SIDE or picture.width * picture.height > MOST_PIXELS:
            raise TooMuch
        # A JPEG can be decoded at a half or a quarter of its size.
        picture.draft("RGB", (SHOWN_SIDE, SHOWN_SIDE))
        picture.load()
        turned = ImageOps.exif_transpose(picture)
    turned.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    _on_white(turned).save(made, "JPEG", quality=QUALITY, optimize=True)


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return Image.frombytes("RGB", picture.size, picture.convert("RGB").tobytes())
    layer = picture.convert("RGBA")
    white = Image.new("RGB", layer.size, "white")
    white.paste(layer, mask=layer)
    return white
