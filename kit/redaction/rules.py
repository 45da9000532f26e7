"""Patterns of personal data and secrets: one table of rules.

A rule is a pattern and, where a pattern alone would take order numbers for cards, a check (digits that must add up).
Rules stand in order of precedence: where two overlap, the first one counts. Patterns are written so that a text of n
characters takes time in proportion to n, whatever it holds: a match begins only where a run of characters begins, and
repeats are bounded or possessive.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

from kit.errors import KitError
from kit.redaction import checks

__all__ = ["RULES", "Rule"]


@dataclass(frozen=True)
class Rule:
    """One kind of thing to take out.

    Attributes:
        name: What it is; its mark is the name in brackets.
        pattern: A regular expression over ASCII classes; if it has a group `x`, only that is taken.
        check: How many characters of a match count; 0 if it does not count after all.
        secret: Whether it lets somebody in, other than data about a person.

    Raises:
        KitError: If the pattern is no regular expression.
    """

    name: str
    pattern: str
    check: Callable[[str], int] = len
    secret: bool = False

    def __post_init__(self) -> None:
        try:
            self.compiled  # noqa: B018 (a pattern that is none is told of here)
        except re.error as error:
            raise KitError(f"redact: rule {self.name!r}: {self.pattern!r} is no regular expression: {error}") from None

    @functools.cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern, ready to search."""
        return re.compile(self.pattern, re.ASCII)


_NEW = r"(?<![A-Za-z0-9])"
_OVER = r"(?![A-Za-z0-9])"
_ALONE = r"(?<![\w.-])"
_END = r"(?![\w-]|\.[0-9])"
_WORDS = (
    r"(?i:password|passwort|kennwort|passwd|passphrase|passcode|pwd|mot de passe|contraseña|clave de acceso|senha"
    r"|wachtwoord|hasło|пароль|密码|密碼|口令|パスワード|비밀번호)"
)
_NAMES = (
    r"(?i:secret|token|(?:api|subscription)[ _-]?key"
    r"|(?:access|secret|private|account|shared ?access)[_-]?(?:access[_-]?)?key"
    r"|(?:client|app)[_-]?secret|(?:access|auth|refresh)[_-]?token)"
)
_IS = r"(?:\\?[\"']?\s{0,3}[:=：]\s{0,3}|\s{1,3}(?:is|ist|est|es|è)\s{1,3}|\s?是\s?)"
_QUOTED = r"\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']"
_VALUE = r"""[^\s"'`,;&<>()\[\]{}\\]"""
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_LETTER = "A-Za-z0-9À-ɏͰ-ӿ"
_GAP = r"[ .\xa0-]{0,2}"
_CARD_GAP = r"[ .\xa0\u2009-]{1,2}"
_MAILBOX = rf"(?<![{_LETTER}._%+-])(?!git@)[{_LETTER}._%+-]{{1,64}}+"
_DOMAIN = rf"(?:[{_LETTER}-]{{1,63}}+[.．]){{1,8}}(?!(?:png|jpe?g|gif|webp|svg)\b)[A-Za-zͰ-ӿ]{{2,24}}+"
_AT, _DOT = (rf"\s?[(\[{{<]\s?(?i:{word})\s?[)\]}}>]\s?" for word in ("at", "dot|punkt|point"))
_PREFIXES = (
    r"(?i:hf_|gsk_|xai-|gl(?:pat|ptt|dt)-|npm_|[sr]k_(?:live|test)_|whsec_|pypi-|r8_|pplx-|nvapi-|do[op]_v1_"
    r"|shp(?:at|ss)_|dckr_pat_|hvs\.|ya29\.|lin_api_|figd_|ATATT3|sq0(?:csp|atp)-|tvly-|glsa_|csk-|tgp_v1_"
    r"|AGE-SECRET-KEY-1|fw_|phc_|sntrys_|ops_ey|EAACEdEose0cBA|amzn\.mws\.|xkeysib-|pat-na1-|secret_|ntn_|vercel_"
    r"|sbp_|cfut_)"
)
"""How makers begin their keys: Hugging Face, Groq, xAI, GitLab, npm, Stripe, PyPI, Replicate, Perplexity, NVIDIA,
DigitalOcean, Shopify, Docker, Vault, Google OAuth, Linear, Figma, Atlassian, Square, Tavily, Grafana, Cerebras,
Together, age, Fireworks, PostHog, Sentry, 1Password, Facebook, Amazon, Brevo, HubSpot, Notion, Vercel, Supabase,
Cloudflare."""

_HOOKS = (
    r"(?i:hooks\.slack\.com/(?:services|workflows)|discord(?:app)?\.com/api/webhooks"
    r"|[a-z0-9-]{1,63}\.webhook\.office\.com|chat\.googleapis\.com/v1/spaces|open\.feishu\.cn/open-apis/bot)"
)
_PINS = (
    r"(?i:(?:code )?pin(?:[ -]?(?:code|number))?|otp|one-time (?:code|password)|tan|cvv2?|cvc2?|security code"
    r"|verification code|sicherheitscode|验证码|校验码)"
)
_DOCUMENTS = (
    r"(?i:passport|reisepass|passeport|pasaporte|passaporto|personalausweis|ausweis|(?:identity|id|pan) card"
    r"|(?:identity|id|licen[cs]e|tax) number|national id|carte d'identité|driv(?:er'?s?|ing) licen[cs]e|führerschein"
    r"|dni|nif|bsn|ssn|social security|tax ?id|taxpayer|steuer-?id|steueridentifikationsnummer|steuernummer|i?tin"
    r"|nino|national insurance|nhs|sozialversicherungsnummer|numéro de sécurité sociale|codice fiscale|pesel"
    r"|personnummer|aadhaar|cpf|curp|身份证|护照|passnummer)"
)
_NO = r"(?i:numbers?|nummer|numéro|num|nr|no|id|is|ist|est|es|号码|号|是)"
_PHONES = (
    r"(?i:(?<![a-z])(?:tel|telefon|teléfono|téléphone|(?:tele|cell)?phone|mobile|fax|whatsapp"
    r"|电话|電話|手机|手機|携帯))"
)
_CALLS = r"(?i:(?<![a-z])(?:my number|handy|portable|signal|cell|call|ring|text me))"
_CALLED = r"[^\w\n]{0,4}(?:(?i:number|nummer|nr|no|is|me|at|on|us|ist|est|号码|号|是)[^\w\n]{0,3}){0,2}"
_DIALLED = r"(?P<x>\(?[0-9](?:[ ()./\xa0-]{0,2}[0-9]){6,13})" + _END
_BORN = (
    r"(?:(?i:\b(?:born|dob|date of birth|birth ?da(?:te|y)|geboren|geburtsdatum|née?|date de naissance|nacid[oa]"
    r"|fecha de nacimiento|nat[oa])\b|\b(?:d\.o\.b|geb)\.)|出生(?:日期|年月)?|生日)"
)
_DATE = (
    r"(?:[0-9]{1,2}[./ -](?:[0-9]{1,2}|[A-Za-z]{3,9})[./ -]{1,2}(?:19|20)?[0-9]{2}"
    r"|(?:19|20)[0-9]{2}[./-][0-9]{1,2}[./-][0-9]{1,2}|(?:19|20)[0-9]{2}年[0-9]{1,2}月[0-9]{1,2}日"
    r"|[A-Z][a-z]{2,8}\.? [0-9]{1,2},? (?:19|20)[0-9]{2})"
)
_STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Terrace|Way|Square|Close"
    r"|Crescent|Parkway|Pkwy|Highway|Gardens|Row)\b"
)

RULES: tuple[Rule, ...] = (
    Rule(
        "private key",
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[\w+/=\s\\:,]++|-(?!----))*+"
        r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?",
        secret=True,
    ),
    Rule("jwt", r"(?<![\w-])eyJ[\w-]{10,}+\.eyJ[\w-]{5,}+(?:\.[\w-]*+)?", secret=True),
    Rule("anthropic key", r"(?<![\w-])sk-ant-[\w-]{16,}+", checks.mixed, secret=True),
    Rule("openai key", r"(?<![\w-])sk-[\w-]{20,}+", checks.mixed, secret=True),
    Rule("aws key", _NEW + r"(?:AKIA|ASIA)[A-Z0-9]{16}" + _OVER, secret=True),
    Rule("github token", _NEW + r"(?:gh[pousr]_[A-Za-z0-9]{30,}+|github_pat_\w{20,}+)", secret=True),
    Rule("slack token", r"(?<![\w-])(?:xox[a-z]|xapp)-[A-Za-z0-9.-]{10,}+", checks.mixed, secret=True),
    Rule("webhook", rf"{_HOOKS}/(?P<x>[\w/@.?=&%+-]{{8,400}}+)", secret=True),
    Rule("google key", r"(?<![\w-])AIza[\w-]{35}(?![\w-])", secret=True),
    Rule("api key", rf"(?<![\w-]){_PREFIXES}[\w.=-]{{14,}}+", checks.mixed, secret=True),
    Rule("api key", r"(?<![\w-])(?:SK|key-|PMAK-)[0-9a-f]{24,}+(?:-[0-9a-f]+)?", checks.mixed, secret=True),  # Twilio
    Rule("api key", _NEW + r"(?:LTAI|AKID)[A-Za-z0-9]{12,40}+", checks.mixed, secret=True),  # Alibaba, Tencent
    Rule("api key", _NEW + r"SG\.[\w-]{16,32}\.[\w-]{16,64}+", secret=True),  # SendGrid
    Rule("api key", _NEW + r"[0-9a-f]{32}\.[A-Za-z0-9]{16}" + _OVER, secret=True),  # Zhipu
    Rule("api key", _NEW + r"[0-9]{8,10}:AA[\w-]{32,36}(?![\w-])", secret=True),  # Telegram
    Rule("api key", r"(?<![\w-])[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w-])", secret=True),  # Discord
    Rule("bearer token", r"(?i:\b(?:bearer|basic)\s{1,3})(?P<x>[\w.~+/-]{16,}+=*+)", checks.mixed, secret=True),
    Rule(
        "bearer token",
        r"(?i:authorization\\?[\"']?\s?[:=]\s?\\?[\"']?(?:bearer|basic|token|apikey)\s{1,3})(?P<x>[\w.~+/-]{8,}+=*+)",
        checks.value,
        secret=True,
    ),
    Rule("password", r"://[^\s/:@\"']{0,64}:(?P<x>[^\s/\"']{1,200})@", secret=True),
    Rule("password", rf"{_NEW}{_WORDS}(?:=|{_QUOTED})(?P<x>{_VALUE}{{4,200}}+)", checks.value, secret=True),
    Rule("password", rf"{_NEW}{_WORDS}{_IS}(?P<x>{_VALUE}{{4,200}}+)", checks.value_with_digit, secret=True),
    Rule(
        "password",
        rf"(?<![A-Za-z])[A-Z0-9_]{{0,40}}PASS(?:WORD|WD|PHRASE)?=(?P<x>{_VALUE}{{4,200}}+)",
        checks.value,
        secret=True,
    ),
    Rule("token", rf"{_NEW}{_NAMES}{_QUOTED}(?P<x>{_VALUE}{{8,200}}+)", checks.value, secret=True),
    Rule("token", rf"{_NEW}{_NAMES}{_IS}(?P<x>{_VALUE}{{8,200}}+)", checks.value_mixed, secret=True),
    Rule(
        "token",
        r"[?&](?i:key|api_?key|token|access_token|auth|sig|signature|secret|code|password)=(?P<x>[\w.~%+/-]{8,400}+)",
        checks.value_mixed,
        secret=True,
    ),
    Rule(
        "session",
        r"(?<![A-Za-z0-9_])(?i:\w{0,20}?(?:session_?id|sessid|session|csrf_?token|xsrf-token|sid|auth))"
        r"=(?P<x>[^\s;,\"'&]{8,400}+)",
        checks.session,
        secret=True,
    ),
    Rule("pin", rf"{_NEW}{_PINS}(?:{_IS}|\s)(?P<x>[0-9]{{3,8}})(?![\w.,]*[0-9]|[.,]?\w)", secret=True),
    Rule("email", rf"{_MAILBOX}[@＠]{_DOMAIN}(?![0-9])"),
    Rule("email", rf"(?<![{_LETTER}._+-])[{_LETTER}._+-]{{1,64}}+%40{_DOMAIN}"),
    Rule("email", rf"{_MAILBOX}{_AT}[{_LETTER}-]{{1,63}}+(?:(?:\.|{_DOT})[{_LETTER}-]{{1,63}}+){{1,8}}"),
    Rule("email", rf"{_MAILBOX}\s(?i:at)\s[{_LETTER}-]{{1,63}}+(?:\s(?i:dot)\s[{_LETTER}-]{{2,63}}+){{1,8}}"),
    Rule(
        "iban",
        rf"{_NEW}(?:[A-Z]{{2}}|[a-z]{{2}})[0-9]{{2}}(?:{_GAP}[A-Za-z0-9]{{4}}){{2,7}}(?:{_GAP}[A-Za-z0-9]{{1,3}})?{_OVER}",
        checks.iban,
    ),
    Rule(
        "card",
        rf"{_ALONE}(?:(?:4[0-9]{{3}}|5[1-5][0-9]{{2}}|2[2-7][0-9]{{2}}|6[0-9]{{3}}|35[0-9]{{2}})"
        rf"(?:[0-9]{{12}}(?:[0-9]{{3}})?|({_CARD_GAP})[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{4}})"
        rf"|3[47][0-9]{{2}}(?:[0-9]{{11}}|({_CARD_GAP})[0-9]{{6}}\2[0-9]{{5}})"
        rf"|3[068][0-9]{{2}}(?:[0-9]{{10}}|({_CARD_GAP})[0-9]{{6}}\3[0-9]{{4}})){_END}",
        checks.card,
    ),
    Rule(
        "id number",
        rf"{_NEW}[1-9][0-9]{{5}}(?:19|20)[0-9]{{2}}(?:0[1-9]|1[0-2])[0-3][0-9]{{4}}[0-9Xx]{_OVER}",
        checks.id_china,
    ),
    Rule("id number", rf"{_ALONE}(?!000|666|9)[0-9]{{3}}-(?!00)[0-9]{{2}}-(?!0000)[0-9]{{4}}{_END}"),  # US SSN
    Rule("id number", rf"{_NEW}(?:[0-9]{{8}}|[XYZxyz][0-9]{{7}})[ -]?[A-Za-z]{_OVER}", checks.dni),
    Rule("id number", rf"{_ALONE}[0-9]{{3}}\.?[0-9]{{3}}\.?[0-9]{{3}}-[0-9]{{2}}{_END}", checks.cpf),
    Rule("id number", rf"{_NEW}[A-CEGHJ-PR-TW-Z]{{2}}(?: ?[0-9]{{2}}){{3}} ?[A-D]{_OVER}"),  # British NINO
    Rule(
        "id number",
        rf"(?<![A-Za-z]){_DOCUMENTS}[^\W\d_]{{0,6}}[^\w\n]{{0,4}}(?:{_NO}[^\w\n]{{0,3}}){{0,3}}"
        rf"(?P<x>[A-Z0-9]{{1,20}}+(?:[ /.-][0-9A-Z]{{1,6}}+){{0,5}}){_OVER}",
        checks.document,
    ),
    Rule("ip address", rf"(?<!ersion )(?<!elease )(?<!river ){_ALONE}(?:{_BYTE}\.){{3}}{_BYTE}{_END}", checks.ipv4),
    Rule("ip address", r"(?<![\w:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{1,38}+(?![\w:])", checks.ipv6),
    Rule(
        "phone",
        rf"(?<![\w+])(?:\+|00(?=[1-9][0-9]{{0,2}}[ /-]))[1-9](?:[ ./\xa0-]{{0,2}}\(?[0-9]\)?){{7,14}}{_END}",
        checks.phone,
    ),
    Rule(
        "phone",
        rf"(?<!\b[Ii][Dd] )(?<!rder )(?<!cket ){_ALONE}(?:1[ .-])?"
        rf"(?:\([2-9][0-9]{{2}}\) ?|[2-9][0-9]{{2}}[ .\xa0-])[0-9]{{3}}[ .\xa0-][0-9]{{4}}{_END}",
        checks.phone_us,
    ),
    Rule("phone", rf"{_ALONE}\([1-9][0-9]\) ?9?[0-9]{{4}}-[0-9]{{4}}{_END}"),  # Brazilian
    Rule("phone", rf"{_ALONE}0[1-9](?:[ .\xa0-][0-9]{{2}}){{4}}{_END}"),  # French
    Rule(
        "phone",
        rf"{_ALONE}(?:\(0[0-9]{{2,4}}\) ?|0{{1,2}}[1-9][0-9]{{0,3}}[ /])[0-9]{{2,4}}(?:[ -][0-9]{{2,4}}){{1,3}}{_END}",
        checks.phone,
    ),
    Rule("phone", rf"{_ALONE}0[1-9][0-9]{{1,4}}[ /-][0-9]{{5,8}}{_END}", checks.phone),  # German, British
    Rule("phone", rf"{_NEW}(?<![.-])1[3-9][0-9](?:[ -]?[0-9]{{4}}){{2}}{_END}"),  # Chinese mobile
    Rule("phone", _PHONES + _CALLED + _DIALLED),
    Rule("phone", _CALLS + _CALLED + _DIALLED, checks.phone),
    Rule(
        "date of birth", rf"{_BORN}[^\w\n]{{0,3}}(?:(?i:is|on|am|le|el|il|是|于)[^\w\n]{{0,3}})?(?P<x>{_DATE})(?![0-9])"
    ),
    Rule(
        "address",
        r"(?<![\w.-])[0-9]{1,5}[A-Za-z]?,? (?:[NSEW]\.? )?(?:[A-Z][a-z'’-]{1,20}+ |[0-9]{1,3}(?:st|nd|rd|th) ){1,3}"
        + _STREET
        + r"(?:,? (?:Apt|Apartment|Suite|Unit|Flat|#) ?[0-9A-Za-z]{1,5})?"
        r"(?:,? [A-Z][A-Za-z ]{1,30}, [A-Z]{2} [0-9]{5}(?:-[0-9]{4})?)?",
    ),
    Rule(
        "address",
        r"(?<![\w-])[A-ZÄÖÜ][A-Za-zäöüß-]{1,40}(?:straße|strasse|str\.|gasse|allee|platz|weg|ufer|damm)\s[0-9]{1,4}"
        r"(?:\s?[a-z])?(?!\w)(?:,? [0-9]{5} [A-ZÄÖÜ][a-zäöüß]{2,30})?",
    ),
    Rule(
        "address",
        r"(?<![\w-])[0-9]{1,4}(?: ?bis)?,? (?i:rue|avenue|boulevard|allée|impasse|chemin)(?: [\w'’À-ɏ-]{1,20}){1,5}?"
        r"(?:, ?[0-9]{5} [A-ZÀ-Ý][\w'’À-ɏ-]{2,30}|(?=[,.;\n]|$))",
    ),
)
"""What is looked for, the most telling first."""
