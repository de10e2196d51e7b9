#pragma once

#include <array>
#include <string_view>

// T-SQL of SQL Server 2008 R2: no OFFSET ... FETCH, THROW, IIF, CONCAT, sequences, JSON functions
// or DROP ... IF EXISTS. Parameters are ?1, ?2 ...
namespace mgc::db::mssql {

/// Named in full, although ODBC sets some of them: an index over a computed column needs all.
inline constexpr std::string_view kSetUp =
    "SET XACT_ABORT ON; SET NOCOUNT OFF; SET ANSI_NULLS ON; SET ANSI_PADDING ON;"
    " SET ANSI_WARNINGS ON; SET ARITHABORT ON; SET CONCAT_NULL_YIELDS_NULL ON;"
    " SET QUOTED_IDENTIFIER ON; SET NUMERIC_ROUNDABORT OFF; SET IMPLICIT_TRANSACTIONS OFF;"
    " SET TRANSACTION ISOLATION LEVEL READ COMMITTED;";

inline constexpr std::string_view kBegin =
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN TRANSACTION;";
inline constexpr std::string_view kBeginSnapshot =
    "SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRANSACTION;";
inline constexpr std::string_view kCommit = "COMMIT TRANSACTION;";
inline constexpr std::string_view kRollback = "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;";

/// Held to the end of the transaction. Below 0: -1 time-out, -2 cancelled, -3 deadlock, -999 wrong.
inline constexpr std::string_view kLock =
    "DECLARE @granted int; EXEC @granted = sp_getapplock @Resource = ?1,"
    " @LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = ?2;"
    " SELECT @granted AS granted;";

/// Of the user's own default schema: an auditor's is the one with the views.
inline constexpr std::string_view kHasTable =
    "SELECT count_big(*) FROM INFORMATION_SCHEMA.TABLES"
    " WHERE TABLE_SCHEMA = SCHEMA_NAME() AND TABLE_NAME = ?1";
inline constexpr std::string_view kCountTables =
    "SELECT count_big(*) FROM INFORMATION_SCHEMA.TABLES";

inline constexpr std::string_view kAddEventTable = "EXEC dbo.add_event_table @segment = ?1";

inline constexpr std::string_view kSealSegment = "EXEC dbo.seal_segment @segment = ?1";
/// As Session::call() sends them; here to be checked.
inline constexpr std::string_view kRemoveSegment = "EXEC dbo.remove_segment ?1";
inline constexpr std::string_view kRemovePack = "EXEC dbo.remove_pack ?1, ?2, ?3";
inline constexpr std::string_view kRedactEvent = "EXEC dbo.redact_event ?1, ?2, ?3, ?4";

/// A name cannot be a parameter here.
inline constexpr std::string_view kAllowSnapshots =
    "DECLARE @sql nvarchar(400);"
    " SET @sql = N'ALTER DATABASE ' + QUOTENAME(DB_NAME()) + N' SET ALLOW_SNAPSHOT_ISOLATION ON';"
    " EXEC (@sql);";
inline constexpr std::string_view kSnapshotState =
    "SELECT snapshot_isolation_state FROM sys.databases WHERE database_id = DB_ID()";
inline constexpr std::string_view kCreateDatabase =
    "DECLARE @sql nvarchar(400);"
    " SET @sql = N'CREATE DATABASE ' + QUOTENAME(?1) + N' COLLATE Latin1_General_100_BIN2';"
    " EXEC (@sql);";
inline constexpr std::string_view kDatabaseExists =
    "SELECT count_big(*) FROM sys.databases WHERE name = ?1";

inline constexpr std::string_view kVersion =
    "SELECT CAST(SERVERPROPERTY(N'ProductVersion') AS nvarchar(128)),"
    " CAST(SERVERPROPERTY(N'Edition') AS nvarchar(128)),"
    " CAST(SERVERPROPERTY(N'ServerName') AS nvarchar(256)), DB_NAME()";
inline constexpr std::string_view kSettings =
    "SELECT recovery_model_desc, page_verify_option_desc, snapshot_isolation_state_desc,"
    " collation_name FROM sys.databases WHERE database_id = DB_ID()";
/// Delayed durability came with SQL Server 2014.
inline constexpr std::string_view kKnowsDelay =
    "SELECT count_big(*) FROM sys.all_columns WHERE object_id = OBJECT_ID(N'sys.databases')"
    " AND name = N'delayed_durability_desc'";
inline constexpr std::string_view kDelay =
    "SELECT delayed_durability_desc FROM sys.databases WHERE database_id = DB_ID()";

inline constexpr std::string_view kCountLoaded =
    "SELECT count_big(*) FROM event_1 WHERE event_id BETWEEN ?1 AND ?2";
inline constexpr std::string_view kLoadPacks =
    "INSERT INTO pack (node_id, epoch, first_sequence, event_count, lane_id, block,"
    " first_event_id, body, sha256, root) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
inline constexpr std::string_view kCountPacks =
    "SELECT count_big(*) FROM pack WHERE lane_id = ?1 AND first_event_id BETWEEN ?2 AND ?3";
/// event_1 stands for the table of any segment, here and in kCountLoaded.
inline constexpr std::string_view kLoadEvents =
    "INSERT INTO event_1 (event_id, kind, occurred_at, room_id, actor_id, target_id, content,"
    " chat_id, file_name, file_sha256, node_id, epoch, sequence, block)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

inline constexpr std::array kFixedStatements = {
    kSetUp,         kBegin,          kBeginSnapshot,  kCommit,        kRollback,
    kLock,          kHasTable,       kCountTables,    kAddEventTable, kAllowSnapshots,
    kSnapshotState, kCreateDatabase, kDatabaseExists, kVersion,       kSettings,
    kKnowsDelay,    kDelay,          kCountLoaded,    kLoadPacks,     kCountPacks,
    kLoadEvents,    kSealSegment,    kRemoveSegment,  kRemovePack,    kRedactEvent,
};

}  // namespace mgc::db::mssql
