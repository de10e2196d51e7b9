// node tsql_check_test.js MODULES: the checker finds what is wrong, and takes what is right.
'use strict';
const assert = require('assert');
const {loadGrammar, checkBatch} = require('./tsql_check.js');

const WRONG = [
  'SELECT a FROM t LIMIT 5',
  'INSERT INTO t (a) VALUES (1) RETURNING a',
  'INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING',
  "SELECT a || 'b' FROM t",
  'CREATE TABLE IF NOT EXISTS t (a int)',
  'CREATE TABLE t (a text) STRICT',
  'INSERT INTO person (uri, external) VALUES (?, ?)',
  'SELECT a FROM t WHERE a IS ?1',
  'SELECT count(*) FROM (SELECT a FROM t)',
  'DELETE FROM t LIMIT 3',
  'SELEC 1',
  'BEGIN IMMEDIATE',
  'PRAGMA journal_mode = WAL',
  'DROP VIEW x words that mean nothing',
  'SELECT a FROM t ORDER BY a OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY',
  "THROW 50000, 'no', 1",
  'SELECT IIF(a > 1, 1, 0) FROM t',
  "SELECT CONCAT(a, 'b') FROM t",
  'SELECT TRY_CONVERT(int, a) FROM t',
  'CREATE SEQUENCE s START WITH 1',
  'DROP TABLE IF EXISTS t',
  'CREATE OR ALTER VIEW v AS SELECT 1 AS a',
  'ALTER ROLE r ADD MEMBER m',
  'ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON',
  "SELECT JSON_VALUE(a, 'b') FROM t",
  'SELECT SUM(a) OVER (ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM t',
  "SELECT HASHBYTES('SHA2_256', a) FROM t",
  "DECLARE @sql nvarchar(9); SET @sql = N'CREATE TABEL t_' + @number + N' (a int)'; EXEC (@sql);",
];
const RIGHT = [
  'SELECT TOP (5) a FROM t WHERE b = ?1 AND c = ?2',
  'INSERT INTO t (a, "external") OUTPUT inserted.id VALUES (?, ?)',
  "SELECT N'LIMIT || THROW' FROM t -- OFFSET",
  'SELECT count_big(*) FROM (SELECT a FROM t) AS named',
  "DECLARE @sql nvarchar(99); SET @sql = N'CREATE TABLE t_' + @number + N' (a int)'; EXEC (@sql);",
];

const grammar = loadGrammar(process.argv[2]);
for (const text of WRONG) assert.notDeepStrictEqual(checkBatch(grammar, text), [], text);
for (const text of RIGHT) assert.deepStrictEqual(checkBatch(grammar, text), [], text);
console.log(`${WRONG.length + RIGHT.length} passed, 0 failed`);
