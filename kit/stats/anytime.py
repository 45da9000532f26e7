"""Anytime: intervals that hold at every look, so that a replay may stop as soon as its verdict stands.

A fixed-size interval looked at again and again errs more often than it says (a rate of 2.5 % becomes 10 % after eight
looks). These hold at all sample sizes at once: Ville (1939); Waudby-Smith and Ramdas (2024), JRSS-B 86:1, by betting.
Chosen by simulation over alpha spending: it needs no plan of looks, and where hardly a request is lost it needs few
more requests than the fixed interval (170 for a margin of 3 points without a loss, where Tango's needs 125).
"""

from math import ceil, exp, inf, log, log1p, sqrt
from statistics import NormalDist

from kit.stats.intervals import Z95

__all__ = ["anytime_difference", "anytime_z", "requests_to_decide"]

_BETS = ((0.06, 0.08), (0.16, 0.27), (0.40, 0.25), (0.75, 0.20), (0.95, 0.20))
"""Shares of the wealth that each bet may lose in one step, and how much is bet in that way: a mixture, so that the
order of requests does not count. Small bets are for many small differences, the largest for none at all."""

_TUNED = 500
"""Requests at which `anytime_z` is narrowest."""


def anytime_difference(won: float, lost: float, n: float, z: float = Z95) -> tuple[float, float]:
    """The interval of the mean of outcomes of -1, 0 and 1 that holds at any number of requests, each side at `z`.

    Bets that the mean is above a supposed one can grow 40-fold with a chance of 1 in 40 at most if it is not, whenever
    one looks; the interval holds all means against which no bet has grown so.

    Args:
        won: Outcomes of 1; with `lost` (of -1) and `n` a count, or a count of effective requests.
    """
    mean = (won - lost) / n
    return _edge(won, lost, n, mean, z), -_edge(lost, won, n, -mean, z)


def anytime_z(n: float, z: float = Z95) -> float:
    """The point of the normal distribution that holds at any number of requests, in the place of `z`, which holds once.

    Robbins (1970), Ann. Math. Statist. 41:1397, a normal mixture, tuned to _TUNED requests; for estimates that are
    nearly normal (Waudby-Smith et al. 2024, arXiv 2103.06476).
    """
    alpha = 1 - NormalDist().cdf(z)
    spread = (2 * log(1 / (2 * alpha)) + log(2 * log(1 / (2 * alpha)) + 1)) / _TUNED
    return sqrt((1 + 1 / (n * spread)) * 2 * log(sqrt(n * spread + 1) / (2 * alpha)))


def requests_to_decide(won: float, lost: float, margin: float, z: float = Z95, power: float = 0.8) -> int | None:
    """Requests after which the interval leaves -margin outside with that chance; None if no number would do.

    Args:
        won, lost: Shares of outcomes of 1 and of -1, as seen.
        margin: As a share.
    """
    gap = won - lost + margin
    if abs(gap) < 1e-12:
        return None
    up, down, supposed = (won, lost, -margin) if gap > 0 else (lost, won, margin)
    luck = NormalDist().inv_cdf(power)

    def decided(n: float) -> bool:
        bet = max(_BETS, key=lambda one: _growth(up, down, 1 - up - down, supposed, one[0]))[0] / (1 + supposed)
        steps = [log1p(bet * (d - supposed)) for d in (1, -1, 0)]
        shares = (up, down, 1 - up - down)
        mean = sum(share * step for share, step in zip(shares, steps, strict=True))
        off = sqrt(max(0.0, sum(share * step**2 for share, step in zip(shares, steps, strict=True)) - mean**2))
        return _wealth(n * up, n * down, n, supposed) - luck * off * sqrt(n) >= _threshold(z)

    most = 2.0
    while not decided(most):
        most *= 2
        if most > 1e8:
            return None
    least = most / 2
    while most - least > 0.5:
        middle = (least + most) / 2
        least, most = (least, middle) if decided(middle) else (middle, most)
    return ceil(1.05 * most)  # luck is skewed: simulated, the bare number has a power of 77 %


def _threshold(z: float) -> float:
    return -log(max(NormalDist().cdf(-z), 1e-300))


def _edge(won: float, lost: float, n: float, mean: float, z: float) -> float:
    """The largest supposed mean below the one seen against which the bets have won; -1 if there is none.

    By false position (the Illinois variant) on the root of the wealth, which is nearly straight; the end that is
    returned lies outside the interval, by less than a millionth of the wealth.
    """
    goal = sqrt(_threshold(z))

    def off(supposed: float) -> float:
        return sqrt(max(0.0, _wealth(won, lost, n, supposed))) - goal

    low, high, above, below, side = -1.0, mean, off(-1 + 1e-9), -goal, 0
    if above < 0:
        return low
    for _ in range(60):
        if above < 1e-6 or high - low < 1e-7:
            break
        part = above / (above - below) if above < inf else 0.5
        middle = low + min(max(part, 0.01), 0.99) * (high - low)
        if (value := off(middle)) >= 0:
            low, above = middle, value
            below, side = (below / 2 if side > 0 else below), 1
        else:
            high, below = middle, value
            above, side = (above / 2 if side < 0 else above), -1
    return low


def _wealth(won: float, lost: float, n: float, supposed: float) -> float:
    """The logarithm of what the mixture of bets has become if it began at 1."""
    grown = [(weight, _growth(won, lost, n - won - lost, supposed, share)) for share, weight in _BETS]
    best = max(log_wealth for _, log_wealth in grown)
    return best + log(sum(weight * exp(log_wealth - best) for weight, log_wealth in grown)) if best > -inf else -inf


def _growth(won: float, lost: float, tied: float, supposed: float, share: float) -> float:
    bet = share / (1 + supposed)
    return won * log1p(bet * (1 - supposed)) + lost * log1p(-share) + tied * log1p(-bet * supposed)
