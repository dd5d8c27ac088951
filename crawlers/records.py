"""The records of a WARC file as they lie there, streaming, and an end that may be torn at any byte.

warcio's own iterator is not used for reading: it writes to stderr, and returns a shorter record, where a
compressed file breaks off, so that nobody can tell a torn record from a whole one.
"""

from __future__ import annotations

import zlib
from codecs import BOM_UTF8
from typing import BinaryIO

_PIECE = 1 << 16
_LONGEST_LINE = 1 << 16
_LONGEST_HEAD = 1 << 20  # bytes of a record's own headers; real ones have 600


class TornError(Exception):
    """The file breaks off, or goes on with something that is no record."""


class Records:
    """A WARC file read from a record on: call `head`, then `block`, until `head` gives None.

    Gzip by record, gzip in one piece, and plain files are read. Nothing is parsed beyond a record's own
    headers, and never more is held than one block. `start` is where a record begins, as `place` says it of
    a reader that came by there: from there on both see the same, to the last torn byte. That is why pieces
    are read up to the same bytes of the file, wherever reading began.
    """

    def __init__(self, file: BinaryIO, start: int = 0) -> None:
        self._file = file
        self._buffer = bytearray()
        # A single byte is a file torn in its first record; whichever it is, it is no plain WARC.
        self._zipped = is_zipped(file)
        self._raw = b""  # bytes of the file that are not inflated yet
        self._end = start  # where in the file the bytes end that were read so far
        file.seek(start)
        self._member: zlib._Decompress | None = None  # the gzip member that is being read
        self._resumable, self._since = start, -1

    @property
    def place(self) -> tuple[int, int]:
        """Where the record lies whose head was read last: a byte of the file, and records after that byte.

        At (n, 0) another reader can begin, at n. A record inside a gzip member has no such byte of its own:
        it counts from the last that had one.
        """
        return self._resumable, self._since

    @property
    def after(self) -> int | None:
        """The byte of the file behind the record whose block was read last, at which the next one begins.

        None inside a gzip member that goes on.
        """
        return self._boundary()

    def head(self) -> dict[str, str] | None:
        """The next record's headers with their names in lower case; None at the end of the file.

        Raises TornError where the file breaks off inside them. A header given twice keeps its first value.
        """
        begins = self._boundary()
        line = self._line()
        if begins == 0:
            line = line.removeprefix(BOM_UTF8)
        while line in (b"\r\n", b"\n"):
            begins = self._boundary()
            line = self._line()
        if begins is None:
            self._since += 1
        else:
            self._resumable, self._since = begins, 0
        if not line:
            return None
        if not line.startswith(b"WARC/"):
            raise TornError("what follows is no WARC record")
        named: dict[str, str] = {}
        size = 0
        while (line := self._line()).strip():
            key, _, value = line.decode("utf-8", "replace").partition(":")
            named.setdefault(key.strip().lower(), value.strip())
            size += len(line)
            if size > _LONGEST_HEAD:
                raise TornError("headers without an end")
        if not line:
            raise TornError("the file ends inside a record's headers")
        return named

    def _boundary(self) -> int | None:
        """The byte of the file at which a fresh reader would go on as this one; None inside a gzip member."""
        if not self._zipped:
            return self._end - len(self._buffer)
        return None if self._buffer or self._member is not None else self._end - len(self._raw)

    def block(self, length: int, *, keep: bool) -> bytes:
        """The record's block; empty unless it is to be kept. Raises TornError unless all of it is there.

        Of a compressed record its gzip trailer belongs to it: only with it is it known to be whole.
        """
        kept = bytearray()
        missing = length
        while missing > 0:
            if not self._buffer and not self._more():
                raise TornError("the file ends inside a record")
            piece = self._buffer[:missing]
            del self._buffer[: len(piece)]
            missing -= len(piece)
            if keep:
                kept += piece
        while self._peek(2) == b"\r\n":  # two line ends follow a block; some write more
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
        while (end := self._buffer.find(b"\n", searched, _LONGEST_LINE)) < 0:
            searched = len(self._buffer)
            if searched >= _LONGEST_LINE:
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
        piece = self._raw or self._file.read(_PIECE - self._end % _PIECE)
        if not self._raw:
            self._end += len(piece)
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


def is_zipped(file: BinaryIO) -> bool:
    """Whether a file begins as a gzip file does; what follows later is not looked at."""
    file.seek(0)
    return file.read(1) == b"\x1f"
