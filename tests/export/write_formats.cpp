// Writes sample slices in each format of several files, and what was in them, for another program
// to read back: write_formats DIR RANDOM. There are DIR/SLICE/slice.json and
// DIR/SLICE/FORMAT/...; RANDOM of the slices are random.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "audit/event_json.hpp"
#include "audit/formats/actiance_xml.hpp"
#include "audit/formats/edrm_xml.hpp"
#include "audit/formats/fields.hpp"
#include "audit/formats/globalrelay_eml.hpp"
#include "audit/formats/mattermost_csv.hpp"
#include "audit/formats/rsmf.hpp"
#include "core/utf8.hpp"
#include "tests/export/sample_slices.hpp"

namespace mgc::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// JSON has no text that is not UTF-8: such a one becomes {"base64": ...}.
json exact(const json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return is_utf8(text) ? value : json{{"base64", audit::base64(text)}};
  }
  json out = value;
  if (value.is_structured()) {
    for (auto& one : out) one = exact(one);
  }
  return out;
}

json slice_json(const audit::Slice& slice) {
  json events = json::array(), present = json::array();
  for (const auto& event : slice.events) events.push_back(exact(audit::event_json(event)));
  for (const auto& [room, people] : slice.present) {
    for (const auto& person : people) {
      present.push_back(exact(
          {{"room", room}, {"uri", person.uri}, {"name", person.name}, {"email", person.email}}));
    }
  }
  return {{"events", events}, {"present", present}};
}

void write_file(const fs::path& path, const Bytes& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

void write_all(const fs::path& dir, unsigned random_slices) {
  std::map<std::string, audit::Slice> slices = {
      {"everyday", everyday_slice()}, {"hostile", hostile_slice()}, {"long", long_slice(300)}};
  for (unsigned seed = 1; seed <= random_slices; ++seed) {
    slices["random-" + std::to_string(seed)] = random_slice(seed);
  }
  const std::map<std::string, audit::SliceFormat> formats = {
      {"actiance-xml", audit::actiance_xml},
      {"edrm-xml", [](const audit::Slice& slice) { return audit::edrm_xml(slice); }},
      {"globalrelay-eml", [](const audit::Slice& slice) { return audit::globalrelay_eml(slice); }},
      {"mattermost-csv", audit::mattermost_csv},
      {"rsmf", [](const audit::Slice& slice) { return audit::rsmf(slice); }},
  };
  for (const auto& [slice_name, slice] : slices) {
    write_file(dir / slice_name / "slice.json", slice_json(slice).dump());
    for (const auto& [format_name, format] : formats) {
      const auto files = format(slice);
      if (!files) throw std::runtime_error(format_name + ": " + files.error().message);
      for (const auto& file : *files) {
        write_file(dir / slice_name / format_name / file.name, file.bytes);
      }
    }
  }
}

}  // namespace
}  // namespace mgc::test

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: write_formats DIR RANDOM\n";
    return 2;
  }
  try {
    mgc::test::write_all(argv[1], static_cast<unsigned>(std::stoul(argv[2])));
    return 0;
  } catch (const std::exception& failure) {
    std::cerr << "write_formats: " << failure.what() << '\n';
    return 1;
  }
}
