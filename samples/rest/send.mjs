// Sends a message to one person without an SDK. Node 22.21 or newer runs it: node send.mjs
// Without CLIENT_ID it does not sign in, which only Local Teams accepts.
const { CLIENT_ID, CLIENT_SECRET, TENANT_ID } = process.env;
const { TEAMS_SERVICE_URL, TEAMS_TENANT_ID, TEAMS_USER_ID } = process.env;

async function post(url, body, headers = {}) {
  const response = await fetch(url, { method: "POST", body, headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
}

async function signIn() {
  const form = {
    grant_type: "client_credentials",
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    scope: "https://api.botframework.com/.default",
  };
  const url = `https://login.microsoftonline.com/${TENANT_ID}/oauth2/v2.0/token`;
  return (await post(url, new URLSearchParams(form))).access_token;
}

const headers = { "Content-Type": "application/json" };
if (CLIENT_ID) headers.Authorization = `Bearer ${await signIn()}`;

const ask = (path, body) => post(`${TEAMS_SERVICE_URL}v3/${path}`, JSON.stringify(body), headers);

const chat = await ask("conversations", {
  isGroup: false,
  bot: { id: `28:${CLIENT_ID ?? ""}` },
  members: [{ id: TEAMS_USER_ID }],
  tenantId: TEAMS_TENANT_ID,
  channelData: { tenant: { id: TEAMS_TENANT_ID } },
});
const sent = await ask(`conversations/${encodeURIComponent(chat.id)}/activities`, {
  type: "message",
  text: "The report you asked for is ready.",
});
console.log(`Sent message ${sent.id} to chat ${chat.id}`);
