#include "db/mssql/dialect.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mgc::db::mssql {
namespace {

std::string rewritten(std::string_view sql, std::initializer_list<Value> values) {
  return to_tsql(sql, {values.begin(), values.size()});
}

TEST(MssqlDialect, TextsAreComparedToTheLastSpace) {
  EXPECT_EQ(rewritten("SELECT a FROM t WHERE name = ?1 AND b = ?2", {"x", 7}),
            "SELECT a FROM t WHERE (name = ?1 AND name + N'.' = ?1 + N'.') AND b = ?2");
  EXPECT_EQ(rewritten("UPDATE t SET a = 1 WHERE id = ?1 AND (t.name <> ?2 OR \"external\" <> ?3)",
                      {1, "x", 0}),
            "UPDATE t SET a = 1 WHERE id = ?1 AND (t.name + N'.' <> ?2 + N'.' OR"
            " \"external\" <> ?3)");
}

TEST(MssqlDialect, AUriIsFoundByItsDigest) {
  EXPECT_EQ(rewritten("SELECT a FROM room WHERE uri = ?1 OR name = ?1", {"x"}),
            "SELECT a FROM room WHERE (uri_digest = CAST(HASHBYTES('SHA1', ?1) AS binary(20))"
            " AND uri = ?1 AND uri + N'.' = ?1 + N'.') OR (name = ?1 AND name + N'.' = ?1 + N'.')");
}

TEST(MssqlDialect, WhatIsSetAndWhatIsQuotedIsLeftAlone) {
  EXPECT_EQ(rewritten("UPDATE lane SET holder = ?2 WHERE lane_id = ?1", {1, "me"}),
            "UPDATE lane SET holder = ?2 WHERE lane_id = ?1");
  EXPECT_EQ(rewritten("SELECT a FROM t WHERE b = 'c = ?1' AND d = ?1", {nullptr}),
            "SELECT a FROM t WHERE b = 'c = ?1' AND d = ?1");
}

TEST(MssqlDialect, RowsAreCountedIn64Bits) {
  EXPECT_EQ(rewritten("SELECT count(*) FROM t", {}), "SELECT count_big(*) FROM t");
}

TEST(MssqlDialect, BytesAreCountedByTheirOwnFunction) {
  EXPECT_EQ(rewritten("SELECT a, length(raw) FROM t", {}), "SELECT a, DATALENGTH(raw) FROM t");
}

TEST(MssqlDialect, AnInsertGivesItsNumberBack) {
  EXPECT_EQ(with_output("INSERT INTO node (name) VALUES (?1)", "node_id"),
            "INSERT INTO node (name) OUTPUT inserted.node_id VALUES (?1)");
}

TEST(MssqlDialect, AScriptIsPartedByGo) {
  const auto batches = split_batches("A;\nGO\n-- GO on\nB\r\nGO\r\n\n");
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0], "A;\n");
  EXPECT_EQ(batches[1], "-- GO on\nB\r\n");
}

TEST(MssqlDialect, ASegmentHasItsOwnTable) {
  EXPECT_EQ(for_segment("INSERT INTO event_1 (a) VALUES (?)", 12),
            "INSERT INTO event_12 (a) VALUES (?)");
}

}  // namespace
}  // namespace mgc::db::mssql
