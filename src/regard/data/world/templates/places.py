"""Questions about where a region is: in the picture, in time, in a grid."""

from __future__ import annotations

from regard.data.world.templates import Wording, wording

# Rows and columns are asked for alike.
GRID_LINE = (
    """
    Which LINE is {a} in?
    What LINE is {a} in?
    In which LINE is {a}?
    Tell me the LINE of {a}.
    LINE of {a_}?
    {a} - which LINE is it in?
    Counted from the SIDE, which LINE is {a} in?
    What is the LINE of {a} in the grid?
    Name the LINE that {a} is in.
    In what LINE of the grid does {a} lie?
    I want to know the LINE of {a}.
    Give the LINE number of {a}.
    Can you tell me which LINE {a} is in?
    """,
    """
    For {a_}: which LINE?
    Say which LINE {a} lies in.
    Which LINE of the grid has {a}?
    Look at {a}. What is its LINE number?
    Do you know the LINE of {a}?
    """,
    """
    which LINE is {it} in | which LINE {it} is in | the LINE of {it}
    in what LINE is {it} | in what LINE {it} is | the LINE number of {it}
    """,
)


def _grid_line(line: str, side: str) -> Wording:
    """Return how to ask for the row, or the column, of a region; they are counted from `side`."""
    return wording(*(text.replace("LINE", line).replace("SIDE", side) for text in GRID_LINE))


WORDINGS: dict[str, Wording] = {
    "position": wording(
        """
        Where is {a}?
        Where in the picture is {a}?
        What is the position of {a}?
        In which part of the picture is {a}?
        position of {a_}?
        Tell me where {a} is.
        Where does {a} lie?
        {a} - where is it?
        Name the part of the picture that {a} is in.
        Where can I find {a}?
        Can you tell me where {a} is?
        Look at {a}. Where is it in the picture?
        I want to know the position of {a}.
        Give the position of {a} in the image.
        Which part of the image does {a} lie in?
        What is {a_}'s position?
        Where is {a} in the image?
        Is {a} at the top, at the bottom, left, right or in the centre?
        Where in the image is {a}?
        Where in the whole picture is {a}?
        Where in this image does {a} lie?
        In this picture, where is {a}?
        Whereabouts in the picture is {a}?
        """,
        """
        Where do you see {a}?
        Say where {a} is.
        For {a_}: which position?
        Do you know where {a} lies in the image?
        See {a_}? Its position, please.
        In what part of the image can I find {a}?
        """,
        """
        where is {it} | where {it} is | the position of {it}
        where in the picture is {it} | where in the picture {it} is | the part of the picture that {it} is in
        where does {it} lie | where {it} lies | the place of {it}
        in which part of the image is {it} | in which part of the image {it} is |
        at what position is {it} | at what position {it} is |
        """,
    ),
    "position_start": wording(
        """
        Where is {a} at the start?
        Where is {a} at the start of the clip?
        Where does {a} start?
        At the start, where is {a}?
        What is the position of {a} at the beginning?
        Tell me where {a} is at the beginning.
        In which part of the picture does {a} start?
        {a} - where is it at first?
        Where is {a} when the clip begins?
        When {a} is first seen, where is it?
        Where can I find {a} at first?
        Give the first position of {a}.
        """,
        """
        Where do you first see {a}?
        Where is {a} in the beginning?
        Say where {a} is at the start.
        For {a_}: which position at first?
        At first, in which part of the picture is {a}?
        """,
        """
        where is {it} at the start | where {it} is at the start | the position of {it} at the start
        where does {it} start | where {it} starts | the first place of {it}
        """,
    ),
    "position_end": wording(
        """
        Where is {a} at the end?
        Where is {a} at the end of the clip?
        Where does {a} end?
        At the end, where is {a}?
        What is the position of {a} at the end?
        Tell me where {a} is in the end.
        In which part of the picture does {a} end?
        {a} - where is it in the end?
        Where is {a} when the clip ends?
        When {a} is last seen, where is it?
        Where can I find {a} at the end?
        Give the last position of {a}.
        """,
        """
        Where do you last see {a}?
        Where has {a} gone at the end?
        Say where {a} is at the end.
        For {a_}: which position at the end?
        In the end, in which part of the picture is {a}?
        """,
        """
        where is {it} at the end | where {it} is at the end | the position of {it} at the end
        where does {it} end | where {it} ends | the last place of {it}
        """,
    ),
    "grid_row": _grid_line("row", "top"),
    "grid_column": _grid_line("column", "left"),
    "grid_cell": wording(
        """
        Which row and column is {a} in?
        What row and column is {a} in?
        In which row and column is {a}?
        Tell me the row and the column of {a}.
        row and column of {a_}?
        {a} - which row and column is it in?
        Where in the grid is {a}?
        What is the cell of {a} in the grid?
        Name the cell of the grid that {a} is in.
        In what row and column of the grid does {a} lie?
        I want to know the row and column of {a}.
        Give the row number and the column number of {a}.
        What is the position of {a} in the grid?
        In what cell of the grid do I find {a}?
        {a} lies in which row and which column?
        Which cell of the grid does {a} fill?
        At which row and column do you see {a}?
        """,
        """
        For {a_}: which row and column?
        Say which cell of the grid {a} lies in.
        Which cell has {a}?
        Look at {a}. What are its row and column?
        Do you know the row and column of {a}?
        """,
        """
        which row and column is {it} in | which row and column {it} is in | the row and column of {it}
        where in the grid is {it} | where in the grid {it} is | the cell of {it}
        what are the row and column of {it} | what the row and column of {it} are | the row and column number of {it}
        in what cell is {it} | in what cell {it} is | the grid cell of {it}
        in which row and column does {it} lie | in which row and column {it} lies |
        """,
    ),
}
