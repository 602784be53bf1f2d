"""The entrance to the services: one function from a world and a request to a response."""

from __future__ import annotations

from ..model.exchange import Request, Response
from ..model.world import World
from .address import parse_address
from .connector.service import Connector
from .graph.service import Graph


def answer(world: World, request: Request) -> Response:
    """Do what a request asks of the Connector or of Microsoft Graph, and answer as Teams answers.

    Two runs on two equal worlds give the same bytes.
    """
    address = parse_address(request.path)
    return (Graph if address.is_graph else Connector)(world, request, address).answer()
