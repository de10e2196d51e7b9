"""Reads globalrelay-eml back."""

import html.parser
import re

from read_back_events import TEXTS, compare, with_exact
from read_back_mail import read_mail


class MailHtml(html.parser.HTMLParser):
    """The events and the participants of a mail; fails where a post has become markup."""

    TAGS = {"html", "body", "h1", "h2", "div", "ul", "li", "b", "bdi", "table", "tr", "td", "span"}

    def __init__(self, text):
        super().__init__()
        self.events, self.people, self.inside, self.text = [], [], [], ""
        self.feed(text)
        self.close()
        assert not self.inside, self.inside

    def handle_starttag(self, tag, attrs):
        assert tag in self.TAGS, tag
        attributes = dict(attrs)
        self.inside.append((tag, attributes.get("class")))
        self.text = ""
        if self.inside[-1] == ("li", "message"):
            self.events.append({name.removeprefix("data-mgc-"): value
                                for name, value in attributes.items() if name != "class"})
        elif self.inside[-1] == ("tr", "participant-row"):
            self.people.append({"base64": attributes.get("data-mgc-base64", "")})

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        opened, style = self.inside.pop()
        assert opened == tag, (opened, tag)
        if (opened, style) == ("bdi", "message"):
            self.events[-1]["content"] = self.text
        elif opened == "bdi" and self.inside[-1][0] == "td":
            self.people[-1][self.inside[-1][1]] = self.text

    def handle_comment(self, data):
        raise AssertionError("a comment")

    handle_decl = handle_pi = unknown_decl = handle_comment


def read_globalrelay_eml(folder, expected):
    events, people, ids, room = [], [], set(), None
    for file in sorted(folder.rglob("*.eml")):
        mail = read_mail(file)
        assert mail["Message-ID"] not in ids, "two mails with one id"
        ids.add(mail["Message-ID"])
        assert mail.get_content_type() == "multipart/alternative"
        plain, shown = mail.iter_parts()
        assert (plain.get_content_type(), shown.get_content_type()) == ("text/plain", "text/html")
        found = MailHtml(shown.get_content().replace("\r\n", "\n"))
        lines = plain.get_content().split("\r\n")[:-1]
        if found.events:
            assert [line.split()[0] for line in lines] == [one["event_id"] for one in found.events]
        else:
            assert len(lines) == 1 and lines[0].startswith("Further participants of <"), lines
        to = [] if mail["To"] is None else mail["To"].addresses
        assert len(to) == len(found.people), (len(to), len(found.people))
        for address in to:
            assert re.fullmatch(r"[A-Za-z0-9._!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+",
                                address.addr_spec), address
        here = [mail_event(one) for one in found.events]
        events += here
        # Participants that a mail has no place for are in mails behind it, which have no events.
        room = here[0]["room_uri"] if here else room
        for one in found.people:
            person = with_exact({"actor_uri": one["userid"], "actor_name": one["username"],
                                 "actor_email": one["email"]}, one["base64"])
            people.append({"room": room} | {
                name.removeprefix("actor_"): value for name, value in person.items()})
    compare(sorted(events, key=lambda event: int(event["event_id"])), expected.events)
    strangers = {one["actor_uri"] for one in events} - {b""} - {one["uri"] for one in people}
    assert not strangers, sorted(strangers)[:5]
    for person in expected.present:
        assert person in people, person


def mail_event(fields):
    changed = fields.pop("base64", "")
    return with_exact({name: "" for name in TEXTS} | fields, changed)
