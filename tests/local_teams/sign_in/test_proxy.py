"""The proxy connects with the hosts that are served here, and with no other."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

import pytest
import requests

from samples.local_teams.sign_in.bot_framework import KEYS
from samples.local_teams.sign_in.entra import LOGIN


@pytest.mark.usefixtures("sign_in_environ")
def test_no_other_host_is_reached() -> None:
    with pytest.raises(requests.exceptions.ProxyError) as caught:
        requests.get("https://example.com/")
    assert f"403 example.com is none of {LOGIN}, {KEYS}" in str(caught.value)
    url = os.environ["HTTPS_PROXY"]
    assert requests.get(f"{url}/anything").status_code == 403  # no proxy for plain HTTP


def test_a_connection_that_says_nothing_is_let_go(sign_in_environ: dict[str, str]) -> None:
    where = urlsplit(sign_in_environ["HTTPS_PROXY"])
    with socket.create_connection((where.hostname or "", where.port or 0)) as silent:
        silent.shutdown(socket.SHUT_WR)
        assert silent.recv(1) == b""
