"""The letter of a choice is read; what could be read in two ways, or in none, is not guessed."""

import pytest

from kit.benchmarks.choice_letters import RULES, read_letter

CAPITALS = ("London", "Paris", "Rome", "Madrid")
"""The choices of `Which city is the capital of France?`, to which B is right."""

REASONED = """Let's go through the options one by one.

**A. London** is the capital of the United Kingdom, so A is incorrect.
**C. Rome** is the capital of Italy, so C is incorrect.
**D. Madrid** is the capital of Spain.

"""


@pytest.mark.parametrize(
    ("text", "read"),
    [
        # a letter and little else
        pytest.param("B", "B", id="a letter alone"),
        pytest.param("B.", "B", id="a letter with a full stop"),
        pytest.param("(B)", "B", id="a letter in brackets"),
        pytest.param("[B]", "B", id="a letter in square brackets"),
        pytest.param('"B"', "B", id="a letter in quotes"),
        pytest.param(" B\n", "B", id="a letter between blanks"),
        pytest.param("b", "B", id="a small letter alone"),
        pytest.param("b)", "B", id="a small letter with a bracket"),
        pytest.param("a", "A", id="a small a alone is a letter, not an article"),
        pytest.param("A", "A", id="an A alone is a letter, not an article"),
        pytest.param("Option B", "B", id="an option by its letter"),
        pytest.param("choice b", "B", id="a choice by its small letter"),
        pytest.param("option a", "A", id="option a is no article"),
        pytest.param("Answer B", "B", id="the word answer and a letter"),
        pytest.param("B. Paris", "B", id="letter and text"),
        pytest.param("B) Paris", "B", id="letter, bracket and text"),
        pytest.param("(B) Paris", "B", id="bracketed letter and text"),
        pytest.param("B: Paris", "B", id="letter, colon and text"),
        pytest.param("B - Paris", "B", id="letter, hyphen and text"),
        pytest.param("B – Paris", "B", id="letter, dash and text"),
        pytest.param("B Paris", "B", id="letter and text with nothing between"),
        pytest.param("A London", "A", id="the letter A and its own text is no article"),
        pytest.param("B\n\nBecause A is wrong.", "B", id="a letter and the reason below it"),
        pytest.param("B\n\nExplanation: A, C and D are not in France.", "B", id="a letter and an explanation below it"),
        pytest.param("B because A is in the UK", "B", id="a letter and because"),
        pytest.param("B, since Paris is in France", "B", id="a letter, a comma and since"),
        pytest.param("B. Paris\n\nA. London is wrong, C. Rome as well.", "B", id="the choice, then others dismissed"),
        pytest.param("B\n\nIf it were Britain, the answer would be A.", "B", id="what would be the answer elsewhere"),
        # markup
        pytest.param("**B**", "B", id="a bold letter"),
        pytest.param("**B.** Paris", "B", id="a bold letter and text"),
        pytest.param("`B`", "B", id="a letter as code"),
        pytest.param("__B__", "B", id="a letter bold by underscores"),
        pytest.param("$B$", "B", id="a letter as a formula"),
        pytest.param("<b>B</b>", "B", id="a letter bold in HTML"),
        pytest.param("```\nB\n```", "B", id="a letter in a code fence"),
        pytest.param("```text\nAnswer: B\n```", "B", id="a statement in a code fence"),
        pytest.param("> B", "B", id="a quoted letter"),
        pytest.param("- B", "B", id="a letter as a list item"),
        pytest.param("## B", "B", id="a letter as a heading"),
        pytest.param("## Final answer: B", "B", id="a statement as a heading"),
        pytest.param("### Answer\nB\n\n### Why\nA is London.", "B", id="a heading with the letter below it"),
        pytest.param("**Answer**:\n\n**B. Paris**", "B", id="a bold label with letter and text below it"),
        pytest.param("✅ **B**", "B", id="a tick and a letter"),
        pytest.param("\\boxed{B}", "B", id="a boxed letter"),
        pytest.param("$\\boxed{\\text{B}}$", "B", id="a boxed letter as text"),
        pytest.param("The answer is $\\boxed{\\textbf{(B)}}$.", "B", id="a boxed bold letter in a statement"),
        pytest.param("So we get\n\\[\n\\boxed{B. Paris}\n\\]", "B", id="letter and text in a box"),
        pytest.param("\\boxed{A}? No. On reflection, \\boxed{B}", "B", id="the second box corrects the first"),
        pytest.param("\\boxed{Paris}", "B", id="a boxed text"),
        pytest.param("<answer>B</answer>", "B", id="a letter in answer tags"),
        pytest.param("<|begin_of_box|>B<|end_of_box|>", "B", id="GLM's box"),
        pytest.param("B<|im_end|>", "B", id="the end of a turn left in"),
        pytest.param('{"answer": "B"}', "B", id="a letter in JSON"),
        pytest.param('```json\n{"reasoning": "A is wrong", "answer": "B"}\n```', "B", id="reason and letter in JSON"),
        # statements
        pytest.param("The answer is B", "B", id="the answer is"),
        pytest.param("The answer is: B.", "B", id="the answer is, with a colon"),
        pytest.param("the answer is (b)", "B", id="the answer is a small letter in brackets"),
        pytest.param("answer: b", "B", id="a label and a small letter"),
        pytest.param("Answer: B", "B", id="a label"),
        pytest.param("ANSWER: B", "B", id="a label in capitals"),
        pytest.param("Final Answer: (B)", "B", id="a final label"),
        pytest.param("The correct answer is **B. Paris**.", "B", id="the correct answer, letter and text"),
        pytest.param("The correct answer to question 1 is B.", "B", id="words between answer and is"),
        pytest.param("The correct option is therefore B: Paris", "B", id="the correct option is therefore"),
        pytest.param("The best choice is B!", "B", id="the best choice"),
        pytest.param("The correct answer would be B.", "B", id="would be, with no condition"),
        pytest.param("My answer: B :)", "B", id="a smile behind the letter"),
        pytest.param("The answer is Paris.", "B", id="the answer is a choice's text"),
        pytest.param("The answer is B because A is wrong.", "B", id="a statement and its reason"),
        pytest.param("The answer is B, A is wrong.", "B", id="a statement and another letter dismissed"),
        pytest.param("I would choose option B.", "B", id="I would choose"),
        pytest.param("I'll go with (B).", "B", id="I'll go with"),
        pytest.param("I think it's B", "B", id="I think it's"),
        pytest.param("It's B.", "B", id="it's"),
        pytest.param("Definitely B!", "B", id="definitely"),
        pytest.param("B is correct.", "B", id="a letter that is called correct"),
        pytest.param("Option A is wrong. Option B is right.", "B", id="one called wrong and one right"),
        pytest.param("(B) is the best answer, as Paris lies in France", "B", id="a letter called the best answer"),
        # reasoning first
        pytest.param(REASONED + "Therefore, the answer is B.", "B", id="reasoning, then the answer is"),
        pytest.param(REASONED + "**Answer: B**", "B", id="reasoning, then a bold label"),
        pytest.param(REASONED + "Thus, B.", "B", id="reasoning, then thus"),
        pytest.param(REASONED + "B", "B", id="reasoning, then a letter on the last line"),
        pytest.param(REASONED + "So the correct choice is:\n\n**B**", "B", id="reasoning, then a letter below a colon"),
        pytest.param(REASONED + "Hence the final answer: $\\boxed{B}$", "B", id="reasoning, then a box"),
        pytest.param("Hence A is false, and the answer is C.", "C", id="a letter dismissed in front of the statement"),
        pytest.param("<think>Maybe A. The answer is C.</think>\n\nB", "B", id="what was thought is not said"),
        pytest.param("Okay, A or C? The answer is A.\n</think>\n\n**B**", "B", id="a thought begun in the prompt"),
        pytest.param("<think>\n\n</think>\n\nThe answer is B", "B", id="Qwen's empty thought"),
        pytest.param("◁think▷A?◁/think▷B", "B", id="Kimi's thought"),
        pytest.param(
            "<|channel|>analysis<|message|>A?<|end|><|start|>assistant<|channel|>final<|message|>B",
            "B",
            id="a channel of thoughts and a final one",
        ),
        # corrections and contrasts
        pytest.param("B... wait, no: C", "C", id="wait, no"),
        pytest.param("B. Wait, no, it should be C.", "C", id="it should be"),
        pytest.param("The answer is B. Actually, it's C.", "C", id="actually"),
        pytest.param("The answer is A.\n\nLet me check again.\n\nThe answer is B.", "B", id="the last statement"),
        pytest.param("not A but C", "C", id="not A but C"),
        pytest.param("The answer is not A but C.", "C", id="the answer is not A but C"),
        pytest.param("Is the answer A? No, it is B.", "B", id="a question and its answer"),
        pytest.param("It could be A or C, but I'd go with C.", "C", id="two in doubt, then one chosen"),
        pytest.param("A good question. The answer is B.", "B", id="an article in front of the statement"),
        pytest.param("I can't be sure, but the answer is B.", "B", id="doubt is no refusal"),
        pytest.param(
            "A. London - UK\nB. Paris - France\nC. Rome - Italy\nD. Madrid - Spain\n\nThe answer is B.",
            "B",
            id="all choices with comments, then a conclusion",
        ),
        pytest.param("The answer is Paris, which corresponds to B.", "B", id="text, then the letter it corresponds to"),
        pytest.param("Therefore the right choice would be C, not B.", "C", id="one, not the other"),
        pytest.param("It's C rather than B.", "C", id="one rather than the other"),
        pytest.param("While A is tempting, B is correct.", "B", id="one tempting, the other correct"),
        pytest.param("B is correct because A is the best known one in the UK", "B", id="a best that is no verdict"),
        pytest.param("Let's go with B.", "B", id="let's go with"),
        pytest.param("Answer: <B>", "B", id="a letter in angle brackets is no tag"),
        # Chinese
        pytest.param("Ｂ", "B", id="a full-width letter"),
        pytest.param("（Ｂ）", "B", id="a full-width letter in full-width brackets"),
        pytest.param("答案是B", "B", id="答案是"),
        pytest.param("答案是：B。", "B", id="答案是, with a colon"),
        pytest.param("答案：Ｂ．巴黎", "B", id="答案, full-width letter and text"),
        pytest.param("答案为（B）", "B", id="答案为 in brackets"),
        pytest.param("正确答案：B", "B", id="正确答案"),
        pytest.param("因此，正确答案是 **B**。", "B", id="因此，正确答案是, bold"),
        pytest.param("正确选项为B", "B", id="正确选项为"),
        pytest.param("选B", "B", id="选"),
        pytest.param("故选B。", "B", id="故选"),
        pytest.param("应选 B 项", "B", id="应选 项"),
        pytest.param("本题选择B选项", "B", id="本题选择 选项"),
        pytest.param("我选择B，因为巴黎是法国首都。", "B", id="我选择, with a reason"),
        pytest.param("B选项正确", "B", id="选项正确"),
        pytest.param("A项错误，B项正确，C项错误。故本题选B。", "B", id="each one judged, then 故选"),
        pytest.param("不选A，选B", "B", id="不选 one, 选 another"),
        pytest.param("【答案】B\n【解析】伦敦是英国首都，A项错误。", "B", id="the exam book's 【答案】"),
        pytest.param("B\n\n解析：A是英国首都。", "B", id="a letter and 解析"),
        pytest.param("答案B", "B", id="答案 and the letter at once"),
        pytest.param("答：B", "B", id="答"),
        pytest.param("B、巴黎", "B", id="letter, Chinese comma and text"),
        pytest.param("正确的选项是B。", "B", id="正确的选项是"),
        pytest.param("选项A不正确，选项B正确", "B", id="one called wrong and one right in Chinese"),
        # other languages
        pytest.param("Die Antwort ist B", "B", id="German"),
        pytest.param("Die richtige Antwort lautet: B) Paris.", "B", id="German, lautet"),
        pytest.param("La réponse est B", "B", id="French"),
        pytest.param("La bonne réponse est la lettre B.", "B", id="French, la lettre"),
        pytest.param("La respuesta correcta es B", "B", id="Spanish"),
        pytest.param("La respuesta correcta es la opción B.", "B", id="Spanish, la opción"),
        pytest.param("A resposta correta é B.", "B", id="Portuguese, which begins with an A"),
        pytest.param("La risposta corretta è la B", "B", id="Italian"),
        pytest.param("Правильный ответ — B", "B", id="Russian"),
        pytest.param("答えはBです", "B", id="Japanese"),
        pytest.param("정답은 B입니다", "B", id="Korean"),
        pytest.param("الإجابة الصحيحة هي B", "B", id="Arabic"),
        # the text without its letter
        pytest.param("Paris", "B", id="a choice's text alone"),
        pytest.param("paris.", "B", id="a choice's text in small letters"),
        pytest.param("The capital of France is Paris.", "B", id="a sentence that ends with a choice's text"),
        pytest.param("Paris is the capital of France.", "B", id="a sentence that begins with a choice's text"),
        # nothing, and why
        pytest.param("", "empty", id="nothing"),
        pytest.param(" \n\t", "empty", id="blanks"),
        pytest.param("<think>A, surely.</think>", "empty", id="a thought and nothing said"),
        pytest.param("****", "empty", id="markup around nothing"),
        pytest.param("<think>The answer is A", "cut off", id="a thought that never ends"),
        pytest.param("Let me see. The answer is", "cut off", id="a statement that never comes"),
        pytest.param("I cannot answer this question.", "refusal", id="I cannot answer"),
        pytest.param("I'm sorry, but I can't help with that.", "refusal", id="I'm sorry"),
        pytest.param("As an AI language model, I have no opinion.", "refusal", id="as an AI"),
        pytest.param("抱歉，我无法回答这个问题。", "refusal", id="a Chinese refusal"),
        pytest.param("No puedo responder a esta pregunta.", "refusal", id="a Spanish refusal"),
        pytest.param("AC", "several letters", id="two letters together"),
        pytest.param("A, C", "several letters", id="two letters and a comma"),
        pytest.param("A or B", "several letters", id="one or the other"),
        pytest.param("The answer is A or C.", "several letters", id="the answer is one or the other"),
        pytest.param("The correct answers are A and C.", "several letters", id="the correct answers"),
        pytest.param("A and C are both right", "several letters", id="both right"),
        pytest.param("Both A and C are correct.", "several letters", id="both correct"),
        pytest.param('{"answer": ["A", "C"]}', "several letters", id="a list in JSON"),
        pytest.param("选ABD", "several letters", id="three of a Chinese multiple choice"),
        pytest.param("答案是A和C", "several letters", id="答案是 two"),
        pytest.param("A\nB\nC\nD", "several letters", id="all letters repeated"),
        pytest.param("A. London\nB. Paris\nC. Rome\nD. Madrid", "several letters", id="all choices repeated"),
        pytest.param("A. London: no\nB. Paris: yes\nC. Rome: no", "several letters", id="comments and no conclusion"),
        pytest.param("Answer: C. Paris", "several letters", id="a letter and another choice's text"),
        pytest.param("A: B", "several letters", id="a letter behind a letter"),
        pytest.param("The answer is E", "no such choice", id="a letter that was not offered"),
        pytest.param("A good question! Let me think about it.", "no letter", id="an article in front"),
        pytest.param("I would say so.", "no letter", id="the writer"),
        pytest.param("The answer is a city in France.", "no letter", id="a small article where the answer is due"),
        pytest.param("Answer: A city in France.", "no letter", id="a large article where the answer is due"),
        pytest.param("neither", "no letter", id="neither"),
        pytest.param("Neither A nor B.", "no letter", id="neither of two"),
        pytest.param("None of the above", "no letter", id="none of the above, which was not offered"),
        pytest.param("It is not Paris.", "no letter", id="a choice's text denied"),
        pytest.param("The answer cannot be A.", "no letter", id="a letter denied"),
        pytest.param("A: London is not correct.", "no letter", id="letter and text denied"),
        pytest.param("I think A is wrong", "no letter", id="I think a letter is wrong"),
        pytest.param("The answer depends on whether A or B applies.", "no letter", id="it depends"),
        pytest.param("Plan B", "no letter", id="a plan"),
        pytest.param("A is wrong.", "no letter", id="a letter called wrong, and no other"),
        pytest.param("If it were Britain, the answer would be A.", "no letter", id="what the answer is not"),
        pytest.param("Vitamin C", "no letter", id="a letter in a name"),
        pytest.param("C++", "no letter", id="a language"),
        pytest.param("Ответ: В", "no letter", id="a Cyrillic letter, which may be the second or the third"),
    ],
)
def test_letter(text, read):
    """An answer's letter is the one that it settles on; without one, the reason is told."""
    found = read_letter(text, CAPITALS)
    assert read == (found.value or found.why)


@pytest.mark.parametrize(
    ("text", "choices", "read"),
    [
        pytest.param("A mixture of gases", ("An acid", "A mixture of gases"), "B", id="a text that begins with A"),
        pytest.param("Answer: A mixture of gases", ("An acid", "A mixture of gases"), "B", id="and behind a label"),
        pytest.param("None of the above", ("1", "2", "None of the above"), "C", id="none of the above, if offered"),
        pytest.param("None", ("True", "False", "None"), "C", id="the word None"),
        pytest.param("True, False", ("True, True", "True, False"), "B", id="a text with a comma"),
        pytest.param("False", ("True, False", "False"), "B", id="a text that ends another"),
        pytest.param("sulfuric acid.", ("acid", "sulfuric acid"), "B", id="a text that holds another"),
        pytest.param("1.5", ("1", "1.5"), "B", id="a number that begins with another"),
        pytest.param("1", ("Paris", "Rome"), "no letter", id="a number where letters were asked for"),
        pytest.param("AC", ("DC", "AC"), "B", id="two letters that are a choice's text"),
        pytest.param(
            "The answer is 0.015 joule.",
            ("0.015 joule.", "0.15 joule.", "0.015 joule."),
            "several letters",
            id="a text that two choices share (MMLU, electrical engineering 74)",
        ),
        pytest.param("C. 0.015 joule.", ("0.015 joule.", "0.15 joule.", "0.015 joule."), "C", id="the letter tells"),
        pytest.param("B", ("B", "A"), "B", id="a letter is a letter, whatever the choices are called"),
        pytest.param("The answer is I.", tuple("0123456789"), "I", id="the ninth of ten choices"),
        pytest.param("I think the answer is J.", tuple("0123456789"), "J", id="the writer is not the ninth choice"),
        pytest.param("C", ("Yes", "No"), "no such choice", id="the third of two"),
        pytest.param("答案是：光合作用", ("呼吸作用", "光合作用"), "B", id="a Chinese text behind a label"),
    ],
)
def test_letter_by_its_choices(text, choices, read):
    """Which letters and texts count is a matter of the choices."""
    found = read_letter(text, choices)
    assert read == (found.value or found.why)


def test_rule_is_told():
    """With the letter comes the rule that read it, and each rule has something to read."""
    texts = [
        "B",
        "Paris",
        "The answer is B",
        "A wrong, B right, C wrong, D wrong",
        "B. It lies on the Seine.",
        "The capital is Paris",
    ]
    assert [name for name, _ in RULES] == [read_letter(text, CAPITALS).why for text in texts]


@pytest.mark.parametrize(
    "piece", ["(", "A, ", "A and ", "answer ", "wait, ", "<think>", "\\boxed{", "选", "*", "[ '", "’"]
)
def test_letter_of_an_endless_answer(piece):
    """A model that repeats itself without end is read to an end, and says nothing or several things."""
    assert read_letter(piece * 30_000, CAPITALS).value is None


SEAS = ("东海", "黄海", "南海", "渤海")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param("A. 东海\nB. 黄海\nC. 南海\nD.", None, id="a list of the choices that breaks off is no answer"),
        pytest.param("A. 东海\nB. 黄海\nC. 南海\nD. 渤", None, id="also in the middle of a word"),
        pytest.param("A. 大海\nB. 小海\nC. 中海\nD.", None, id="or of other words than the choices'"),
        pytest.param("A. 北海\nB. 黄海\nC. 南海\nD. 渤海", None, id="nor is a list with a slip in it"),
        pytest.param("A. 东海\n\nA. 东海\n\nB. 黄海\nC", None, id="nor is one that repeats itself"),
        pytest.param("A. 东海\nB. 黄海\nC. 南海\nD. 渤海\n\nB", "B", id="what stands behind the list is"),
        pytest.param("A. 东海\nB. 黄海\nC. 南海\nD. 渤海\n\n答案是C", "C", id="or is said behind it"),
        pytest.param("B. 黄海", "B", id="one choice in its own words is an answer"),
    ],
)
def test_repeated_choices(text, read):
    """Small models repeat the choices before they answer, or in place of it (seen of SmolLM2-135M on kit-chinese)."""
    assert read == read_letter(text, SEAS).value


TOWNS = ("巴黎", "里昂", "尼斯", "里尔")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param("答案不是A，而是B", "B", id="not A but B, in Chinese"),
        pytest.param("我認為是B", "B", id="I think, in traditional characters"),
        pytest.param("正確答案是C", "C", id="the right answer, in traditional characters"),
        pytest.param("應選D", "D", id="should choose"),
        pytest.param("答案是A？不对，应该是B", "B", id="asked and corrected"),
        pytest.param("不選A", None, id="not to be chosen"),
        pytest.param("我不認為是B", None, id="I do not think"),
        pytest.param("5 > 3 => B", "B", id="behind an arrow"),
        pytest.param("<choice>B</choice>", "B", id="in a tag"),
        pytest.param("Conclusion: (B). Eliminated: (A), (C), (D).", "B", id="a conclusion, and what is eliminated"),
        pytest.param("Conclusion: A is wrong.", None, id="a conclusion about a choice"),
        pytest.param("ANSWER: $LETTER\n\nANSWER: B", "B", id="behind the prompt's placeholder"),
        pytest.param("The answer is (C).\n\nQuestion: Which is next?\nAnswer: (A)", "C", id="runs on into a question"),
        pytest.param("答案：B\n\n题目：首都\n答案：A", "B", id="runs on in Chinese"),
        pytest.param("B<|im_end|>\n<|im_start|>user\nNext\n<|im_start|>assistant\nA", "B", id="runs on by turns"),
        pytest.param("Question: Capital of France?\nAnswer: B", "B", id="repeats its own question first"),
    ],
)
def test_letter_however_it_is_told(text, read):
    """The first question's answer is read, and no other."""
    assert read == read_letter(text, TOWNS).value


@pytest.mark.parametrize("told", ["{letter}. {choice}", "({letter}) {choice}", "The answer is ({letter}) {choice}"])
def test_own_words_name_their_choice(told):
    """A letter with its own choice behind it is that choice, whatever the choice says."""
    choices = (
        "is not liable",
        "中国",
        "A、B、C均正确",
        "cannot be determined",
        "(P ∨ C) ∨ I",
        "i",
        "no",
        "can be sued",
    )
    texts = [told.format(letter=mark, choice=choice) for mark, choice in zip("ABCDEFGH", choices, strict=True)]
    assert list("ABCDEFGH") == [read_letter(text, choices).value for text in texts]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param("The answer is A or, equivalently, B", None, id="another letter behind a word of its own"),
        pytest.param("B is the wrong answer", None, id="the wrong answer"),
        pytest.param("You might think B is correct, but C is.", None, id="what others might think"),
        pytest.param("The answer is Rome (B)", None, id="a text with another choice's letter"),
        pytest.param("So A = 5", None, id="a variable"),
        pytest.param("The answer depends on A", None, id="what an answer depends on"),
        pytest.param("All except C are correct", None, id="all but one are called right"),
        pytest.param("Maybe C, maybe D", None, id="two that may be"),
        pytest.param("A London\nB Paris\nC Rome\nD Madrid", None, id="a list without marks"),
        pytest.param("Final: C", "C", id="a word for the end"),
        pytest.param("<final>C</final>", "C", id="a tag for the end"),
        pytest.param("Select C", "C", id="an order"),
        pytest.param("I lean towards C", "C", id="an inclination"),
        pytest.param("OK, C", "C", id="behind a filler"),
        pytest.param("My guess is C", "C", id="a guess"),
        pytest.param("That leaves C.", "C", id="what is left"),
        pytest.param("By elimination, C", "C", id="by elimination"),
        pytest.param("C would be the best answer", "C", id="a polite form"),
        pytest.param("C对，B错", "C", id="right and wrong in Chinese"),
        pytest.param("综上，答案选择C", "C", id="chosen in Chinese"),
        pytest.param("显然是C", "C", id="evidently in Chinese"),
    ],
)
def test_letters_in_further_words(text, read):
    """A further way to say a letter is read; what only looks like one is not."""
    assert read == read_letter(text, CAPITALS).value


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("The answer is (A). Actually, (C) is better.", "C"),
        ("The answer is B. Wait, that's wrong.", None),
        ("I first thought the answer was D, but it is C.", "C"),
        ("Initially I chose A.", None),
        ("Many people think the answer is A.", None),
        ("I doubt it is B.", None),
        ("The worst answer is C.", None),
        ("Neither A nor B is correct.", None),
        ("I would pick A; but since the question says 'not', B.", None),
        ("B (not C)", "B"),
        ("B, maybe C.", None),
        ("There is no way it is B.", None),
        ("很多人会选A。", None),
        ("答案應該是B吧？", None),
        ('{"final_answer": "B"}', "B"),
        ("Answer: _B_", "B"),
        ("A: Wrong\nB: Correct\nC: Wrong\nD: Wrong", "B"),
        ("A - True\nB - False\nC - True\nD - True", None),
        ("A - False\nC - False", None),
        ("A ❌\nB ✅\nC ❌\nD ❌", "B"),
        ("A. 错误 B. 错误 C. 正确 D. 错误", "C"),
        ("A. London\nB. Paris\nC. Rome\nD. Madrid\n\nB. Paris", "B"),
        ("不应该选B。", None),
        ("我原本選A，但正確的是B。", "B"),
        ("选C还是选D？", None),
        ("最符合题意的是D", "D"),
        ("答えはAではありません。Bです。", "B"),
        ("よって、Bが正解です。", "B"),
        ("答えはBかCです。", None),
        ("回答：B\n\n質問：次の…\n回答：A", "B"),
        ("Answer: B\n\n2. Which of these?\nAnswer: C", "B"),
        ("정답은 B가 아니라 C입니다.", "C"),
        ("La respuesta no es A, sino C.", "C"),
        ("Die Antwort ist nicht A, sondern C.", "C"),
    ],
)
def test_what_is_denied_judged_or_taken_back(text, read):
    """What is denied, taken back, meant at first or thought by others is no answer; a verdict on each choice is."""
    assert read == read_letter(text, CAPITALS).value


@pytest.mark.parametrize(
    ("text", "read"),
    [("Hepatitis B is the answer.", "A"), ("The answer is hepatitis C", "B"), ("B. Hepatitis C", "B"), ("B", "B")],
)
def test_choices_that_end_in_a_letter(text, read):
    """A choice named in full counts, whatever letter it ends with."""
    assert read == read_letter(text, ("Hepatitis B", "Hepatitis C", "Hepatitis A", "Hepatitis D")).value
