// node roles_test.js ROLES.SQL: each role has the rights written here, and no others.
'use strict';
const assert = require('assert');
const fs = require('fs');

const EVIDENCE = ['node', 'room', 'room_detail', 'person', 'person_detail', 'pack', 'block',
                  'dead_letter'];
const STATE = ['lane', 'segment', 'node_position', 'node_session', 'gap', 'attempt'];
const rights = (verbs, tables) => Object.fromEntries(tables.map((table) => [table, verbs]));
const WANTED = {
  mgc_writer: {
    ...rights('INSERT,SELECT', EVIDENCE.map((table) => `dbo.${table}`)),
    ...rights('INSERT,SELECT,UPDATE', STATE.map((table) => `dbo.${table}`)),
    ...rights('SELECT', ['dbo.event', 'dbo.schema_migration', 'dbo.mgc_room', 'dbo.mgc_person']),
    'dbo.event_N': 'INSERT,SELECT',
    'dbo.add_event_table': 'EXECUTE',
    'dbo.seal_segment': 'EXECUTE',
  },
  mgc_node: {
    ...rights('INSERT,SELECT,UPDATE', ['dbo.mgc_room', 'dbo.mgc_person', 'dbo.mgc_membership']),
    'dbo.mgc_chat': 'INSERT,SELECT',
    'dbo.schema_migration': 'SELECT',
  },
  mgc_signer: {
    ...rights('SELECT', ['schema_migration', 'node', 'lane', 'block', 'pack',
                         'dead_letter'].map((table) => `dbo.${table}`)),
    'dbo.[checkpoint]': 'INSERT,SELECT',
  },
  mgc_auditor: {'SCHEMA::audit': 'SELECT'},
  mgc_operator: {
    ...rights('SELECT', ['node', 'lane', 'node_position', 'node_session', 'gap', 'attempt', 'block',
                         'segment', 'schema_migration', '[checkpoint]'].map((table) => `dbo.${table}`)),
    'audit.dead_letter_status': 'SELECT',
  },
};

const text = fs.readFileSync(process.argv[2], 'utf8').replace(/--[^\n]*/g, '')
    .replace(/dbo\.' \+ name \+ N'/g, 'dbo.event_N');
const found = {};
const grants = [...text.matchAll(/GRANT ([A-Z, ]+) ON (\S+) TO (\w+);/g)];
assert.strictEqual(grants.length, text.match(/\bGRANT\b/g).length, 'a GRANT of another form');
for (const [, verbs, object, role] of grants) {
  found[role] = found[role] || {};
  found[role][object] = verbs.split(', ').sort().join(',');
}
assert.deepStrictEqual(found, WANTED);
assert.doesNotMatch(text, /\b(DENY|REVOKE|db_datawriter|db_datareader|db_ddladmin)\b/);
assert.deepStrictEqual(text.match(/EXEC sp_addrolemember [^;]*/g),
                       ["EXEC sp_addrolemember N'db_owner', N'mgc_owner'"]);
console.log('1 passed, 0 failed');
