"""The records of a WARC file as they lie there, streaming, and an end that may be torn at any byte.

warcio's own iterator is not used for reading: it writes to stderr, and returns a shorter record, where a
compressed file breaks off, so that nobody can tell a torn record from a whole one.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO

_PIECE = 1 << 16
_LONGEST_LINE = 1 << 16


class TornError(Exception):
    """The file breaks off, or goes on with something that is no record."""


class Records:
    """A WARC file read from its beginning: call `head`, then `block`, until `head` gives None.

    Gzip by record, gzip in one piece, and plain files are read. Nothing is parsed beyond a record's own
    headers, and never more is held than one block.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._buffer = bytearray()
        self._raw = file.read(_PIECE)  # bytes of the file that are not inflated yet
        # A single byte is a file torn in its first record; whichever it is, it is no plain WARC.
        self._zipped = self._raw[:1] == b"\x1f"
        self._member: zlib._Decompress | None = None  # the gzip member that is being read

    def head(self) -> dict[str, str] | None:
        """The next record's headers with their names in lower case; None at the end of the file.

        Raises TornError where the file breaks off inside them. A header given twice keeps its first value.
        """
        line = self._line()
        while line in (b"\r\n", b"\n"):
            line = self._line()
        if not line:
            return None
        if not line.startswith(b"WARC/"):
            raise TornError("what follows is no WARC record")
        named: dict[str, str] = {}
        while (line := self._line()).strip():
            key, _, value = line.decode("utf-8", "replace").partition(":")
            named.setdefault(key.strip().lower(), value.strip())
        if not line:
            raise TornError("the file ends inside a record's headers")
        return named

    def block(self, length: int, *, keep: bool) -> bytes:
        """The record's block; empty unless it is to be kept. Raises TornError unless all of it is there.

        Of a compressed record its gzip trailer belongs to it: only with it is it known to be whole.
        """
        kept = bytearray()
        missing = length
        while missing:
            if not self._buffer and not self._more():
                raise TornError("the file ends inside a record")
            piece = self._buffer[:missing]
            del self._buffer[: len(piece)]
            missing -= len(piece)
            if keep:
                kept += piece
        for _ in range(2):  # the two line ends after a block
            if self._peek(2) == b"\r\n":
                del self._buffer[:2]
        while self._zipped and self._member is not None and not self._buffer:
            self._more()
        if self._member is not None and self._peek(5) not in (b"WARC/", b""):
            # A damaged stream may inflate to something longer, and its checksum is never reached.
            raise TornError("what follows inside the compressed record is no record")
        return bytes(kept)

    def _line(self) -> bytes:
        """The next line with its end; empty at the end of the file."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > _LONGEST_LINE:
                raise TornError("a line without an end where a record's headers should be")
            if not self._more():
                if self._buffer:
                    raise TornError("the file ends inside a line")
                return b""
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line

    def _peek(self, length: int) -> bytes:
        # Not beyond the member: the next one is the next record's, and may be torn where this one is whole.
        while len(self._buffer) < length and not (self._zipped and self._member is None) and self._more():
            pass
        return bytes(self._buffer[:length])

    def _more(self) -> bool:
        """Whether the buffer grew or a member ended; False at a clean end of the file."""
        piece = self._raw or self._file.read(_PIECE)
        self._raw = b""
        if not self._zipped:
            self._buffer += piece
            return bool(piece)
        if self._member is None:
            if not piece:
                return False
            self._member = zlib.decompressobj(wbits=31)
        elif not piece:
            raise TornError("the file ends inside a compressed record")
        try:
            self._buffer += self._member.decompress(piece)
        except zlib.error as error:
            raise TornError(f"not a compressed record: {error}") from None
        if self._member.eof:
            self._raw = self._member.unused_data
            self._member = None
        return True
