// node tsql_check.js MODULES FILE...
// Parses every batch of every file under the ANTLR grammar of T-SQL, and refuses what SQL Server
// 2008 R2 or 2012 do not have although the grammar does. Also parses the texts that procedures put
// together for EXEC. Batches are parted by lines that say GO. Exit 1: a finding. MODULES is the
// node_modules folder with the grammar.
'use strict';
const fs = require('fs');
const path = require('path');

function loadGrammar(modules) {
  const load = (name) => require(path.join(path.resolve(modules), name));
  // In this order: the runtime's own modules depend on each other in a circle.
  const {CharStreams} = load('antlr4ts/CharStreams');
  const {CommonTokenStream} = load('antlr4ts/CommonTokenStream');
  load('antlr4ts/ParserRuleContext');
  const {ParseTreeWalker} = load('antlr4ts/tree/ParseTreeWalker');
  const folder = 'antlr4ts-sql/dist/src/grammar-output/tsql/';
  const {TSqlLexer} = load(folder + 'TSqlLexer');
  const {TSqlParser} = load(folder + 'TSqlParser');
  return {CharStreams, CommonTokenStream, ParseTreeWalker, TSqlLexer, TSqlParser};
}

// Texts and comments stay as they are for the reader; the grammar knows upper case only. Comments
// and texts are left out of the search for words.
function maskTexts(batch) {
  return batch.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g,
                       (found) => found.startsWith("'") ? "''" : ' ');
}

// Newer than 2008 R2 or 2012, or another engine's; the grammar takes some of them.
const FORBIDDEN = [
  [/\|\|/, 'the operator ||'],
  [/\bOFFSET\b|\bFETCH\b/i, 'OFFSET ... FETCH (2012)'],
  [/\bTHROW\b/i, 'THROW (2012)'],
  [/\b(IIF|CHOOSE|CONCAT|CONCAT_WS|FORMAT|TRY_CONVERT|TRY_CAST|TRY_PARSE|PARSE|EOMONTH)\s*\(/i,
   'a function of 2012 or later'],
  [/\b(STRING_AGG|STRING_SPLIT|TRIM|TRANSLATE|GREATEST|LEAST|GENERATE_SERIES)\s*\(/i,
   'a function of 2016 or later'],
  [/\b(LAG|LEAD|FIRST_VALUE|LAST_VALUE|PERCENT_RANK|CUME_DIST)\s*\(/i, 'a window function of 2012'],
  [/\bROWS\s+(BETWEEN|UNBOUNDED|\d)|\bRANGE\s+(BETWEEN|UNBOUNDED)/i, 'a window frame (2012)'],
  [/\b(CREATE|ALTER|DROP)\s+SEQUENCE\b|\bNEXT\s+VALUE\s+FOR\b/i, 'a sequence (2012)'],
  [/\b(OPENJSON|JSON_VALUE|JSON_QUERY|JSON_MODIFY|ISJSON|FOR\s+JSON)\b/i, 'JSON (2016)'],
  [/\bDROP\s+\w+\s+IF\s+EXISTS\b/i, 'DROP ... IF EXISTS (2016)'],
  [/\bCREATE\s+OR\s+ALTER\b/i, 'CREATE OR ALTER (2016)'],
  [/\bALTER\s+(SERVER\s+)?ROLE\b/i, 'ALTER ROLE ... ADD MEMBER (2012)'],
  [/\bALTER\s+DATABASE\s+CURRENT\b/i, 'ALTER DATABASE CURRENT (2012)'],
  [/\bMEMORY_OPTIMIZED\b|\bCOLUMNSTORE\b|\bSYSTEM_VERSIONING\b/i, 'a table of 2012 or later'],
  [/\bSHA2_(256|512)\b/i, 'SHA-2 in HASHBYTES (2012)'],
  [/\bAS\s+(date)?time(offset)?\s*\(7\)/i, 'a time of 100 ns where microseconds are meant'],
];

// T-SQL that the grammar lacks, and what it is read as.
const GAPS = [
  [/\bON SCHEMA::/g, 'ON '],
  [/\bGRANT (?:(?:SELECT|INSERT|UPDATE|EXECUTE)(?:, (?=[A-Z]))?)+ ON (\S+) TO (\w+);?/g,
   'GRANT SELECT ON $1 TO $2'],  // one right at a time, and no semicolon in a block
  [/\bDEFAULT\s+\(CAST\([\s\S]*?\* 1000\)/g, 'DEFAULT (0)'],  // only a value or one function
  [/\braw\b/g, 'raw_bytes'],  // no reserved word, but the grammar has FOR XML RAW
];

function parse(grammar, text) {
  const findings = [];
  const listener = {
    syntaxError(recognizer, symbol, line, column, message) {
      findings.push(`line ${line}: ${message.slice(0, 120)}`);
    },
  };
  const readable = GAPS.reduce((sql, [pattern, by]) => sql.replace(pattern, by), text);
  const lexer = new grammar.TSqlLexer(grammar.CharStreams.fromString(readable.toUpperCase()));
  const parser = new grammar.TSqlParser(new grammar.CommonTokenStream(lexer));
  for (const recognizer of [lexer, parser]) {
    recognizer.removeErrorListeners();
    recognizer.addErrorListener(listener);
  }
  const tree = parser.tsql_file();
  if (findings.length === 0) findings.push(...walk(grammar, tree));
  return findings;
}

// A batch may begin with the bare name of a procedure: any misspelt word is one, and needs EXEC
// here. A table made of a query needs a name, which the grammar does not ask for.
function walk(grammar, tree) {
  const findings = [];
  const listener = {
    visitTerminal() {},
    visitErrorNode(node) { findings.push(`unreadable: ${node.text}`); },
    enterEveryRule(context) {
      const rule = context.constructor.name;
      if (rule === 'Execute_body_batchContext') findings.push(`no EXEC before ${context.text}`);
      if (rule === 'Table_source_itemContext' && context.derived_table &&
          context.derived_table() && !context.as_table_alias()) {
        findings.push('a table made of a query has no name');
      }
    },
    exitEveryRule() {},
  };
  grammar.ParseTreeWalker.DEFAULT.walk(listener, tree);
  return findings;
}

// SET @sql = N'...' + @number + N'...'; with a number for @number and a query for @all.
function dynamicTexts(batch) {
  const texts = [];
  for (const [, sum] of batch.matchAll(/SET @sql = ((?:N'(?:[^']|'')*'|[@\w().?]+|\s*\+\s*)+);/g)) {
    const parts = sum.match(/N'(?:[^']|'')*'|@?[\w.?]+(?:\([^)]*\)+)?/g);
    texts.push(parts.map((part) => {
      if (part.startsWith("N'")) return part.slice(2, -1).replace(/''/g, "'");
      return {'@all': 'SELECT 1 AS segment', '@number': '7', '@verb': 'CREATE'}[part] || '[name]';
    }).join(''));
  }
  return texts;
}

// The drivers replace ?1 and ? by names of parameters.
function withParameterNames(text) {
  let count = 0;
  return text.replace(/\?(\d*)/g, (mark, number) => '@P' + (number || ++count));
}

function checkBatch(grammar, batch) {
  const findings = [];
  for (const text of [batch, ...dynamicTexts(batch)]) {
    const masked = maskTexts(text);
    for (const [pattern, name] of FORBIDDEN) {
      if (pattern.test(name.startsWith('SHA-2') ? text : masked)) findings.push(name);
    }
    findings.push(...parse(grammar, withParameterNames(text)));
  }
  return findings;
}

function batchesOf(text) {
  return text.split(/^GO\r?$/m).filter((batch) => maskTexts(batch).trim() !== '');
}

function main() {
  const [modules, ...files] = process.argv.slice(2);
  if (files.length === 0) throw new Error('usage: node tsql_check.js MODULES FILE...');
  const grammar = loadGrammar(modules);
  let checked = 0;
  let failed = 0;
  for (const file of files) {
    for (const batch of batchesOf(fs.readFileSync(file, 'utf8'))) {
      ++checked;
      const findings = checkBatch(grammar, batch);
      if (findings.length === 0) continue;
      ++failed;
      console.log(`${file}: ${findings.join('; ')}, in\n${batch.trim()}\n`);
    }
  }
  console.log(`${checked - failed} passed, ${failed} failed`);
  // A file without a statement would pass whatever the program sends.
  process.exitCode = failed > 0 || checked < files.length ? 1 : 0;
}

module.exports = {loadGrammar, checkBatch};
if (require.main === module) main();
