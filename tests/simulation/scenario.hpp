#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/node.hpp"
#include "tests/simulation/other_program.hpp"
#include "tests/simulation/service.hpp"

namespace mgc::simulation {

struct Verdict {
  std::uint64_t faults = 0;
  std::uint64_t promised = 0;
  std::uint64_t recovered = 0;  ///< handed to a publish() that had no answer, and stored
  std::uint64_t quarantined = 0;
  std::vector<std::string> violations;  ///< none is the only good number
};

/// Two minutes of trouble for two nodes, a program without an outbox, a broker, two services and a
/// database, then calm until everything has its receipt. What kind of trouble is the seed's choice:
///
///   anything    broker and network lose, repeat and reorder; processes die and freeze; commits
///               fail or are in doubt
///   backups     that, and mgccomp is put back to a backup
///   identities  that, and outboxes are copied, or put back to a backup
///   honest      a broker that keeps its word: then also what a program without an outbox was told
///               counts
class Scenario {
 public:
  explicit Scenario(std::uint64_t seed);
  [[nodiscard]] Verdict run();

 private:
  enum class Kind : std::uint8_t { anything, backups, identities, honest };

  void load();
  void disturb();
  void one_fault();
  void fault_of_process();
  void fault_of_kind();
  void lose_broker();
  void restore_database();
  void copy_outbox();
  void restore_outbox();
  void back_up();
  void calm();
  [[nodiscard]] bool is_drained() const;
  void judge();
  [[nodiscard]] std::string what_waits() const;
  void judge_promised(EventId event);
  Node& any_node() { return *nodes_[world_.below(nodes_.size())]; }

  World world_;
  Oracle oracle_;
  const Kind kind_;
  Store store_;
  Broker broker_;
  OtherProgram other_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::unique_ptr<Service>> services_;
  std::vector<std::pair<Node*, Disk>> old_disks_;
  std::set<EventId> gone_;  ///< with a disk, before anything else had them
  bool disturbing_ = true;
  Verdict verdict_;
};

}  // namespace mgc::simulation
