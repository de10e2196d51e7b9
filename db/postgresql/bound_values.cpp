#include "db/postgresql/bound_values.hpp"

#include <variant>

#include "db/postgresql/network_order.hpp"
#include "db/postgresql/text_code.hpp"

namespace mgc::db::postgresql {

BoundValues::BoundValues(std::span<const Value> values) {
  for (const Value& value : values) {
    if (const auto* number = std::get_if<std::int64_t>(&value.state())) {
      auto& bytes = numbers_.emplace_back();
      store_be(static_cast<std::uint64_t>(*number), bytes.data());
      add(kInt8, 'i', bytes.data(), bytes.size());
    } else if (const auto* text = std::get_if<std::string_view>(&value.state())) {
      std::string_view stored = *text;
      if (!is_plain(stored)) {
        append_encoded(stored, encoded_.emplace_back());
        stored = encoded_.back();
      }
      add(kText, 't', stored.data(), stored.size());
    } else if (const auto* blob = std::get_if<Blob>(&value.state())) {
      add(kBytea, 'b', blob->bytes.data(), blob->bytes.size());
    } else {
      add(0, 'n', nullptr, 0);  // of the type that its place wants
    }
  }
}

void BoundValues::add(Oid type, char letter, const char* value, std::size_t size) {
  types_.push_back(type);
  // A view without an address is empty, not NULL as libpq has it.
  values_.push_back(letter != 'n' && value == nullptr ? "" : value);
  lengths_.push_back(static_cast<int>(size));
  formats_.push_back(1);
  signature_ += letter;
}

}  // namespace mgc::db::postgresql
