#include <mgc/publisher.hpp>

#include <cstdio>

// The least that shows the installed header and archive fit together: a type of the header, and a
// function of the archive.
int main() {
  mgc::schema::Event event;
  event.kind = mgc::schema::EventKind::chat;
  event.content = "hello";
  return std::printf("%s\n", mgc::schema::kind_name(event.kind).c_str()) == 5 ? 0 : 1;
}
