"""Local Teams: the Teams side of a bot on your machine, for when there is no tenant.

A pure core, without sockets, threads or real time: `model` is the state, `events` is what people
do, and `services` answer the bot's requests. Around it, `to_bot` delivers activities, `sign_in`
issues tokens, `server` adds HTTP and a page, and `testing` is for tests of a bot.
"""
