#!/usr/bin/env python3
"""What an administrator does to a broker of the tests; MGC_TEST_SERVERS names its facts.

  admin.py BROKER delete QUEUE
  admin.py BROKER close                  all connections
  admin.py BROKER dead-letters QUEUE     rejected messages go to QUEUE.dead
  admin.py rabbitmq alarm memory|disk|off       and waits until it is so
  admin.py artemis full QUEUE BLOCK|FAIL|PAGE   beyond 100 KiB
  admin.py BROKER|URL reject QUEUE       its first message

BROKER: rabbitmq artemis.
"""

import json
import os
import subprocess
import sys
import time

from proton import Message, SSLDomain
from proton.handlers import MessagingHandler
from proton.reactor import Container


def _facts():
    with open(os.environ["MGC_TEST_SERVERS"], encoding="utf-8") as file:
        return json.load(file)


def _connect(container, broker):
    if "://" in broker:
        return container.connect(broker, reconnect=False, sasl_enabled=True,
                                 allowed_mechs="ANONYMOUS")
    facts = _facts()
    server = facts[broker]
    tls = SSLDomain(SSLDomain.MODE_CLIENT)
    tls.set_trusted_ca_db(facts["tls"]["ca"])
    tls.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
    return container.connect(f"amqps://localhost:{server['amqps_port']}", user=server["user"],
                             password=server["password"], ssl_domain=tls, allowed_mechs="PLAIN",
                             reconnect=False)


class _Client(MessagingHandler):
    """One connection; `done` is set when it did what it is for."""

    def __init__(self, broker):
        super().__init__(prefetch=0, auto_accept=False)
        self.broker = broker
        self.done = False
        self.fault = None

    def on_start(self, event):
        self.connection = _connect(event.container, self.broker)
        self.begin(event.container)

    def finish(self):
        self.done = True
        self.connection.close()

    def _failed(self, condition):
        self.fault = self.fault or condition
        self.connection.close()

    def on_transport_error(self, event):
        self._failed(event.transport.condition)

    def on_link_error(self, event):
        self._failed(event.link.remote_condition)

    def on_session_error(self, event):
        self._failed(event.session.remote_condition)

    def run(self):
        Container(self).run()
        if not self.done:
            sys.exit(f"admin.py: {self.broker}: {self.fault}")


class _Rejecter(_Client):
    def __init__(self, broker, queue):
        super().__init__(broker)
        self.address = f"/amq/queue/{queue}" if broker == "rabbitmq" else queue

    def begin(self, container):
        container.create_receiver(self.connection, self.address).flow(1)

    def on_message(self, event):
        self.reject(event.delivery)
        self.finish()


class _Artemis(_Client):
    """One operation of its management."""

    def __init__(self, operation, *arguments):
        super().__init__("artemis")
        self.operation = operation
        self.arguments = arguments

    def begin(self, container):
        self.answers = container.create_receiver(self.connection, None, dynamic=True)
        self.answers.flow(1)

    def on_link_opened(self, event):
        if event.link.is_receiver:
            self.requests = event.container.create_sender(self.connection, "activemq.management")
            return
        self.requests.send(Message(
            properties={"_AMQ_ResourceName": "broker", "_AMQ_OperationName": self.operation},
            body=json.dumps(self.arguments), reply_to=self.answers.remote_source.address))

    def on_message(self, event):
        if not event.message.properties["_AMQ_OperationSucceeded"]:
            sys.exit(f"admin.py: {self.operation}: {event.message.body}")
        self.accept(event.delivery)
        self.finish()

    def on_transport_error(self, event):
        # It closes its own connection too.
        self.done = self.done or self.operation == "closeConnectionsForUser"
        super().on_transport_error(event)


def _rabbitmqctl(*arguments):
    done = subprocess.run([*_facts()["rabbitmq"]["ctl"], *arguments], capture_output=True,
                          text=True, timeout=60, check=False)
    if done.returncode != 0:
        sys.exit(f"rabbitmqctl {arguments[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def _await_alarm(wanted):
    give_up = time.monotonic() + 60
    while True:
        alarms = _rabbitmqctl("eval", "rabbit_alarm:get_alarms().")
        if wanted in alarms or (wanted == "off" and "resource_limit" not in alarms):
            return
        if time.monotonic() > give_up:
            sys.exit(f"admin.py: the alarms are {alarms.strip()}, not {wanted}")
        time.sleep(0.2)


def _rabbitmq(what, *arguments):
    if what == "delete":
        _rabbitmqctl("delete_queue", arguments[0])
    elif what == "close":
        _rabbitmqctl("close_all_connections", "by the administrator")
    elif what == "dead-letters":
        target = {"dead-letter-exchange": "", "dead-letter-routing-key": f"{arguments[0]}.dead"}
        pattern = "^" + arguments[0].replace(".", "\\.") + "$"
        _rabbitmqctl("set_policy", "--apply-to", "queues", f"dead {arguments[0]}", pattern,
                     json.dumps(target))
    elif what == "alarm":
        memory, disk = {"memory": ("0.00001", "50MB"), "disk": ("0.4", "90000GB"),
                        "off": ("0.4", "50MB")}[arguments[0]]
        _rabbitmqctl("set_vm_memory_high_watermark", memory)
        _rabbitmqctl("set_disk_free_limit", disk)
        _await_alarm(arguments[0])


def _artemis(what, *arguments):
    if what == "delete":
        _Artemis("destroyQueue", arguments[0], True).run()
    elif what == "close":
        _Artemis("closeConnectionsForUser", _facts()["artemis"]["user"]).run()
    elif what == "full":
        settings = {"deadLetterAddress": f"{arguments[0]}.dead", "maxDeliveryAttempts": -1,
                    "pageSizeBytes": 50 * 1024,
                    "maxSizeBytes": -1 if arguments[1] == "PAGE" else 100 * 1024,
                    "addressFullMessagePolicy": arguments[1]}
        _Artemis("addAddressSettings", arguments[0], json.dumps(settings)).run()


def main():
    broker, what, *arguments = sys.argv[1:]
    if what == "reject":
        _Rejecter(broker, *arguments).run()
    elif broker == "rabbitmq":
        _rabbitmq(what, *arguments)
    elif broker == "artemis":
        _artemis(what, *arguments)


main()
