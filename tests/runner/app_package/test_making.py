"""make package: what is in build/app.zip, and what is said when there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from samples.runner import cli
from samples.runner.app_package.making import SOURCE, package_files, write_package
from samples.runner.app_package.rules import problems, read_package
from tests.support import ROOT

APP = "7f0fb1c6-0000-4000-8000-000000000000"
OTHER = "3c5f33bb-916b-54db-9940-ce7b6c2fff41"


def test_the_package_is_that_of_the_app_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLIENT_ID", APP)
    monkeypatch.setattr(cli, "PACKAGE", ROOT / "build" / "app.zip")
    path = tmp_path / "build" / "app.zip"
    monkeypatch.setattr(cli, "write_package", lambda: write_package(path))
    assert cli.main(["package"]) == 0
    files = read_package(path.read_bytes())
    assert sorted(files) == ["color.png", "manifest.json", "outline.png"]
    manifest = json.loads(files["manifest.json"])
    assert manifest["bots"][0]["botId"] == manifest["webApplicationInfo"]["id"] == APP
    assert manifest["webApplicationInfo"]["resource"] == f"api://botid-{APP}"
    assert [*problems(files)] == []
    shown = capsys.readouterr().out
    assert "app.zip: Contoso Notifier 1.0.0, personal, team, groupChat" in shown
    assert f"TEAMS_APP_MANIFEST_ID={manifest['id']}" in shown

    before = path.read_bytes()
    assert path.with_name("manifest.json").read_bytes() == files["manifest.json"]
    write_package(path)
    assert path.read_bytes() == before
    assert manifest["id"] == APP, "as in the app that `teams app create` makes"
    monkeypatch.setenv("TEAMS_APP_MANIFEST_ID", OTHER)
    assert write_package(path)["id"] == OTHER


@pytest.mark.parametrize(
    ("app_id", "expected"),
    [("", "MicrosoftAppId is not set. Register"), ("contoso", "MicrosoftAppId is 'contoso'. It")],
)
def test_without_an_app_id_no_package_is_made(
    monkeypatch: pytest.MonkeyPatch, app_id: str, expected: str
) -> None:
    monkeypatch.setenv("MicrosoftAppId", app_id)
    with pytest.raises(SystemExit, match=expected):
        package_files()


def test_no_package_is_made_that_teams_would_refuse(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MicrosoftAppId", APP)
    (tmp_path / "manifest.json").write_bytes((SOURCE / "manifest.json").read_bytes())
    with pytest.raises(SystemExit) as ended:
        package_files(tmp_path)
    assert str(ended.value).splitlines() == [
        "No package was made. Correct these first:",
        "icons.color names color.png, which is not in the package. Put it there.",
        "icons.outline names outline.png, which is not in the package. Put it there.",
    ]
