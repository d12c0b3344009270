"""The cheapest one-to-one assignment, exactly (Jonker and Volgenant 1987: shortest augmenting paths).

Some ten queries and five moments a clip: a few lines serve, and no library has to be installed for them.
"""

from __future__ import annotations

import numpy as np

from regard.core.errors import InputError


def assign(costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns (n,), n the smaller side of `costs`, whose sum of costs is least; rows ascend.

    Takes time in the order of small side squared x large side. Raises `InputError` for costs that are not finite, as
    of a training that diverged.
    """
    costs = np.asarray(costs, dtype=np.float64)
    if not np.isfinite(costs).all():
        raise InputError("costs of an assignment must be finite, some are not; lower the learning rate or the inputs")
    if costs.shape[0] > costs.shape[1]:
        columns, rows = assign(costs.T)
        order = rows.argsort()
        return rows[order], columns[order]
    owner = _owners(costs)
    columns = np.flatnonzero(owner >= 0)
    order = owner[columns].argsort()
    return owner[columns][order], columns[order]


def _owners(costs: np.ndarray) -> np.ndarray:
    """Return the row that each column goes to, -1 for none; there are at least as many columns as rows."""
    rows, columns = costs.shape
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    owner = np.full(columns, -1)
    for row in range(rows):
        length, before, reached = _shortest(costs - row_price[:, None] - column_price, owner, row)
        last = reached[-1]
        for column in reached[:-1]:
            column_price[column] -= length[last] - length[column]
            row_price[owner[column]] += length[last] - length[column]
        row_price[row] += length[last]
        while last >= 0:
            owner[last], last = (row if before[last] < 0 else owner[before[last]]), before[last]
    return owner


def _shortest(spare: np.ndarray, owner: np.ndarray, row: int) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Return the path lengths to columns, the column before each (-1: none), and those reached, a free one last.

    `spare`: what each pair costs beyond the prices of its row and column, never negative.
    """
    length, before = np.full(len(owner), np.inf), np.full(len(owner), -1)
    reached: list[int] = []
    here, column, way = row, -1, 0.0
    while here >= 0:
        better = way + spare[here] < length
        better[reached] = False
        length[better], before[better] = way + spare[here][better], column
        open_length = length.copy()
        open_length[reached] = np.inf
        column = int(open_length.argmin())
        reached.append(column)
        here, way = int(owner[column]), length[column]
    return length, before, reached
