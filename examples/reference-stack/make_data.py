"""
Make up the customers of `data/customers.csv`: `python make_data.py`.

No real customer is in it. The same file comes out on any machine.
"""

from __future__ import annotations

import csv
import math
import random
from pathlib import Path

SEED = 7
ROWS = 2000
DATA = Path(__file__).parent / "data" / "customers.csv"
COLUMNS = (
    "id",
    "tenure_months",
    "monthly_fee",
    "contract",
    "support_tickets",
    "late_payments",
    "days_since_login",
    "left",
)


def make(path: Path) -> None:
    """Write the customers to *path*, with whether each has left three months later."""
    # Of all that `random` has, only random() promises the same numbers in every version.
    draw = random.Random(SEED).random  # noqa: S311 (made up, and no secret)
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number in range(ROWS):
            tenure = int(72 * draw() ** 2)
            fee = round(10 + 90 * draw(), 2)
            is_yearly = draw() < 0.4
            tickets = int(-1.2 * math.log(1 - draw()))
            late = int(-0.8 * math.log(1 - draw()))
            idle = int(-12 * math.log(1 - draw()))
            # A high fee drives away those who may go any month; a yearly contract holds, but
            # for those whose year ends now.
            strain = 0.9 * tickets + 0.7 * late + 0.05 * idle - 0.03 * tenure - 2.2
            strain += (2.0 if tenure % 12 == 11 else -2.5) if is_yearly else 0.025 * (fee - 50)
            left = draw() < 1 / (1 + math.exp(-strain))
            contract = "yearly" if is_yearly else "monthly"
            writer.writerow(
                (f"C{number:05}", tenure, fee, contract, tickets, late, idle, int(left))
            )


if __name__ == "__main__":
    make(DATA)
