"""Bytes of a text file to UTF-8, with the encoding detected or stated."""

from __future__ import annotations

import codecs
import re
from typing import Final

import charset_normalizer

from kiaim_server.errors import DataError

#: Bytes around the first byte that is not UTF-8 at which the encoding is judged.
_SAMPLE: Final = 65_536

#: Longest first: the mark of UTF-32-LE begins with that of UTF-16-LE.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

#: Above this share of letters outside ASCII a text is not in a Western European language.
_WESTERN: Final = 0.4

_BEYOND_ASCII: Final = bytes(range(0x80, 0x100))
_MULTIBYTE: Final = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)

#: Python counts these as text encodings, but no file of records is written in them.
_NOT_FOR_FILES: Final = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)


def is_encoding(label: str) -> bool:
    """Whether `label` names a text encoding that files are written in."""
    try:
        known = codecs.lookup(label)
        "".encode(known.name)
    except (LookupError, UnicodeError, ValueError):
        return False
    return known.name.replace("-", "_") not in _NOT_FOR_FILES


def to_utf8(data: bytes, name: str, encoding: str | None) -> bytes:
    """The text of a file in UTF-8, without byte order mark.

    Without a stated `encoding`: a byte order mark decides; UTF-16 without one is known by its
    zero bytes; what is valid UTF-8 throughout is UTF-8; anything else must look like Western
    European text and is read as Windows-1252, which agrees with Latin-1 on all printable
    characters. What fits none of these is refused rather than guessed.

    Raises
    ------
    DataError
        With the line where the bytes stop being text in the encoding.
    """
    mark, marked = next(((m, e) for m, e in _MARKS if data.startswith(m)), (b"", None))
    if marked is not None and (encoding is None or _same_family(encoding, marked)):
        encoding, data = marked, data[len(mark) :]
    if encoding is None:
        encoding = _detected(data, name)
    try:
        text = data.decode(encoding)
        utf8 = data if codecs.lookup(encoding).name == "utf-8" else text.encode()
    except UnicodeDecodeError as error:
        raise _undecodable(data, name, encoding, error.start) from None
    except UnicodeEncodeError as error:  # lone surrogates, e.g. from UTF-7
        raise _undecodable(data, name, encoding, error.start) from None
    zero = utf8.find(b"\0")
    if zero >= 0:
        line = line_at(utf8, zero)
        raise DataError(
            f"{name}, line {line}: a NUL byte; the file is not text, or its encoding is not "
            f"{encoding}; state it with the option 'encoding'",
            line=line,
        )
    return utf8


def line_at(utf8: bytes, offset: int) -> int:
    """Line number, from 1, of a byte; lines end with LF, CR LF or CR."""
    breaks = utf8.count(b"\n", 0, offset) + utf8.count(b"\r", 0, offset)
    return breaks - utf8.count(b"\r\n", 0, offset) + 1


def _same_family(encoding: str, marked: str) -> bool:
    """Whether a stated encoding allows the byte order mark that was found."""
    plain = codecs.lookup(encoding).name.replace("_", "-").removesuffix("-sig")
    return plain == marked or f"{plain}-le" == marked or f"{plain}-be" == marked


def _detected(data: bytes, name: str) -> str:
    head = data[:4096]
    if len(data) % 2 == 0 and len(head) >= 2:
        half = len(head) / 2
        if head[1::2].count(0) > half / 2 and head[::2].count(0) < half / 10:
            return "utf-16-le"
        if head[::2].count(0) > half / 2 and head[1::2].count(0) < half / 10:
            return "utf-16-be"
    fault = _first_fault(data, "utf-8")
    if fault is None:
        return "utf-8"
    if _mostly_utf8(data, fault):  # damaged: in another encoding, every good letter would be two
        raise _undecodable(data, name, "utf-8", fault)
    return _legacy(data, fault, name)


def _mostly_utf8(data: bytes, fault: int) -> bool:
    """Whether more bytes beyond ASCII form characters of UTF-8 than do not, around a fault."""
    sample = data[max(0, fault - _SAMPLE) : fault + _SAMPLE]
    beyond = len(sample) - len(sample.translate(None, _BEYOND_ASCII))
    valid = sum(len(found) for found in _MULTIBYTE.findall(sample))
    return 2 * valid > beyond


def _first_fault(data: bytes, encoding: str) -> int | None:
    """Offset of the first byte that is no text in the encoding; None if all are."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start
    return None


def _legacy(data: bytes, offset: int, name: str) -> str:
    sample = data[max(0, offset - _SAMPLE) : offset + _SAMPLE]
    letters = [c for c in sample.decode("cp1252", "replace") if c.isalpha()]
    foreign = sum(c > "\x7f" for c in letters)
    if foreign <= _WESTERN * len(letters) and _first_fault(data, "cp1252") is None:
        return "cp1252"
    guess = charset_normalizer.from_bytes(sample).best()
    hint = f" (perhaps {guess.encoding})" if guess is not None else ""
    line = line_at(data, offset)
    raise DataError(
        f"{name}, line {line}: not UTF-8 and not Western European text; state the encoding with "
        f"the option 'encoding'{hint}",
        line=line,
    )


def _undecodable(data: bytes, name: str, encoding: str, offset: int) -> DataError:
    before = data[:offset].decode(encoding, "replace").encode("utf-8", "replace")
    line = line_at(before, len(before))
    return DataError(
        f"{name}, line {line}: bytes that are not {encoding}; state the file's encoding with the "
        "option 'encoding', or repair the line",
        line=line,
    )
