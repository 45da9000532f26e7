"""Letter patterns: the words by which answers state a choice, deny one, call one right, or take one back."""

import re

__all__ = [
    "AT_FIRST",
    "BOXED",
    "BUT",
    "HANGING",
    "HEARSAY",
    "LABEL",
    "LEAD",
    "LETTER",
    "MARKED",
    "MARKS",
    "MAYBE",
    "NOT_MEANT",
    "NOT_OTHER",
    "NOT_SO",
    "OTHER",
    "PICKS",
    "REFUSAL",
    "RIGHT",
    "SIGNS",
    "SUBJECT",
    "TAKEN_BACK",
    "TICK",
    "VERDICT",
    "WORD",
    "WRAPPED",
]

LETTER = (
    r"[(\[{<\"'“‘«「『【]{0,3}\s?(?:[A-Z](?![\w+]|['’-]\w)|[A-Z](?=[^\x00-\u036f]))(?:\s?[)\]}>\"'”’»」』】]{1,3})?"
)
"""One capital that is no part of a word, in any brackets; a Chinese or Korean character may follow at once."""

PICKS = re.compile(
    rf"""[\s"'(\[{{<“‘«「『【:=]{{0,8}}
    (?P<noun>(?i:option|choice|letter|alternative|answer|opción|opção|opzione|lettre|letra|选项|選項|選択肢|选择|選擇|选|選|第)\s?)?
    (?P<first>{LETTER}|[A-J]{{2,6}}(?![\w'’-])|[("'\[]{{0,3}}[a-z](?![\w'’+-])[)\]"'”]{{0,3}})
    (?P<more>(?:
        \s?(?:,\s?(?:and|or)\b|[,/&、;]|[和与或及])\s?{LETTER}(?!\s?(?:is|was|are|does|has|would|seems)\b|\s[a-z])
      | \s(?:and|or|und|oder|et|ou|y|e|o)\s{LETTER}
    ){{0,9}}+)""",
    re.VERBOSE,
)
"""A letter or several, where an answer is due."""

LEAD = re.compile(
    r"""
    (?:\b(?:
       (?:(?:final_)?answers?|choice|option|letter|response|solution|ans|
         antwort|lösung|réponse|respuesta|resposta|risposta|antwoord|svaret?|vastaus|odpowiedź|odpověď|cevap|yanıt|
         jawaban|đáp\sán|ответ|відповідь|الإجابة|الجواب|उत्तर|คำตอบ)\b
       (?:["'”’]?\s["'(]?(?!not\b|cannot\b|can['’]?t\b|isn['’]?t\b|never\b|nicht\b|no\b|não\b|non\b|pas\b|не\b|
          choices\b|options\b)\w[\w'’-]{0,20}[")]?){0,6}?
       ["'”’)]{0,3}\s?
       (?:[:=→⇒—–]|-{1,2}>?|\b(?:is|are|was|(?P<unreal>would\s(?:have\sbeen|be))|(?:should|must|will|has\sto)\sbe|
         ist|lautet|wäre|sind|est|es|é|è|är|er|(?<=vastaus\s)on|to\sbe|jest|je|là|adalah|هي|هو|है|คือ)\b)
     | (?:I|we|let)(?:['’](?:d|ll|m|ve|s)|\s(?:would|will|am|must|should|can))?
       (?:\s(?:have\sto|going\sto|\w{1,12}ly))?\s
       (?:choose|chose|choosing|pick|picking|select|selecting|go(?:ing)?\s(?:with|for)|opt\sfor|vote\sfor|
         lean(?:ing)?\stowards?|
         say|think|believe|guess|answer|conclude|settle\son)(?:\sthat)?
     | (?P<strict>
         (?:therefore|thus|hence|so|consequently|finally|in\s(?:conclusion|summary)|
           also|donc|daher|luego|por\slo\stanto|portanto)\b,?
       | (?:it|that)(?:['’]s|\s(?:is|was|must\sbe|should\sbe|has\sto\sbe|would\sbe))\b
       | (?:wait|actually|correction|scratch\sthat|hold\son|no|yes|hmm|make\sthat|i\smean|sino|sondern|c['’]est|
           よって|したがって|ゆえに)(?!\w)[\s,:;.!–—-]{0,6}
       | (?:definitely|probably|most\slikely|maybe|perhaps|(?:certainly|sure|ok(?:ay)?|of\scourse)[,.!:])(?=\W)
       | (?:that|this|which)\sleaves(?:\sus)?(?:\swith)?(?:\sonly|\sjust)?\b
       | (?:leaving(?:\sus)?|left)\swith(?:\sonly|\sjust)?\b|by\s(?:process\sof\s)?elimination\b,?
       | (?:which|that|this)\s(?:is|corresponds\sto|matches)\s(?:the\s)?(?:option|choice|letter)?
       | corresponds\sto\b
       | not\s(?:option\s)?\(?[A-Z]\)?\s?,?\sbut\b))
     | \bmy\s(?:guess|pick|bet|vote)\s(?:is|would\sbe)\b
     | (?P<arrow>(?:^|(?<=[\d.;:!]\s))(?:=+>|-+>|[→⇒∴]))
     | \b(?:conclusion|final|verdict|remaining|svar|ans(?=\.\s))[:.]
     | (?P<order>(?:^|(?<=[.!:;,]\s))(?:choose|pick|select|go(?:ing)?\s(?:with|for)))(?=\s)
     | (?=[答正解回정답选選因所综綜故我认認觉覺而应應显顯符最でが가이不])(?:
         (?:正[确確]的?[选選][项項]|(?:正[确確]的?)?答案|正[确確]的(?=[是为為应應])|(?:最?符合[题題]意|最[合恰][适適])的(?=[是为為])|
          正解|正しい(?:選択肢|もの|答え)(?=[はが])|答え|解答|回答|정답|답|答(?=:))
         (?:[应應][该該]|[应應][当當]|[应應]|就|便|[则則]|[显顯]然|只能|[选選][项項]|\s){0,3}
         (?:不(?:是|[选選])\s?[(\[]?[A-Z][)\]]?\s?,?\s?而)?(?:[是为為选選:=はが은는이】]{1,3}[择擇]?|(?=\s?[(\[]?[A-Z](?![A-Z])))
       | (?<!不)(?:我\s?)?(?:[认認][为為]|[觉覺]得)(?:正[确確])?(?:答案)?(?:[应應][该該当當]?)?[是为為选選:]{1,2}
       | 而是|不是\s?[(\[]?[A-Z][)\]]?\s?[,。;]?\s?是|では(?:なく|ありません)[,、。]?|(?:가|이)\s?아니(?:라|고)
       | (?<![不没沒])(?<!不[应應])(?<!不能)(?<!不[该該])[选選](?:择|擇)?(?!项|項)[为為:]?
       | (?P<so>[显顯]然[是为為选選]|(?<!不)[应應](?:[该該当當])?[是为為]
          |(?:因此|所以|[综綜]上(?:所述)?|故)[,:]?(?:是|[为為]|[应應][为為])?)))
    (?:\s?(?:[:=→⇒—–]|->|not\s(?:option\s)?\(?[A-Z]\)?\s?,?\sbut|rather|instead|therefore|thus|clearly|definitely|
       most\slikely|likely|probably|indeed|actually|simply|either|both|indicated\sby|given\sby|represented\sby|
       labell?ed|the\s(?:letter|option|choice)|it(?:['’]s|\s(?:is|must\sbe|should\sbe))|
       also|folglich|la|le|el|die|der|opción|opcion|opção|opzione|lettre|letra|вариант|буква|应为|應為|为|為|是)
       (?![^\W\d_]))*
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Words behind which an answer is due; behind the strict ones only where nothing but a reason follows it."""

HANGING = re.compile(
    r"(?:\b(?:answer|choice|option|is|antwort|réponse|respuesta|resposta|risposta|ответ)|答案|正解|答え|정답|[选選]|是|[为為])\s?:?$",
    re.IGNORECASE,
)
"""A line whose answer stands on the next one, such as a heading."""

SUBJECT = re.compile(
    r"[)\]\"'”’]{0,3}\s?(?:(?:is|was|are|were|isn['’]t|aren['’]t|does|doesn['’]t|has|can|can['’]t|cannot|could|would|"
    r"says?|states?|seems?|looks|refers|describes|means)\b(?!\s(?:both\s|all\s|clearly\s)?(?:correct|right|best|better|"
    r"preferable|the\s(?:\w+\s)?(?:answer|choice|option)))|(?:[选選]?[项項])?"
    r"(?:[还還]是|或|吧?\?|[吗嗎]|か\s?[A-Z]|または|では(?:な|あり)|は(?:誤|間違|不正)|[가이은는]\s?(?:아니|틀)|是|的|中|[说說]|描述|[错錯]|不|[虽雖]|和|[与與])(?!正[确確]|[对對]的|答案)|[)\]]?\?)"
)
"""Behind a letter: what is said is said about it, or asked."""

OTHER = re.compile(rf",?\s(?:or|and),?\s(?:\w{{1,12}}ly|perhaps|maybe|even|also),?\s(?P<letter>{LETTER})")
"""Behind a letter: another one, behind a word of its own, as in `A or, equivalently, B`."""

WORD = re.compile(
    r"\s(?!(?:because|since|as|for|due|and|or|but|which|with|from|based|given|is|are|rather|instead|not)\b)[\w\"“]"
)
"""Behind a letter: the text goes on, so that `A` may be the article and `I` the writer."""

RIGHT = re.compile(
    rf"(?<![A-Za-z0-9_'’])(?P<picks>{LETTER}(?:\s?(?:,|,?\sand\s|[、和与])\s?{LETTER}){{0,9}}+)\s?(?:[选選][项項]|[项項])?\s?"
    r"(?:(?:is|are|seems?|looks|appears|(?:must|would|should|has\sto)\sbe|ist|est|es|é)\s(?:to\sbe\s)?(?:\w{1,12}ly\s|both\s|all\s|thus\s|also\s|"
    r"therefore\s|the\s|la\s|die\s|most\s){0,3}(?:correct|right|best(?!\s(?!answer|choice|option)\w)|"
    r"(?:(?!wrong|incorrect|false|worst|weakest|bad|poor|unlikely)\w{1,12}\s)?(?:answer|choice)\b|richtige?|"
    r"korrekt|bonne|correcta|correta)(?!\s(?:only|if|when|in\spart|that|but))|"
    r"(?:是|[为為]|才是|均|都|的?[说說]法|表述){0,3}(?:正[确確]|[对對](?:的|(?=[,。;、!\s]|$))|符合[题題]意|最佳答案)|(?:が|は)(?:正解|正しい))"
)
"""Letters that are called right, where they stand in a sentence."""

HEARSAY = re.compile(
    r"\b(?:except|excluding|besides|neither|nor|not|(?:might|may|could|would|some|many|people|students|one)\s(?:\w{1,9}\s)?"
    r"(?:think|say|believe|argue|assume|suppose|claim|pick|choose)(?:\sthat)?)\s(?:for\s)?(?:option\s|choice\s)?$",
    re.IGNORECASE,
)
"""In front of a letter that is called right by others, or all others are."""

NOT_MEANT = re.compile(
    r"\b(?:many|some|most|people|students?|others|everyone)\b[^.;!?]{0,30}\b(?:think|say|believe|argue|assume|claim|"
    r"answer|guess|choose|pick)s?\s(?:that\s)?(?:(?:the|their)\s(?:\w+\s){0,2})?$"
    r"|\b(?:doubt|unlikely|(?:n['’]t|not)\s(?:think|believe|sure|certain|convinced))\b[^,.;!?]{0,15}$"
    r"|\bno\s(?:way|chance|reason)\b[^,.;!?]{0,25}$|(?:[很许許不]?多人|有人|有些人|不少人|大多[数數]人|[学學]生|同[学學])[^,。;]{0,8}$"
    r"|\b(?:wrong|incorrect|false|worst|weakest|second|other|earlier|previous|initial)\s$"
    r"|[不没沒别別勿][^,。;、\sA-Z对對错錯]{0,3}$|(?:原本|本[来來]|起初|一[开開]始|最初)[^,。;]{0,3}$",
    re.IGNORECASE,
)
"""In front of a statement: others state it, it is denied, or it was meant at first."""

AT_FIRST = re.compile(
    r"\b(?:first|initially|originally)\b[^.;!?]{0,20}\b(?:thought|chose|picked|selected|said|guessed)\b[^.;!?]{0,25}$",
    re.I,
)
"""Up to the end of a statement's words: it was meant at first."""

TAKEN_BACK = re.compile(
    r"\b(?:wait|actually|hmm|no|hold\son|sorry|oops)\b\W{1,6}(?:no\W{1,4})?(?:that|this|it)(?:['’]s|\s(?:is|was|seems))\s"
    r"(?:not\s(?:right|correct)|wrong|incorrect|a\smistake)|\bI\s(?:made\sa\smistake|was\s(?:wrong|mistaken))|"
    r"等等\W{0,3}不[对對]",
    re.IGNORECASE,
)
"""Behind the last statement: it does not hold, and no other follows."""

VERDICT = re.compile(
    r"(?<![\w.'’])[(\[]?(?P<letter>[A-J])[)\]]?(?:\s?(?:[选選][项項]|[项項])|\s(?:is|was))?\s?[.):—–-]?\s?"
    r"(?:(?P<right>correct|right|true|yes|正[确確]|[对對])|wrong|incorrect|false|no|[错錯][误誤]?)(?!\w)",
    re.IGNORECASE,
)
"""A choice and the verdict on it: `A: wrong`, `(B) correct`, `C - False`, `D. 错误`."""

TICK = re.compile("[✓✔✅☑✗✘❌✖]")

BUT = re.compile(r"\bbut\b(?![^.;]*\bnot\b\s\(?[A-J]\)?\W*$)[^.;\n]*[\s,(](?P<letter>[A-J])\)?[.!]?$")
"""Behind a letter, at the end of its sentence: another one that speaks against it."""

NOT_OTHER = re.compile(r"(?<![\w'’])(\(?[A-J][).]?),?\s\((?:and\s)?not\s(?:option\s)?\(?[A-J]\)?\)")
"""A letter, and in brackets another one that it is not: `B (not C)`."""

MAYBE = re.compile(rf"\b(?:maybe|perhaps|possibly)\s(?:option\s)?({LETTER})", re.IGNORECASE)

LABEL = re.compile(rf"(?<![\w.'’])({LETTER})(?:[.)](?=\s|$)|:\s|(?<=\))\s)")
NOT_SO = re.compile(
    r"\b(?:not|no|never|neither|nor|except|wrong|incorrect|cannot|instead|unlike)\b|n['’]t\b|[不非没沒错錯]"
)
REFUSAL = re.compile(
    r"\bI\s(?:can(?:not|['’]t)|am\s(?:unable|not\sable|not\ssure)|won['’]t|do(?:n['’]t|\snot)\s(?:know|have)|decline|"
    r"refuse)|\bI['’]m\s(?:unable|not\s(?:able|sure))|\bas\san?\s(?:AI|language\smodel)|\bsorry\b|\bcannot\sbe\s"
    r"(?:determined|answered)|\b(?:unable|impossible|not\spossible)\sto\b|[无無]法|抱歉|[对對]不起|不能回答|我不(?:知道|[确確]定|能)|"
    r"\bich\s(?:kann|weiß)\b.*\bnicht\b|\bje\sne\s(?:peux|sais)\b|\bno\s(?:puedo|sé)\b|lo\ssiento|désolé|desculpe|"
    r"não\s(?:posso|sei)|申し訳|わかりません|죄송",
    re.IGNORECASE,
)

WRAPPED = re.compile(r"\\(?:text|textbf|textrm|mathrm|mathbf|mathsf)\s?\{([^{}]*)\}")
BOXED = re.compile(
    r"\\f?box(?:ed)?\s?\{([^{}]*)\}|"
    r"<(?:(?:final[_ -]?)?(?:answer|ans|choice|option)|final)>([^<]*)(?:</[\w -]{1,20}>)?|"
    r"<\|begin_of_box\|>([^<]*)(?:<\|end_of_box\|>)?",
    re.I,
)
MARKS = re.compile(
    r"[*`$]+|\[/?INST\]|__|(?<!\w)_(?=[A-Za-z]_)|(?<=_[A-Za-z])_(?!\w)|~~|\\[()\[\],]|"
    r"^ ?(?:#+|>+|[-+•](?=\s)) ?|(?-i:</?(?:b|i|strong|em|p|br|u|s)\s?/?>)|<\|[^|>]*\|>",
    re.IGNORECASE | re.MULTILINE,
)
MARKED = re.compile(r"[*`$_~\\#>+•<]|^ ?-|\[/?INST\]", re.MULTILINE)
SIGNS = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200b]")
