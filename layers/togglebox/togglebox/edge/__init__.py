"""The edge: from an HTTP request, however it came in, to a call of a handler and back."""

from togglebox.edge.endpoint import Endpoint, endpoint
from togglebox.edge.request import Request

__all__ = ["Endpoint", "Request", "endpoint"]
