// Teams SDK for JavaScript: writes to one person, with what the environment says.
import { App } from "@microsoft/teams.apps";

const { CLIENT_ID, TEAMS_SERVICE_URL, TEAMS_TENANT_ID, TEAMS_USER_ID } = process.env;
const anonymous = CLIENT_ID ? {} : { token: () => "none" }; // it refuses to send without one
// Empty for the SDK's own default.
const app = new App({ serviceUrl: TEAMS_SERVICE_URL || undefined, ...anonymous });
const chat = await app.api.conversations.create({
  isGroup: false,
  bot: { id: `28:${CLIENT_ID ?? ""}` },
  members: [{ id: TEAMS_USER_ID }],
  tenantId: TEAMS_TENANT_ID,
  channelData: { tenant: { id: TEAMS_TENANT_ID } },
});
await app.api.conversations.activities(chat.id).create({ type: "message", text: "Hello from teams" });
process.exit(0);
