#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "db/compliance_store.hpp"
#include "schema/receipt.hpp"

namespace mgc::consumer {

/// The receipts that wait to be sent: of each node and epoch only the newest, and with it the last
/// refusal that was not sent yet.
///
/// Pure: no I/O, no clock, no threads. Memory: one receipt for each node and epoch.
class ReceiptBook {
 public:
  /// Of a batch that was committed. The last word counts, also where it goes back.
  void offer(std::span<const db::NodeProgress> progress);
  /// All that wait, in order of node and epoch; none waits afterwards.
  [[nodiscard]] std::vector<schema::Receipt> take_all();
  /// They could not be sent: each waits again, unless a newer one does.
  void put_back(std::vector<schema::Receipt> unsent);
  [[nodiscard]] bool empty() const { return waiting_.empty(); }

 private:
  using Key = std::pair<std::string, std::uint64_t>;  ///< node, epoch
  std::map<Key, schema::Receipt> waiting_;
};

}  // namespace mgc::consumer
