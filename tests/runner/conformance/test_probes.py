"""The probes, as requests."""

from __future__ import annotations

from samples.runner.conformance.probes import MOST, Probe, probes

CHAT = {"tenant", "user", "bot", "long"}


def test_a_run_has_at_most_25_probes_under_names_of_their_own() -> None:
    chosen = probes({*CHAT, "team", "channel"}, signed_in=True)
    assert len(chosen) == len({probe.name for probe in chosen}) == MOST


def test_without_a_channel_only_the_chat_is_probed() -> None:
    paths = [probe.path for probe in probes(CHAT, signed_in=True)]
    assert len(paths) == 22
    assert not any("{channel}" in path or "{team}" in path for path in paths)


def test_a_missing_token_says_something_only_where_there_is_one() -> None:
    assert all(probe.signed for probe in probes(CHAT, signed_in=False))


def test_values_are_filled_in_and_encoded() -> None:
    probe = Probe("p", "POST", "v3/{chat}/{user}", {"a": ["{user}", 1], "b": {"c": "x {chat}"}})
    values = {"chat": "19:a/b@c;messageid=1", "user": "29:ü"}
    assert probe.names == {"chat", "user"}
    assert probe.path_with(values) == "v3/19%3Aa%2Fb%40c%3Bmessageid%3D1/29%3A%C3%BC"
    body = probe.body_with(values)
    assert body == b'{"a": ["29:\\u00fc", 1], "b": {"c": "x 19:a/b@c;messageid=1"}}'


def test_a_body_that_is_not_json_is_sent_as_it_is() -> None:
    assert Probe("p", "POST", "v3", '{"type"').body_with({}) == b'{"type"'
    assert Probe("p", "GET", "v3").body_with({}) is None


def test_a_probe_is_what_a_recording_says() -> None:
    for probe in probes({*CHAT, "team", "channel"}, signed_in=True):
        assert Probe(**probe.as_json()) == probe
