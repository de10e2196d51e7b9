#include "app/tune_chart.hpp"

#include <cairo-svg.h>
#include <cairo.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <numbers>
#include <vector>

namespace mgc::app {
namespace {

constexpr double kWidth = 900;
constexpr double kHeight = 560;
constexpr double kLeft = 90;
constexpr double kRight = 190;  // room for the names of the lines
constexpr double kTop = 60;
constexpr double kBottom = 70;
constexpr double kPi = std::numbers::pi;

struct Colour {
  double red, green, blue;
};
// Told apart by people who see fewer colours (Okabe and Ito).
constexpr std::array<Colour, 6> kColours = {{{0.0, 0.45, 0.70},
                                             {0.84, 0.37, 0.0},
                                             {0.0, 0.62, 0.45},
                                             {0.80, 0.47, 0.65},
                                             {0.90, 0.62, 0.0},
                                             {0.34, 0.71, 0.91}}};

double ms_of(const TuneResult& result) {
  return std::max(static_cast<double>(result.committed_p99.count()) / 1000, 0.1);
}

/// A round number that is not below `value`, and how many steps lead to it.
struct Axis {
  double most = 1;
  double step = 1;
};
Axis axis_to(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(std::max(value, 1.0))));
  for (const double part : {0.1, 0.2, 0.25, 0.5, 1.0, 2.0}) {
    const double step = part * power;
    if (value <= 6 * step) return {std::ceil(value / step) * step, step};
  }
  return {std::ceil(value / power) * power, power};
}

struct Destroy {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
};
using Surface = std::unique_ptr<cairo_surface_t, Destroy>;

class Chart {
 public:
  Chart(cairo_surface_t* surface, std::span<const TuneResult> results)
      : cairo_(cairo_create(surface)), results_(results) {
    double rate = 1;
    double p99 = 1;
    for (const TuneResult& one : results) {
      rate = std::max(rate, one.events_per_second);
      p99 = std::max(p99, ms_of(one));
    }
    rates_ = axis_to(rate);
    times_ = axis_to(p99);
    cairo_set_source_rgb(cairo_.get(), 1, 1, 1);
    cairo_paint(cairo_.get());
    cairo_select_font_face(cairo_.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           CAIRO_FONT_WEIGHT_NORMAL);
  }

  void draw(const TunePoint& knee, const std::string& title) {
    text(kLeft, 30, 16, title);
    draw_axes();
    std::map<std::uint32_t, std::vector<const TuneResult*>> lines;
    for (const TuneResult& one : results_) lines[one.point.pack_events].push_back(&one);
    std::size_t number = 0;
    for (auto& [pack_events, points] : lines) {
      std::ranges::sort(points, {}, [](const TuneResult* one) { return one->point.batch_events; });
      draw_line(points, kColours[number % kColours.size()], number);
      ++number;
    }
    for (const TuneResult& one : results_) {
      const bool is_knee =
          one.point.pack_events == knee.pack_events && one.point.batch_events == knee.batch_events;
      if (is_knee) draw_knee(one);
    }
  }

 private:
  [[nodiscard]] double x(double ms) const {
    return kLeft + ms / times_.most * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double y(double rate) const {
    return kHeight - kBottom - rate / rates_.most * (kHeight - kTop - kBottom);
  }
  void ink(const Colour& colour) {
    cairo_set_source_rgb(cairo_.get(), colour.red, colour.green, colour.blue);
  }
  void text(double at_x, double at_y, double size, const std::string& words) {
    cairo_set_source_rgb(cairo_.get(), 0.1, 0.1, 0.1);
    cairo_set_font_size(cairo_.get(), size);
    cairo_move_to(cairo_.get(), at_x, at_y);
    cairo_show_text(cairo_.get(), words.c_str());
    cairo_new_path(cairo_.get());  // a text leaves a point behind, where the next line would begin
  }
  void line(double x1, double y1, double x2, double y2) {
    cairo_move_to(cairo_.get(), x1, y1);
    cairo_line_to(cairo_.get(), x2, y2);
    cairo_stroke(cairo_.get());
  }

  void draw_axes() {
    cairo_set_line_width(cairo_.get(), 1);
    for (double rate = 0; rate <= rates_.most * 1.001; rate += rates_.step) {
      cairo_set_source_rgb(cairo_.get(), 0.85, 0.85, 0.85);
      line(kLeft, y(rate), kWidth - kRight, y(rate));
      text(kLeft - 60, y(rate) + 4, 12, fmt::format("{:.0f} k", rate / 1000));
    }
    for (double ms = 0; ms <= times_.most * 1.001; ms += times_.step) {
      cairo_set_source_rgb(cairo_.get(), 0.85, 0.85, 0.85);
      line(x(ms), kTop, x(ms), kHeight - kBottom);
      text(x(ms) - 8, kHeight - kBottom + 20, 12, fmt::format("{:g}", ms));
    }
    text(kLeft, kTop - 10, 12, "events a second");
    text(kWidth - kRight - 330, kHeight - 20, 12, "99 of 100 events are committed within ... ms");
  }

  void draw_line(const std::vector<const TuneResult*>& points, const Colour& colour,
                 std::size_t number) {
    ink(colour);
    cairo_set_line_width(cairo_.get(), 2);
    for (const TuneResult* one : points) {
      cairo_line_to(cairo_.get(), x(ms_of(*one)), y(one->events_per_second));
    }
    cairo_stroke(cairo_.get());
    for (const TuneResult* one : points) {
      ink(colour);
      cairo_arc(cairo_.get(), x(ms_of(*one)), y(one->events_per_second), 4, 0, 2 * kPi);
      cairo_fill(cairo_.get());
      text(x(ms_of(*one)) + 6, y(one->events_per_second) - 6, 10,
           fmt::format("{}", one->point.batch_events));
    }
    const double at = kTop + 20 * static_cast<double>(number);
    ink(colour);
    cairo_rectangle(cairo_.get(), kWidth - kRight + 20, at - 9, 12, 12);
    cairo_fill(cairo_.get());
    text(kWidth - kRight + 40, at + 2, 12,
         fmt::format("packs of {}", points.front()->point.pack_events));
  }

  void draw_knee(const TuneResult& one) {
    cairo_set_source_rgb(cairo_.get(), 0.1, 0.1, 0.1);
    cairo_set_line_width(cairo_.get(), 2);
    cairo_arc(cairo_.get(), x(ms_of(one)), y(one.events_per_second), 10, 0, 2 * kPi);
    cairo_stroke(cairo_.get());
    text(x(ms_of(one)) + 14, y(one.events_per_second) + 16, 12, "knee");
  }

  std::unique_ptr<cairo_t, Destroy> cairo_;
  std::span<const TuneResult> results_;
  Axis rates_;
  Axis times_;
};

Error not_written(const std::filesystem::path& file, cairo_status_t status) {
  return Error{Action::stop, fmt::format("{}: {}", file.string(), cairo_status_to_string(status))};
}

}  // namespace

Result<void> draw_tune_chart(const std::filesystem::path& file, std::span<const TuneResult> results,
                             const TunePoint& knee, const std::string& title) {
  const bool is_svg = file.extension() == ".svg";
  const Surface surface(is_svg ? cairo_svg_surface_create(file.c_str(), kWidth, kHeight)
                               : cairo_image_surface_create(CAIRO_FORMAT_RGB24,
                                                            static_cast<int>(kWidth),
                                                            static_cast<int>(kHeight)));
  Chart(surface.get(), results).draw(knee, title);
  cairo_status_t status = cairo_surface_status(surface.get());
  if (status == CAIRO_STATUS_SUCCESS && !is_svg) {
    status = cairo_surface_write_to_png(surface.get(), file.c_str());
  }
  cairo_surface_finish(surface.get());
  if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_status(surface.get());
  if (status != CAIRO_STATUS_SUCCESS) return not_written(file, status);
  return {};
}

}  // namespace mgc::app
