"""A share of few trials, and how far the true one may be from it: pure, no I/O.

Wilson's score interval: with so few rounds the usual one (share ± 1.96 standard errors) says
"100 % to 100 %" of whatever always held. Recommended for up to 40 trials by Brown, Cai and
DasGupta, "Interval Estimation for a Binomial Proportion", Statistical Science 16 (2001). The
quantile comes from `statistics`; the exact interval (Clopper-Pearson) would need scipy for it.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

CONFIDENCE: Final = 0.95
"""The usual level: of 20 such intervals one may be expected to miss the true rate."""


def wilson(successes: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The two-sided interval of the true share, within 0 and 1.

    Raises:
        ValueError: there were no trials, or more successes than trials.
    """
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} successes of {trials} trials")
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    centre = successes + z2 / 2
    spread = math.sqrt(z2 * (successes * (trials - successes) / trials + z2 / 4))
    # At the ends the formula gives 0 and 1 only up to rounding.
    low = 0.0 if successes == 0 else (centre - spread) / (trials + z2)
    high = 1.0 if successes == trials else (centre + spread) / (trials + z2)
    return low, high


class Rate(BaseModel):
    """In how many of its rounds a check passed; `low` and `high` bound the true rate (0 to 1)."""

    model_config = ConfigDict(extra="forbid")

    passed: int
    rounds: int
    low: float
    high: float

    @classmethod
    def of(cls, passed: int, rounds: int) -> Self:
        """The rate with its bounds, rounded to a tenth of a per cent."""
        low, high = wilson(passed, rounds)
        return cls(passed=passed, rounds=rounds, low=round(low, 3), high=round(high, 3))

    @property
    def words(self) -> str:
        """As in "4 of 5 rounds (80 %; 95 % bounds 38 to 96 %)"."""
        return (
            f"{self.passed} of {self.rounds} rounds ({self.passed / self.rounds:.0%}; "
            f"{CONFIDENCE:.0%} bounds {self.low:.0%} to {self.high:.0%})"
        ).replace("%", " %")
