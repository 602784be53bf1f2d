"""Local Teams: the Teams side of a bot on your machine, for when there is no tenant.

Each package builds on those before it:

- `model`: the world, with its people, chats and teams, and the shapes of requests and responses.
- `events`: what people do, and the activities that Teams sends for it.
- `services`: what the Connector and Microsoft Graph answer.
- `to_bot`: the delivery of activities to the bot. `sign_in`: tokens, and who issues them.
- `server`: all of it behind HTTP, with a web page.
- `testing`: `LocalTeams` for tests, and the pytest fixture `teams`.

`model`, `events` and `services` are pure: no sockets, no threads, no real time.
"""
