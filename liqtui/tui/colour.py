"""Colour arithmetic: OKLab, contrast, and the nearest of the 256 indexed colours."""

import math
from functools import lru_cache
from typing import Final, TypeAlias

RGB: TypeAlias = tuple[int, int, int]
Lab: TypeAlias = tuple[float, float, float]

_LEVELS: Final = (0, 95, 135, 175, 215, 255)


def rgb(text: str) -> RGB:
    """Return the channels of ``#rrggbb``."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def indexed(number: int) -> RGB:
    """Return what xterm shows for a colour of the 6x6x6 cube or the grey ramp (16 to 255)."""
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return grey, grey, grey
    red, rest = divmod(number - 16, 36)
    green, blue = divmod(rest, 6)
    return _LEVELS[red], _LEVELS[green], _LEVELS[blue]


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else math.pow((value + 0.055) / 1.055, 2.4)


@lru_cache(512)
def oklab(colour: RGB) -> Lab:
    """Return perceptual lightness (0 to 1) and the two opponent axes.

    Source: B. Ottosson, "A perceptual color space for image processing", 2020.
    """
    r, g, b = (_linear(channel) for channel in colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    middle = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def distance(one: RGB, other: RGB) -> float:
    """Return how far apart two colours look: 0.02 is just noticeable, 0.15 is plain."""
    return math.dist(oklab(one), oklab(other))


@lru_cache(512)
def nearest(colour: RGB) -> int:
    """Return the indexed colour that looks most alike.

    The first 16 indexes are left out: every user has other colours there.
    """
    return min(range(16, 256), key=lambda number: distance(colour, indexed(number)))


def contrast(one: RGB, other: RGB) -> float:
    """Return the WCAG 2.1 contrast ratio, 1 to 21."""
    lights = sorted(_luminance(colour) + 0.05 for colour in (one, other))
    return lights[1] / lights[0]


def _luminance(colour: RGB) -> float:
    r, g, b = (_linear(channel) for channel in colour)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
