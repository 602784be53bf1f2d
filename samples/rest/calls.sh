#!/bin/sh
# Every call of a bot that sends, with curl. Without CLIENT_ID it does not sign in, which only Local Teams accepts.
set -eu

ask() { # METHOD PATH [BODY]; the answer is in $answer
  answer=$(curl -sS --fail-with-body -X "$1" "${TEAMS_SERVICE_URL}v3/$2" \
    -H "Content-Type: application/json" ${token:+-H "Authorization: Bearer $token"} ${3:+-d "$3"}) ||
    { echo "$answer" >&2; exit 1; }
}
field() { printf %s "$answer" | sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }
in_url() { printf %s "$1" | sed 's/:/%3A/g; s/@/%40/g; s/;/%3B/g; s/=/%3D/g'; }

# 1. The token. It is valid for about an hour: keep it.
token=
if [ -n "${CLIENT_ID:-}" ]; then
  answer=$(printf %s "$CLIENT_SECRET" | curl -sS --fail-with-body \
    -d grant_type=client_credentials -d "client_id=$CLIENT_ID" --data-urlencode client_secret@- \
    -d scope=https://api.botframework.com/.default \
    "https://login.microsoftonline.com/$TENANT_ID/oauth2/v2.0/token") || { echo "$answer" >&2; exit 1; }
  token=$(field access_token)
fi

# 2. The personal chat. Ask again, and you get the same one.
ask POST conversations "{
  \"isGroup\": false,
  \"bot\": {\"id\": \"28:${CLIENT_ID:-}\"},
  \"members\": [{\"id\": \"$TEAMS_USER_ID\"}],
  \"tenantId\": \"$TEAMS_TENANT_ID\",
  \"channelData\": {\"tenant\": {\"id\": \"$TEAMS_TENANT_ID\"}}
}"
here=conversations/$(in_url "$(field id)")/activities

# 3. A message: send and update one, send and delete another.
ask POST "$here" '{"type": "message", "text": "Draft"}'
ask PUT "$here/$(field id)" '{"type": "message", "text": "Final"}'
ask POST "$here" '{"type": "message", "text": "Wrong"}'
ask DELETE "$here/$(field id)"

# 4. A new thread in a channel, and a reply in it.
ask POST conversations "{
  \"isGroup\": true,
  \"bot\": {\"id\": \"28:${CLIENT_ID:-}\"},
  \"channelData\": {\"channel\": {\"id\": \"$TEAMS_CHANNEL_ID\"}},
  \"activity\": {\"type\": \"message\", \"text\": \"Disk full\"}
}"
ask POST "conversations/$(in_url "$(field id)")/activities" '{"type": "message", "text": "Fixed"}'

# 5. Who is in the team, in pages.
ask GET "conversations/$(in_url "$TEAMS_TEAM_ID")/pagedmembers?pageSize=100"
printf '%s\n' "$answer"
