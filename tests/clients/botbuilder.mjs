// Bot Framework SDK for JavaScript: writes to one person, with what the environment says.
import botbuilder from "botbuilder";

const { MicrosoftAppId, TEAMS_SERVICE_URL, TEAMS_TENANT_ID, TEAMS_USER_ID } = process.env;
const settings = new botbuilder.ConfigurationBotFrameworkAuthentication(process.env);
const adapter = new botbuilder.CloudAdapter(settings);
const conversation = {
  isGroup: false,
  bot: { id: `28:${MicrosoftAppId ?? ""}` },
  members: [{ id: TEAMS_USER_ID }],
  tenantId: TEAMS_TENANT_ID,
  channelData: { tenant: { id: TEAMS_TENANT_ID } },
};
await adapter.createConversationAsync(
  MicrosoftAppId ?? "", "msteams", TEAMS_SERVICE_URL, "", conversation,
  async (context) => {
    await context.sendActivity("Hello from botbuilder");
  },
);
