#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "db/admission.hpp"
#include "db/compliance_store.hpp"
#include "db/node_position.hpp"
#include "tests/simulation/pack.hpp"

namespace mgc::simulation {

/// mgccomp in memory. What is new, a repeat or a contradiction is decided by the functions that the
/// service decides with (node_position.hpp, admission.hpp).
class Store {
 public:
  explicit Store(World& world) : world_(world) {}

  /// The fencing number, or nothing while somebody else has the lane.
  std::optional<std::uint64_t> take_lease(const std::string& holder, Duration length);
  /// All of the batch or, for one whose lease was lost, nothing.
  std::optional<std::vector<db::NodeProgress>> commit(std::span<const PackRef> batch,
                                                      std::uint64_t fence);

  void back_up() { backup_ = state_; }
  /// As from a backup; leases are taken anew.
  bool restore();

  /// Whether these bytes are, or ever were, committed: as events or as a dead letter.
  [[nodiscard]] bool ever_held(const Pack& pack) const { return ever_.contains(pack.sha256); }
  [[nodiscard]] int times_stored(EventId event) const;
  [[nodiscard]] bool refused(EventId event) const;
  [[nodiscard]] const std::map<EventId, int>& stored() const { return state_.stored; }
  [[nodiscard]] std::uint64_t contiguous(const std::string& node, std::uint64_t epoch) const;
  /// What does not follow from the pack before it, or is missing without a gap.
  [[nodiscard]] std::vector<std::string> broken_streams() const;

 private:
  struct Stream {
    db::NodePosition position;
    std::map<std::uint64_t, PackRef> packs;  ///< by first sequence
    std::map<std::uint64_t, db::SequenceRange> gaps;
  };
  using Key = std::pair<std::string, std::uint64_t>;
  struct State {
    std::map<Key, Stream> streams;
    std::map<EventId, int> stored;
    std::vector<PackRef> refused;  ///< dead letters
  };

  /// False when it contradicts what is stored.
  bool add(const PackRef& pack);
  [[nodiscard]] std::vector<db::SequenceRange> near_gaps(const Stream& stream,
                                                         std::uint64_t from) const;
  [[nodiscard]] db::AdmissionFacts facts_of(const Pack& pack, const Stream& stream,
                                            const db::PositionChange& change) const;
  [[nodiscard]] static Bytes sha256_at(const Stream& stream, std::uint64_t last);

  World& world_;
  State state_;
  std::optional<State> backup_;
  std::set<Bytes> ever_;
  std::string holder_;
  std::uint64_t fence_ = 0;
  Duration lease_until_{};
};

}  // namespace mgc::simulation
