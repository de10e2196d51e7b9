#include "transport/thread.hpp"

#include <system_error>
#include <utility>

#include "core/assert.hpp"

namespace mgc::transport {

Thread::Thread(std::size_t stack_bytes, std::function<void()> body) : body_(std::move(body)) {
  pthread_attr_t attributes;
  int error = ::pthread_attr_init(&attributes);
  if (error == 0) {
    error = ::pthread_attr_setstacksize(&attributes, stack_bytes);
    if (error == 0) error = ::pthread_create(&thread_, &attributes, &Thread::run, this);
    const int destroyed = ::pthread_attr_destroy(&attributes);
    MGC_ASSERT(destroyed == 0);
  }
  if (error != 0) throw std::system_error(error, std::generic_category(), "starting a thread");
}

Thread::~Thread() {
  const int error = ::pthread_join(thread_, nullptr);
  MGC_ASSERT(error == 0);
}

void* Thread::run(void* self) noexcept {
  static_cast<Thread*>(self)->body_();
  return nullptr;
}

}  // namespace mgc::transport
