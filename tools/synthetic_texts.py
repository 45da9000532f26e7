"""What the synthetic log's endpoints were asked, and what came back: short requests made of the kit's own items."""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kit import benchmarks
from kit.client import Request, read_requests

__all__ = ["Exchange", "exchanges", "tokens"]

Exchange = tuple[dict[str, Any], str]
"""A request (messages and parameters, as in a chat completion) and the text of its answer."""

_WRONG = 0.07
"""Share of the answers that are not what they should be: a model that is paid for errs too."""

_SENTENCES: Mapping[str, Sequence[str]] = {
    "de": ("Wo bleibt meine Lieferung? Sie sollte gestern da sein.", "Bitte schicken Sie mir die Rechnung noch einmal.",
           "Ich kann mich seit heute früh nicht mehr anmelden."),
    "fr": ("Je voudrais annuler mon abonnement à la fin du mois.", "Le colis est arrivé ouvert et il manque un câble.",
           "Comment ajouter un deuxième utilisateur à notre compte ?"),
    "es": ("No puedo descargar el informe de septiembre.", "¿Cuándo llegará el pedido que hice el lunes?"),
    "it": ("Ho pagato due volte la stessa fattura.", "Il codice di accesso non arriva sul telefono."),
    "zh": ("我的订单已经六天没有更新了，请帮我查一下。", "请问怎样修改发票抬头？", "应用更新以后一打开就闪退。"),
    "ja": ("請求書の宛名を変更したいです。", "昨日から管理画面に入れません。"),
}  # fmt: skip

_TRAPS = (
    "I was charged twice in October. Write to jane.doe@customer.example or call +1 555 010 0123, please.",
    "My log-in fails since noon. I am max.mustermann@kunde.example, phone +49 30 5550 1234.",
    "Your API answers 401 to our key sk-fake-NOT-A-KEY-0000000000000000000000. What is wrong with it?",
)
"""What a scan before sending has to find: made-up addresses, numbers that nobody has, and a key that opens nothing."""

_REPLIES: Mapping[str, str] = {
    "billing": "Thank you for writing. We are checking the charge now and will refund you if it was ours to make good.",
    "technical": "Thank you for the report. Our engineers are looking into it and we will write as soon as it works.",
    "account": "Thank you for letting us know. We have passed this to the accounts team, who will confirm it today.",
    "shipping": "We are sorry for the trouble with your parcel. We have asked the carrier and will write tomorrow.",
    "other": "Thank you for your message. We have passed it to the right colleagues, who will come back to you.",
}


def tokens(text: str) -> int:
    """About how many tokens a text is: one for each East Asian character, and for each four others."""
    wide = sum(ord(character) >= 0x2E80 for character in text)
    return wide + -(-(len(text) - wide) // 4)


def exchanges(endpoint: str, rng: random.Random, count: int = 24) -> list[Exchange]:
    """What one endpoint was asked, no two alike.

    Args:
        endpoint: One of the synthetic log's eight.
        rng: Draws the items, and which answers are wrong.
        count: As many, or all that there are.
    """
    found = list(_MAKERS[endpoint](rng))
    return found if len(found) <= count else [found[place] for place in sorted(rng.sample(range(len(found)), count))]


def _classify(rng: random.Random) -> Iterator[Exchange]:
    asked = read_requests("article")
    told = next(request for request in asked if request.id.startswith("classify_ticket/")).messages[0]
    labels = ("billing", "technical", "account", "shipping", "other")
    for item in _tickets():
        fields = dict(item.fields)
        if rng.random() < _WRONG:
            fields["category"] = rng.choice(labels)
        yield _json([told, _user(item.text)], 80), json.dumps(fields)


def _route(rng: random.Random) -> Iterator[Exchange]:
    queues = {"billing": "finance", "technical": "engineering", "account": "identity", "shipping": "logistics",
              "other": "front-desk"}  # fmt: skip
    told = _system('Which team takes this ticket? Answer with a JSON object that has one key, "queue": '
                   f"{', '.join(queues.values())}.")  # fmt: skip
    for text in _TRAPS:
        yield _json([told, _user(text)], 40), '{"queue": "finance"}' if "charged" in text else '{"queue": "identity"}'
    for item in _tickets()[: 24 - len(_TRAPS)]:
        category = rng.choice(list(queues)) if rng.random() < _WRONG else str(item.fields["category"])
        yield _json([told, _user(item.text)], 40), json.dumps({"queue": queues[category]})


def _language(rng: random.Random) -> Iterator[Exchange]:
    told = _system('In which language is the text? Answer with a JSON object that has one key, "language", '
                   "an ISO 639-1 code.")  # fmt: skip
    english = [item.text for item in rng.sample(_tickets(), 6)]
    for code, texts in {**_SENTENCES, "en": english}.items():
        for text in texts:
            yield _json([told, _user(text)], 20), json.dumps({"language": code})


def _invoice(rng: random.Random) -> Iterator[Exchange]:
    return _extract(("invoice", "expense"), rng)


def _contact(rng: random.Random) -> Iterator[Exchange]:
    return _extract(("contact",), rng)


def _extract(kinds: Sequence[str], rng: random.Random) -> Iterator[Exchange]:
    for item, request in _asked("kit-extraction"):
        if item.kind not in kinds:
            continue
        fields = dict(item.fields)
        if rng.random() < 2 * _WRONG:
            fields[rng.choice(list(fields))] = None
        yield _json(request.messages, 256), json.dumps(fields)


def _summarise(rng: random.Random) -> Iterator[Exchange]:
    told = _system("Summarise the thread in two sentences for the colleague who takes it over.")
    for item in _tickets():
        order = f"N-{rng.randrange(10_000, 99_999)}"
        thread = (f"Customer: {item.text}\nAgent: Thank you. Which order or account is this about?\n"
                  f"Customer: {order}, as I wrote last week. Nobody has answered yet.")  # fmt: skip
        said = f"The customer ({order}) writes: {item.text.split('. ')[0].rstrip('.')}. They are still waiting."
        yield {"messages": [told, _user(thread)], "temperature": 0, "max_tokens": 120}, said


def _draft(rng: random.Random) -> Iterator[Exchange]:
    told = _system("Draft a friendly reply to the customer, in at most three sentences, without promising a date.")
    for item in rng.sample(_tickets(), 40):
        said = _REPLIES[str(item.fields["category"])]
        yield {"messages": [told, _user(item.text)], "temperature": 0, "max_tokens": 120}, said


def _chinese(rng: random.Random) -> Iterator[Exchange]:
    for item, request in _asked("kit-chinese"):
        said = rng.choice("ABCD") if rng.random() < 2 * _WRONG else item.answer
        yield {"messages": request.messages, **request.suggested, **request.parameters}, said


_MAKERS: Mapping[str, Callable[[random.Random], Iterator[Exchange]]] = {
    "classify_ticket": _classify, "route_ticket": _route, "detect_language": _language, "extract_invoice": _invoice,
    "extract_contact": _contact, "summarise_thread": _summarise, "draft_reply": _draft, "answer_chinese": _chinese,
}  # fmt: skip


def _asked(suite: str) -> Iterator[tuple[Any, Request]]:
    """Each item of one of the kit's suites, and the request that asks it."""
    whole = benchmarks.read_suite(suite)
    return zip(whole.items, whole.requests(), strict=True)


def _tickets() -> list[Any]:
    return [item for item, _ in _asked("kit-tickets")]


def _json(messages: Sequence[Mapping[str, Any]], most: int) -> dict[str, Any]:
    form = {"temperature": 0, "max_tokens": most, "response_format": {"type": "json_object"}}
    return {"messages": list(messages), **form}


def _system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def _user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}
