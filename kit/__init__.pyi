from .client.client import aconnect as aconnect
from .client.client import ask as ask
from .client.client import connect as connect
from .service.meter import Meter as Meter
from .service.router import AsyncRouter as AsyncRouter
from .service.router import Router as Router

__version__: str
