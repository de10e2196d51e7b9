"""What somebody does who has an export with proofs and wants others to believe something else: each
is a function that changes the export in a directory, with every sum right."""

import csv
import hashlib
import json
import os
import pathlib
import re


def sums(export, change=lambda manifest: None):
    """Makes every sum that of what is there now, as somebody does who wants to deceive."""
    path = export / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    for file in manifest["files"]:
        content = (export / file["name"]).read_bytes()
        file["bytes"], file["sha256"] = len(content), hashlib.sha256(content).hexdigest()
    path.write_text(json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n",
                    encoding="utf-8")
    (export / "manifest.json.sha256").write_text(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  manifest.json\n")


def replaced(name, old, new):
    def change(export):
        content = (export / name).read_bytes()
        assert old in content, (name, old)
        (export / name).write_bytes(content.replace(old, new, 1))
        sums(export)
    return change


def set_in_manifest(*keys, value):
    def change(export):
        def put(manifest):
            for key in keys[:-1]:
                manifest = manifest[key]
            manifest[keys[-1]] = value
        sums(export, put)
    return change


def proofs_of(export):
    text = (export / "proofs.tlog").read_text(encoding="utf-8")
    return re.split(r"(?m)^(?=c2sp\.org/tlog-proof@v1$)", text)[1:]


def with_proofs(make, rows=None):
    """Other proofs, and other lines of the rows; the rest of the export agrees with them."""
    def change(export):
        proofs = make(proofs_of(export))
        (export / "proofs.tlog").write_text("".join(proofs), encoding="utf-8")
        path = export / "events.jsonl"
        if rows and path.exists():
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            path.write_text("".join(rows(lines)), encoding="utf-8")
        sums(export, lambda manifest: manifest.update(events=len(proofs)))
    return change


def reverse(path):
    """Other bytes of the same size."""
    path.write_bytes(path.read_bytes()[::-1])


def cut_last_byte(export, name):
    path = export / name
    path.write_bytes(path.read_bytes()[:-1])
    sums(export)


def with_first_row(make):
    """Another first row; the names within JSON stay in order."""
    def change(export):
        path = export / "events.jsonl"
        first, rest = path.read_text(encoding="utf-8").split("\n", 1)
        row = json.dumps(make(json.loads(first)), ensure_ascii=False, sort_keys=True,
                         separators=(",", ":"))
        path.write_text(row + "\n" + rest, encoding="utf-8")
        sums(export)
    return change


def in_manifest_as_fraction(name):
    """1 is 1.0 to who compares numbers only."""
    def change(export):
        path = export / "manifest.json"
        path.write_text(re.sub(rf'"{name}": (\d+)', rf'"{name}": \1.0',
                               path.read_text(encoding="utf-8"), count=1), encoding="utf-8")
        (export / "manifest.json.sha256").write_text(
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  manifest.json\n")
    return change


def in_note(old, new):
    """In the checkpoint, everywhere that it is."""
    def change(export):
        proofs = export / "proofs.tlog"
        proofs.write_text(proofs.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        sums(export, lambda manifest: manifest.update(
            checkpoints=[note.replace(old, new) for note in manifest["checkpoints"]]))
    return change


def instead(name, put):
    """Something else that is no file in the place of one."""
    def change(export):
        (export / name).unlink()
        put(export / name)
    return change


def renamed(export, name):
    """A file of the export, and the manifest says so."""
    path = min(export.glob("*.xml"))
    path.rename(export / name)
    def put(manifest):
        next(file for file in manifest["files"] if file["name"] == path.name)["name"] = name
    sums(export, put)


def named_beside_the_rows(export):
    (export / "events.html").write_text("another story")
    sums(export, lambda manifest: manifest["files"].append({"name": "events.html"}))


def with_content_twice(export):
    """Most readers believe the first; the true one is far to the right."""
    path = export / "events.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    place = rows[0].index("content")
    rows = [rows[0] + ["content"],
            *(row[:place] + ["forged"] + row[place + 1:] + [row[place]] for row in rows[1:])]
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\r\n").writerows(rows)
    sums(export)


def nested(export):
    """So many that who walks through them recursively runs out of stack."""
    path = export / "events.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("[" * 300_000 + "]" * 300_000 + "\n" + "".join(lines[1:]), encoding="utf-8")
    sums(export)


DECEITS = {
    "another word": {"jsonl": replaced("events.jsonl", b'"content":"+1"', b'"content":"+2"'),
                     "csv": replaced("events.csv", b",'+1,", b",'+2,")},
    "another actor": {"jsonl": replaced("events.jsonl", b"=cmd|", b"=dir|"),
                      "csv": replaced("events.csv", b"'=cmd|", b"'=dir|")},
    "another sequence": {"jsonl": replaced("events.jsonl", b'"sequence":3,', b'"sequence":4,')},
    "another time of storing": {
        "jsonl": replaced("events.jsonl", b'"received_at":"2', b'"received_at":"1')},
    "another name for a column": {"jsonl": replaced("events.jsonl", b'"room_uri"', b'"room_urI"')},
    "a column twice": {"jsonl": replaced("events.jsonl", b'{"actor_email"',
                                         b'{"content":"x","actor_email"')},
    "an event left out": {"jsonl": with_proofs(lambda p: p[:5] + p[6:], lambda r: r[:5] + r[6:])},
    "an event twice": {"jsonl": with_proofs(lambda p: p[:6] + p[5:], lambda r: r[:6] + r[5:])},
    "two events exchanged": {"jsonl": with_proofs(lambda p: p[1::-1] + p[2:],
                                                  lambda r: r[1::-1] + r[2:])},
    "a row without a proof": {"jsonl": with_proofs(lambda p: p[:-1])},
    "a proof without a row": {"jsonl": with_proofs(lambda p: p, lambda r: r[:-1])},
    "no proof at all": {"jsonl": with_proofs(lambda p: [], lambda r: [])},
    "no line between two proofs": {"jsonl": replaced("proofs.tlog", b"\n\nc2sp.org/tlog-proof",
                                                     b"\nc2sp.org/tlog-proof")},
    "a line without an end": {"jsonl": lambda export: cut_last_byte(export, "events.jsonl"),
                              "csv": lambda export: cut_last_byte(export, "proofs.tlog")},
    "a column without a name": {
        "jsonl": with_first_row(lambda row: {"": 0, **row, "content": "forged"})},
    "one more column without a name": {"jsonl": with_first_row(lambda row: {"": "story", **row})},
    "a row that is a text": {"jsonl": with_first_row(lambda row: "forged")},
    "a row without its segment": {
        "jsonl": with_first_row(lambda row: {k: v for k, v in row.items() if k != "segment"})},
    "a segment that is not whole": {
        "jsonl": with_first_row(lambda row: {**row, "segment": 1.5})},
    "a name that is a list": {
        "jsonl": with_first_row(lambda row: {**row, "actor_email": ["a@b"]})},
    "two rows of one": {
        "csv": replaced("events.csv", b'"I did\nnot do it"', b"I did\nnot do it")},
    "quotes that need not be": {"csv": replaced("events.csv", b",'@SUM(A1),", b",\"'@SUM(A1)\",")},
    "quotes within a cell": {"csv": replaced("events.csv", b",'@SUM(A1),", b",'@\"SUM(A1)\",")},
    "a header that begins with nothing": {
        "csv": replaced("events.csv", b"lane,event_id,", b',"lane,event_id",')},
    "a manifest of version 1.0": {"csv": in_manifest_as_fraction("manifest")},
    "a fraction of events": {"csv": in_manifest_as_fraction("events")},
    "a fraction of bytes": {"lync-xml": in_manifest_as_fraction("bytes")},
    "a fraction of an epoch": {"jsonl": in_manifest_as_fraction("epoch")},
    "a line more in the note": {"csv": in_note("\n\n\u2014 ", "\n\n\u2014 x AAAA\n\u2014 ")},
    "a note of any size": {
        "csv": in_note("\n\n\u2014 ", "\n\n" + "\u2014 x AAAAAAAA\n" * 5_000 + "\u2014 ")},
    "a control in the note": {
        "csv": in_note("\n\n\u2014 ", "\n\n\u2014 x\u0001 AAAAAAAA\n\u2014 ")},
    "a name with a blank": {"lync-xml": lambda export: renamed(export, "a b.xml")},
    "a hidden name": {"lync-xml": lambda export: renamed(export, ".x.xml")},
    "proofs that are a folder": {"csv": instead("proofs.tlog", pathlib.Path.mkdir)},
    "proofs that are a pipe": {"csv": instead("proofs.tlog", os.mkfifo)},
    "rows that are a pipe": {"jsonl": instead("events.jsonl", os.mkfifo)},
    "a sum that is a folder": {"csv": instead("manifest.json.sha256", pathlib.Path.mkdir)},
    "a sum that never ends": {"csv": instead("manifest.json.sha256",
                                             lambda path: path.symlink_to("/dev/zero"))},
    "the place of another": {"jsonl": replaced("proofs.tlog", b"\nindex 7\n", b"\nindex 8\n")},
    "more events than there are": {"csv": set_in_manifest("events", value=1)},
    "another sequence covered": {"csv": set_in_manifest("coverage", 0, "last_sequence", value=1)},
    "a node that is not there": {"csv": set_in_manifest("coverage", 0, "node", value="x")},
    "another lane": {"csv": set_in_manifest("ledger", 0, "lane", value="x")},
    "another end": {"csv": set_in_manifest("ledger", 0, "events", value=1)},
    "another block": {"csv": set_in_manifest("ledger", 0, "block", value=9999)},
    "no checkpoint": {"csv": set_in_manifest("checkpoints", value=[])},
    "another version": {"csv": set_in_manifest("manifest", value=2)},
    "a file elsewhere": {"csv": lambda export: (export / "manifest.json").write_text(
        (export / "manifest.json").read_text().replace('"events.csv"', '"../events.csv"'))},
    "one more file": {"csv": lambda export: (export / "more.csv").write_text("1"),
                      "lync-xml": lambda export: (export / "more.xml").write_text("<x/>")},
    "one more file that is named": {"csv": named_beside_the_rows},
    "a link to elsewhere": {"csv": lambda export: (export / "attachments").symlink_to("..")},
    "a column twice in a table": {"csv": with_content_twice},
    "a number that is not whole": {"jsonl": replaced("events.jsonl", b'"chat_id":1,',
                                                     b'"chat_id":1.0,')},
    "values within values": {"jsonl": nested},
    "another format": {"jsonl": set_in_manifest("format", value="rsmf")},
    "nothing signed": {"jsonl": lambda export: sums(export, lambda manifest: manifest.update(
        ledger=[], checkpoints=[]))},
    "a mail changed": {"globalrelay-eml": lambda export: reverse(max(export.rglob("*.eml")))},
    "a file removed": {"csv": lambda export: (export / "events.csv").unlink()},
    "the sum removed": {"csv": lambda export: (export / "manifest.json.sha256").write_text("")},
}
