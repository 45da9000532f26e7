"""A final answer is read as such and compared exactly; the kit's own keys are those that a computation finds."""

import pytest
from reasoning_keys import KEYS, printed

from kit.benchmarks import reasoning, suites
from kit.benchmarks.reasoning import Problem

OWN = suites.read_suite("kit-reasoning")


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        pytest.param("6 times 7.\nAnswer: 42", "42", "stated", id="as it was asked for"),
        pytest.param("**Answer:** 42.", "42", "stated", id="in bold, with a full stop"),
        pytest.param("The final answer is 42. It follows from 6 times 7.", "42", "stated", id="in a sentence"),
        pytest.param("Answer: 41\nWait, that is wrong.\nAnswer: 42", "42", "stated", id="the last one counts"),
        pytest.param("### Final Answer\n42", "42", "stated", id="under its heading"),
        pytest.param("\\boxed{5!}", "5 factorial", "stated", id="an exclamation mark in a box"),
        pytest.param("### Answer\n\nAnswer:\n\n42", "42", "stated", id="on the next line"),
        pytest.param("So \\[\\boxed{\\frac{5}{36}}\\]", "5/36", "stated", id="boxed"),
        pytest.param("答案：42", "42", "stated", id="in Chinese"),
        pytest.param("<think>Answer: 7</think>Answer: 42", "42", "stated", id="a thought is no answer"),
        pytest.param("We get **41** and then **42** apples.", "42", "bold", id="the last bold words"),
        pytest.param("6 * 7 = 42\n#### 42", "42", "bold", id="as in GSM8K"),
        pytest.param("42", "42", "alone", id="alone"),
        pytest.param("It is 6 times 7.\nThat makes 42 in all.", None, "no final answer", id="somewhere in the prose"),
        pytest.param("<think>6 times 7 is", None, "cut off", id="a thought without an end"),
        pytest.param("It is 6 times 7.\nAnswer:", None, "cut off", id="the answer did not come"),
        pytest.param("", None, "empty", id="nothing"),
        pytest.param("I'm sorry.\nI cannot answer that.", None, "refusal", id="a refusal"),
        pytest.param("Answer: " + "very " * 40, None, "no final answer", id="an answer that goes on"),
    ],
)
def test_final(text, said, why):
    """What a text states to be its answer is read, in its own words."""
    reading = reasoning.final(text)
    assert (said, why) == (reading.value, reading.why)


@pytest.mark.parametrize(
    ("form", "key", "said", "outcome"),
    [
        pytest.param("number", "164.40", "$164.4", "right", id="a sum of money"),
        pytest.param("number", "1575", "1,575 kg", "right", id="thousands and a unit"),
        pytest.param("number", "5/36", "10/72", "right", id="a fraction that can be reduced"),
        pytest.param("number", "1/4", "0.25", "right", id="a fraction as a decimal"),
        pytest.param("number", "1/3", "0.33", "wrong", id="rounded"),
        pytest.param("number", "5/2", "2 1/2", "right", id="a mixed number"),
        pytest.param("number", "5/36", "5/36 (about 0.139)", "right", id="with its size behind it"),
        pytest.param("number", "1/4", "1/4 or 0.25", "right", id="the same in two ways"),
        pytest.param("number", "42", "6 × 7 = 42", "right", id="an equation"),
        pytest.param("number", "42", "x = 42", "right", id="an unknown"),
        pytest.param("number", "-5", "−5 °C", "right", id="below zero"),
        pytest.param("number", "5", "-5", "wrong", id="the other sign"),
        pytest.param("number", "0.98", "0.98 %", "right", id="percent"),
        pytest.param("number", "42", "42 or 41", "unparsed", id="one of two"),
        pytest.param("number", "42", "between 40 and 42", "unparsed", id="two numbers"),
        pytest.param("number", "42", "forty-two", "right", id="in words"),
        pytest.param("number", "42", "1/0", "unparsed", id="by zero"),
        pytest.param("number", "42", "9" * 70, "wrong", id="a very long number"),
        pytest.param("date", "2026-03-01", "Sunday, 2026-03-01", "right", id="a date"),
        pytest.param("date", "2026-03-01", "1 March 2026", "right", id="a date in another form"),
        pytest.param("time", "04:25", "4:25", "right", id="an hour of one digit"),
        pytest.param("time", "16:25", "4:25 p.m.", "right", id="an hour of twelve"),
        pytest.param("time", "00:25", "12:25 am", "right", id="past midnight"),
        pytest.param("time", "04:25", "25:99", "unparsed", id="no time"),
        pytest.param("word", "Ada", "**ada**", "right", id="a name"),
        pytest.param("word", "Ada", "Ben has it", "wrong", id="another name"),
        pytest.param("word", "Ada", "Ada or Ben", "unparsed", id="two names"),
        pytest.param("word", "Ada", "Adam", "unparsed", id="a name that is none of them"),
        pytest.param("order", "BDAC", "B, D, A and then C", "right", id="letters one by one"),
        pytest.param("order", "BDAC", "B → D → A → C", "right", id="letters with arrows"),
        pytest.param("order", "BDAC", "BDCA", "wrong", id="another order"),
        pytest.param("letter", "B", "(B) Zed is not a plock", "right", id="a letter and its words"),
        pytest.param("list", "4 -1 5", "[4, -1, 5]", "right", id="a list"),
        pytest.param("list", "4 -1 5", "[4, 5, -1]", "wrong", id="a list in another order"),
        pytest.param("text", "nenl", "`nenl`", "right", id="a text"),
        pytest.param("text", "nenl", "Nenl", "wrong", id="a text is taken to the letter"),
    ],
)
def test_mark(form, key, said, outcome):
    """Answers are compared by what they say; one that is not of the form is unparsed, not wrong."""
    mark = reasoning.score(Problem("p", "?", key, form, ("Ada", "Ben", "Cleo")), f"Thus it is so.\nAnswer: {said}")
    assert (outcome, float(outcome == "right"), outcome != "unparsed") == (mark.outcome, mark.value, mark.valid)


@pytest.mark.parametrize(
    "text", ["Answer: " * 20_000, "9" * 100_000, "**" * 50_000, "(" * 50_000, "A, " * 50_000, "1/" * 40_000]
)
def test_hostile(text):
    """A text without end is read to an end."""
    assert "unparsed" == reasoning.score(Problem("p", "?", "42"), text).outcome


@pytest.mark.parametrize("item", OWN.items, ids=lambda item: item.id)
def test_keys(item):
    """Each key is what a computation, which does not know it, comes to; and it is read as itself."""
    compute = KEYS[item.id.removeprefix("reasoning-")]
    found = str(compute(item.question) if compute is printed else compute())
    assert "right" == reasoning.score(item, f"Answer: {found}").outcome
    assert "right" == reasoning.score(item, f"Answer: {item.answer}").outcome
    assert (item.form == "word") == (item.answer in item.among)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        pytest.param("two hundred and five", "205", id="in several words"),
        pytest.param("3 million", "3000000", id="with a scale behind it"),
        pytest.param("3.2 × 10^{-4}", "0.00032", id="scientific"),
        pytest.param("1\\frac{1}{2}", "3/2", id="a mixed fraction"),
        pytest.param("70 000", "70000", id="a space as separator"),
        pytest.param("70.000,50", "70000.5", id="a decimal comma"),
        pytest.param("1,00,000", "100000", id="a lakh"),
        pytest.param("one or two", None, id="two numbers in words"),
        pytest.param("no one knows", None, id="a word that is no number"),
        pytest.param("\\sqrt{2}", None, id="a root is not its radicand"),
        pytest.param("2^10", "1024", id="a power"),
        pytest.param("2**3", "8", id="a power in Python"),
        pytest.param("6*7", None, id="a product whose sign is no markup"),
        pytest.param("1½", "3/2", id="a fraction of one character"),
        pytest.param("10²", "100", id="a raised digit"),
        pytest.param("5 cm^2", "5", id="a unit's power"),
        pytest.param("–5", "-5", id="a dash as minus"),
        pytest.param("minus one half", "-1/2", id="a fraction in words"),
        pytest.param("two and a half hours", "5/2", id="a half more"),
        pytest.param("half of 10", None, id="a part of a number is not the number"),
        pytest.param("three dozen", "36", id="dozens"),
        pytest.param("$1.5M", "1500000", id="millions of dollars"),
        pytest.param("3k", "3000", id="thousands"),
        pytest.param("300K", None, id="kelvin or thousands"),
        pytest.param("about 10", "10", id="about"),
        pytest.param("四十二", "42", id="Chinese"),
        pytest.param("3.5万元", "35000", id="ten thousands in Chinese"),
        pytest.param("二分之一", "1/2", id="a Chinese fraction"),
        pytest.param("一共42个", "42", id="a number amid Chinese"),
        pytest.param("41. Wait, no: 42", "42", id="corrected at once"),
        pytest.param("41. Actually, let me check", None, id="taken back"),
        pytest.param("41. No, wait: 42", "42", id="corrected after a no"),
        *(
            (said, read)
            for read, many in {
                None: (
                    "not 18",
                    "> 10",
                    "more than 10",
                    "18 or more",
                    "up to 18",
                    "18~20",
                    "±3",
                    "3x",
                    "2a",
                    "4i",
                    "x > 3",
                    "\\log_2 8",
                    "x=3, y=4",
                    "x = 3 or x = -3",
                    "101_2",
                    "2^n",
                    "a/2",
                    "1st January",
                    "March 18",
                    "2pm",
                    "12点",
                    "2h30",
                    "18 K",
                    "0x1F",
                    "1.2.3",
                    "0.333...",
                    "1万2千",
                    "2 squared",
                    "twice 9",
                    "3 score",
                ),
                "18": (
                    "18, not 20",
                    "not 20 but 18",
                    "20, no, 18",
                    "US$18",
                    "Rs. 18",
                    "18 (not 20)",
                    "18，不是20",
                    "不是20，而是18",
                    "18 marbles",
                    "\\approx 18",
                    "18^\\circ",
                ),
                "1234567": ("1.234.567", "1_234_567", "1'234'567"),
                "-18": ("负18", "-18°C"),
                "100": ("a hundred",),
            }.items()
            for said in many
        ),
    ],
)
def test_number(said, read):
    """A number is read in the notations that people use, and an expression is not taken for a part of it."""
    mark = reasoning.score(Problem("p", "?", read or "2"), f"Answer: {said}")
    assert ("right" if read else "unparsed") == mark.outcome
