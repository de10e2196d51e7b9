"""AMQP 1.0 clients that know nothing of the project: what a queue accepted, and what it holds."""

import time

from proton import Message
from proton.handlers import MessagingHandler
from proton.reactor import Container

WINDOW = 200


class _Client(MessagingHandler):
    def __init__(self, port):
        super().__init__(prefetch=0, auto_accept=False)
        self.url = f"amqp://127.0.0.1:{port}"
        self.over = False

    def connect(self, container):
        # A queue that starts refuses for a moment.
        return container.connect(self.url, sasl_enabled=True, allowed_mechs="ANONYMOUS",
                                 reconnect=[0.02] * 500)

    def finish(self):
        self.over = True
        self.connection.close()

    def on_timer_task(self, event):
        self.finish()


class Sender(_Client):
    """Sends numbered messages until it is cut off; `accepted` are those that the queue took."""

    def __init__(self, port, prefix):
        super().__init__(port)
        self.prefix, self.sent = prefix, 0
        self.accepted, self.waiting = set(), {}
        self.cut_at = None

    def on_start(self, event):
        self.container = event.container
        self.connection = self.connect(event.container)
        self.sender = event.container.create_sender(self.connection, "compliance")

    def on_sendable(self, event):
        if self.cut_at is None:  # the queue is up: the time to the cut begins
            self.cut_at = time.monotonic() + self.seconds
            self.container.schedule(self.seconds, self)
        while not self.over and self.sender.credit > 0 and len(self.waiting) < WINDOW:
            name = f"{self.prefix}:{self.sent}"
            self.waiting[self.sender.send(Message(body=name.encode(), durable=True)).tag] = name
            self.sent += 1

    def on_accepted(self, event):
        self.accepted.add(self.waiting.pop(event.delivery.tag))
        self.on_sendable(event)

    def on_settled(self, event):
        self.waiting.pop(event.delivery.tag, None)

    def on_timer_task(self, event):
        self.cut()
        self.over = True
        self.container.stop()

    def run(self, seconds, cut):
        self.seconds, self.cut = seconds, cut
        Container(self).run()


class Receiver(_Client):
    """Takes everything out; done when nothing has come for a while."""

    def __init__(self, port):
        super().__init__(port)
        self.bodies, self.heard = set(), None

    def on_start(self, event):
        self.container = event.container
        self.connection = self.connect(event.container)
        self.receiver = event.container.create_receiver(self.connection, "compliance")

    def on_link_opened(self, event):
        self.receiver.flow(1_000)
        self.heard = time.monotonic()
        self.container.schedule(0.1, self)

    def on_message(self, event):
        self.heard = time.monotonic()
        self.bodies.add(bytes(event.message.body).decode())
        self.accept(event.delivery)
        self.receiver.flow(1)

    def on_timer_task(self, event):
        if time.monotonic() - self.heard > 0.3:
            self.finish()
        else:
            self.container.schedule(0.1, self)


def receive_all(port):
    receiver = Receiver(port)
    Container(receiver).run()
    return receiver.bodies
