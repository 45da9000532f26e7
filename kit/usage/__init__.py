"""What a model was sent and what came back, counted in tokens: one call, a month of them, a service's own log."""

from kit.usage.meter import Meter
from kit.usage.tokens import Usage, Workload, workloads

__all__ = ["Meter", "Usage", "Workload", "workloads"]
