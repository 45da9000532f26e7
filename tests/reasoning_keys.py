"""The keys of the kit's own reasoning items, computed: by search where there is something to search, else by fractions.

Nothing here reads an item but the programs, which are run: that a key is the same by two ways is what makes it one.
"""

import contextlib
import io
import re
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import combinations, permutations, product

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def only(found):
    """The one answer that all solutions agree on."""
    (one,) = set(found)
    return one


def chance(cases, event):
    """The share of equally likely cases."""
    cases = list(cases)
    return Fraction(sum(map(event, cases)), len(cases))


def printed(question):
    """What the program in a question prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(re.search(r"```python\n(.*)```", question, re.DOTALL)[1], {})
    return out.getvalue().strip()


def orders(names, *rules):
    """The one order of the names, given as places, that all rules allow."""
    places = ({name: n for n, name in enumerate(order)} for order in permutations(names))
    return only("".join(sorted(at, key=at.get)) for at in places if all(rule(at) for rule in rules))


def tank():
    litres, minutes = 600, 0
    while litres > 0:
        litres -= 45 - 15 * (minutes < 8)
        minutes += 1
    return minutes if litres == 0 else None


def book():
    left, day = 512, 2
    while (left := left - (40 if day % 7 >= 5 else 24)) > 0:
        day += 1
    return DAYS[day % 7]


def working_day(first, n, holidays):
    day = first
    while True:
        n -= day.weekday() < 5 and day not in holidays
        if not n:
            return day.isoformat()
        day += timedelta(days=1)


def days(first, last):
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def coin():
    for box in ("red", "blue", "green"):
        if [box == "red", box != "blue", box != "red"].count(True) == 1:
            yield box


def houses():
    for row in permutations(("baker", "painter", "doctor", "lawyer")):
        if row.index("painter") - row.index("baker") == 1 and "doctor" in (row[0], row[3]) and row[1] == "lawyer":
            yield row[0]


def knights():
    for x, y, z in product((True, False), repeat=3):
        if x == (not y) and y == (x == z) and z == y:
            yield x + y + z


def votes():
    for p, q, r, s, t in product((True, False), repeat=5):
        if p != q and r == q and (not s or p) and t == (not r) and s:
            yield "".join(name for name, vote in zip("PQRST", (p, q, r, s, t), strict=True) if not vote)


def drinks():
    for jobs in permutations(("nurse", "pilot", "cook")):
        for drink in permutations(("tea", "milk", "juice")):
            at = dict(zip(jobs, drink, strict=True))
            if (at["pilot"] == "milk" and drink[0] != "juice" and jobs[1] == "nurse" and drink[2] != "milk"
                    and at["cook"] != "tea"):  # fmt: skip
                yield drink[2]


def safe():
    def hints(code, guess):
        right = [digit for digit in guess if digit in code]
        return len(right), sum(code[n] == guess[n] for n in range(3))

    for code in map("".join, permutations("0123456789", 3)):
        told = [hints(code, guess) for guess in ("163", "198", "351", "406", "465")]
        if told == [(1, 1), (1, 0), (2, 0), (0, 0), (1, 0)]:
            yield code


def guilty():
    for who in ("Ann", "Bob", "Cal", "Dee"):
        if [who == "Bob", who == "Dee", who != "Cal", who != "Dee"].count(True) == 1:
            yield who


def syllogism():
    """Zed is a florp, so a grint, so no plock; the other three are refuted by a model each."""
    found = set("ABCD")
    things = list(product((True, False), repeat=4))  # florp, grint, plock, blue
    sound = [(f, g, p, b) for f, g, p, b in things if (not f or g) and not (p and g)]
    for size in (1, 2, 3):
        for world in combinations(sound, size):
            if not any(g and not b for _, g, _, b in world):
                continue
            for f, _, p, b in world:
                if f and b:
                    holds = {"A": p, "B": not p, "C": all(f or not g for f, g, _, _ in world),
                             "D": any(p and b for _, _, p, b in world)}  # fmt: skip
                    found &= {letter for letter, true in holds.items() if true}
    return only(found)


def lamps():
    on = [False] * 6
    for switch in (2, 4, 5, 3, 2):
        for lamp in (switch - 1, switch, switch + 1):
            if 1 <= lamp <= 6:
                on[lamp - 1] ^= True
    return sum(on)


def round_table():
    def right(at, one, of):
        return (at[one] - at[of]) % 6 == 1

    return orders(
        "ABCDEF",
        lambda at: at["A"] == 0,
        lambda at: abs(at["A"] - at["B"]) == 3 == abs(at["C"] - at["D"]),
        lambda at: right(at, "C", "A"),
        lambda at: not (right(at, "E", "A") or right(at, "A", "E")),
    )


def league():
    points = dict.fromkeys("KLMN", 0)
    for one, other, won in (("N", "K", 3), ("N", "L", 3), ("N", "M", 3), ("K", "L", 3), ("K", "M", 1), ("L", "M", 1)):
        points[one] += won
        points[other] += won == 1
    return "".join(sorted(points, key=lambda team: (-points[team], team)))


def duel():
    lose, win = Fraction(5, 6), Fraction(1, 6)
    return lose * win + lose**3 * win


KEYS = {
    "001": lambda: 145 * Fraction(2, 5) + 38 * Fraction(14, 5),
    "002": lambda: 17 * 24 - 5 - 289,
    "003": lambda: (Fraction(42, 10) + 14 * Fraction(18, 10) + 3) / 3,
    "004": lambda: 35 * 24 + 20 * 24 * Fraction(3, 4) - 60 * 15 - 48,
    "005": tank,
    "006": book,
    "007": lambda: (240 + 960) / Fraction(72 * 1000, 3600),
    "008": lambda: 240 * Fraction(65, 100) / 4 + 240 * Fraction(35, 100) / 2,
    "009": lambda: (Fraction("1.2") * Fraction("0.85") * Fraction("0.9") * Fraction("1.1") - 1) * 100,
    "010": lambda: only(n for n in range(240) if Fraction(360 - n, 360) == 2 * Fraction(240 - n, 240)),
    "011": lambda: next(n for n in range(1, 10**4) if Fraction(n, 80) == Fraction(n + 20, 96)),
    "012": lambda: (Fraction(12) - 6 * Fraction(12, 30)) * Fraction(20, 30) + 10,
    "013": lambda: (date(2026, 1, 17) + timedelta(days=89)).isoformat(),
    "014": lambda: DAYS[date(2026, 10, 1).weekday()],
    "015": lambda: f"{datetime(2026, 1, 1, 23, 50) + timedelta(hours=12 - 8, minutes=35):%H:%M}",
    "016": lambda: (date(2028, 1, 31) + timedelta(days=30)).isoformat(),
    "017": lambda: f"{datetime(2026, 1, 5, 6) + timedelta(hours=7 * 9):%H:%M}",
    "018": lambda: sum(day.weekday() == 4 for day in days(date(2026, 3, 1), date(2026, 5, 31))),
    "019": lambda: working_day(date(2026, 4, 1), 25, (date(2026, 4, 3), date(2026, 4, 6))),
    "020": lambda: (datetime(2026, 3, 1, 12) - datetime(2026, 2, 1, 6)) // timedelta(hours=56) % 3 + 1,
    "021": lambda: f"{datetime(2026, 1, 1, 12) + timedelta(minutes=560) * 60 / 56:%H:%M}",
    "022": lambda: sum(
        day.weekday() != 0 and not (day.weekday() == 2 and day.day <= 7)
        for day in days(date(2026, 6, 1), date(2026, 6, 30))
    ),
    "023": lambda: only(
        ("Ada", "Ben", "Cleo")[who.index("cat")]
        for who in permutations(("cat", "dog", "parrot")) if who[0] == "parrot" and who[1] != "cat"
    ),
    "024": lambda: only(coin()),
    "025": lambda: only(houses()),
    "026": lambda: only(knights()),
    "027": lambda: only(votes()),
    "028": syllogism,
    "029": lambda: only(drinks()),
    "030": lambda: only(safe()),
    "031": lambda: only(guilty()),
    "032": lamps,
    "033": lambda: {n: name for name, n in zip("URST", range(4), strict=True)}[1].replace("R", "Ravi"),
    "034": lambda: orders(
        "ABCDE", lambda at: at["B"] == at["D"] + 1, lambda at: at["A"] < at["C"] < at["D"],
        lambda at: at["E"] in (1, 2, 3), lambda at: at["E"] < at["C"],
    ),
    "035": lambda: orders(
        "VWXYZ", lambda at: at["W"] < at["Y"], lambda at: at["Z"] == 4, lambda at: at["X"] == at["Y"] + 1,
        lambda at: abs(at["V"] - at["W"]) > 1, lambda at: at["V"] != 0,
    ),
    "036": lambda: orders(
        "ABCDEF", lambda at: max(at["A"], at["B"]) < at["C"], lambda at: at["D"] == at["C"] + 1,
        lambda at: at["B"] == at["E"] + 1, lambda at: at["F"] > at["D"], lambda at: at["A"] != 0,
    ),
    "037": round_table,
    "038": lambda: orders(
        "ABCDEFG", lambda at: at["D"] == 3, lambda at: at["B"] == at["A"] + 1, lambda at: at["G"] in (0, 6),
        lambda at: at["C"] > at["D"] + 1, lambda at: at["E"] > at["A"], lambda at: at["F"] == at["C"] + 1,
    ),
    "039": league,
    "040": lambda: Fraction(350, 4) * 18 / 1000,
    "041": lambda: 500 * Fraction(65, 1000) * Fraction(16, 10),
    "042": lambda: Fraction(12 * 5) * Fraction(18, 10) * Fraction(2, 3) * 1000 / 25 / 60,
    "043": lambda: Fraction(32, 10) * 250 * Fraction(45, 10) * 250 / 10_000,
    "044": lambda: 12 * Fraction(5, 3) * Fraction(7, 4) * 8,
    "045": lambda: 810 * 8 / (48 * Fraction(9, 10)),
    "046": lambda: 3 / (Fraction(1, 15) + Fraction(1, 20) + Fraction(1, 30)),
    "047": lambda: 16 * Fraction(5, 2) * Fraction(9, 4) * Fraction(3, 10),
    **{f"{n:03}": printed for n in range(48, 58)},
    "058": lambda: chance(permutations("RRRRRBBBBGGG", 2), lambda two: two == ("R", "R")),
    "059": lambda: chance(product(range(1, 7), repeat=2), lambda two: sum(two) in (2, 3, 5, 7, 11)),
    "060": lambda: chance(product("HT", repeat=5), lambda five: "HHH" in "".join(five)),
    "061": lambda: chance(combinations([True] * 3 + [False] * 7, 4), lambda four: sum(four) == 1),
    "062": lambda: Fraction(9, 10) / 50 / (Fraction(9, 10) / 50 + Fraction(49, 50) / 20),
    "063": lambda: chance((three for three in combinations(range(1, 8), 3) if three[2] != 7), lambda x: x[1] == 4),
    "064": duel,
    "065": lambda: chance(permutations(range(5)), lambda five: sum(n == at for n, at in enumerate(five)) == 2),
    "066": lambda: sum((n % 6 == 0) != (n % 8 == 0) for n in range(1, 501)),
    "067": lambda: len(set(permutations("LEVEL"))),
    "068": lambda: sum(len(set(str(n))) == 3 and sum(map(int, str(n))) == 10 for n in range(100, 1000)),
    "069": lambda: sum(
        sum(one in ("Eva", "W2", "W3", "W4") for one in team) >= 2 and not {"Eva", "Max"} <= set(team)
        for team in combinations(("Eva", "W2", "W3", "W4", "Max", "M2", "M3", "M4", "M5"), 4)
    ),
    "070": lambda: sum((walk[:4].count("R"), walk[:4].count("U")) != (2, 2) for walk in set(permutations("RRRRRUUUU"))),
}  # fmt: skip
"""An item's number -> its key; the programs take the question."""
