"""A second list of what developers asked: where each is answered, in the words of its symptom."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import Tag

from tests.support.pages import pages

T = "troubleshooting"

ANSWERS: dict[int, tuple[str, str]] = {
    1001: (f"{T}/cards#locale", "installationUpdate"),
    1004: (f"{T}/cards#refresh-loop", "automatic"),
    1006: (f"{T}/cards#unable-to-reach-app", "Something went wrong"),
    1008: (f"{T}/cards#dead-mention", "<at>@Ada</at>"),
    1010: (f"{T}/cards#which-id-to-update", "ActivityNotFoundInConversation"),
    1012: (f"{T}/cards#text-format", "xml"),
    1015: (f"{T}/cards#pictures-and-size", "Base64"),
    1016: (f"{T}/installing#navigation-bind", "teamsApp@odata.bind"),
    1019: (f"{T}/installing#is-it-installed", "teamsAppDefinition/teamsAppId eq"),
    1020: (f"{T}/installing#who-gets-updates", "supportsFiles"),
    1024: (f"{T}/installing#deleted-in-the-catalog", "catalog"),
    1026: (f"{T}/installing#left-the-organization", "membersRemoved"),
    1029: (f"{T}/installing#never-signed-in", "license"),
    1031: (f"{T}/installing#one-reference", "one reference"),
    1040: (f"{T}/around#channels-and-tags", "TeamworkTag.Read.All"),
    1041: (f"{T}/around#chat-names", "topic"),
    1042: (f"{T}/around#shared-channel-events", "membersRemoved"),
    1044: (f"{T}/around#meeting-notification", "send_meeting_notification"),
    1045: (f"{T}/cards#targeted-gone", "ActivityNotFoundInConversation"),
    1046: (f"{T}/cards#targeted-400", "Not settled"),
    1048: (f"{T}/around#scope", "AADSTS70011"),
    1050: (f"{T}/around#environments", "staging"),
    1052: (f"{T}/around#two-bots-one-app", "adapter"),
    1053: (f"{T}/installing#empty-store", "single-tenant"),
    1054: (f"{T}/around#other-cloud", "AADSTS500011"),
    1056: (f"{T}/around#other-cloud", "21Vianet"),
    1058: (f"{T}/hosts#functions", "HTTP trigger"),
    1060: (f"{T}/hosts#fastapi", "Activity"),
    1061: (f"{T}/hosts#pip-aiohttp", "aiohttp 3.10"),
    1065: (f"{T}/around#which-address", "service URL"),
    1066: (f"{T}/hosts#functions", "WebJobs"),
    1070: (f"{T}/around#order", "order"),
    1072: (f"{T}/hosts#agents-anonymous", "TENANT_ID is not set"),
    1074: (f"{T}/around#service-error-403", "Not settled"),
    1075: (f"{T}/around#flow-several-recipients", "Bad Request"),
    1077: (f"{T}/around#copilot-transcripts", "transcripts"),
    1078: (f"{T}/around#audit", "TranscriptLoggerMiddleware"),
    1017: (f"{T}/installing#consent-at-installation", "412 Precondition Failed"),
    1027: ("prepare/message-members#what-must-be-true-first", "need not have it"),
    1032: (f"{T}/messages#expire", "overwrite the stored one"),
    1034: ("send/to-a-known-chat#turn", "do not keep the TurnContext"),
    1035: (f"{T}/hosts#middleware", "CreateConversation"),
    1037: ("sdks/which-sdk#how-each-does-it", "proactive.send_activity"),
    1038: ("prepare/ids#the-ids", "id of its General channel"),
    1063: ("well/why-sending-is-slow#where-the-time-goes", "on the event loop"),
    1069: ("well/broadcast#run-it", "--retry-failed"),
    1071: (f"{T}/hosts#teams-validation", "ValidationError"),
    1080: ("well/guidelines#let-people-stop", "needs a way out"),
}
# More of their kinds, each asked in two threads or settled by a maintainer.
KINDS: dict[str, str] = {
    f"{T}/around#graph-post": "Teamwork.Migrate.All",
    f"{T}/around#chat-link": "users=28:",
    f"{T}/installing#without-mention": "ChatMessage.Read.Chat",
    "reference/errors-and-limits#headers": "x-ms-tenant-id",
    f"{T}/around#retention": "first posted",
    f"{T}/hosts#ncrontab": "six fields",
    f"{T}/hosts#always-on": "Always On",
    f"{T}/hosts#lambda": "Event loop is closed",
    f"{T}/hosts#django": "Authorization",
    f"{T}/hosts#app-credentials": "channel_auth_tenant",
    f"{T}/hosts#certificate-class": "CertificateServiceClientCredentialsFactory",
    f"{T}/hosts#template-targets": ".notification.localstore.json",
    f"{T}/hosts#playground-errors": "ECONNREFUSED",
    f"{T}/installing#which-chats": "installedApps/any",
    f"{T}/installing#localization": "localizationInfo",
    f"{T}/messages#urgent": "importance",
    f"{T}/messages#read-receipts": "lastReadMessageId",
    "reference/errors-and-limits#rate-limits": "five requests a minute",
    "tenant/app-package#manifest": "messageTeamMembers",
    "tenant/from-your-laptop#register": "Teams-managed",
    "tenant/credentials#managed-identity-federated": "federated",
    f"{T}/signing-in#several-tenants": "signInAudience",
}


def section(heading: Tag) -> str:
    """The text of a heading and of what is under it."""
    text = heading.get_text()
    for sibling in heading.find_next_siblings():
        if sibling.name in ("h2", "h3"):
            break
        text += f" {sibling.get_text()}"
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("where", "words"),
    [
        *(pytest.param(*answer, id=str(number)) for number, answer in ANSWERS.items()),
        *(pytest.param(where, words, id=where) for where, words in KINDS.items()),
    ],
)
def test_a_question_is_answered_in_its_section(site: Path, where: str, words: str) -> None:
    page, _, anchor = where.partition("#")
    heading = pages(site)[f"{page}/index.html"].find(id=anchor)
    assert isinstance(heading, Tag), f"{where} is gone"
    assert words in section(heading)
