#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "app/command.hpp"
#include "app/http_get.hpp"
#include "app/top_page.hpp"
#include "core/guarded.hpp"

namespace mgc::app {
namespace {

struct TopFlags {
  std::vector<std::string> urls = {"http://127.0.0.1:9464"};
  double interval_seconds = 2;
  bool once = false;
  bool json = false;
};

Reading read_endpoint(const HttpUrl& url, const Clock& clock) {
  const auto page = http_get(url);
  Reading reading;
  reading.at = clock.steady_now();
  if (!page) {
    reading.samples = page.error();
  } else if (auto samples = parse_metrics(*page); !samples) {
    reading.samples =
        Error{Action::reconnect, "its page is no metrics: " + samples.error().message};
  } else {
    reading.samples = std::move(*samples);
  }
  return reading;
}

/// All at once: one that does not answer makes nobody wait but its own row.
void read_all(const std::vector<HttpUrl>& urls, std::vector<Watched>& endpoints,
              const Clock& clock) {
  std::vector<std::jthread> readers;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    endpoints[i].before = std::move(endpoints[i].now);
    readers.emplace_back([&, i] { endpoints[i].now = read_endpoint(urls[i], clock); });
  }
}

/// What fits on the screen, so that the top of the page stays on it.
std::string cut_to_screen(const std::string& page) {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 2) return page;
  std::size_t end = 0;
  for (unsigned row = 1; row < size.ws_row && end != std::string::npos; ++row) {
    end = page.find('\n', end);
    if (end != std::string::npos) ++end;
  }
  return page.substr(0, end);
}

/// Redraws until a stop. The terminal's other page is used, and the first one is back afterwards.
void draw(const Context& context, const std::vector<HttpUrl>& urls, std::vector<Watched>& endpoints,
          std::chrono::milliseconds interval) {
  fmt::print(stdout, "\x1b[?1049h");
  Guarded<bool> waiting(false);
  const std::stop_callback wake(context.stop, [&waiting] { waiting.lock().notify_all(); });
  while (!context.stop.stop_requested()) {
    read_all(urls, endpoints, context.clock);
    const std::string page = cut_to_screen(top_text(endpoints, context.clock.utc_now(), true));
    fmt::print(stdout, "\x1b[H\x1b[2J{}", page);
    std::fflush(stdout);
    waiting.lock().wait_until(context.clock.steady_now() + interval,
                              [&](bool) { return context.stop.stop_requested(); });
  }
  fmt::print(stdout, "\x1b[?1049l");
}

/// Two looks, because rates are differences.
int show_once(const Context& context, const std::vector<HttpUrl>& urls,
              std::vector<Watched>& endpoints, std::chrono::milliseconds interval, bool as_json) {
  read_all(urls, endpoints, context.clock);
  Guarded<bool> waiting(false);
  const std::stop_callback wake(context.stop, [&waiting] { waiting.lock().notify_all(); });
  waiting.lock().wait_until(context.clock.steady_now() + interval,
                            [&](bool) { return context.stop.stop_requested(); });
  read_all(urls, endpoints, context.clock);
  if (as_json) {
    fmt::print(stdout, "{}\n", top_json(endpoints).dump(2));
  } else {
    fmt::print(stdout, "{}", top_text(endpoints, context.clock.utc_now(), false));
  }
  const bool all_there = std::all_of(endpoints.begin(), endpoints.end(), [](const Watched& one) {
    return one.now.samples.has_value();
  });
  return all_there ? kExitFine : kExitUnreachable;
}

int top(const Context& context, const TopFlags& flags) {
  std::vector<HttpUrl> urls;
  std::vector<Watched> endpoints;
  for (const std::string& url : flags.urls) {
    auto parsed = parse_http_url(url);
    if (!parsed) return report(parsed.error());
    urls.push_back(std::move(*parsed));
    endpoints.push_back({url, {}, {}});
  }
  const std::chrono::milliseconds interval(
      static_cast<std::int64_t>(flags.interval_seconds * 1000));
  if (flags.once || flags.json || ::isatty(STDOUT_FILENO) == 0) {
    return show_once(context, urls, endpoints, interval, flags.json);
  }
  draw(context, urls, endpoints, interval);
  return kExitFine;
}

}  // namespace

void add_top_command(CLI::App& app, Context& context) {
  auto flags = std::make_shared<TopFlags>();
  CLI::App* command = app.add_subcommand(
      "top", "A page of what running processes do, from their --metrics endpoints");
  command->add_option("urls", flags->urls, "Endpoints, http://HOST:PORT")->capture_default_str();
  command->add_option("--interval", flags->interval_seconds, "Seconds between two looks")
      ->check(CLI::Range(0.1, 3'600.0))
      ->capture_default_str();
  command->add_flag("--once", flags->once,
                    "Two looks, one page, and the end; as it is without a terminal. Ends with 3 "
                    "when an endpoint could not be read");
  command->add_flag("--json", flags->json, "As --once, as one JSON document");
  command->callback(
      [&context, flags] { context.run = [&context, flags] { return top(context, *flags); }; });
}

}  // namespace mgc::app
