"""A figure with its 95 % interval, and what such an interval says against a margin.

This is the only place that compares an interval with a margin, so that every verdict can be checked by one rule.
"""

from dataclasses import dataclass
from math import sqrt

from kit.errors import KitError

__all__ = ["Z95", "Estimate", "conclusion", "is_equivalent", "is_not_worse", "is_worse"]


Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution: a 95 % interval leaves 2.5 % on each side."""


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval.

    Attributes:
        n: Items it rests on; None where it is not a sample or the number is not known.
    """

    value: float
    low: float
    high: float
    n: int | None = None

    def lower_end(self, z: float, unit: float = 1.0) -> float:
        """Return the lower end of the interval at `z`, where this one is at Z95.

        An interval of shares does not widen in proportion to z: as Wilson's, it is as wide as if z**2 more items had
        been seen. So where few items differ, an end is farther out than the proportion says, by up to a third.

        Args:
            z: The point of the normal distribution for one side; not below Z95.
            unit: What a whole share is: 100 for points.
        """
        down = self.value - self.low
        least = unit * Z95**2 / self.n if self.n else 0.0
        spread = sqrt(max(0.0, down**2 - least**2)) * z / Z95
        return self.value - max(down, sqrt(spread**2 + (least * (z / Z95) ** 2) ** 2))

    def scaled(self, factor: float) -> "Estimate":
        """Return it in another unit: a share times 100 is in points."""
        return Estimate(factor * self.value, factor * self.low, factor * self.high, self.n)


def conclusion(difference: Estimate, margin: float) -> str:
    """Say in one word what the interval of candidate less incumbent shows; the first that holds.

    1. `equivalent`: inside the margin either way. First, because the margin says what matters: a gap that is surely
       there and surely too small to matter is no reason to stay or to move.
    2. `better`: above 0.
    3. `worse`: below 0.
    4. `non-inferior`: above -margin; may be better, is not worse by the margin.
    5. `unresolved`: none of these; `items_needed` says how many items would do.

    Raises:
        KitError: If the margin is negative, or an end or the margin is not a number.
    """
    if is_equivalent(difference, margin):
        return "equivalent"
    if difference.low > 0:
        return "better"
    if difference.high < 0:
        return "worse"
    return "non-inferior" if is_not_worse(difference, margin) else "unresolved"


def is_equivalent(difference: Estimate, margin: float) -> bool:
    """Return whether the difference is shown to be smaller than the margin either way: its interval lies inside it.

    Two one-sided tests, Schuirmann (1987), J. Pharmacokin. Biopharm. 15:657. With a 95 % interval, which is what the
    kit prints, each is at 2.5 %. The customary 90 % interval (5 % each) needs about a fifth fewer items, but a reader
    could not check the verdict against the interval printed beside it.
    """
    _check(difference, margin)
    return -margin < difference.low and difference.high < margin


def is_not_worse(difference: Estimate, margin: float) -> bool:
    """Return whether the candidate is shown to be no more than the margin behind: the lower end is above -margin.

    With a 95 % interval the test is one-sided at 2.5 %, as ICH E9 (1998, 3.5) and the CONSORT extension for
    non-inferiority trials (Piaggio et al. 2012, JAMA 308:2594) ask.
    """
    _check(difference, margin)
    return difference.low > -margin


def is_worse(difference: Estimate, margin: float) -> bool:
    """Return whether the candidate is shown to be behind by more than the margin: the upper end is below -margin."""
    _check(difference, margin)
    return difference.high < -margin


def _check(difference: Estimate, margin: float) -> None:
    if not margin >= 0:
        raise KitError(f"margin: {margin} is negative; give the points that do not matter, 0 or more")
    if not difference.low <= difference.high:
        raise KitError(f"interval: its lower end {difference.low} is above its upper end {difference.high}")
