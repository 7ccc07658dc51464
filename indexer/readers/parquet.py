"""Read Parquet through pyarrow, a few hundred rows at a time.

A value that cannot be read costs its field or its record; a damaged row group costs its rows.
"""

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import IO, TYPE_CHECKING

from indexer.readers.encodings import decode
from indexer.readers.origin import Origin
from indexer.readers.outcome import Outcome, Reject
from indexer.readers.record import read_record
from indexer.readers.streams import MAX_RATIO, UNCHECKED_BYTES, Stream, most_records, seekable

if TYPE_CHECKING:
    from pyarrow import Array, Scalar
    from pyarrow.parquet import ParquetFile, RowGroupMetaData

ROWS = 256  # in memory at once
LONGEST_VALUE = 16_000_000  # bytes

_DAMAGED = "Parquet cut off or damaged"
_BOMB = "decompression bomb: Parquet unpacks without end"
_LARGEST_DICTIONARY = 4_000_000  # bytes; writers stop at 1 MiB
_ERRORS = (OSError, ValueError, OverflowError, LookupError)  # LookupError: an unknown time zone


class _Unreadable:
    """The mark of a value that cannot be read."""


def read_parquet(stream: Stream, origin: Origin) -> Iterator[Outcome]:
    """Yield the outcomes of each row; only columns that hold a known field are read."""
    with seekable(stream, origin.depth) as file:
        yield from _read_rows(file, origin)


def _read_rows(file: IO[bytes], origin: Origin) -> Iterator[Outcome]:
    # Imported here: the import takes 0.3 s and 60 MB, which no other format should pay
    import pyarrow as pa

    size = file.seek(0, 2)
    most, largest = most_records(size), max(UNCHECKED_BYTES, MAX_RATIO * size)
    errors = (pa.ArrowException, *_ERRORS)
    try:
        parquet, names = _open(file, origin)
    except errors:
        yield Reject(_DAMAGED, f"{origin.place}:1")
        return
    with parquet:
        for number, row in enumerate(_rows(parquet, names, errors), start=1):
            where = origin.at(f":{number}")
            if isinstance(row, dict):
                largest -= sum(len(value) for value in row.values() if isinstance(value, str))
            if number > most or largest < 0:
                yield Reject(_BOMB, where.place)
                return
            if isinstance(row, str):
                yield Reject(row, where.place)
            else:
                yield from read_record(row, where)


def _open(file: IO[bytes], origin: Origin) -> tuple["ParquetFile", list[str]]:
    """Open the file; return it with the names of the columns that hold a known field."""
    from pyarrow.parquet import ParquetFile

    with ParquetFile(file, pre_buffer=False) as parquet:
        names = parquet.schema_arrow.names
        groups = [parquet.metadata.row_group(n) for n in range(parquet.num_row_groups)]
        large = {name for group in groups for name in _large_dictionaries(group)}
    origin.columns.fields(dict.fromkeys(names))  # counts the columns that are left out
    opened = ParquetFile(file, pre_buffer=False, read_dictionary=sorted(large))
    return opened, origin.columns.known_among(names)


def _large_dictionaries(group: "RowGroupMetaData") -> Iterator[str]:
    """Yield the columns in which a few octets may unpack to a large value, repeated in each row."""
    for number in range(group.num_columns):
        column = group.column(number)
        unpacked = column.total_uncompressed_size
        is_dense = unpacked > MAX_RATIO * column.total_compressed_size
        if column.has_dictionary_page and is_dense and unpacked > _LARGEST_DICTIONARY:
            yield column.path_in_schema


def _rows(
    parquet: "ParquetFile", names: list[str], errors: tuple[type[Exception], ...]
) -> Iterator[dict[str, object] | str]:
    """Yield each row, or the reason why it cannot be read."""
    for group in range(parquet.num_row_groups):
        metadata = parquet.metadata.row_group(group)
        sizes = [metadata.column(number) for number in range(metadata.num_columns)]
        unpacked = sum(column.total_uncompressed_size for column in sizes)
        packed = sum(column.total_compressed_size for column in sizes)
        if unpacked > max(UNCHECKED_BYTES, MAX_RATIO * packed):
            yield _BOMB
            continue
        batches = parquet.iter_batches(batch_size=ROWS, row_groups=[group], columns=names)
        left = metadata.num_rows
        while left > 0:
            try:
                batch = next(batches, None)
            except errors:
                batch = None
            if batch is None:  # the group is damaged, or has fewer rows than it says
                yield from repeat(_DAMAGED, left)
                break
            left -= batch.num_rows
            columns = {name: _values(batch.column(name), errors) for name in batch.schema.names}
            for row in range(batch.num_rows):
                yield {name: values(row) for name, values in columns.items()}


def _values(column: "Array", errors: tuple[type[Exception], ...]) -> Callable[[int], object]:
    """Return a function from the number of a row to its value."""
    if not hasattr(column, "dictionary"):
        try:
            values: list[object] = column.to_pylist()
        except errors:
            pass
        else:
            return values.__getitem__
    # A large value is built when it is read, and not once for each row
    return lambda row: _value(column[row], errors)


def _value(scalar: "Scalar", errors: tuple[type[Exception], ...]) -> object:
    """Return the value as a Python object, times cut to microseconds; `_Unreadable` on failure."""
    import pyarrow as pa

    kind = scalar.type
    if not scalar.is_valid:
        return None
    if pa.types.is_dictionary(kind):
        return _value(scalar.value, errors)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind):
        text = scalar.as_buffer()
        return _Unreadable() if text.size > LONGEST_VALUE else decode(text.to_pybytes())
    if pa.types.is_struct(kind):
        return {name: _value(inner, errors) for name, inner in scalar.items()}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [_value(inner, errors) for inner in scalar]
    try:
        if pa.types.is_timestamp(kind):
            scalar = scalar.cast(pa.timestamp("us", kind.tz), safe=False)
        return scalar.as_py()
    except errors:
        # The time zone is not known here
        has_zone = pa.types.is_timestamp(kind) and kind.tz not in (None, "UTC")
        return (
            _value(scalar.cast(pa.timestamp("us", "UTC"), safe=False), errors)
            if has_zone
            else _Unreadable()
        )
