"""The pass rate of a few trials, with Wilson's score interval for the true rate.

With few trials the usual interval (rate ± 1.96 standard errors) is too narrow: it gives "100 % to
100 %" if all trials passed. Brown, Cai and DasGupta recommend Wilson's interval for up to 40 trials
("Interval Estimation for a Binomial Proportion", Statistical Science 16, 2001). The exact interval
(Clopper-Pearson) would need scipy.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

CONFIDENCE: Final = 0.95
"""The usual level: about one of 20 such intervals does not contain the true rate."""


def wilson(successes: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The two-sided interval for the true rate; both bounds are between 0 and 1.

    Raises:
        ValueError: `trials` is 0, or `successes` is not between 0 and `trials`.
    """
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} successes of {trials} trials")
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    centre = successes + z2 / 2
    spread = math.sqrt(z2 * (successes * (trials - successes) / trials + z2 / 4))
    # At both ends rounding errors would give values just beside 0 and 1.
    low = 0.0 if successes == 0 else (centre - spread) / (trials + z2)
    high = 1.0 if successes == trials else (centre + spread) / (trials + z2)
    return low, high


class Rate(BaseModel):
    """How many rounds of a check passed; `low` and `high` bound the true pass rate (0 to 1)."""

    model_config = ConfigDict(extra="forbid")

    passed: int
    rounds: int
    low: float
    high: float

    @classmethod
    def of(cls, passed: int, rounds: int) -> Self:
        """The rate with its bounds, rounded to three decimals."""
        low, high = wilson(passed, rounds)
        return cls(passed=passed, rounds=rounds, low=round(low, 3), high=round(high, 3))

    @property
    def words(self) -> str:
        """The rate in words: "4 of 5 rounds (80 %; 95 % bounds 38 % to 96 %)"."""
        return (
            f"{self.passed} of {self.rounds} rounds ({self.passed / self.rounds:.0%}; "
            f"{CONFIDENCE:.0%} bounds {self.low:.0%} to {self.high:.0%})"
        ).replace("%", " %")
