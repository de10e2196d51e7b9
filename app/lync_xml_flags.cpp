#include "app/lync_xml_flags.hpp"

namespace mgc::app {

void add_lync_xml_flags(CLI::App& command, LyncXmlFlags& flags) {
  audit::LyncXmlOptions& options = flags.options;
  const auto add = [](CLI::Option* option) { return option->group("lync-xml"); };
  const auto add_flag = [&](const char* name, bool& chosen, const char* meaning) {
    add(command.add_flag(name, chosen, meaning));
  };
  add_flag("--OneChatRoomPerOutputFile", options.one_chat_room_per_output_file,
           "lync-xml: each room in files of its own");
  add_flag("--AddChatRoomDetails", options.add_chat_room_details,
           "lync-xml: the names of rooms, and who was in them");
  add_flag("--AddUserDetails", options.add_user_details,
           "lync-xml: e-mail addresses, and whether somebody is of the own organisation");
  add_flag("--CreateFileAttachmentsManifest", options.create_file_attachments_manifest,
           "lync-xml: an .ATTACH file that lists the files that were moved");
  add(command.add_option(
          "--RunInterval", flags.run_interval,
          "lync-xml: what happens in a room within it is one conversation, and the adapter "
          "runs once in it; hh:mm:ss or d.hh:mm:ss"))
      ->capture_default_str();
  add(command.add_option(
      "--CustomConfiguration", options.custom_configuration,
      "lync-xml: file of an XSLT 1.0 stylesheet; what it makes of the XML is written"));
  add_flag("--no-extension{false}", options.extension,
           "lync-xml: only what the original had: no edits, no deletions, no event ids");
}

Result<audit::LyncXmlOptions> read_lync_xml_flags(const LyncXmlFlags& flags) {
  audit::LyncXmlOptions options = flags.options;
  const auto interval = audit::parse_run_interval(flags.run_interval);
  if (!interval) return interval.error();
  options.run_interval = *interval;
  return options;
}

}  // namespace mgc::app
