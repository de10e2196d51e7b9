"""Reads messages of RFC 5322 back."""

import email
import email.policy


def read_mail(file):
    """A message, with what a mail server could trip over."""
    raw = file.read_bytes()
    for line in raw.split(b"\r\n"):
        assert b"\n" not in line and b"\r" not in line and len(line) <= 998, line[:80]
        assert line != b"." and not line.startswith(b"From "), line[:80]
        assert all(0x20 <= byte < 0x7F or byte == 0x09 for byte in line), line[:80]
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    for part in mail.walk():
        assert not part.defects, part.defects
    for name in ("From", "Date", "Message-ID", "Subject", "MIME-Version"):
        assert len(mail.get_all(name)) == 1, name
    assert mail["Bcc"] is None and mail["Cc"] is None
    assert len(mail["From"].addresses) == 1, mail["From"]
    return mail
