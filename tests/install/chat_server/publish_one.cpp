// What a chat server does: open the publisher once, publish each event, close it at the end.
// Usage: publish_one OUTBOX BROKER
#include <chrono>
#include <cstdio>
#include <mgc/publisher.hpp>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  mgc::producer::PublisherOptions options;
  options.node = "chat-1";
  options.outbox = argv[1];
  options.broker.url = argv[2];
  auto publisher = mgc::producer::Publisher::open(options);
  if (!publisher) {
    std::fprintf(stderr, "%s\n", publisher.error().message.c_str());
    return 1;
  }

  mgc::schema::Event event;
  event.kind = mgc::schema::EventKind::chat;
  event.occurred_at =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  event.room = mgc::schema::Room{"ma-chan://example.org/lobby", "Lobby"};
  event.actor = mgc::schema::Person{"sip:anna@example.org", "Anna", "anna@example.org"};
  event.content = "hello";
  event.chat_id = 1;
  const auto published = (*publisher)->publish(event);
  if (!published) {
    std::fprintf(stderr, "%s\n", published.error().message.c_str());
    return 1;
  }
  std::printf("recorded as sequence %llu\n",
              static_cast<unsigned long long>(published->first_sequence));
  (*publisher)->close(std::chrono::seconds{0});
  return 0;
}
