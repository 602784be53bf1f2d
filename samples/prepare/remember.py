"""Remember every conversation that the bot may post in, and forget those that it may not."""

from samples.shared.bot import connect
from samples.shared.conversations import Conversations
from samples.shared.endpoint import messages_app, serve
from samples.shared.remembering import Remember


def main() -> None:
    bot, conversations = connect(), Conversations()
    print(f"conversations known: {len(conversations.all())}")
    serve(messages_app(bot, Remember(conversations, report=print)))


if __name__ == "__main__":
    main()
