"""Advice: what to do about an endpoint that cannot be reached or says no, in half a sentence. No key is in any word."""

import re
from urllib.parse import urlsplit

from kit.client.api_errors import ApiError

__all__ = ["advise", "key_owner"]

_KEYS = {
    "sk-ant-": ("Anthropic", "anthropic.com"),
    "sk-or-": ("OpenRouter", "openrouter.ai"),
    "sk-proj-": ("OpenAI", "openai.com"),
    "sk-svcacct-": ("OpenAI", "openai.com"),
    "AIza": ("Google", "googleapis.com"),
    "gsk_": ("Groq", "groq.com"),
    "xai-": ("xAI", "x.ai"),
    "nvapi-": ("NVIDIA", "nvidia.com"),
    "hf_": ("Hugging Face", "huggingface.co"),
    "fw_": ("Fireworks AI", "fireworks.ai"),
    "pplx-": ("Perplexity", "perplexity.ai"),
}
"""How keys of a provider begin -> its name and the domain that takes them."""

_VERSION = re.compile(r"/v\d|/openai($|/)", re.IGNORECASE)
_CHAT = "/chat/completions"


def advise(error: ApiError, base_url: str, status: int = 0, key: str = "", secret: str = "", location: str = "") -> str:
    """Say what to do about an error, with a semicolon before it; empty where its own words say all.

    Args:
        status: Of HTTP; 0 where nothing came back.
        key: The variable that holds the key.
        secret: The key, of which only the provider's own prefix is looked at, and nothing is repeated.
        location: Where a redirect leads.
    """
    words, address = error.message.lower(), urlsplit(base_url)
    if 300 <= status < 400:
        return _redirect(base_url, location)
    if status == 407 or "proxy" in words:
        return f"; see HTTPS_PROXY and HTTP_PROXY, or name {address.hostname} in NO_PROXY to go past the proxy"
    if error.kind == "tls":
        return _certificate(words, base_url)
    if address.scheme == "http" and ("https port" in words or "http request to an https" in words):
        return f"; it speaks TLS: write https://{base_url.removeprefix('http://')}"
    if "<html" in words or "<!doctype" in words or "a web page" in words:
        return (
            f"; a website, login page or proxy answers there: base_url must lead to the API{_versioned(base_url)}"
        )
    if error.kind == "auth":
        return _wrong_key(address.hostname or "", key, secret)
    if error.kind == "not_found":
        if "model" in words:
            return (
                f"; GET {base_url.rstrip('/')}/models lists the names that it knows; `called` is where one is written"
            )
        return _versioned(base_url) and f"; the address is not the API's{_versioned(base_url)}"
    return ""


def key_owner(secret: str) -> tuple[str, str]:
    """The provider whose keys begin as this one does, and its domain; empty where no prefix is known."""
    return next((owner for prefix, owner in _KEYS.items() if secret.startswith(prefix)), ("", ""))


def _redirect(base_url: str, location: str) -> str:
    address = location.removesuffix(_CHAT)
    if address.startswith("https://") and address.removeprefix("https://") == base_url.rstrip("/").removeprefix("http://"):
        return f"; write https: base_url {address}"
    return "; correct the base_url"


def _certificate(words: str, base_url: str) -> str:
    if "wrong version" in words or "record layer" in words or "packet length" in words:
        return f"; it speaks no TLS: write http://{base_url.removeprefix('https://')}"
    if "hostname mismatch" in words or "not valid for" in words or "doesn't match" in words:
        return "; base_url must name the host that the certificate is for"
    return (
        "; if the certificate is your own or your company's, set SSL_CERT_FILE to the file of the authority behind it"
    )


def _wrong_key(host: str, key: str, secret: str) -> str:
    owner, domain = key_owner(secret)
    named = key or "the key's variable"
    if owner and not f".{host}".endswith(f".{domain}"):
        return f"; {named} holds a key that looks like one of {owner}, and this is {host}"
    return f"; see that {named} holds a key of {host}, for this model" if key else ""


def _versioned(base_url: str) -> str:
    path = urlsplit(base_url).path
    return "" if _VERSION.search(path) else f", such as {base_url.rstrip('/')}/v1"
