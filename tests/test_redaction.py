"""What should not leave the house becomes a mark, and nothing else does."""

import csv
import re

import pytest
from places import SHARED

from kit import redaction
from kit.errors import KitError
from kit.redaction import RULES, Match, Rule
from kit.redaction.prefilter import candidates

CASES = SHARED / "cases" / "redaction.csv"

# No real secrets: each is put together here, so that no scanner of this repository takes it for one.
TAIL = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow+/IBAAKC=\nAQEA\n-----END RSA " + "PRIVATE KEY-----"
JWT = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "SflKxwRJSMeKKF2QT4"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Ask ann.b+x@mail.example.co.uk.", "Ask [email].", id="an e-mail address at a sentence's end"),
        pytest.param("请联系zhang@example.com谢谢", "请联系[email]谢谢", id="an e-mail address in Chinese"),
        pytest.param("<müller@exämple.de>", "<[email]>", id="an e-mail address with umlauts"),
        pytest.param("call +49 30 1234567 now", "call [phone] now", id="an international number"),
        pytest.param("+1 (415) 555-0132", "[phone]", id="an international number with its area in brackets"),
        pytest.param("+8613800138000", "[phone]", id="an international number without gaps"),
        pytest.param("(415) 555-0132 or 415-555-0132", "[phone] or [phone]", id="American numbers"),
        pytest.param("06 12 34 56 78", "[phone]", id="a French number"),
        pytest.param("(030) 1234 567", "[phone]", id="a German number with its area in brackets"),
        pytest.param("Phone: 030/1234567", "Phone: [phone]", id="a number that is called one"),
        pytest.param("手机号是13800138000。", "手机号是[phone]。", id="a Chinese number that is called one"),
        pytest.param("card 4111 1111 1111 1111, exp", "card [card], exp", id="a card in groups"),
        pytest.param("4111-1111-1111-1111", "[card]", id="a card with dashes"),
        pytest.param("378282246310005", "[card]", id="a card of fifteen digits"),
        pytest.param("on 2024-11-02 5555555555554444", "on 2024-11-02 [card]", id="a card after a date"),
        pytest.param("2223 0031 2200 3222 19", "[card] 19", id="a card of the newer range, and a number after it"),
        pytest.param("IBAN DE89 3704 0044 0532 0130 00 EUR", "IBAN [iban] EUR", id="an IBAN in groups"),
        pytest.param("CZ6508000000192000145399", "[iban]", id="an IBAN without gaps"),
        pytest.param("CZ65 0800 0000 1920 0014 5399 USD", "[iban] USD", id="an IBAN before a word in capitals"),
        pytest.param("from 203.0.113.7.", "from [ip address].", id="an IPv4 address"),
        pytest.param("203.0.113.7:8080", "[ip address]:8080", id="an IPv4 address with a port"),
        pytest.param("[2001:db8::8a2e:370:7334]", "[[ip address]]", id="an IPv6 address"),
        pytest.param("fe80::1 up", "[ip address] up", id="a short IPv6 address"),
        pytest.param(f"key sk-{TAIL}", "key [openai key]", id="an OpenAI key"),
        pytest.param(f"sk-proj-{TAIL}_x-{TAIL}", "[openai key]", id="an OpenAI project key"),
        pytest.param("sk-" + "0123456789abcdef" * 2, "[openai key]", id="a DeepSeek key, spelled as OpenAI's"),
        pytest.param(f"sk-ant-api03-{TAIL}", "[anthropic key]", id="an Anthropic key"),
        pytest.param("AKIA" + "IOSFODNN7EXAMPLE", "[aws key]", id="an AWS key"),
        pytest.param(f"ghp_{TAIL}", "[github token]", id="a GitHub token"),
        pytest.param(f"github_pat_{TAIL}", "[github token]", id="a fine-grained GitHub token"),
        pytest.param("xoxb-" + "123456789012-abcdefGHIJ", "[slack token]", id="a Slack token"),
        pytest.param("AIza" + "SyA1234567890abcdefghijklmnopqrstuv", "[google key]", id="a Google key"),
        pytest.param(f"hf_{TAIL}", "[api key]", id="a Hugging Face token"),
        pytest.param(f"see {JWT}.", "see [jwt].", id="a JWT"),
        pytest.param(f"a\n{PEM}\nb", "a\n[private key]\nb", id="a private key"),
        pytest.param(PEM.replace("\n", "\\n"), "[private key]", id="a private key inside JSON"),
        pytest.param(PEM.partition("-----END")[0], "[private key]", id="a private key whose end was cut off"),
        pytest.param(f"Authorization: Bearer {TAIL}", "Authorization: Bearer [bearer token]", id="a bearer token"),
        pytest.param(f"Bearer sk-{TAIL}", "Bearer [openai key]", id="a bearer token whose maker is known"),
        pytest.param("postgres://app:hunter2@db/x", "postgres://app:[password]@db/x", id="a password in an address"),
        pytest.param("DB_PASSWORD=hunter", "DB_PASSWORD=[password]", id="a password in an environment"),
        pytest.param('{"password": "correct horse"}', '{"password": "[password] horse"}', id="a password in JSON"),
        pytest.param(r'"{\"pwd\": \"hunter2\"}"', r'"{\"pwd\": \"[password]\"}"', id="a password in JSON inside JSON"),
        pytest.param("the password is hunter2, ok", "the password is [password], ok", id="a password in prose"),
        pytest.param("密码：abc12345。", "密码：[password]", id="a password in Chinese prose"),
        pytest.param(f"api_key = '{TAIL}'", "api_key = '[token]'", id="a key in code"),
        pytest.param(f"client-secret: {TAIL}", "client-secret: [token]", id="a secret in YAML"),
    ],
)  # fmt: skip
def test_redact(text, expected):
    """What a rule finds is replaced by its mark, and what stands around it stays."""
    assert expected == redaction.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Order 4111-1111 and 4512889137264501 shipped", id="order numbers, one as long as a card's"),
        pytest.param("order 1234567890123, ticket 0012345678", id="order numbers of thirteen and ten digits"),
        pytest.param("on 2024-11-02 at 12:30:45, or 02.11.2024, 11/02/2024, 02 11 2024", id="dates and times"),
        pytest.param("2026-10-05T01:30:00.000+08:00 and 1760000000000", id="time stamps"),
        pytest.param("gpt-4o-2024-08-06, claude-3-5-sonnet-20241022, qwen2.5-72b-instruct", id="model names"),
        pytest.param("550e8400-e29b-41d4-a716-446655440000", id="a UUID"),
        pytest.param("d41d8cd98f00b204e9800998ecf8427e da39a3ee5e6b4b0d3255bfef95601890afd80709", id="hashes"),
        pytest.param("0.4111111111111111 and 3.14159265358979", id="fractions"),
        pytest.param("1111111111111111 0000 0000 0000 0000", id="one digit over and over"),
        pytest.param("v1.2.3.4, 1.2.3, 1.3.6.1.4.1, 256.1.1.1", id="versions and what is no address"),
        pytest.param("std::vector a::b 12:30 aa:bb:cc:dd:ee:ff ::", id="names in code and hardware addresses"),
        pytest.param("icon@2x.png git@github.com:a/b.git @app.route react@18.2.0", id="at signs that are no address"),
        pytest.param("sk-loading-animation-container-fluid task-1a2b3c4d5e6f7a8b9c0d1e2f", id="long names"),
        pytest.param("AKIA is a prefix; eyJ begins a JWT; ghp_short", id="beginnings alone"),
        pytest.param("Password: must have eight letters; the token is required", id="talk of passwords"),
        pytest.param("max_tokens=1000, token: 4096, api_key=api_key", id="parameters named like secrets"),
        pytest.param('password = os.environ["PASSWORD"]; token: Optional[str] = None', id="code without a secret"),
        pytest.param('{"api_key": "$API_KEY_NAME", "password": "********"}', id="placeholders"),
        pytest.param("a bearer of responsibilities, basic internationalization", id="words that begin a header"),
        pytest.param("AB12 3456 7890 1234 5678", id="letters and digits that do not add up"),
        pytest.param("1,234,567,890 and 12 345 678 EUR, 99 % of 10000000", id="amounts"),
        pytest.param("in cell 12345678", id="a word that could name a telephone"),
        pytest.param("[email] and [openai key]", id="marks"),
    ],
)
def test_left_alone(text):
    """What only looks like something is not mangled."""
    assert text == redaction.redact(text)


MORE = [
    pytest.param("jane [at] example [dot] org", "[email]", id="an e-mail address that hides from robots"),
    pytest.param("jane_doe at example dot com", "[email]", id="an e-mail address in words"),
    pytest.param("email=ann%40example.com", "email=[email]", id="an e-mail address in a URL"),
    pytest.param("иван@пример.рф", "[email]", id="an e-mail address in Russian"),
    pytest.param("0049 30 1234567", "[phone]", id="an international number that begins with 00"),
    pytest.param("0171/2345678 or 07700 900123", "[phone] or [phone]", id="German and British mobile numbers"),
    pytest.param("打13912345678", "打[phone]", id="a Chinese mobile number"),
    pytest.param("(11) 91234-5678", "[phone]", id="a Brazilian number"),
    pytest.param("SSN 219-09-9999", "SSN [id number]", id="an American social security number"),
    pytest.param("11010519491231002X", "[id number]", id="a Chinese identity number, which checks itself"),
    pytest.param("110105194912310021", "110105194912310021", id="its digits with another check digit"),
    pytest.param("DNI 12345678Z, NIE X1234567L", "DNI [id number], NIE [id number]", id="Spanish numbers"),
    pytest.param("CPF 529.982.247-25", "CPF [id number]", id="a Brazilian number"),
    pytest.param("passport no. C01X00T47", "passport no. [id number]", id="a passport"),
    pytest.param("Steuer-ID 86 095 742 719", "Steuer-ID [id number]", id="a German tax number"),
    pytest.param("de89370400440532013000", "[iban]", id="an IBAN in small letters"),
    pytest.param("4111\xa01111\xa01111\xa01111, 4111  1111  1111  1111", "[card], [card]", id="a card with wide gaps"),
    pytest.param("my PIN is 4711, OTP 483920", "my PIN is [pin], OTP [pin]", id="codes that are announced"),
    pytest.param("born 12.03.1984", "born [date of birth]", id="a day of birth"),
    pytest.param("at 742 Evergreen Terrace, Springfield, IL 62704", "at [address]", id="an American address"),
    pytest.param("Bahnhofstr. 5a, 10115 Berlin", "[address]", id="a German address"),
    pytest.param("12 rue de la Paix, 75002 Paris", "[address]", id="a French address"),
    pytest.param("mysql://root:pa@ssw0rd@host/db", "mysql://root:[password]@host/db", id="a password with an at sign"),
    pytest.param("redis://:s3cr3tpw@cache:6379/0", "redis://:[password]@cache:6379/0", id="a password without a user"),
    pytest.param("PGPASSWORD=hunter", "PGPASSWORD=[password]", id="a password in another environment"),
    pytest.param("mot de passe : soleil99", "mot de passe : [password]", id="a password in French"),
    pytest.param("Cookie: sessionid=38afes7a8f0e4c2b", "Cookie: sessionid=[session]", id="a session"),
    pytest.param("/js?key=9f8e7d6c5b4a3928", "/js?key=[token]", id="a key in a query"),
    pytest.param("whsec_" + TAIL, "[api key]", id="a Stripe signing secret"),
    pytest.param("d41d8cd98f00b204e9800998ecf8427e." + TAIL[:16], "[api key]", id="a Zhipu key"),
    pytest.param(f"hooks.slack.com/services/T01/B01/{TAIL}", "hooks.slack.com/services/[webhook]", id="a webhook"),
    pytest.param("127.0.0.1, version 1.2.3.4 and 1.0.0.0", "127.0.0.1, version 1.2.3.4 and 1.0.0.0", id="no person"),
    pytest.param("call ID 200 555 1234, born in 12 towns", "call ID 200 555 1234, born in 12 towns", id="no number"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MORE)
def test_redact_more(text, expected):
    """Numbers that check themselves need no word before them; others are taken where a word announces them."""
    assert expected == redaction.redact(text)


@pytest.mark.skipif(not CASES.exists(), reason="shared data not there")
def test_shared_cases():
    """Of texts that people collected, every secret and all personal data goes, and all that is harmless stays."""
    with CASES.open(encoding="utf-8", newline="") as file:
        cases = [{name: value.replace("¦", "") for name, value in row.items()} for row in csv.DictReader(file)]
    done = [(case, redaction.redact(case["text"])) for case in cases]
    kept = [case["text"] for case, text in done if case["what"] == "goes" and case["piece"] in text]
    mangled = [case["text"] for case, text in done if case["what"] == "stays" and case["text"] != text]
    assert (127, [], []) == (len(cases), kept, mangled)


@pytest.mark.parametrize("rule", RULES, ids=[f"{rule.name} {number}" for number, rule in enumerate(RULES)])
def test_prefilter_knows_each_rule(rule):
    """No rule of ours has to run on every text: RE2 can tell where it cannot match."""
    assert [] == candidates("Which team should answer this?", [rule.pattern])


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        pytest.param(r"(?<!a)\w{8,64}+(?=-b)", "xxxxxxxxx-b", id="lookaround and possessive repeats"),
        pytest.param(r"([.-])x\1y", "-x-y", id="a back reference"),
        pytest.param(r"(?P<x>[^]a]+)\s\u2009", "b\v\u2009", id="a class with a bracket, a vertical tab, a thin space"),
        pytest.param(r"(?>a)b", "ab", id="what RE2 does not know"),
        pytest.param(r"a{3}b{5}c{1,2}d{0,9}", "aaabbbbbcd", id="counts"),
    ],
)  # fmt: skip
def test_prefilter_leaves_nothing_out(pattern, text):
    """A pattern that matches is never ruled out."""
    assert re.search(pattern, text)
    assert [0] == candidates(text, [pattern])


def test_half_a_character():
    """A text with half a character, which JSON can spell, is redacted like any other."""
    assert "\ud800 [email]" == redaction.redact("\ud800 ann@example.com")



def test_again():
    """Redacting what is redacted changes nothing."""
    once = redaction.redact(f"ann@example.com, password=hunter2, api_key='{TAIL}', +49 30 1234567, Bearer {TAIL}")
    assert once == redaction.redact(once)


def test_request():
    """Texts are redacted wherever they stand in a request; keys, numbers and the request itself stay as they are."""
    text = "I am ann@example.com"
    request = {"model": "gpt-4o", "n": 1, "messages": [{"role": "user", "content": [{"type": "text", "text": text}]}]}
    expected = {"model": "gpt-4o", "n": 1,
                "messages": [{"role": "user", "content": [{"type": "text", "text": "I am [email]"}]}]}  # fmt: skip
    assert (expected, text) == (redaction.redact_request(request), request["messages"][0]["content"][0]["text"])


def test_request_by_another_hook():
    """The hook can be any function of a text."""
    request = {"input": ("a", {"x": "b"}), "n": None}
    assert {"input": ["A", {"x": "B"}], "n": None} == redaction.redact_request(request, str.upper)


def test_secrets():
    """The scan tells where a secret is and of which kind, never the secret; personal data is none."""
    text = f"ann@example.com wrote sk-{TAIL}, password=hunter2"
    after = 25 + len(TAIL)
    assert [Match(22, after, "openai key"), Match(after + 11, after + 18, "password")] == redaction.secrets(text)
    assert [] == redaction.secrets("ann@example.com, 4111 1111 1111 1111")
    assert "hunter2" not in repr(redaction.secrets(text))


def test_matches():
    """All that the rules find is told in the order of the text; where two overlap, the first rule counts."""
    assert ["ip address", "openai key", "email"] == [
        one.rule for one in redaction.matches(f"203.0.113.7: Bearer sk-{TAIL} ann@example.com")
    ]


def test_own_rule():
    """A team's own rule comes after the others, or before them."""
    ticket, local = Rule("ticket", r"\bTCK-[0-9]{6}\b"), Rule("colleague", r"(?P<x>\w+)@ours\.example")
    text = "TCK-123456 of bob@ours.example"
    assert "[ticket] of [email]" == redaction.redact(text, (*RULES, ticket))
    assert "[ticket] of [colleague]@ours.example" == redaction.redact(text, (local, ticket, *RULES))


def test_rule_that_is_none():
    """A pattern that is no regular expression is named when the rule is made."""
    with pytest.raises(KitError, match=r"rule 'ticket': '\(' is no regular expression: missing \)"):
        Rule("ticket", "(")


def test_names_of_rules():
    """A mark says one thing: no rule name is both a secret and personal data."""
    assert set() == {rule.name for rule in RULES if rule.secret} & {rule.name for rule in RULES if not rule.secret}


HOSTILE = [
    "a", "a.", "a@", "a@a.", "@", "1", "1 ", "1-", "1.", "4111 ", "+1", "+", "0 12 ", ":", "1:", "://", "://a:", "://a:b",
    "eyJ", "eyJaaaaaaaaaaaa.eyJaaaaaa.", "sk-", "sk-a", "sk-ant-", "xoxb-", "-", "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN " + "A" * 40, "password", "password=", "password: ", "密码是", "secret token ", "api_key='", "bearer ",
    "Bearer aaaaaaaaaaaaaaaa", "AB12", "AB12 ", "AB12 3456 ", "phone ", "phone1", "电话号码是", "(0", "tel(", " ",
    "\n", "\\", '"',
]  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("bit", HOSTILE, ids=[f"{bit[:28]!r} over and over" for bit in HOSTILE])
def test_hostile(bit):
    """Text made to lead a pattern astray is read in proportion to its length: the square of it would take minutes."""
    redaction.redact((bit * 250_000)[:250_000])


@pytest.mark.timeout(60)
def test_a_hostile_megabyte():
    """All of it, one after another, is read once."""
    share = 1_000_000 // len(HOSTILE)
    text = "".join((bit * share)[:share] for bit in HOSTILE)
    assert "ann@" not in redaction.redact(text + " ann@example.com")
