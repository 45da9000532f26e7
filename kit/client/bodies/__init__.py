"""Bodies of requests in providers' own protocols, converted to chat completions and back.

One module a protocol; each may import only `conversion`. Entry points: `to_chat` and `from_chat`.
"""

from kit.client.bodies.conversion import Conversion
from kit.client.bodies.convert import PROTOCOLS, from_chat, protocol, to_chat

__all__ = ["PROTOCOLS", "Conversion", "from_chat", "protocol", "to_chat"]
