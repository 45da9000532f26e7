"""Requests: what is asked, and the key under which its answer is kept.

Two requests with one key are one question: the same contender, messages, parameters, tools and sample. What does not
shape an answer (its id here, whether it is streamed) is not in the key.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kit import catalog
from kit.client.contenders import RESERVED_PARAMETERS, Contender
from kit.errors import AskError, near_miss
from kit.files import read_yaml

__all__ = [
    "Request",
    "check_requests",
    "read_requests",
    "request_body",
    "request_key",
    "request_sets",
    "requests_path",
    "with_samples",
]

_THINKING_ROOM = 8192
"""Tokens to think in, beside a suggested limit: what is not used costs nothing."""

_DATA = Path(__file__).parents[1] / "data" / "requests"
_HERE = Path()


@dataclass(frozen=True)
class Request:
    """One question.

    Attributes:
        id: The user's name for it; with the sample, unique within one asking.
        messages: As in a chat completion: mappings with `role` and `content`.
        parameters: As in a chat completion: `temperature`, `max_tokens`, `response_format`, ...
        tools: Tool definitions, as in a chat completion.
        sample: 0, 1, 2, ... where the same question is asked several times.
        suggested: Parameters that give way: to the contender's own, and to what the catalog knows of its model.
    """

    id: str
    messages: Sequence[Mapping[str, Any]]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tools: Sequence[Mapping[str, Any]] = ()
    sample: int = 0
    suggested: Mapping[str, Any] = field(default_factory=dict)

    @property
    def conversation(self) -> str:
        """The messages as a person or a judge reads them; a picture is named by its type."""
        return "\n\n".join(f"{message.get('role', '')}: {_words(message.get('content'))}" for message in self.messages)


def with_samples(requests: Iterable[Request], samples: int) -> list[Request]:
    """Each request `samples` times, as samples 0, 1, 2, ..."""
    return [replace(request, sample=sample) for request in requests for sample in range(samples)]


def request_body(request: Request, contender: Contender) -> dict[str, Any]:
    """The chat completion to send, without what only concerns its transport."""
    messages = _with_system(list(request.messages), contender.system)
    suggested = _fitted(request.suggested, contender) if request.suggested else {}
    body = {"model": contender.called, "messages": messages, **suggested, **contender.defaults, **request.parameters}
    return body | {"tools": list(request.tools)} if request.tools else body


def _fitted(suggested: Mapping[str, Any], contender: Contender) -> dict[str, Any]:
    """Fit suggested parameters to a model: room to think where it does, no temperature where it is fixed.

    OpenAI's own models that think take neither temperature nor `max_tokens`:
    https://developers.openai.com/api/docs/guides/reasoning.
    """
    parameters = dict(suggested)
    known = catalog.model(contender.model) if catalog.knows(contender.model) else None
    facts = {fact.metric: fact.value for fact in sorted(known.facts, key=lambda fact: fact.as_of)} if known else {}
    thinks = facts.get("reasoning.default", facts.get("supports.reasoning", 0)) == 1
    openai_way = known is not None and known.maker == "openai" and contender.way in ("openai", "azure")
    if facts.get("supports.temperature") == 0 or (thinks and openai_way):
        parameters.pop("temperature", None)
    if "max_tokens" in parameters and thinks:
        most = facts.get("output.max_tokens", math.inf)
        own = parameters["max_tokens"]
        parameters["max_tokens"] = max(own, min(own + _THINKING_ROOM, int(min(most, 2**31))))
        if openai_way:
            parameters["max_completion_tokens"] = parameters.pop("max_tokens")
    limits = ("max_tokens", "max_completion_tokens")
    return {} if not parameters else {
        name: value for name, value in parameters.items()
        if name not in limits or not any(limit in contender.defaults for limit in limits)
    }  # fmt: skip


def _with_system(messages: list[Mapping[str, Any]], system: str) -> list[Mapping[str, Any]]:
    """The messages behind a system message; one that is there already is what it opens with."""
    if not system:
        return messages
    if messages[0].get("role") == "system" and isinstance(messages[0].get("content"), str):
        return [{"role": "system", "content": f"{system}\n\n{messages[0]['content']}"}, *messages[1:]]
    return [{"role": "system", "content": system}, *messages]


def request_key(body: Mapping[str, Any], place: str, sample: int) -> bytes:
    """Sixteen bytes that stand for a body, the place it is sent to, and the sample."""
    text = json.dumps([place, body, sample], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()[:16]


def check_requests(requests: Sequence[Request]) -> None:
    """Refuse what cannot be asked.

    Raises:
        AskError: Two requests of one id and sample, no messages, a parameter that the client sets, or no JSON.
    """
    ids = set()
    for request in requests:
        if (request.id, request.sample) in ids:
            raise AskError(f"request {request.id!r}, sample {request.sample}: is there twice; each needs its own id")
        ids.add((request.id, request.sample))
        if not request.messages or not all(isinstance(m, Mapping) and "role" in m for m in request.messages):
            raise AskError(f"request {request.id!r}: messages must be a list of mappings with a role and a content")
        for name, why in RESERVED_PARAMETERS.items():
            if name in request.parameters:
                raise AskError(f"request {request.id!r}: {name!r} cannot be a parameter: {why}")
        try:
            parts = [request.messages, request.parameters, request.suggested, request.tools]
            json.dumps(parts, sort_keys=True, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise AskError(f"request {request.id!r}: is not JSON: {error}") from None


def request_sets() -> list[str]:
    """Names of the request files that come with the kit."""
    return sorted(path.stem for path in _DATA.glob("*.yaml"))


def requests_path(name: str, root: Path = _HERE) -> Path:
    """Return where requests are: the kit's own by their name, other ones by their path from `root`."""
    return _DATA / f"{name}.yaml" if name in request_sets() else root / name


def read_requests(name: str | Path) -> list[Request]:
    """Requests from a file: one that comes with the kit, by its name, or a path to one laid out alike.

    Raises:
        AskError: If there is no such file, or it is not laid out as `data/requests/article.yaml` is.
    """
    file = requests_path(str(name))
    if not file.exists():
        raise AskError(f"{name}: does not exist{near_miss(Path(name).name, request_sets())}")
    try:
        groups = read_yaml(file)
    except ValueError as error:
        raise AskError(f"{file}: {error}") from None
    if not groups or not isinstance(groups, dict) or not all(isinstance(group, dict) for group in groups.values()):
        raise AskError(f"{file}: must hold groups of requests, each with parameters, system and texts")
    requests = [request for group, entry in groups.items() for request in _group(file, str(group), entry)]
    check_requests(requests)
    return requests


def _group(file: Path, group: str, entry: Mapping[str, Any]) -> list[Request]:
    known = ("parameters", "system", "texts")
    for name in entry:
        if name not in known:
            raise AskError(f"{file}: {group}: {name!r} is not a key{near_miss(str(name), known)}")
    texts, parameters = entry.get("texts"), entry.get("parameters", {})
    written = isinstance(texts, dict) and texts and all(isinstance(t, str) and t.strip() for t in texts.values())
    if not isinstance(texts, dict) or not written or not isinstance(parameters, dict):
        raise AskError(f"{file}: {group}: texts need a name and a text on each line, parameters a name and a value")
    opening = [{"role": "system", "content": str(entry["system"]).strip()}] if entry.get("system") else []
    return [
        Request(f"{group}/{name}", [*opening, {"role": "user", "content": text.strip()}], parameters)
        for name, text in texts.items()
    ]


def _words(content: Any) -> str:
    if not isinstance(content, list):
        return str(content or "")
    parts = [part if isinstance(part, Mapping) else {"text": str(part)} for part in content]
    return "\n".join(str(part.get("text") or f"[{part.get('type', 'part')}]") for part in parts)
