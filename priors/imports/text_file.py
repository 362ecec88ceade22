"""Text of a downloaded file, whatever its encoding, within bounds."""

import codecs
import unicodedata
from pathlib import Path

from priors.documents import read_bounded
from priors.errors import EvidenceError

#: Bytes by which an encoding without a mark is told.
_SAMPLE = 2**16
#: Byte order marks and what they say; that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What spreadsheets in Japan and Europe save where it is not UTF-8.
_CODE_PAGES = ["cp932", "euc_jp", "cp1252"]

#: First kanji of the second level in Shift_JIS.
_SECOND_LEVEL = b"\x98\x9f"

_EXPECTED = "a CSV file in UTF-8, UTF-16 or Shift_JIS (CP932)"


def read_any_text(path: Path) -> str:
    """Read a text file, telling its encoding by its bytes.

    A byte order mark decides; then UTF-8, if the file is UTF-8; then UTF-16 without a mark, if
    there are zero bytes; then the likeliest of the code pages, told by charset-normalizer.

    Raises
    ------
    EvidenceError
        No regular file (a device or a pipe may have no end), one of more than
        `priors.documents.LARGEST` bytes, or bytes that are no text.
    """
    raw = read_bounded(path, EvidenceError, _EXPECTED)
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _decoded(path, raw, encoding)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and "\0" not in text:
        return text
    if raw.startswith(b"PK\x03\x04"):
        raise EvidenceError(path.name, "a workbook", "a CSV file: save the sheet as CSV UTF-8")
    if b"\0" in raw[:_SAMPLE]:
        return _decoded(path, raw, _utf_16(raw[:_SAMPLE]))
    return _decoded(path, raw, _code_page(raw)) if raw else ""


def _decoded(path: Path, raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise EvidenceError(
            path.name, f"byte {error.start} that is no {encoding.upper()}", _EXPECTED
        ) from error
    if "\0" in text:
        raise EvidenceError(path.name, "a file that is not text", _EXPECTED)
    return text


def _utf_16(sample: bytes) -> str:
    """Byte order of UTF-16: the zero bytes of digits and delimiters are the higher ones."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    return "utf-16-le" if odd > even else "utf-16-be"


def _code_page(raw: bytes) -> str:
    from charset_normalizer import from_bytes

    if _is_japanese(raw):
        return _CODE_PAGES[0]
    sample = raw[:_SAMPLE].rpartition(b"\n")[0] or raw
    best = from_bytes(sample, cp_isolation=_CODE_PAGES).best()
    return _CODE_PAGES[0] if best is None else best.encoding


def _is_japanese(raw: bytes) -> bool:
    """Whether bytes are Shift_JIS with kana, full-width forms or none but common kanji.

    Of a few cells there is too little text to tell a language by. Kana and full-width digits in
    Shift_JIS are pairs of bytes that no text in a European language has, and its accented letters
    would be kanji of the second level.
    """
    try:
        text = raw.decode(_CODE_PAGES[0])
    except UnicodeDecodeError:
        return False
    names = {unicodedata.name(char, "") for char in set(text) if not char.isascii()}
    if any(name.startswith(("HIRAGANA", "KATAKANA", "FULLWIDTH")) for name in names):
        return True
    letters = {char.encode(_CODE_PAGES[0]) for char in set(text) if not char.isascii()}
    return all(letter < _SECOND_LEVEL for letter in letters)
