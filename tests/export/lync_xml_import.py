#!/usr/bin/env python3
"""Imports lync-xml files into stores and looks at what is there.

  lync_xml_import.py --mgc PROGRAM --log FILE

What was exported, imported and exported again is the same, whatever the settings; an import that is
done again, or killed and done again, stores nothing twice; what cannot be read is named and kept.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import lync_xml
import read_back

SETTINGS = [["--AddChatRoomDetails", "--AddUserDetails"],
            ["--AddChatRoomDetails", "--AddUserDetails", "--OneChatRoomPerOutputFile",
             "--CreateFileAttachmentsManifest", "--RunInterval", "00:01:00"],
            ["--OneChatRoomPerOutputFile", "--no-extension", "--CreateFileAttachmentsManifest"],
            ["--no-extension"], []]
DETAILS = SETTINGS[0]


def run(arguments, *command):
    return subprocess.run([arguments.mgc, *map(str, command)], capture_output=True, text=True)


def imported(arguments, source, store, wanted_code=0):
    done = run(arguments, "audit", "import", "lync-xml", source, "--mgccomp",
               f"sqlite3://db={store}", "--json")
    assert done.returncode == wanted_code, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout), done.stderr


def letters(arguments, store):
    return json.loads(read_back.mgc(arguments, "audit", "dead-letters", "list", "--mgccomp",
                                    f"sqlite3://db={store}", "--json"))["letters"]


def check_store(arguments, store):
    """The store is whole, and everything in it is called imported."""
    dsn = f"sqlite3://db={store}"
    verified = json.loads(read_back.mgc(arguments, "audit", "verify", "--mgccomp", dsn, "--json"))
    assert verified["ok"], verified
    read_back.mgc(arguments, "audit", "gaps", "--mgccomp", dsn)
    read_back.mgc(arguments, "audit", "nodes", "--mgccomp", dsn)
    hits = read_back.searched(arguments, dsn)
    assert len(hits) == verified["events"]
    for hit in hits:
        assert hit["imported"] and not hit["synthetic"], hit
        assert (hit["node"], hit["lane"]) == ("mgc-import.lync-xml", "import"), hit
    shown = read_back.mgc(arguments, "audit", "search", "--mgccomp", dsn, "--limit", 1)
    assert "(imported)" in shown, shown
    return hits


def xml_files(folder):
    return sorted(file for file in folder.iterdir() if file.suffix == ".xml")


def events_of(folder):
    """What all files tell, without the places in a ledger, which are of the store."""
    found = []
    for file in xml_files(folder):
        for event in lync_xml.read_file(file):
            event.pop("event_id")
            found.append(json.dumps(event, sort_keys=True))
    return sorted(found)


def senders_of(folder):
    """All that is said of people, which read_event() does not look at."""
    senders = [re.findall(r"<Sender [^>]*>", file.read_text()) for file in xml_files(folder)]
    return sorted(one for of_file in senders for one in of_file)


def check_round_trip(arguments, dsn, scratch, settings):
    name = "-".join(settings).replace("--", "") or "default"
    first, second, store = (scratch / f"{name}{end}" for end in (".1", ".2", ".db"))
    def export(place, folder):
        read_back.mgc(arguments, "audit", "export", "--mgccomp", place, "--format", "lync-xml",
                      "--out", folder, *settings)
    export(dsn, first)
    said, _ = imported(arguments, first, store)
    export(f"sqlite3://db={store}", second)
    wanted = events_of(first)
    assert said["events"] == said["added"] == len(wanted), (said, len(wanted))
    assert said["files"] == len(xml_files(first)) and not said["left_out"], said
    assert events_of(second) == wanted, "other events"
    if "--OneChatRoomPerOutputFile" not in settings:
        assert senders_of(second) == senders_of(first), "other people"
    check_store(arguments, store)
    print(f"{name}: {len(wanted)} events exported, imported and exported again are the same")
    return first, store


def check_times_and_kinds(arguments, hits, store):
    """Beside the export's own reader: what a search shows before and after."""
    names = ("kind", "occurred_at", "room_uri", "room_name", "actor_uri", "actor_name", "content",
             "file_name", "file_sha256", "actor_email")
    def shown(hit):
        return json.dumps([hit[name] or "" for name in names])
    wanted = sorted(shown(hit) for hit in hits)
    found = sorted(shown(hit) for hit in read_back.searched(arguments, f"sqlite3://db={store}"))
    wrong = [pair for pair in zip(found, wanted, strict=True) if pair[0] != pair[1]]
    assert not wrong, wrong[0]


def check_again(arguments, source, store):
    before = check_store(arguments, store)
    said, _ = imported(arguments, source, store)
    assert said["added"] == 0 and said["events"] == len(before), said
    assert read_back.searched(arguments, f"sqlite3://db={store}") == before


def make_large(folder, files, posts):
    """An archive that takes a while."""
    folder.mkdir()
    for number in range(files):
        messages = "".join(
            f'<Message type="CHAT" content="post {number} {post} {"x" * (post % 97)}" id="{post}">'
            f'<Sender UserName="P{post % 50}" id="{post % 50}" uri="p{post % 50}@example.org"/>'
            f'<DateTimeUTC since1970="{1212610540000 + post}"/></Message>\n'
            for post in range(1, posts + 1))
        (folder / f"{number:03}.xml").write_text(
            '<?xml version="1.0" encoding="utf-8"?>\n<Conversations><Conversation>'
            f'<Channel uri="ma-chan://example.org/{number}" name="x"/><Messages>\n{messages}'
            "</Messages></Conversation></Conversations>\n")
    return files * posts


def check_kill(arguments, scratch):
    """Ended around each kind of commit, it has all in the end, once."""
    source, store = scratch / "large", scratch / "killed.db"
    events = make_large(source, 3, 60_000)
    command = [arguments.mgc, "audit", "import", "lync-xml", source, "--mgccomp",
               f"sqlite3://db={store}", "--lease", "1", "--json"]
    added = []
    for point in ("store.before_commit=crash@2", "store.after_commit=crash@1",
                  "store.commit_lost=error@1"):
        child = subprocess.run(command, capture_output=True, text=True,
                               env={**os.environ, "MGC_FAILPOINTS": point})
        crashed = child.returncode == -signal.SIGKILL
        assert crashed == ("crash" in point), (point, child)
        added.append(0 if crashed else json.loads(child.stdout)["added"])
    said, _ = imported(arguments, source, store)
    hits = check_store(arguments, store)
    assert said["added"] == 0 and said["events"] == len(hits) == events, (said, len(hits), events)
    assert 0 < added[-1] < events, "it did not go on from what was stored"
    assert len({hit["content"] for hit in hits}) == events, "something is twice"
    assert not letters(arguments, store)
    print(f"killed twice, and once in doubt: {events} events once, {added[-1]} by the last run")


def make_hostile(folder, good):
    (folder / "below").mkdir(parents=True)
    files = {"0-good.xml": good, "below/1-copy.xml": good, "2-broken.xml": good[:-30],
             "3-picture.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF", "4-empty.xml": b"",
             "5-laughs.xml": b"<!DOCTYPE a [<!ENTITY a 'ha'>]><Conversations>&a;</Conversations>",
             "6-latin.xml": good.replace(b"content=\"", b"content=\"\xe9", 1),
             "7-nul.xml": good + b"\0", "9-\x1b[2J.xml": b"<x/>",
             "a-shout.xml": good.replace(b'<Message type="CHAT"', b'<Message type="SHOUT"', 1)}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "8-link.xml").symlink_to("/etc/passwd")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "b-pipe.xml")


def check_hostile(arguments, scratch, good):
    folder, store = scratch / "hostile", scratch / "hostile.db"
    make_hostile(folder, good)
    said, told = imported(arguments, folder, store, wanted_code=1)
    per_file = good.count(b"<Message ") + good.count(b"<Event ")
    assert said["files"] == 2 and said["repeated_files"] == 1, said
    assert said["added"] == 2 * per_file - 1 and said["unreadable_messages"] == 1, said
    assert said["unreadable_files"] == 10, said
    reasons = {one["file"]: one for one in said["troubles"]}
    for name, line, why in (("2-broken.xml", None, "not XML"), ("3-picture.jpg", 1, "not XML"),
                            ("4-empty.xml", 1, "not XML"), ("5-laughs.xml", 1, "DOCTYPE"),
                            ("6-latin.xml", None, "UTF-8"), ("7-nul.xml", None, "follow"),
                            ("8-link.xml", 0, "symbolic link"), ("loop", 0, "symbolic link"),
                            ("b-pipe.xml", 0, "no regular file"), ("9-\\x1b[2J.xml", 1, "root"),
                            ("a-shout.xml", None, "SHOUT")):
        assert why in reasons[name]["reason"], reasons[name]
        assert line is None or reasons[name]["line"] == line, reasons[name]
        assert name in told, told
    assert "\x1b[2J" not in told
    kept = letters(arguments, store)
    assert len(kept) == 8 and {one["lane"] for one in kept} == {"import"}, kept
    broken = next(one for one in kept if "2-broken.xml" in one["reason"])
    raw = scratch / "raw"
    read_back.mgc(arguments, "audit", "dead-letters", "show", broken["id"], "--raw", raw,
                  "--mgccomp", f"sqlite3://db={store}")
    assert raw.read_bytes() == good[:-30]
    again, _ = imported(arguments, folder, store, wanted_code=1)
    assert again["added"] == 0 and again["troubles"] == said["troubles"], again
    assert letters(arguments, store) == kept, "kept twice"
    check_store(arguments, store)
    print(f"hostile: {len(reasons)} troubles named, {len(kept)} kept")


def check_huge(arguments, scratch):
    """One text that is larger than the memory that there is."""
    folder = scratch / "huge"
    folder.mkdir()
    with (folder / "huge.xml").open("wb") as out:
        out.write(b"<Conversations><Conversation><Messages><Message content='")
        for _ in range(arguments.huge_mib):
            out.write(b"x" * (1 << 20))
        out.write(b"'/></Messages></Conversation></Conversations>")
    limited = f'ulimit -v {arguments.huge_mib * 1024}; exec "$@"'
    done = subprocess.run(["bash", "-c", limited, "-", arguments.mgc, "audit", "import", "lync-xml",
                           folder, "--mgccomp", f"sqlite3://db={scratch / 'huge.db'}", "--json"],
                          capture_output=True, text=True)
    assert done.returncode == 1, done
    said = json.loads(done.stdout)
    assert said["unreadable_files"] == 1 and said["added"] == 0, said
    assert "the first 16777216 of its" in said["troubles"][0]["reason"], said
    print(f"huge: a text of {arguments.huge_mib} MiB refused in less memory")


def check_usage(arguments, scratch):
    done = run(arguments, "audit", "import", "lync-xml", scratch / "nothing", "--mgccomp",
               f"sqlite3://db={scratch / 'usage.db'}")
    assert done.returncode == 2 and "nothing" in done.stderr, done
    done = run(arguments, "audit", "import", "lync-xml", scratch, "--mgccomp",
               "postgresql://host=127.0.0.1 port=1 dbname=x")
    assert done.returncode == 3, done


def main(argv):
    arguments = read_back.read_arguments(argv, __doc__)
    arguments.huge_mib = 384
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        dsn = read_back.make_store(arguments, scratch, lync_xml.statements())
        hits = read_back.searched(arguments, dsn)
        for settings in SETTINGS:
            first, store = check_round_trip(arguments, dsn, scratch, settings)
            if settings == DETAILS:
                check_times_and_kinds(arguments, hits, store)
                check_again(arguments, first, store)
                good = xml_files(first)[0].read_bytes()
        check_kill(arguments, scratch)
        check_hostile(arguments, scratch, good)
        check_huge(arguments, scratch)
        check_usage(arguments, scratch)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
