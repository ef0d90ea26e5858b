"""How large the crowds of the fault tier are: as promised, or a part of it where time is short."""

import os

PART = float(os.environ.get("FAULTS_SIZE", "1"))


def sized(whole, least):
    """So many when the tier runs in full; of a part never fewer than `least`, which still tell something."""
    return max(round(whole * PART), least)
