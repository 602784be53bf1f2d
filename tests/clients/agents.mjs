// Microsoft 365 Agents SDK for JavaScript: writes to one person, with what the environment says.
import agents from "@microsoft/agents-hosting";

const { clientId, TEAMS_SERVICE_URL, TEAMS_TENANT_ID, TEAMS_USER_ID } = process.env;
const appId = clientId || "any"; // it refuses to send without one
const adapter = new agents.CloudAdapter(agents.loadAuthConfigFromEnv());
const conversation = {
  isGroup: false,
  agent: { id: `28:${clientId ?? ""}` },
  members: [{ id: TEAMS_USER_ID }],
  tenantId: TEAMS_TENANT_ID,
  channelData: { tenant: { id: TEAMS_TENANT_ID } },
};
await adapter.createConversationAsync(
  appId, "msteams", TEAMS_SERVICE_URL, "https://api.botframework.com", conversation,
  async (context) => {
    await context.sendActivity("Hello from agents");
  },
);
