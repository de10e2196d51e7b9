#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "db/session.hpp"

namespace mgc::test {

/// A session that calls `before_step` before each call that goes to the server, so that a test can
/// end the real session there.
class CuttingSession final : public db::Session {
 public:
  CuttingSession(std::unique_ptr<db::Session> session, std::function<void()> before_step)
      : session_(std::move(session)), before_step_(std::move(before_step)) {}

  [[nodiscard]] std::string_view engine() const override { return session_->engine(); }
  [[nodiscard]] const std::string& name() const override { return session_->name(); }
  [[nodiscard]] std::string contains(std::string_view text, std::string_view part) const override {
    return session_->contains(text, part);
  }
  [[nodiscard]] Result<db::DatabaseStatus> describe() override { return next().describe(); }
  [[nodiscard]] Result<void> begin() override { return next().begin(); }
  [[nodiscard]] Result<void> begin_exclusive(db::Schema schema) override {
    return next().begin_exclusive(schema);
  }
  [[nodiscard]] Result<void> begin_snapshot() override { return next().begin_snapshot(); }
  [[nodiscard]] Result<void> commit() override { return next().commit(); }
  void rollback() override { session_->rollback(); }
  [[nodiscard]] Result<void> stream(std::string_view sql, std::span<const db::Value> values,
                                    const Visit& visit) override {
    return next().stream(sql, values, visit);
  }
  [[nodiscard]] Result<void> run_script(std::string_view script) override {
    return next().run_script(script);
  }
  [[nodiscard]] Result<bool> has_table(std::string_view table) override {
    return next().has_table(table);
  }
  [[nodiscard]] Result<bool> is_empty() override { return next().is_empty(); }
  [[nodiscard]] Result<void> configure_database(db::Schema schema) override {
    return next().configure_database(schema);
  }
  [[nodiscard]] Result<std::vector<std::string>> durability_faults(db::Schema schema) override {
    return next().durability_faults(schema);
  }
  [[nodiscard]] Result<void> own_checkpoints(bool on) override {
    return session_->own_checkpoints(on);
  }
  [[nodiscard]] Result<void> load_packs(std::span<const db::NewPackRow> rows) override {
    return next().load_packs(rows);
  }
  [[nodiscard]] Result<void> load_events(std::uint64_t segment,
                                         std::span<const db::EventRow> rows) override {
    return next().load_events(segment, rows);
  }
  [[nodiscard]] Result<void> add_event_table(std::uint64_t segment) override {
    return next().add_event_table(segment);
  }
  [[nodiscard]] Result<bool> build_index(std::uint64_t segment) override {
    return next().build_index(segment);
  }
  [[nodiscard]] std::optional<db::Condition> has_words(std::uint64_t segment,
                                                       const NeededWords& needed) const override {
    return session_->has_words(segment, needed);
  }
  void cancel() override { session_->cancel(); }

 protected:
  [[nodiscard]] Result<std::int64_t> run(std::string_view sql,
                                         std::span<const db::Value> values) override {
    return next().execute(sql, values);
  }
  [[nodiscard]] Result<void> read(std::string_view sql, std::span<const db::Value> values,
                                  const Visit& visit) override {
    return next().query(sql, values, visit);
  }
  [[nodiscard]] Result<std::int64_t> run_insert(std::string_view insert, std::string_view id_column,
                                                std::span<const db::Value> values) override {
    return next().insert_id(insert, id_column, values);
  }

 private:
  db::Session& next() {
    before_step_();
    return *session_;
  }

  std::unique_ptr<db::Session> session_;
  std::function<void()> before_step_;
};

}  // namespace mgc::test
