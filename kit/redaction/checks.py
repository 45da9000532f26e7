"""Checks that a pattern cannot make: check digits, placeholders, area codes. Each returns how many characters count."""

import ipaddress
import re

__all__ = [
    "card", "cpf", "dni", "document", "iban", "id_china", "ipv4", "ipv6", "mixed", "phone", "phone_us",
    "session", "value", "value_mixed", "value_with_digit",
]  # fmt: skip


def mixed(text: str) -> int:
    """Take a key of chance letters, which has digits; a name in a style sheet (`sk-loading-...`) has none."""
    return len(text) if _digits(text) >= 2 else 0


def session(text: str) -> int:
    """Take a session's value, which has digits and letters; `theme=dark` and `page=2` have not."""
    return len(text) if _digits(text) >= 2 and not text.isdigit() else 0


def value(text: str) -> int:
    """Take a password or token itself, other than a placeholder, or code that takes it from elsewhere."""
    small = text.lower()
    code = small.startswith(("$", "%", "*", "os.", "env.", "process.", "config.", "settings.", "self.", "args."))
    placeholder = small in ("null", "none", "true", "false", "string", "required", "optional") or not small.strip(".*x")
    return 0 if code or placeholder or "passw" in small else len(text)


def value_with_digit(text: str) -> int:
    """Take a value with a digit: in prose, `password: must be long` names none."""
    return value(text) if _digits(text) else 0


def value_mixed(text: str) -> int:
    """Take a value with a digit and more: in prose and in code, `token: 4096` and `api_key=key` name none."""
    return 0 if text.isdigit() else value_with_digit(text)


def card(text: str) -> int:
    """Take digits that pass Luhn's check (ISO/IEC 7812-1, annex B), other than one digit over and over."""
    digits = _numbers(text)
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return len(text) if total % 10 == 0 and len(set(digits)) > 1 else 0


def iban(text: str) -> int:
    """Take letters and digits whose remainder by 97 is 1 (ISO 13616), without a word in capitals that follows them."""
    while len(text) >= 15:
        bare = re.sub(r"[\s.-]", "", text)
        if int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1:
            return len(text)
        text = text[: max(text.rfind(gap) for gap in " .-\u00a0")] if re.search(r"[\s.-]", text) else ""
    return 0


def id_china(text: str) -> int:
    """Take a resident identity number: its last character checks the others (GB 11643, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(text[:17]))
    return len(text) if "10X98765432"[total % 11] == text[17].upper() else 0


def dni(text: str) -> int:
    """Take a Spanish DNI or NIE: its letter is the number's remainder by 23."""
    bare = re.sub(r"[ -]", "", text.upper())
    number = int(bare[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2"))
    return len(text) if "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == bare[-1] else 0


def cpf(text: str) -> int:
    """Take a Brazilian CPF, whose last two digits check the others."""
    digits = _numbers(text)
    for count in (9, 10):
        total = sum(digit * (count + 1 - place) for place, digit in enumerate(digits[:count]))
        if total * 10 % 11 % 10 != digits[count]:
            return 0
    return len(text) if len(set(digits)) > 1 else 0


def document(text: str) -> int:
    """Take a document's number: at least five digits, so that a word in capitals is none."""
    return len(text) if _digits(text) >= 5 else 0


def ipv4(text: str) -> int:
    """Take an address other than this machine's own, a network mask, or a version such as 1.0.0.0."""
    return 0 if text.startswith(("127.", "255.", "0.")) or text.endswith(".0.0") else len(text)


def ipv6(text: str) -> int:
    """Take an address, other than a name in C++ (`a::b`), a time or a hardware address."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return 0
    return len(text) if text.count(":") > 2 or re.match(r"(?i)2[0-9a-f]{3}:|fe80:|f[cd][0-9a-f]{2}:", text) else 0


def phone(text: str) -> int:
    """Take nine digits or more, which no date has (ITU-T E.164 allows 15)."""
    return len(text) if 9 <= _digits(text) <= 15 else 0


def phone_us(text: str) -> int:
    """Take a number whose area code may exist: none of them ends in 00 but 800 and 900 (NANPA)."""
    area = re.sub(r"\D", "", text)[-10:-7]
    return 0 if area.endswith("00") and area not in ("800", "900") else len(text)


def _digits(text: str) -> int:
    return sum(c.isdigit() for c in text)


def _numbers(text: str) -> list[int]:
    return [int(c) for c in text if c.isdigit()]
