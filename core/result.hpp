#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace mgc {

/// What the caller has to do about an error. Chosen by consequence, not by cause.
enum class Action : std::uint8_t {
  retry,      ///< nothing happened; make the same call again after a back-off
  reconnect,  ///< nothing happened; the session is dead, open another one
  in_doubt,   ///< it may have happened; only an idempotent replay may follow
  reject,     ///< this input can never succeed; dead-letter it
  stop,       ///< settings, disk or rights are wrong; shut down with a clear message
};

/// The name of `action` for logs: "retry", "reconnect", ...
[[nodiscard]] std::string_view to_string(Action action) noexcept;

/// An expected failure. `message` is one line for the operator: what failed, where, and the way
/// out. It never holds chat content or secrets.
struct [[nodiscard]] Error {
  Action action = Action::stop;
  std::string message;
};

[[noreturn]] void fail_result_access(std::string_view message);

/// Either a value or an Error; the member names follow std::expected (C++23), so that it can
/// become an alias of it.
///
/// Threads: as its value. Errors: `value()` of an error, or `error()` of a value, aborts.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] T& value() & {
    check_value();
    return std::get<0>(state_);
  }
  [[nodiscard]] const T& value() const& {
    check_value();
    return std::get<0>(state_);
  }
  /// By value, so that a range-for over a temporary Result does not dangle.
  [[nodiscard]] T value() && {
    check_value();
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const {
    if (has_value()) fail_result_access("error() of a Result that holds a value");
    return std::get<1>(state_);
  }

 private:
  void check_value() const {
    if (!has_value()) fail_result_access(std::get<1>(state_).message);
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] const Error& error() const {
    if (!error_) fail_result_access("error() of a Result that holds a value");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace mgc
