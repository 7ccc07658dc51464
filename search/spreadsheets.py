"""What a spreadsheet must be kept from: computing a cell that a text of an archive begins."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(cell: str) -> str:
    """Return the cell with an apostrophe in front where a spreadsheet would compute it."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
