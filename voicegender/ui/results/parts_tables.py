"""Who is in which part of a split -> tables for people."""

import pandas as pd

from voicegender.split import PARTS, balance
from voicegender.ui.words import GENDERS


def parts_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Readers and recordings of each gender in each part; a row a part."""
    counts = balance(rows)
    table = pd.DataFrame({"Part": [part.capitalize() for part in PARTS]})
    for what in ("readers", "recordings"):
        women, men = (counts[(what, gender)].to_numpy() for gender in ("F", "M"))
        pairs = zip(women, men, strict=True)
        table[f"{what.capitalize()} (women + men)"] = [f"{f:,} + {m:,}" for f, m in pairs]
    return table.set_index("Part")


def readers_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Each reader with part and recordings."""
    table = rows.groupby(["part", "speaker_id", "gender"], as_index=False).agg(
        Recordings=("utterance_id", "size"), Minutes=("duration", "sum")
    )
    table["Minutes"] = (table["Minutes"] / 60).round(2)
    table["gender"] = table["gender"].map(GENDERS)
    return table.rename(columns={"part": "Part", "speaker_id": "Reader", "gender": "Label"})
